"""From a table's cell to a picture's file, by one rule: paths start at the table's folder.

A table from somebody else could name any file of this computer, so what leads out of the folder,
also by way of a link, is refused until the user allows it.
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class PictureFile(NamedTuple):
    """A file that is there, or the code of why it is not used.

    Attributes:
        path: absolute.
        size: in bytes.
        refused: why it is not used; empty when it is.
        name: what it is called wherever table and cache are moved to.
    """

    path: str = ""
    size: int = 0
    refused: str = ""
    name: str = ""


class PicturePaths:
    """Looks up the cells of one table."""

    def __init__(self, folder: Path, *, allow_outside: bool) -> None:
        self._folder = str(folder.resolve())
        self._allow_outside = allow_outside
        self._real_folder = lru_cache(maxsize=10_000)(os.path.realpath)

    def find(self, cell: str) -> PictureFile:
        """The file a cell names."""
        written = _as_path(cell.strip())
        if not written:
            return PictureFile(refused="picture_is_address")
        path = os.path.normpath(os.path.join(self._folder, written))  # noqa: PTH118 - 100,000 rows
        try:
            if not self._allow_outside and not self._is_inside(path):
                return PictureFile(refused="picture_outside")
            facts = os.stat(path)  # noqa: PTH116 - as above
        except (OSError, ValueError):
            return PictureFile(refused="picture_missing")
        if not stat.S_ISREG(facts.st_mode):
            return PictureFile(refused="picture_missing")
        return PictureFile(path=path, size=facts.st_size, name=self._name(path))

    def _name(self, path: str) -> str:
        """From the table's folder on, written alike everywhere; in full what lies outside."""
        inside = path.removeprefix(self._folder.rstrip(os.sep) + os.sep)
        return path if inside == path else inside.replace(os.sep, "/")

    def _is_inside(self, path: str) -> bool:
        parent, name = os.path.split(path)
        real = os.path.join(self._real_folder(parent), name)  # noqa: PTH118 - as above
        if os.path.islink(real):  # noqa: PTH114 - as above
            real = os.path.realpath(real)
        return real.startswith(self._folder.rstrip(os.sep) + os.sep)


def _as_path(cell: str) -> str:
    """The path a cell writes down; empty for an address on the internet."""
    if "://" in cell:
        parts = urlsplit(cell)
        return unquote(parts.path) if parts.scheme == "file" else ""
    return cell.replace("\\", os.sep) if os.sep == "/" else cell
