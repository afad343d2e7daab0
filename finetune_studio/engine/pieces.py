"""Passing a batch through layers in pieces that fit into memory, without gradients."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from finetune_studio.engine.memory import release_cached, too_large
from finetune_studio.project.faults import is_out_of_memory


def in_pieces(
    layers: Callable[[dict[str, Tensor]], tuple[Tensor, ...]],
    inputs: dict[str, Tensor],
    device: torch.device,
    *,
    at_once: int,
    what: str,
) -> tuple[tuple[Tensor, ...], int]:
    """What layers say of a batch, and how large the pieces are that fit.

    Args:
        layers: inputs to values, each [batch, ...].
        inputs: each [batch, ...].
        device: where the layers compute.
        at_once: what fitted so far; 0 when nothing is known.
        what: is done, in words, for the problem.

    Raises:
        ProblemError: not even one sample fits.
    """
    count = len(next(iter(inputs.values())))
    size = min(count, at_once or count)
    while True:
        try:
            pieces = [
                layers({name: value[start : start + size] for name, value in inputs.items()})
                for start in range(0, count, size)
            ]
            values = tuple(torch.cat(column) for column in zip(*pieces, strict=True))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            return values, size if size < count else at_once
        # Outside the except block, whose traceback holds on to the tensors.
        if size == 1:
            raise too_large(what)
        release_cached(device)
        size = max(1, size // 2)
