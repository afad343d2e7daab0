"""Writing a file so that after any crash it is the old one or the new one, never a half."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_atomic(path: Path, content: bytes | str) -> None:
    """Replace a file's content durably: temporary file, fsync, rename, fsync of the folder.

    Raises:
        OSError: the folder cannot be written to; the old file is untouched.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content

    def put(temporary: Path) -> None:
        temporary.write_bytes(data)

    replace_atomic(path, put)


def replace_atomic(path: Path, write: Callable[[Path], None]) -> None:
    """Like :func:`write_atomic`, for content that ``write`` puts into a temporary file itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        sync(temporary)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk itself.

    Raises:
        OSError: the disk refused.
    """
    # Folders cannot be opened for fsync on Windows; there the rename itself is journalled.
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR
    with contextlib.suppress(PermissionError):
        handle = os.open(path, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
