"""Pictures whose bytes lie inside a table, written once to files: files are what is opened."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from finetune_studio.engine.data.file_types import real_type
from finetune_studio.engine.data.picture_paths import PictureFile
from finetune_studio.project.problems import ProblemError

_DIGEST_BYTES = 16
_ENDINGS = {
    "JPEG": ".jpg",
    "GIF": ".gif",
    "WebP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tif",
    "AVIF": ".avif",
    "HEIC": ".heic",
}


class EmbeddedPictures:
    """Files below the project's cache, each named by its content.

    The folder can be deleted at any time; reading the data fills it again.
    """

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "embedded"
        self._sizes: dict[str, int] = {}

    def keep(self, content: bytes) -> str:
        """Make sure that a picture lies in a file.

        Returns:
            The file's name, equal for equal content.

        Raises:
            ProblemError: the file cannot be written.
        """
        digest = hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
        name = f"{digest}{_ENDINGS.get(real_type(content), '.png')}"
        if name not in self._sizes:
            try:
                _write_once(self._folder / name, content)
            except OSError as error:
                raise self._unwritable(error) from error
            self._sizes[name] = len(content)
        return name

    def find(self, name: str) -> PictureFile | None:
        """The file of a picture kept before; ``None`` for any other name."""
        size = self._sizes.get(name)
        if size is None:
            return None
        return PictureFile(path=str(self._folder / name), size=size, name=name)

    def _unwritable(self, error: OSError) -> ProblemError:
        return ProblemError.of(
            "The pictures inside the table cannot be copied to the project's cache.",
            f"{error.strerror or error}.",
            "Free some space, or make the project's folder writable.",
            where=str(self._folder),
            code="cache_unwritable",
        )


def _write_once(file: Path, content: bytes) -> None:
    """Write a file that is not there whole.

    Not synced, unlike a project's own files: that would take minutes for a large table, and what a
    crash cuts short is told by its size and written again.
    """
    if file.is_file() and file.stat().st_size == len(content):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{uuid.uuid4().hex}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
