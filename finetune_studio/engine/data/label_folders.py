"""Walking a folder that holds one folder a label, perhaps below train, validation and test.

Links are never followed, hidden things never looked at; folders inside a label's folder belong
to the label. A single folder around everything, as archives unpack, is stepped into.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from finetune_studio.engine.data.file_types import suffix_of
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.split_names import split_named
from finetune_studio.engine.stopping import StopRequested, check
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


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file below a label's folder. ``relative`` is to the data, with slashes; size in bytes."""

    path: str
    relative: str
    label: str
    split: Split | None
    size: int


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


def files_below(
    root: Path,
    wanted: Callable[[str], bool],
    findings: Findings,
    stop_requested: StopRequested,
) -> list[LabelledFile]:
    """All wanted files with the label their folder gives them, sorted by path.

    Args:
        root: the data's folder.
        wanted: says by its name whether a file is of the right type.
        findings: gets what was passed over, and why.
        stop_requested: asked for each label.
    """
    layout = lay_out(root)
    _tell_passed_over(layout, root, wanted, findings)
    found: list[LabelledFile] = []
    for folder in layout.folders:
        check(stop_requested)
        before = len(found)
        found.extend(_files_of(folder, root, wanted, findings))
        if len(found) == before:
            findings.add("label_folder_empty", _relative(folder.path, root))
    return sorted(found, key=lambda file: file.relative)


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
        found = [entry for entry in entries if not _is_ignored(entry.name)]
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


def _is_ignored(name: str) -> bool:
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


def _tell_passed_over(
    layout: Layout, root: Path, wanted: Callable[[str], bool], findings: Findings
) -> None:
    for folder in layout.passed_over:
        findings.add("folder_passed_over", _relative(folder, root))
    for parent in layout.parents:
        for entry in visible(parent):
            if entry.is_symlink():
                findings.add("link_refused", _relative(entry.path, root))
            elif entry.is_file() and wanted(entry.name) and suffix_of(entry.name):
                findings.add("file_without_label", _relative(entry.path, root))


def _files_of(
    folder: LabelFolder, root: Path, wanted: Callable[[str], bool], findings: Findings
) -> Iterator[LabelledFile]:
    waiting = [folder.path]
    while waiting:
        current = waiting.pop()
        try:
            entries = visible(current)
        except OSError as error:
            findings.add("folder_unreadable", _relative(current, root), error.strerror or "")
            continue
        for entry in entries:
            if entry.is_symlink():
                findings.add("link_refused", _relative(entry.path, root))
            elif entry.is_dir():
                waiting.append(entry.path)
            elif not entry.is_file() or not wanted(entry.name):
                findings.add("file_skipped", _relative(entry.path, root))
            else:
                size = entry.stat(follow_symlinks=False).st_size
                yield LabelledFile(
                    entry.path, _relative(entry.path, root), folder.label, folder.split, size
                )


def _relative(path: str, root: Path) -> str:
    # Far cheaper than pathlib, and asked for every file of a large folder.
    return path[len(str(root)) :].lstrip(os.sep).replace(os.sep, "/")
