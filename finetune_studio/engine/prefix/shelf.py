"""Where stores lie on disk, what their folders are called, and which make way for new ones."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil
import torch
from torch import Tensor

from finetune_studio.engine.prefix.halves import StoredValue
from finetune_studio.engine.prefix.store import FeatureStore, forget

_FORMAT = 1
_DISK_RESERVE = 2 * 2**30
_MEMORY_SHARE = 0.25


class Shelf:
    """The stores of a project.

    Attributes:
        disk: bytes that all of them may take on disk.
        memory: bytes that the stores of a run may take in memory.
    """

    def __init__(self, cache: Path, gigabytes: float) -> None:
        self._root = cache / "features"
        self._in_use: set[Path] = set()
        self.disk = self._disk_budget(gigabytes)
        self.memory = int(psutil.virtual_memory().available * _MEMORY_SHARE)

    def holds(self, size: float) -> bool:
        """Whether stores of so many bytes can be kept, here or there."""
        return size <= max(self.disk, self.memory)

    def place(self, size: float) -> str:
        """Where stores of so many bytes are read from: "memory" or "disk"."""
        return "memory" if size <= self.memory else "disk"

    def open(self, key: str, values: Sequence[StoredValue], lengths: Tensor) -> FeatureStore:
        """Open a store, or begin one; older ones are deleted where that makes room."""
        size = _size(values, lengths)
        folder = self._root / key
        if size > self.disk or not self._make_room(folder, size):
            return FeatureStore(values, lengths, None)
        self._in_use.add(folder)
        try:
            return FeatureStore(values, lengths, folder)
        except OSError:
            forget(folder)
            return FeatureStore(values, lengths, None)

    def _make_room(self, folder: Path, size: int) -> bool:
        """Delete the stores longest unused until there is room; whether there is."""
        others = [one for one in self._stores() if one != folder]
        taken = sum(map(_taken, others))
        for one in others:
            if taken + size <= self.disk:
                break
            if one not in self._in_use:
                taken -= _taken(one)
                forget(one)
        return taken + size <= self.disk

    def _stores(self) -> list[Path]:
        """Longest unused first."""
        if not self._root.is_dir():
            return []
        return sorted((one for one in self._root.iterdir() if one.is_dir()), key=_used)

    def _disk_budget(self, gigabytes: float) -> int:
        """What was allowed, as far as the disk has it."""
        parent = next(one for one in (self._root, *self._root.parents) if one.exists())
        free = shutil.disk_usage(parent).free - _DISK_RESERVE
        return max(0, min(int(gigabytes * 1e9), free + sum(map(_taken, self._stores()))))


def digest(state: Iterable[Tensor], *facts: str) -> str:
    """A name for everything that stored values depend on."""
    name = hashlib.blake2b(digest_size=16)
    for fact in (str(_FORMAT), torch.__version__, *facts):
        name.update(fact.encode("utf-8", "surrogateescape") + b"\x00")
    for tensor in state:
        name.update(f"{tuple(tensor.shape)}{tensor.dtype}".encode())
        flat = tensor.detach().to("cpu").contiguous().reshape(-1)
        name.update(flat.view(torch.uint8).numpy().data)
    return name.hexdigest()


def _size(values: Sequence[StoredValue], lengths: Tensor) -> int:
    tokens = float(lengths.double().mean()) if len(lengths) else 1.0
    return int(sum(value.bytes_of(tokens) for value in values) * len(lengths))


def _taken(store: Path) -> int:
    try:
        return sum(file.stat().st_size for file in store.iterdir())
    except OSError:
        return 0


def _used(store: Path) -> float:
    try:
        return store.stat().st_mtime
    except OSError:
        return 0.0
