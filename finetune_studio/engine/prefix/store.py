"""What the frozen layers say of samples: kept in memory, and on disk for the next run.

A store is a folder ``cache/features/<key>``: one file of raw numbers for each value, and
``index.json``, which is written last and says how many samples are done. The key names everything
the numbers depend on, so a store is never wrong, only there or not. It can be deleted any time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from pydantic import Field, ValidationError
from torch import Tensor

from finetune_studio.engine.prefix.halves import StoredValue
from finetune_studio.project.files import write_atomic
from finetune_studio.project.value import Value

INDEX = "index.json"
_CHUNK = 1 << 24


class StoreIndex(Value):
    """What ``index.json`` holds.

    Attributes:
        done: samples whose values are stored, in the order they are computed in.
        seconds: it took to compute them.
        checks: CRC-32 of each file, once all samples are done.
    """

    samples: int
    done: int
    seconds: float = 0.0
    checks: tuple[int, ...] = Field(default=())


class FeatureStore:
    """The stored values of some samples, by row.

    Attributes:
        done: how many samples are stored, in the order they are computed in.
        seconds: it took to compute them, in this run or in earlier ones.
    """

    def __init__(self, values: Sequence[StoredValue], lengths: Tensor, folder: Path | None) -> None:
        """Open a store, or begin one.

        Args:
            values: what is stored of each sample.
            lengths: tokens of each sample, int64 [samples]; ones for pictures.
            folder: where; ``None`` keeps everything in memory.

        Raises:
            OSError: the disk is full or fails.
        """
        self.done, self.seconds = 0, 0.0
        self._values = tuple(values)
        self._lengths = lengths
        self._starts = torch.cumsum(lengths, 0) - lengths
        self._folder = folder
        self._maps: list[np.memmap] = []
        if folder is None:
            self._flat = [torch.empty(self._shape(one), dtype=one.dtype) for one in self._values]
        else:
            self._flat = self._opened(folder)

    @property
    def complete(self) -> bool:
        """Whether every sample is stored."""
        return self.done == len(self._lengths)

    @property
    def size(self) -> int:
        """Bytes, when complete."""
        return sum(flat.numel() * flat.dtype.itemsize for flat in self._flat)

    def put(self, rows: Sequence[int], tensors: Sequence[Tensor]) -> None:
        """Store the values of some samples.

        Args:
            rows: of the samples.
            tensors: each [len(rows), ...], padded to the longest sample where tokens count.
        """
        for value, flat, tensor in zip(self._values, self._flat, tensors, strict=True):
            there = tensor.to("cpu")
            if value.tokens is None:
                flat[torch.as_tensor(rows)] = _in_order(there, value)
                continue
            for row, sample in zip(rows, there.movedim(value.tokens + 1, 1), strict=True):
                start, length = int(self._starts[row]), int(self._lengths[row])
                flat[start : start + length] = _in_order(
                    sample[:length].unsqueeze(value.tokens + 1), value
                )
        self.done += len(rows)

    def gather(self, rows: Sequence[int]) -> list[Tensor]:
        """The values of some samples, as new tensors: each [len(rows), ...], padded with zeros."""
        chosen = torch.as_tensor(rows)
        return [
            _out_of_order(flat[chosen], value)
            if value.tokens is None
            else self._padded(value, flat, rows)
            for value, flat in zip(self._values, self._flat, strict=True)
        ]

    def note(self, *, finished: bool) -> None:
        """Write down how far it is, so that it can go on from there.

        Raises:
            OSError: the disk is full or fails.
        """
        if self._folder is None:
            return
        for mapped in self._maps:
            mapped.flush()
        index = StoreIndex(
            samples=len(self._lengths),
            done=self.done,
            seconds=self.seconds,
            checks=tuple(map(_checksum, self._maps)) if finished else (),
        )
        write_atomic(self._folder / INDEX, index.model_dump_json())

    def take_into_memory(self) -> None:
        """Read everything, where that is known to fit."""
        if self._maps:
            self._flat = [flat.clone() for flat in self._flat]
            self._maps = []

    def _padded(self, value: StoredValue, flat: Tensor, rows: Sequence[int]) -> Tensor:
        """[len(rows), ...] with as many tokens as the longest has."""
        pieces = [
            flat[int(self._starts[row]) : int(self._starts[row] + self._lengths[row])]
            for row in rows
        ]
        padded = torch.nn.utils.rnn.pad_sequence(pieces, batch_first=True)
        # [batch, tokens, *shape in memory order], where shape counts the tokens as 1
        spread = padded.permute(0, 1, *(2 + place for place in _inverse(value.order)))
        assert value.tokens is not None
        return spread.movedim(1, value.tokens + 2).squeeze(value.tokens + 1)

    def _shape(self, value: StoredValue) -> tuple[int, ...]:
        rows = len(self._lengths) if value.tokens is None else int(self._lengths.sum())
        return (rows, *(value.shape[dim] for dim in value.order))

    def _opened(self, folder: Path) -> list[Tensor]:
        index = self._index(folder)
        if index is None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        else:
            self.done, self.seconds = index.done, index.seconds
            os.utime(folder)
        flats = []
        for number, value in enumerate(self._values):
            shape = self._shape(value)
            count = int(np.prod(shape)) * value.dtype.itemsize
            mode = "r+" if index is not None else "w+"
            mapped = np.memmap(folder / f"{number}.bin", np.uint8, mode=mode, shape=(count,))  # type: ignore[call-overload]
            self._maps.append(mapped)
            flats.append(torch.from_numpy(mapped).view(value.dtype).view(shape))
        return flats

    def _index(self, folder: Path) -> StoreIndex | None:
        """What an earlier run left, if it is whole."""
        try:
            index = StoreIndex.model_validate_json((folder / INDEX).read_text(encoding="utf-8"))
            files = [folder / f"{number}.bin" for number in range(len(self._values))]
            sizes = [file.stat().st_size for file in files]
        except (OSError, ValidationError):
            return None
        expected = [int(np.prod(self._shape(v))) * v.dtype.itemsize for v in self._values]
        if index.samples != len(self._lengths) or sizes != expected:
            return None
        if index.done == index.samples:
            found = tuple(_checksum(np.memmap(file, np.uint8, mode="r")) for file in files)
            return index if found == index.checks else None
        return index


def forget(folder: Path) -> None:
    """Delete a store."""
    with contextlib.suppress(OSError):
        (folder / INDEX).unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _in_order(tensor: Tensor, value: StoredValue) -> Tensor:
    """[n, *shape] as it lies in memory."""
    return tensor.permute(0, *(1 + dim for dim in value.order))


def _out_of_order(tensor: Tensor, value: StoredValue) -> Tensor:
    return tensor.permute(0, *(1 + place for place in _inverse(value.order)))


def _inverse(order: Sequence[int]) -> list[int]:
    return [order.index(dim) for dim in range(len(order))]


def _checksum(mapped: np.memmap) -> int:
    check = 0
    for start in range(0, len(mapped), _CHUNK):
        check = zlib.crc32(mapped[start : start + _CHUNK].tobytes(), check)
    return check
