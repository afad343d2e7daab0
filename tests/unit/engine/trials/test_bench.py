from __future__ import annotations

import pytest
import torch

from finetune_studio.engine.trials.bench import Bench
from finetune_studio.engine.trials.ways import Way
from finetune_studio.project.choices import MemoryFormat, Precision
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.training.tiny import CPU
from tests.unit.engine.trials.small import ALL, HEAD, noise, small_bundle

WAYS = [
    Way(order, precision, threads=1)
    for order in (MemoryFormat.CHANNELS_LAST, MemoryFormat.CONTIGUOUS)
    for precision in (Precision.BF16, Precision.FP32)
]


def bench_for(paths: frozenset[str], batch_size: int = 6) -> Bench:
    bundle = small_bundle(paths)
    return Bench(bundle, paths, noise(batch_size), Hyperparameters(), CPU)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("paths", [ALL, HEAD])
def test_a_step_leaves_no_trace(way: Way, paths: frozenset[str]) -> None:
    bundle, untouched = small_bundle(paths), small_bundle(paths)
    bench = Bench(bundle, paths, noise(), Hyperparameters(), CPU)
    for _ in range(2):
        assert bench.step(way).seconds > 0
    before, after = untouched.module.state_dict(), bundle.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(parameter.grad is None for parameter in bundle.module.parameters())


@pytest.mark.parametrize("way", WAYS)
def test_losses_are_the_same_in_every_way(way: Way) -> None:
    bench = bench_for(ALL)
    exact = bench.exact_losses()
    allowed = 0.02 if way.precision is Precision.BF16 else 1e-6
    assert torch.allclose(bench.losses(way), exact, atol=allowed)


def test_pieces_are_tried_only_where_no_batch_norm_trains() -> None:
    best = WAYS[0]
    assert bench_for(ALL, 32).variations(best) == ()
    (pieces,) = bench_for(HEAD, 32).variations(best)
    assert pieces.micro_batch == 8
    assert bench_for(HEAD, 8).variations(best) == ()
