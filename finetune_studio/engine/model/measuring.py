"""What a model takes, part by part: time forward and backward, shapes, memory for backward."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle
from finetune_studio.engine.model.keeping import kept_bytes
from finetune_studio.engine.model.passes import Pass, Timer
from finetune_studio.project.faults import is_out_of_memory

if TYPE_CHECKING:
    from torch import nn

_FEW, _MANY, _USUAL = 2, 16, 32  # samples at once
_TOKENS = 64  # a typical text; the time of a layer grows about linearly with it
_QUICK_SECONDS = 1.2
_MOST_PASSES = 8


@dataclass(frozen=True)
class Measurement:
    """Several passes, quickest first, and what a backward pass would need.

    Attributes:
        passes: in evaluation mode, forward only.
        training: in training mode, forward and backward, as if everything trained.
        through: forward and backward, as if nothing trained but what lies in the first block;
            none where that could not be measured.
        kept: bytes a sample's backward pass needs, by the innermost module that made them.
        fixed_share: of the training passes, what they take for any number of samples.
        tokens: in each text; 0 for pictures.
    """

    passes: tuple[Pass, ...]
    training: tuple[Pass, ...]
    kept: dict[str, int]
    through: tuple[Pass, ...] = ()
    fixed_share: float = 0.0
    tokens: int = 0


def example_inputs(bundle: ModelBundle, batch: int) -> dict[str, Tensor]:
    """Inputs of the right shape and range, the same every time."""
    preprocessing = bundle.preprocessing
    generator = torch.Generator().manual_seed(0)
    if isinstance(preprocessing, ImagePreprocessing):
        side = preprocessing.size
        return {"pixels": torch.randn(batch, 3, side, side, generator=generator)}
    assert bundle.tokenizer is not None
    shape = (batch, min(_TOKENS, preprocessing.max_tokens))
    tokens = torch.randint(len(bundle.tokenizer), shape, generator=generator)
    return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}


def measure(bundle: ModelBundle, compute: Compute) -> Measurement:
    """Run a model a few times; it is left as it was, but where ``compute`` places it.

    Several passes, since other programs disturb single ones; a batch is only as large as keeps
    that to a second or two.
    """
    compute.placed(bundle.module)
    few = _inputs(bundle, compute, _FEW)
    with _still(bundle.module):
        kept = kept_bytes(bundle, compute, _inputs(bundle, compute, 1), few)
        quick = Timer(bundle, compute, few)
        size = _size_for(_FEW * _several(quick, learning=True)[0].total)
        slow = Timer(bundle, compute, _inputs(bundle, compute, size))
        training, fixed_share = _as_in_a_batch(
            _several(slow, learning=True), _several(quick, learning=True), size
        )
        passes, _ = _as_in_a_batch(
            _several(slow, learning=False), _several(quick, learning=False), size
        )
        through = _through(slow, quick, size) if len(bundle.blocks) > 1 else ()
    tokens = few["input_ids"].shape[1] if "input_ids" in few else 0
    return Measurement(passes, training, kept, through, fixed_share, tokens)


def compare(bundle: ModelBundle, compute: Compute) -> Measurement:
    """As `measure`, but only two small passes: enough to hold parts against one another."""
    compute.placed(bundle.module)
    few = _inputs(bundle, compute, _FEW)
    with _still(bundle.module):
        timer = Timer(bundle, compute, few)
        passes = [timer.passed(learning=True) for _ in range(2)]
    passes.sort(key=lambda one: one.total)
    tokens = few["input_ids"].shape[1] if "input_ids" in few else 0
    return Measurement(tuple(passes), tuple(passes), {}, tokens=tokens)


def _inputs(bundle: ModelBundle, compute: Compute, size: int) -> dict[str, Tensor]:
    return compute.moved(example_inputs(bundle, size))


def _size_for(seconds: float) -> int:
    """As near to a usual batch as a slow model allows, given the time of a few samples."""
    # Between the extremes: all of that time, or none of it, grows with the batch.
    sizes = (size for size in (_MANY, _MANY // 2) if seconds * (size + _FEW) / 4 < _QUICK_SECONDS)
    return next(sizes, 2 * _FEW)


def _several(timer: Timer, *, learning: bool, frozen: bool = False) -> tuple[Pass, ...]:
    """Two passes, the first of which still warms up, and more while others disturb them."""
    passes = [timer.passed(learning=learning, frozen=frozen) for _ in range(2)]
    while timer.disturbed and len(passes) < _MOST_PASSES:
        passes.append(timer.passed(learning=learning, frozen=frozen))
    return tuple(sorted(passes, key=lambda one: one.total))


def _through(slow: Timer, quick: Timer, size: int) -> tuple[Pass, ...]:
    """Passes through frozen blocks; none where a block changes what it is given in place."""
    try:
        of_many, of_few = (_several(one, learning=True, frozen=True) for one in (slow, quick))
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        return ()
    return _as_in_a_batch(of_many, of_few, size)[0]


def _as_in_a_batch(
    passes: tuple[Pass, ...], of_few: tuple[Pass, ...], size: int
) -> tuple[tuple[Pass, ...], float]:
    """Passes of some samples with the times they had in a usual batch, and what is fixed of them.

    Part of a pass takes the same time for any number of samples (with bfloat16, turning every
    weight into it), which is the less for each the more they are.
    """
    whole, few = size * passes[0].total, _FEW * of_few[0].total
    growth = min(passes[0].total, max(0.0, (whole - few) / (size - _FEW)))
    each = growth + (passes[0].total - growth) * size / _USUAL
    return tuple(one.scaled(each / passes[0].total) for one in passes), 1.0 - growth / each


@contextmanager
def _still(module: nn.Module) -> Iterator[None]:
    """Evaluation mode with every gradient asked for; afterwards everything as before."""
    training = [(part, part.training) for part in module.modules()]
    wanted = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
    statistics = [(buffer, buffer.clone()) for buffer in module.buffers()]
    module.eval().requires_grad_(requires_grad=True)
    try:
        with torch.random.fork_rng([]):
            yield
    finally:
        for part, mode in training:
            part.training = mode
        for parameter, trains in wanted:
            parameter.requires_grad_(trains)
            parameter.grad = None
        for buffer, before in statistics:
            buffer.copy_(before)
