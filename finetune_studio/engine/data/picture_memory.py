"""What was found when pictures were looked over, so that unchanged ones are not opened again.

``cache/looked-over/<key>.arrow`` has a row for each picture of one source: its path, size and time
of change, and what looking it over gave. It is written when looking ends, also by a stop, and can
be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.project.files import replace_atomic

_RULES = b"1"  # other rules, other findings: raise it, and all is looked over anew
_SCHEMA = pa.schema(
    {
        "path": pa.string(),
        "size": pa.int64(),
        "changed": pa.int64(),
        "usable": pa.bool_(),
        "told": pa.list_(pa.string()),
        "digest": pa.string(),
    },
    metadata={b"rules": _RULES},
)
_DIGEST_BYTES = 8
_BEAT = 1000  # files between two looks at the stop request

Told = tuple[tuple[str, str], ...]  # (code, note) of each thing worth telling


@dataclass
class LookedOver:
    """What is known of pictures, in their order.

    Attributes:
        known: whether a picture was looked over, bool [pictures].
        usable: whether it opens, bool [pictures].
        told: of those with something worth telling.
        digests: of the content; empty where nobody asked yet.
    """

    known: np.ndarray
    usable: np.ndarray
    told: dict[int, Told]
    digests: list[str]

    @property
    def extent(self) -> tuple[int, int]:
        """How many pictures were looked over, and how many digests are known."""
        return int(self.known.sum()), len(self.digests) - self.digests.count("")

    @classmethod
    def nothing(cls, count: int) -> LookedOver:
        """Nothing is known of any."""
        return cls(np.zeros(count, np.bool_), np.zeros(count, np.bool_), {}, [""] * count)


@dataclass(frozen=True)
class FileFacts:
    """What tells whether files changed: path, size in bytes and time in nanoseconds of each.

    A size of -1 is that of a file that is gone.
    """

    paths: list[str]
    sizes: np.ndarray
    changed: np.ndarray


class PictureMemory:
    """Remembers for one source, a folder or a table."""

    def __init__(self, cache: Path, source: Path) -> None:
        key = hashlib.blake2b(str(source).encode(), digest_size=_DIGEST_BYTES).hexdigest()
        self._file = cache / "looked-over" / f"{key}.arrow"

    def recall(self, facts: FileFacts) -> LookedOver:
        """What is known of files that did not change; of a damaged memory, nothing."""
        found = LookedOver.nothing(len(facts.paths))
        with contextlib.suppress(OSError, pa.ArrowException, ValueError, KeyError):
            self._fill(found, facts)
        return found

    def remember(self, facts: FileFacts, found: LookedOver) -> None:
        """Keep what is known. Where that cannot be written, it is found out again."""

        def put(temporary: Path) -> None:
            table = _table_of(facts, found)
            with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, _SCHEMA) as writer:
                writer.write_table(table)

        with contextlib.suppress(OSError, ValueError):  # a name may be no text
            replace_atomic(self._file, put)

    def _fill(self, found: LookedOver, facts: FileFacts) -> None:
        with pa.ipc.open_file(self._file) as reader:
            if (reader.schema.metadata or {}).get(b"rules") != _RULES:
                return
            table = reader.read_all().combine_chunks()
        places = pc.index_in(pa.array(facts.paths, pa.string()), value_set=table["path"])
        rows = places.fill_null(-1).to_numpy()
        known = rows >= 0
        for name, now in (("size", facts.sizes), ("changed", facts.changed)):
            known &= table[name].to_numpy()[rows] == now
        here = np.flatnonzero(known)
        there = rows[here]
        digests = table["digest"].to_pylist()
        worth = pc.list_value_length(table["told"]).to_numpy() > 0
        for row, place in zip(
            *(rows[worth[there]].tolist() for rows in (here, there)), strict=True
        ):
            parts = table["told"][place].as_py()
            found.told[row] = tuple(zip(parts[::2], parts[1::2], strict=True))
        for row, place in zip(here.tolist(), there.tolist(), strict=True):
            found.digests[row] = digests[place]
        found.usable[here] = table["usable"].to_numpy()[there]
        found.known[:] = known


def file_facts(paths: list[str], stop_requested: StopRequested) -> FileFacts:
    """Ask the file system about files, without opening them.

    Raises:
        Stopped: a stop was asked for.
    """
    found = []
    for place, path in enumerate(paths):
        if place % _BEAT == 0:
            check(stop_requested)
        found.append(_facts_of(path))
    sizes, changed = np.array(found, np.int64).reshape(-1, 2).T
    return FileFacts(paths, sizes, changed)


def _facts_of(path: str) -> tuple[int, int]:
    try:
        facts = os.stat(path)  # noqa: PTH116 - asked for every file of a large folder
    except OSError:
        return -1, 0
    return facts.st_size, facts.st_mtime_ns


def _table_of(facts: FileFacts, found: LookedOver) -> pa.Table:
    rows = np.flatnonzero(found.known & (facts.sizes >= 0))
    chosen = rows.tolist()
    columns = [
        [facts.paths[row] for row in chosen],
        facts.sizes[rows],
        facts.changed[rows],
        found.usable[rows],
        [[part for one in found.told.get(row, ()) for part in one] for row in chosen],
        [found.digests[row] for row in chosen],
    ]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, _SCHEMA.types, strict=True)]
    return pa.table(arrays, schema=_SCHEMA)
