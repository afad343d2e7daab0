"""Finding the folders whose names are labels, perhaps below train, validation and test.

Links are never followed, hidden things never looked at; folders inside a label's folder belong
to the label. A single folder around everything, as archives unpack, is stepped into.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from finetune_studio.engine.data.split_names import split_named
from finetune_studio.project.choices import Split

_IGNORED = frozenset(
    {"__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir", "$RECYCLE.BIN", "lost+found"}
)


@dataclass(frozen=True, slots=True)
class LabelFolder:
    """A folder whose name is a label."""

    path: str
    label: str
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the labels are.

    Attributes:
        folders: one for each label, or for each split and label.
        parents: what the label folders lie in; a file directly in one of these has no label.
        passed_over: folders beside train, validation and test.
    """

    folders: list[LabelFolder]
    parents: list[str]
    passed_over: list[str] = field(default_factory=list)


def lay_out(root: Path) -> Layout:
    """Find the label folders."""
    base = _step_in(root)
    top = _folders(base)
    named = {entry.path: split for entry in top if (split := split_named(entry.name))}
    below = {path: inner for path in named if (inner := _folders(path))}
    if not _is_divided(len(top), named, below):
        return Layout(
            folders=[LabelFolder(entry.path, entry.name) for entry in top], parents=[base]
        )
    folders = [
        LabelFolder(entry.path, entry.name, named[path])
        for path, inner in below.items()
        for entry in inner
    ]
    others = [entry.path for entry in top if entry.path not in named]
    return Layout(folders=folders, parents=[base, *named], passed_over=others)


def names_below(root: Path, limit: int) -> Iterator[str]:
    """Names of up to ``limit`` files in the label folders, to tell what kind of data these are."""
    count = 0
    for folder in lay_out(root).folders:
        for name in _first_names(folder.path):
            yield name
            count += 1
            if count >= limit:
                return


def visible(folder: str) -> list[os.DirEntry[str]]:
    """The entries of a folder that are neither hidden nor a system's own, sorted by name.

    Raises:
        OSError: the folder cannot be listed.
    """
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if not is_ignored(entry.name)]
    return sorted(found, key=lambda entry: entry.name)


def _first_names(folder: str) -> list[str]:
    """Names of files in a folder or, when it holds none, in the first one below that does."""
    waiting = [folder]
    while waiting:
        try:
            entries = visible(waiting.pop())
        except OSError:
            continue
        names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        if names:
            return names
        waiting.extend(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    return []


def is_ignored(name: str) -> bool:
    """Whether a name is hidden, or a system's own."""
    return name.startswith(".") or name in _IGNORED


def _folders(folder: str) -> list[os.DirEntry[str]]:
    try:
        return [entry for entry in visible(folder) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _step_in(root: Path) -> str:
    inside = _folders(str(root))
    if len(inside) == 1 and len(_folders(inside[0].path)) > 1:
        return inside[0].path
    return str(root)


def _is_divided(
    top: int, named: dict[str, Split], below: dict[str, list[os.DirEntry[str]]]
) -> bool:
    """Whether the folders on top are splits. A railway "train" among cars and buses is a label."""
    if not below:
        return False
    trained = any(named[path] is Split.TRAIN for path in below)
    return len(named) == top or (trained and len(below) > 1)
