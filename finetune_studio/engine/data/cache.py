"""Decoded pixels kept on disk, so that a picture is decoded once and not once an epoch.

``cache/pixels/<preprocessing>/`` holds segments: ``<name>.u8``, uint8 [rows, 3, size, size], and
``<name>.json``, which names the picture in each row by path, size and time of change. A segment is
written under another name and renamed, and never changed after, so that several processes may
read and add at once. The folder can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from finetune_studio.engine.data.pictures import load_pixels
from finetune_studio.engine.data.threads import in_threads
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import Stopped, StopRequested
from finetune_studio.project.files import replace_atomic, write_atomic
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ImagePreprocessing

_SEGMENT_ROWS = 2048
_RESERVED_BYTES = 2 * 2**30  # of the disk, for everything else


class Pixels(Protocol):
    """Decoded pictures by their place among the paths given.

    Attributes:
        unreadable: places of the pictures that do not decode, and why.
        identities: names of the files' contents, by place.
    """

    unreadable: dict[int, str]
    identities: Sequence[str]

    def read(self, places: Sequence[int]) -> np.ndarray:
        """Pixels of some pictures: uint8 [len(places), 3, size, size]."""
        ...


def open_pixels(
    paths: Sequence[str],
    preprocessing: ImagePreprocessing,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> Pixels:
    """Make sure that all pictures are decoded, and open them.

    Where the disk has no room they are decoded each time they are read.

    Raises:
        Stopped: a stop was asked for; what was decoded so far stays for the next time.
    """
    store = _Store(cache / "pixels", preprocessing)
    identities = [_identity(path) for path in paths]
    wanted = dict(zip(identities, paths, strict=True))
    missing = {mark: path for mark, path in wanted.items() if mark not in store.known}
    if missing and not store.make_room(len(missing), keep=set(wanted)):
        return DecodedPixels(paths, preprocessing, stop_requested)
    if missing:
        store.add(missing, emit, stop_requested)
    return CachedPixels(store, identities)


class DecodedPixels:
    """Pictures decoded anew each time they are read."""

    def __init__(
        self,
        paths: Sequence[str],
        preprocessing: ImagePreprocessing,
        stop_requested: StopRequested,
    ) -> None:
        self.unreadable: dict[int, str] = {}
        self.identities: Sequence[str] = [_identity(path) for path in paths]
        self._paths = paths
        self._preprocessing = preprocessing
        self._stop_requested = stop_requested

    def read(self, places: Sequence[int]) -> np.ndarray:
        """Pixels of some pictures: uint8 [len(places), 3, size, size].

        Raises:
            ProblemError: one of them does not decode.
            Stopped: a stop was asked for.
        """
        chosen = [self._paths[place] for place in places]
        return np.stack(list(in_threads(self._load, chosen, self._stop_requested)))

    def _load(self, path: str) -> np.ndarray:
        return load_pixels(path, self._preprocessing)


class CachedPixels:
    """Pictures read from the segments of a store."""

    def __init__(self, store: _Store, identities: Sequence[str]) -> None:
        self.unreadable = {
            place: store.unreadable[mark]
            for place, mark in enumerate(identities)
            if mark in store.unreadable
        }
        self.identities = identities
        self._shape = store.shape
        rows = [store.known[mark] for mark in identities]
        files = {file: place for place, file in enumerate({row.segment: None for row in rows})}
        self._segments = [store.pixels_of(file) for file in files]
        self._segment_of = np.array([files[row.segment] for row in rows], np.int32)
        self._row_of = np.array([row.number for row in rows], np.int64)

    def read(self, places: Sequence[int]) -> np.ndarray:
        """Pixels of some pictures: uint8 [len(places), 3, size, size]."""
        segments = self._segment_of[list(places)]
        rows = self._row_of[list(places)]
        out = np.empty((len(rows), *self._shape), np.uint8)
        for segment in set(segments.tolist()):
            here = np.flatnonzero(segments == segment)
            if len(here) == len(rows):
                return np.take(self._segments[segment], rows, axis=0, out=out)
            out[here] = self._segments[segment][rows[here]]
        return out


@dataclass(frozen=True, slots=True)
class _Row:
    segment: Path
    number: int


class _Store:
    """All segments of one preprocessing."""

    def __init__(self, root: Path, preprocessing: ImagePreprocessing) -> None:
        self.shape = (3, preprocessing.size, preprocessing.size)
        self.known: dict[str, _Row] = {}
        self.unreadable: dict[str, str] = {}
        self._preprocessing = preprocessing
        self._root = root
        self._folder = root / _digest(_shaping(preprocessing))
        for index in sorted(self._folder.glob("*.json")):
            self._take_up(index)

    def add(self, missing: dict[str, str], emit: Emit, stop_requested: StopRequested) -> None:
        """Decode pictures into new segments."""
        meter = Meter(emit, "Decoding pictures", len(missing), "pictures")
        entries = list(missing.items())
        for start in range(0, len(entries), _SEGMENT_ROWS):
            self._write(entries[start : start + _SEGMENT_ROWS], meter, stop_requested)
        meter.done()

    def pixels_of(self, segment: Path) -> np.ndarray:
        """The pixels of a segment, mapped: uint8 [rows, 3, size, size]."""
        return np.asarray(np.memmap(segment, np.uint8, mode="r").reshape(-1, *self.shape))

    def make_room(self, rows: int, keep: set[str]) -> bool:
        """Whether the disk holds that many rows more, old segments deleted where it helps."""
        needed = rows * int(np.prod(self.shape)) + _RESERVED_BYTES
        self._folder.mkdir(parents=True, exist_ok=True)
        in_use = {self.known[mark].segment for mark in keep if mark in self.known}
        old = sorted(
            (file for file in self._root.rglob("*.u8") if file not in in_use), key=_last_used
        )
        while shutil.disk_usage(self._folder).free < needed:
            if not old:
                return False
            self._forget(old.pop(0))
        return True

    def _write(
        self, entries: Sequence[tuple[str, str]], meter: Meter, stop_requested: StopRequested
    ) -> None:
        """Decode some pictures into a segment; when a stop comes, into one of those decoded."""
        segment = self._folder / f"{uuid.uuid4().hex}.u8"
        unreadable: dict[str, str] = {}
        stopped: list[Stopped] = []
        done = 0

        def put(temporary: Path) -> None:
            nonlocal done
            pixels = np.memmap(temporary, np.uint8, mode="w+", shape=(len(entries), *self.shape))
            paths = [path for _, path in entries]
            try:
                for loaded in in_threads(self._load, paths, stop_requested):
                    if isinstance(loaded, str):
                        unreadable[entries[done][0]] = loaded
                    else:
                        pixels[done] = loaded
                    done += 1
                    meter.advance()
            except Stopped as stop:
                if not done:
                    raise
                stopped.append(stop)
            pixels.flush()
            del pixels  # or the file could not be cut on Windows
            os.truncate(temporary, done * int(np.prod(self.shape)))

        replace_atomic(segment, put)
        index = {"rows": [mark for mark, _ in entries[:done]], "unreadable": unreadable}
        write_atomic(segment.with_suffix(".json"), json.dumps(index))
        self._take_up(segment.with_suffix(".json"))
        if stopped:
            raise stopped[0]

    def _load(self, path: str) -> np.ndarray | str:
        try:
            return load_pixels(path, self._preprocessing)
        except ProblemError as error:
            return error.problem.detail or error.problem.why

    def _take_up(self, index: Path) -> None:
        """Add a segment's rows, unless it is not whole."""
        segment = index.with_suffix(".u8")
        try:
            facts = json.loads(index.read_text(encoding="utf-8"))
            rows: list[str] = facts["rows"]
            whole = segment.stat().st_size == len(rows) * int(np.prod(self.shape))
            os.utime(segment)
        except (OSError, ValueError, KeyError, TypeError):
            return
        if whole:
            self.known.update({mark: _Row(segment, row) for row, mark in enumerate(rows)})
            self.unreadable.update(facts.get("unreadable", {}))

    def _forget(self, segment: Path) -> None:
        segment.with_suffix(".json").unlink(missing_ok=True)
        segment.unlink(missing_ok=True)
        self.known = {mark: row for mark, row in self.known.items() if row.segment != segment}


def _identity(path: str) -> str:
    """Names a file's content by its path, size and time of change."""
    try:
        facts = os.stat(path)  # noqa: PTH116 - asked for every picture
    except OSError:
        return _digest(f"{path}\x00gone")
    return _digest(f"{path}\x00{facts.st_size}\x00{facts.st_mtime_ns}")


def _shaping(preprocessing: ImagePreprocessing) -> str:
    """All that the cached pixels depend on; mean and deviation come later."""
    return ":".join(
        map(
            str,
            (
                preprocessing.size,
                preprocessing.resize,
                preprocessing.crop,
                preprocessing.interpolation,
            ),
        )
    )


def _last_used(segment: Path) -> float:
    try:
        return segment.stat().st_mtime
    except OSError:
        return 0.0


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
