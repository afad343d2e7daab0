"""All files below label folders, listed nearly as fast as the file system lists them.

A name and a label's number are kept of each file; nothing is opened, nothing asked of the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finetune_studio.engine.data.file_types import suffix_of
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.label_folders import Layout, is_ignored, lay_out, visible
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.project.choices import Split


@dataclass(frozen=True, slots=True)
class FileIndex:
    """The files below a folder's label folders, in order of their paths.

    Attributes:
        root: the data's folder.
        names: relative to the root, with slashes.
        labels: different ones may be equal.
        codes: the place of each file's label among ``labels``, int32 [files].
        splits: the split each label of ``labels`` stands in; ``None`` where folders are no splits.
    """

    root: str
    names: list[str]
    labels: list[str]
    codes: np.ndarray
    splits: list[Split | None]

    def path(self, name: str) -> str:
        """Where a file is."""
        return f"{self.root}{os.sep}{name if os.sep == '/' else name.replace('/', os.sep)}"

    def paths(self) -> list[str]:
        """Where all files are."""
        return list(map(self.path, self.names))

    def __len__(self) -> int:
        """How many files there are."""
        return len(self.names)


def files_below(
    root: Path,
    wanted: Callable[[str], bool],
    findings: Findings,
    emit: Emit,
    stop_requested: StopRequested,
) -> FileIndex:
    """All wanted files with the label their folder gives them.

    Args:
        root: the data's folder.
        wanted: says by its name whether a file is of the right type.
        findings: gets what was passed over, and why.
        emit: hears how many were found.
        stop_requested: asked for each folder.
    """
    layout = lay_out(root)
    _tell_passed_over(layout, root, wanted, findings)
    # All paths below a folder begin alike, so that sorted parts make a sorted whole.
    folders = sorted(layout.folders, key=lambda folder: f"{_relative(folder.path, root)}/")
    walk = _Walk(root, wanted, findings, stop_requested)
    meter = Meter(emit, "Listing files", unit="files")
    names: list[str] = []
    counts = []
    for folder in folders:
        found = walk.names_below(folder.path)
        if not found:
            findings.add("label_folder_empty", _relative(folder.path, root))
        names += found
        counts.append(len(found))
        meter.advance(len(found))
    meter.done()
    return FileIndex(
        root=str(root),
        names=names,
        labels=[folder.label for folder in folders],
        codes=np.repeat(np.arange(len(folders), dtype=np.int32), counts),
        splits=[folder.split for folder in folders],
    )


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


class _Walk:
    """Lists the wanted files of folders: a name and a few comparisons each, no object."""

    def __init__(
        self,
        root: Path,
        wanted: Callable[[str], bool],
        findings: Findings,
        stop_requested: StopRequested,
    ) -> None:
        self._root = root
        self._wanted = wanted
        self._findings = findings
        self._stop_requested = stop_requested
        self._known: dict[str, bool] = {}  # by ending

    def names_below(self, folder: str) -> list[str]:
        """Names of the wanted files below a folder, relative to the root, sorted."""
        found: list[str] = []
        waiting = [folder]
        while waiting:
            check(self._stop_requested)
            current = waiting.pop()
            names, folders = self._listed(current)
            self._sift(names, f"{_relative(current, self._root)}/", found)
            waiting += folders
        found.sort()
        return found

    def _sift(self, names: list[str], prefix: str, found: list[str]) -> None:
        """Add the wanted names to those found."""
        known = self._known
        for name in names:
            dot = name.rfind(".")
            wanted = known.get(name[dot:]) if dot > 0 else None
            if wanted is None:
                wanted = self._judge(name, dot)
            if wanted and name[0] != ".":
                found.append(prefix + name)
            elif not is_ignored(name):
                self._findings.add("file_skipped", prefix + name)

    def _judge(self, name: str, dot: int) -> bool:
        """Ask about a name, and remember the answer where the ending alone decides it."""
        wanted = self._wanted(name)
        if dot > 0 and suffix_of(name) == name[dot:].lower():
            self._known[name[dot:]] = wanted
        return wanted and not is_ignored(name)

    def _listed(self, folder: str) -> tuple[list[str], list[str]]:
        """Names of the files, and paths of the folders, in a folder."""
        names: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        names.append(entry.name)
                    elif not is_ignored(entry.name):
                        self._pass(entry, folders)
        except OSError as error:
            where = _relative(folder, self._root)
            self._findings.add("folder_unreadable", where, error.strerror or "")
        return names, sorted(folders)

    def _pass(self, entry: os.DirEntry[str], folders: list[str]) -> None:
        if entry.is_symlink():
            self._findings.add("link_refused", _relative(entry.path, self._root))
        elif entry.is_dir():
            folders.append(entry.path)
        else:  # a socket, a pipe
            self._findings.add("file_skipped", _relative(entry.path, self._root))


def _relative(path: str, root: Path) -> str:
    # Far cheaper than pathlib, and asked for every file of a large folder.
    return path[len(str(root)) :].lstrip(os.sep).replace(os.sep, "/")
