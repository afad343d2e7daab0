from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from finetune_studio.engine import compute as computing
from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.stopping import Stopped
from finetune_studio.engine.stopwatch import Step
from finetune_studio.engine.trials import ways as ways_module
from finetune_studio.engine.trials.bench import Bench
from finetune_studio.engine.trials.choosing import Chosen, choose
from finetune_studio.engine.trials.timing import DISTURBED, NOT_TIMED
from finetune_studio.engine.trials.ways import Way
from finetune_studio.project.choices import Compilation, Device, MemoryFormat, Precision
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.trials.small import ALL, HEAD, noise, small_bundle

LAST, FIRST = MemoryFormat.CHANNELS_LAST, MemoryFormat.CONTIGUOUS
BF16, FP32 = Precision.BF16, Precision.FP32
SECONDS = {(LAST, BF16): 1.0, (LAST, FP32): 2.0, (FIRST, BF16): 3.0, (FIRST, FP32): 4.0}
SETTINGS = Hyperparameters(device=Device.CPU, compile=Compilation.OFF)
LONG, SHORT = 1e9, 100.0


@pytest.fixture(autouse=True)
def _fast_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "bf16_speedup", lambda device: 2.0)
    monkeypatch.setattr(ways_module, "bf16_speedup", lambda device: 2.0)


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Way]]:
    """Makes steps take what a test says; notes what was timed."""

    def arrange(
        seconds: dict[tuple[MemoryFormat, Precision], float] = SECONDS,
        *,
        disturbed: bool = False,
        fails: dict[Way, Exception] | None = None,
    ) -> list[Way]:
        timed: list[Way] = []

        def step(_bench: Bench, way: Way) -> Step:
            timed.append(way)
            if fails and way in fails:
                raise fails[way]
            return Step(seconds[way.memory_format, way.precision], disturbed)

        monkeypatch.setattr(Bench, "step", step)
        return timed

    return arrange


def chosen(
    training: Hyperparameters = SETTINGS, *, bundle: ModelBundle | None = None, **changes: Any
) -> Chosen:
    compute = computing.choose(
        training.device, training.precision, training.threads, training.memory_format
    )
    arguments = {
        "trainable": ALL,
        "work_steps": LONG,
        "emit": lambda event: None,
        "stop_requested": lambda: False,
        **changes,
    }
    return choose(compute, bundle or small_bundle(), [noise()], training, **arguments)


def way(order: MemoryFormat, precision: Precision) -> Way:
    return Way(order, precision, threads=1)


def taken(compute: Compute) -> tuple[MemoryFormat, Precision]:
    return compute.memory_format, compute.precision


def test_nothing_is_changed_by_timing_but_the_order_of_memory() -> None:
    bundle, untouched = small_bundle(), small_bundle()
    random = torch.get_rng_state()
    compute, trials = chosen(bundle=bundle)
    assert sum(trial.seconds is not None for trial in trials) == 4
    assert torch.equal(torch.get_rng_state(), random)
    before, after = untouched.module.state_dict(), bundle.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(parameter.grad is None for parameter in bundle.module.parameters())
    assert not any(part.training for part in bundle.module.modules())
    assert torch.get_num_threads() == compute.threads
    weight = bundle.module.get_parameter("0.0.weight")
    order = torch.channels_last if compute.channels_last else torch.contiguous_format
    assert weight.is_contiguous(memory_format=order)


@pytest.mark.parametrize("fastest", list(SECONDS))
def test_the_fastest_way_is_taken(
    pretend: Callable[..., list[Way]], fastest: tuple[MemoryFormat, Precision]
) -> None:
    pretend({**SECONDS, fastest: 0.5})
    compute, trials = chosen()
    assert taken(compute) == fastest
    assert [trial.seconds for trial in trials if trial.chosen] == [0.5]
    assert "fastest of 4 ways" in compute.reason


def test_of_two_that_are_as_fast_the_exact_one_is_taken(
    pretend: Callable[..., list[Way]],
) -> None:
    pretend({**SECONDS, (LAST, FP32): 1.03})
    assert taken(chosen().compute) == (LAST, FP32)


def test_a_short_run_is_not_held_up(pretend: Callable[..., list[Way]]) -> None:
    timed = pretend()
    compute, trials = chosen(work_steps=SHORT)
    assert timed == []
    assert trials == ()
    assert taken(compute) == (LAST, BF16)
    assert "not timed: the run is short" in compute.reason


def test_what_the_budget_does_not_reach_is_said(
    pretend: Callable[..., list[Way]], monkeypatch: pytest.MonkeyPatch
) -> None:
    timed = pretend()
    # The clock only goes on while a step pretends to take time.
    monkeypatch.setattr(
        time, "perf_counter", lambda: sum(SECONDS[w.memory_format, w.precision] for w in timed)
    )
    # 5.1 s: the first way takes 1 s after its warm-up, the second 4 s, the third has no chance.
    _, trials = chosen(work_steps=170.0)
    assert set(timed) == {way(LAST, BF16), way(LAST, FP32)}
    assert [trial.note for trial in trials] == ["", "", NOT_TIMED, NOT_TIMED]


def test_a_short_run_profits_from_a_long_one(pretend: Callable[..., list[Way]]) -> None:
    timed = pretend({**SECONDS, (FIRST, FP32): 0.1})
    chosen()
    timed.clear()
    compute, trials = chosen(work_steps=SHORT)
    assert timed == []
    assert taken(compute) == (FIRST, FP32)
    assert [trial.seconds for trial in trials if trial.chosen] == [0.1]
    assert "in an earlier run" in compute.reason


def test_without_a_timing_of_its_own_a_run_computes_as_was_fastest_for_the_model(
    pretend: Callable[..., list[Way]],
) -> None:
    timed = pretend({**SECONDS, (FIRST, FP32): 0.1})
    chosen()
    timed.clear()
    compute, trials = chosen(bundle=small_bundle(HEAD), trainable=HEAD, work_steps=SHORT)
    assert timed == []
    assert trials == ()
    assert taken(compute) == (FIRST, FP32)
    assert "when something else of it trained" in compute.reason


def test_another_batch_is_another_case(pretend: Callable[..., list[Way]]) -> None:
    timed = pretend()
    chosen()
    timed.clear()
    choose(
        computing.choose(Device.CPU, Precision.AUTO),
        small_bundle(),
        [noise(5)],
        SETTINGS,
        trainable=ALL,
        work_steps=LONG,
        emit=lambda event: None,
        stop_requested=lambda: False,
    )
    assert timed


def test_what_was_disturbed_is_not_remembered(pretend: Callable[..., list[Way]]) -> None:
    timed = pretend(disturbed=True)
    assert {trial.note for trial in chosen().trials} == {DISTURBED}
    timed.clear()
    chosen()
    assert timed


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        ({"precision": FP32}, {(LAST, FP32), (FIRST, FP32)}),
        ({"memory_format": FIRST}, {(FIRST, BF16), (FIRST, FP32)}),
        ({"memory_format": FIRST, "precision": FP32}, set()),
    ],
)
def test_what_is_pinned_is_not_tried_otherwise(
    pretend: Callable[..., list[Way]],
    pinned: dict[str, Any],
    expected: set[tuple[MemoryFormat, Precision]],
) -> None:
    timed = pretend()
    training = SETTINGS.edited(**pinned)
    compute, _ = chosen(training)
    assert {(one.memory_format, one.precision) for one in timed} == expected
    assert training.precision in (Precision.AUTO, compute.precision)
    assert training.memory_format in (MemoryFormat.AUTO, compute.memory_format)


def test_a_way_that_runs_out_of_memory_is_noted_and_left_out(
    pretend: Callable[..., list[Way]],
) -> None:
    pretend(fails={way(LAST, BF16): torch.OutOfMemoryError("out of memory")})
    compute, trials = chosen()
    assert taken(compute) == (LAST, FP32)
    assert [trial.note for trial in trials if trial.seconds is None] == ["out of memory"]


def test_any_other_error_is_not_hidden(pretend: Callable[..., list[Way]]) -> None:
    pretend(fails={way(LAST, BF16): RuntimeError("broken")})
    with pytest.raises(RuntimeError, match="broken"):
        chosen()


def test_a_way_whose_loss_differs_is_left_out(
    pretend: Callable[..., list[Way]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend()
    real = Bench.losses

    def losses(bench: Bench, tried: Way) -> torch.Tensor:
        return real(bench, tried) + (0.2 if tried.precision is BF16 else 0.0)

    monkeypatch.setattr(Bench, "losses", losses)
    compute, trials = chosen()
    assert taken(compute) == (LAST, FP32)
    assert {trial.precision for trial in trials if trial.note == "its loss differs"} == {"bf16"}


def test_a_stop_is_heard_between_two_steps() -> None:
    asked = iter([False, False, True])
    bundle = small_bundle()
    with pytest.raises(Stopped):
        chosen(bundle=bundle, stop_requested=lambda: next(asked))
    assert not any(part.training for part in bundle.module.modules())


def test_compiling_has_to_repay_itself(
    pretend: Callable[..., list[Way]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune_studio.engine.trials.ways.can_compile", lambda device: True)
    timed = pretend()
    training = SETTINGS.edited(compile=Compilation.AUTO)
    # 1,500 s of steps at most, of which 3 % do not suffice to compile for a minute.
    _, trials = chosen(training, work_steps=1500.0)
    assert not any(one.compiled for one in timed)
    assert trials[-1].compiled
    assert trials[-1].note == NOT_TIMED


def test_a_model_is_compiled_where_that_repays_itself(
    pretend: Callable[..., list[Way]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune_studio.engine.trials.ways.can_compile", lambda device: True)
    timed = pretend()
    training = SETTINGS.edited(compile=Compilation.AUTO)
    pretended = Bench.step
    first: list[Way] = []

    def step(bench: Bench, tried: Way) -> Step:
        plain = pretended(bench, tried).seconds
        if not tried.compiled:
            return Step(plain)
        first.append(tried)
        return Step(60.0 if len(first) == 1 else plain / 2)

    monkeypatch.setattr(Bench, "step", step)
    compute, trials = chosen(training)
    assert timed[-1].compiled
    assert compute.compiled
    assert [trial.seconds for trial in trials if trial.chosen] == [0.5]
