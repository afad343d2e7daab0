from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from finetune_studio.engine.stopping import Stopped
from finetune_studio.engine.training.loop import StepSizes, step_seed
from finetune_studio.events import events as ev
from finetune_studio.project.choices import Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.event_log import read_log
from tests.unit.engine.training.tiny import TinyBatches, TinyNet, same_bits, tiny_net, trial

SETTINGS = Hyperparameters(epochs=3, batch_size=4, learning_rate=0.01)


def written(folder: Path) -> list[ev.StepFinished]:
    return [
        event for event in read_log(folder / "events.jsonl") if isinstance(event, ev.StepFinished)
    ]


def test_an_epoch_is_divided_into_steps_with_a_partial_last_one() -> None:
    sizes = StepSizes(samples=22, batch_size=4, accumulation=2)
    assert sizes.steps == 3
    assert [sizes.of_step(index) for index in range(3)] == [8, 8, 6]


def test_every_step_is_written_down_in_order_and_numbered_over_the_run(tmp_path: Path) -> None:
    one = trial(tmp_path, SETTINGS)
    for epoch in (1, 2, 3):
        one.loop.train_epoch(epoch)
    one.record.close()
    steps = written(tmp_path)
    assert [step.step for step in steps] == list(range(1, 16))
    assert [step.epoch for step in steps] == [1] * 5 + [2] * 5 + [3] * 5
    assert all(set(step.learning_rates) == {"head", "backbone"} for step in steps)
    assert all(step.memory > 0 and step.samples_per_second > 0 for step in steps)


def test_training_learns(tmp_path: Path) -> None:
    settings = Hyperparameters(epochs=30, batch_size=4, learning_rate=0.02)
    one = trial(tmp_path, settings, module=tiny_net(norm=False))
    losses = [one.loop.train_epoch(epoch).loss for epoch in range(1, 31)]
    one.record.close()
    assert losses[-1] < 0.5 * losses[0]


def test_an_epochs_loss_is_the_mean_over_samples_not_over_steps(tmp_path: Path) -> None:
    one = trial(tmp_path, SETTINGS, batches=TinyBatches(samples=18, batch_size=4))
    totals = one.loop.train_epoch(1)
    one.record.close()
    steps = written(tmp_path)
    sizes = [4, 4, 4, 4, 2]
    mean = sum(step.loss * size for step, size in zip(steps, sizes, strict=True)) / 18
    assert totals.loss == pytest.approx(mean)
    assert totals.samples == 18
    assert totals.steps == 5


def test_the_same_seed_gives_the_same_bits(tmp_path: Path) -> None:
    ends = []
    for name, disturbed in (("a", 1), ("b", 99)):
        one = trial(tmp_path / name, SETTINGS)
        torch.manual_seed(disturbed)  # what ran before must not matter
        for epoch in (1, 2):
            one.loop.train_epoch(epoch)
            torch.rand(disturbed)
        one.record.close()
        ends.append(one.module)
    assert same_bits(*ends)


def test_another_seed_gives_other_dropout() -> None:
    seeds = {step_seed(seed, epoch, step) for seed in (1, 2) for epoch in (1, 2) for step in (1, 2)}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_frozen_weights_keep_every_bit_and_the_others_move(tmp_path: Path) -> None:
    module = tiny_net()
    module.backbone.requires_grad_(requires_grad=False)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    one = trial(tmp_path, SETTINGS, module=module)
    module.backbone.eval()
    one.loop.train_epoch(1)
    one.record.close()
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name]) == name.startswith("backbone"), name


def test_the_listener_hears_few_of_many_steps_but_always_the_last(tmp_path: Path) -> None:
    batches = TinyBatches(samples=400, batch_size=4)
    one = trial(tmp_path, SETTINGS, module=tiny_net(norm=False), batches=batches)
    started = time.monotonic()
    one.loop.train_epoch(1)
    spent = time.monotonic() - started
    one.record.close()
    told = [event for event in one.events if isinstance(event, ev.StepFinished)]
    assert len(written(tmp_path)) == 100
    assert len(told) <= 30 * spent + 3
    assert told[-1].step == 100


def test_a_stop_is_heard_between_two_steps(tmp_path: Path) -> None:
    one = trial(tmp_path, SETTINGS)
    seen = 0

    def forward(inputs: dict[str, Tensor]) -> Tensor:
        nonlocal seen
        seen += 1
        if seen == 3:
            one.control.stop()
        return one.module(inputs["x"])

    one.loop.stepper._forward = forward
    with pytest.raises(Stopped):
        one.loop.train_epoch(1)
    one.record.close()
    assert one.loop.totals.steps == 3
    assert len(written(tmp_path)) == 3


def test_a_pause_waits_between_two_steps_and_changes_nothing(tmp_path: Path) -> None:
    unbroken = trial(tmp_path / "a", SETTINGS)
    unbroken.loop.train_epoch(1)
    unbroken.record.close()
    one = trial(tmp_path / "b", SETTINGS)
    one.control.pause()
    timer = threading.Timer(0.2, one.control.resume)
    timer.start()
    one.loop.train_epoch(1)
    timer.join()
    one.record.close()
    names = [type(event).__name__ for event in one.events]
    assert names[:2] == ["RunPaused", "RunContinued"]
    assert same_bits(unbroken.module, one.module)


def test_a_stop_ends_a_pause(tmp_path: Path) -> None:
    one = trial(tmp_path, SETTINGS)
    one.control.pause()
    timer = threading.Timer(0.1, one.control.stop)
    timer.start()
    with pytest.raises(Stopped):
        one.loop.train_epoch(1)
    timer.join()
    one.record.close()
    assert [type(event).__name__ for event in one.events] == ["RunPaused", "RunContinued"]


# ------------------------------------------------------------------------------------ out of memory


class Hungry:
    """A forward that runs out of memory with more than so many samples, from some call on."""

    def __init__(self, module: TinyNet, most: int, after: int = 0) -> None:
        self.module = module
        self.most = most
        self.after = after
        self.calls = 0

    def __call__(self, inputs: dict[str, Tensor]) -> Tensor:
        self.calls += 1
        logits: Tensor = self.module(inputs["x"])
        if self.calls > self.after and len(logits) > self.most:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return logits


def calm_net() -> TinyNet:
    """Without batch norm, so that micro-batches are only a matter of rounding."""
    return tiny_net(dropout=0.0, norm=False)


def trained(
    folder: Path, settings: Hyperparameters, most: int, after: int = 0
) -> tuple[TinyNet, list[ev.Event], TinyBatches]:
    module = calm_net()
    batches = TinyBatches(samples=22, batch_size=settings.batch_size)
    one = trial(
        folder, settings, module=module, batches=batches, forward=Hungry(module, most, after)
    )
    for epoch in (1, 2):
        one.loop.train_epoch(epoch)
    one.record.close()
    return module, one.events, batches


@pytest.mark.parametrize("accumulation", [1, 2])
@pytest.mark.parametrize("after", [0, 3])
def test_when_memory_runs_out_the_same_step_is_made_in_smaller_pieces(
    tmp_path: Path, accumulation: int, after: int
) -> None:
    settings = Hyperparameters(
        epochs=2, batch_size=8, accumulation=accumulation, optimizer=Optimizer.SGD
    )
    plain, _, _ = trained(tmp_path / "a", settings, most=8)
    small, events, _ = trained(tmp_path / "b", settings, most=3, after=after)
    halvings = [event.problem.code for event in events if isinstance(event, ev.ProblemFound)]
    assert halvings == ["micro_batch_halved"] * 2  # 8 to 4 to 2
    assert [s.step for s in written(tmp_path / "a")] == [s.step for s in written(tmp_path / "b")]
    pairs = zip(plain.parameters(), small.parameters(), strict=True)
    assert max(float((a - b).detach().abs().max()) for a, b in pairs) < 1e-6
    for one, other in zip(written(tmp_path / "a"), written(tmp_path / "b"), strict=True):
        assert one.loss == pytest.approx(other.loss, abs=1e-5)
        assert one.learning_rates == other.learning_rates


def test_a_failed_try_moves_no_batch_norm_statistic(tmp_path: Path) -> None:
    settings = Hyperparameters(epochs=1, batch_size=8)
    module, direct = tiny_net(), tiny_net()
    one = trial(tmp_path / "a", settings, module=module, forward=Hungry(module, 4))
    one.loop.train_epoch(1)
    one.record.close()
    other = trial(tmp_path / "b", settings, module=direct)
    other.loop.stepper.micro_batch = 4
    other.loop.train_epoch(1)
    other.record.close()
    assert same_bits(module, direct)


def test_a_sample_that_does_not_fit_alone_ends_in_one_plain_problem(tmp_path: Path) -> None:
    module = calm_net()
    one = trial(tmp_path, SETTINGS, module=module, forward=Hungry(module, 0))
    with pytest.raises(ProblemError) as caught:
        one.loop.train_epoch(1)
    one.record.close()
    assert caught.value.problem.code == "out_of_memory"
    assert sum(isinstance(event, ev.ProblemFound) for event in one.events) == 2  # 4 to 2 to 1


def test_another_error_is_not_taken_for_a_lack_of_memory(tmp_path: Path) -> None:
    def forward(inputs: dict[str, Tensor]) -> Tensor:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    one = trial(tmp_path, SETTINGS, forward=forward)
    with pytest.raises(RuntimeError, match="mat1"):
        one.loop.train_epoch(1)
    one.record.close()


# ------------------------------------------------------------------------------------------ trouble


def test_a_loss_that_is_no_number_ends_training_at_that_step(tmp_path: Path) -> None:
    batches = TinyBatches(samples=20, batch_size=4)
    batches.inputs[7] = float("nan")
    one = trial(tmp_path, SETTINGS, batches=batches)
    with pytest.raises(ProblemError) as caught:
        one.loop.train_epoch(1)
    one.record.close()
    assert caught.value.problem.code == "loss_not_finite"
    assert all(bool(torch.isfinite(p).all()) for p in one.module.parameters())


def test_watching_a_step_costs_little(tmp_path: Path) -> None:
    batches = TinyBatches(samples=4 * 60, batch_size=4)
    watched = trial(tmp_path, SETTINGS, module=tiny_net(norm=False), batches=batches)
    module = tiny_net(norm=False).train()
    optimizer = torch.optim.AdamW(module.parameters())

    def plain(epoch: int) -> None:
        for batch in batches.training(epoch):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(module(batch.inputs["x"]), batch.targets).backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimizer.step()

    costs = {"ours": [], "theirs": []}  # type: dict[str, list[float]]
    for epoch in range(1, 4):
        for name, train in (("ours", watched.loop.train_epoch), ("theirs", plain)):
            started = time.thread_time()
            train(epoch)
            costs[name].append((time.thread_time() - started) / 60)
    watched.record.close()
    # A step of a real model takes 10 to 1000 ms.
    assert min(costs["ours"]) - min(costs["theirs"]) < 0.002
