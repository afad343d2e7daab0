"""A network in two halves: what is computed once a sample, and what trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from finetune_studio.engine.evaluation.answers import Forward

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle

FEATURE = "feature_"  # with a number: the name of a stored value among a batch's inputs

Prefix = Callable[[dict[str, Tensor]], tuple[Tensor, ...]]


class NotDivisible(Exception):  # noqa: N818 - a fact about a network, not a fault
    """Why a network cannot be divided, in words."""


@dataclass(frozen=True)
class StoredValue:
    """A value that passes from the first half to the second, of one sample.

    Attributes:
        shape: without the batch; the tokens' dimension, if any, counts 1.
        dtype: as it was computed, so that nothing is rounded for the storing.
        tokens: which dimension of ``shape`` counts tokens; ``None`` when all samples are alike.
        order: dimensions of ``shape`` from the slowest in memory to the fastest.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    tokens: int | None
    order: tuple[int, ...]

    @property
    def elements(self) -> int:
        """Of one sample, or of one token."""
        return torch.Size(self.shape).numel()

    def bytes_of(self, tokens: float) -> float:
        """Of a sample with so many tokens."""
        each = self.elements * self.dtype.itemsize
        return each if self.tokens is None else each * tokens


@dataclass(frozen=True)
class Halves:
    """A divided network.

    Attributes:
        prefix: inputs to stored values, each [batch, ...]; call it without gradients.
        training, evaluation: inputs and stored values, by name, to logits. The parameters are
            the network's own.
        values: what is stored.
        state: all tensors that the stored values depend on.
        signature: in text, how they depend on them.
        share: of the time of a forward pass that the first half takes.
        place: where the network is divided, so that it can be divided there again.
    """

    prefix: Prefix
    training: Forward
    evaluation: Forward
    values: tuple[StoredValue, ...]
    state: tuple[Tensor, ...]
    signature: str
    share: float
    place: str


def input_names(bundle: ModelBundle) -> tuple[str, ...]:
    """What the network takes, in the order it takes it."""
    from finetune_studio.project.choices import Task

    return ("pixels",) if bundle.task is Task.IMAGE else ("input_ids", "attention_mask")


def feature_names(count: int) -> tuple[str, ...]:
    """What the stored values are called among a batch's inputs."""
    return tuple(f"{FEATURE}{number}" for number in range(count))


def value_like(tensor: Tensor, tokens: int | None = None) -> StoredValue:
    """Describe a value of a batch.

    Args:
        tensor: [batch, ...].
        tokens: which of its dimensions counts tokens.
    """
    one = tensor[0]
    order = sorted(range(one.ndim), key=lambda dim: (-int(one.stride()[dim]), dim))
    place = None if tokens is None else tokens - 1
    shape = tuple(1 if dim == place else size for dim, size in enumerate(one.shape))
    return StoredValue(shape, tensor.dtype, place, tuple(order))


def named(names: Sequence[str], tensors: Sequence[Tensor]) -> dict[str, Tensor]:
    """The tensors by name."""
    return dict(zip(names, tensors, strict=True))
