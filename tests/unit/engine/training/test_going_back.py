from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.engine.training import step
from finetune_studio.engine.training.run import train
from finetune_studio.events import events as ev
from finetune_studio.events.history import RunState, replay
from finetune_studio.project import storage
from finetune_studio.project.choices import FreezePreset, Unfreezing
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import saved_epochs
from finetune_studio.runs.folder import RunFolder, list_runs, read_events, read_history
from tests.unit.engine.tiny_project import make_project

Watch = Callable[[ev.Event, Control], None]
STEPS = 6


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # it decides about the last bit


def project(folder: Path, **settings: object) -> Path:
    """Four epochs at a constant rate; what counts as best is set by :func:`best_is`."""
    plain = {"epochs": 4, "schedule": "constant", "warmup": 0.0}
    return make_project(folder, **{**plain, **settings})


def trained(folder: Path, watch: Watch | None = None, **how: object) -> list[ev.Event]:
    events: list[ev.Event] = []
    control = Control()

    def emit(event: ev.Event) -> None:
        events.append(event)
        if watch is not None:
            watch(event, control)

    train(folder, emit, control, **how)  # type: ignore[arg-type]
    return events


def run_of(folder: Path) -> RunFolder:
    return RunFolder(Path(list_runs(folder)[0].folder))


def tensors(folder: Path, epoch: int) -> dict[str, bytes]:
    path = run_of(folder).checkpoints / f"epoch-{epoch:04d}"
    found = load_file(path / "weights.safetensors") | load_file(path / "optimizer.safetensors")
    return {name: tensor.numpy().tobytes() for name, tensor in found.items()}


def went(events: list[ev.Event]) -> list[ev.WentBack]:
    return [event for event in events if isinstance(event, ev.WentBack)]


def figures(events: list[ev.Event]) -> list[dict[str, object]]:
    found = [event for event in events if isinstance(event, ev.EpochFinished)]
    return [event.model_dump(exclude={"seconds", "at"}) for event in found]


class BackOnce:
    """Asks for going back when an epoch is saved, once."""

    def __init__(self, after: int, best: int) -> None:
        self.after, self.best, self.asked = after, best, False

    def __call__(self, event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.CheckpointSaved) and event.epoch == self.after and not self.asked:
            self.asked = True
            control.go_back()


@pytest.fixture
def best_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Has one epoch validate better than all others."""

    def arrange(epoch: int) -> None:
        from finetune_studio.engine.training.early_stopping import BestEpoch

        real = BestEpoch.after

        def after(self: BestEpoch, number: int, found: object, *rest: object) -> BestEpoch:
            made = real(self, number, found, *rest)  # type: ignore[arg-type]
            return made if number <= epoch else self.edited(waited=self.waited + 1)

        monkeypatch.setattr(BestEpoch, "after", after)

    return arrange


def test_the_weights_and_the_optimizer_are_those_of_the_best_epoch_bit_by_bit(
    tmp_path: Path, best_is: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    best_is(1)
    folder = project(tmp_path / "project")
    saved: list[dict[str, bytes]] = []
    begun: list[dict[str, torch.Tensor]] = []
    moments: list[dict[str, torch.Tensor]] = []
    real = step.Stepper.begin

    def begin(self: step.Stepper, *args: object) -> dict[str, float]:
        if watch.asked and not begun:
            module = self._module
            begun.append({n: p.detach().clone() for n, p in module.named_parameters()})
            names = {p: n for n, p in module.named_parameters()}
            moments.append(
                {
                    f"exp_avg/{names[p]}": state["exp_avg"].clone()
                    for p, state in self._optimizer.state.items()
                }
            )
        return real(self, *args)  # type: ignore[arg-type]

    class Watch(BackOnce):
        def __call__(self, event: ev.Event, control: Control) -> None:
            if isinstance(event, ev.CheckpointSaved) and event.epoch == 1 and not saved:
                saved.append(tensors(folder, 1))
            super().__call__(event, control)

    watch = Watch(after=3, best=1)
    monkeypatch.setattr(step.Stepper, "begin", begin)
    events = trained(folder, watch)
    (back,) = went(events)
    assert (back.epoch, back.left, back.step, back.rate_factor) == (1, 3, STEPS, 0.5)
    for found in (begun[0], moments[0]):
        common = found.keys() & saved[0].keys()
        assert len(common) > 20
        assert all(found[name].numpy().tobytes() == saved[0][name] for name in common)


def test_every_rate_is_halved_from_there_on(tmp_path: Path, best_is: Callable[[int], None]) -> None:
    best_is(1)
    events = trained(project(tmp_path / "project"), BackOnce(after=2, best=1))
    place = events.index(went(events)[0])
    rates = [
        {max(event.learning_rates.values()) for event in part if isinstance(event, ev.StepFinished)}
        for part in (events[:place], events[place:])
    ]
    assert rates == [{0.01}, {0.005}]


def test_what_came_after_the_best_epoch_is_trained_again(
    tmp_path: Path, best_is: Callable[[int], None]
) -> None:
    best_is(1)
    folder = project(tmp_path / "project")
    events = trained(folder, BackOnce(after=3, best=1))
    told = [event.epoch for event in events if isinstance(event, ev.EpochFinished)]
    assert told == [1, 2, 3, 2, 3, 4]
    history = read_history(run_of(folder).path)
    assert [epoch.epoch for epoch in history.epochs] == [1, 2, 3, 4]
    assert history.went_back == tuple(e for e in read_events(run_of(folder).path) if e in went([e]))
    assert list(history.curve.steps[: history.step_count]) == list(range(1, 4 * STEPS + 1))
    assert history.state is RunState.FINISHED
    assert replay(events[:-1]).state is RunState.TRAINING


def test_a_run_that_went_back_and_was_stopped_goes_on_as_if_it_had_never_stopped(
    tmp_path: Path, best_is: Callable[[int], None]
) -> None:
    best_is(1)
    whole = project(tmp_path / "whole")
    expected = trained(whole, BackOnce(after=3, best=1))
    folder = project(tmp_path / "project")
    back = BackOnce(after=3, best=1)
    seen: list[int] = []

    def watch(event: ev.Event, control: Control) -> None:
        back(event, control)
        if isinstance(event, ev.CheckpointSaved):
            seen.append(event.epoch)
            if seen == [1, 2, 3, 2]:
                control.stop()

    with pytest.raises(Stopped):
        trained(folder, watch)
    events = trained(folder, resume=True)
    assert figures(events) == figures(expected)[-len(figures(events)) :]
    assert tensors(folder, 4) == tensors(whole, 4)


def test_a_crash_right_after_going_back_forgets_nothing(
    tmp_path: Path, best_is: Callable[[int], None]
) -> None:
    best_is(1)
    whole = project(tmp_path / "whole")
    trained(whole, BackOnce(after=3, best=1))
    folder = project(tmp_path / "project")
    back = BackOnce(after=3, best=1)

    def watch(event: ev.Event, control: Control) -> None:
        back(event, control)
        if isinstance(event, ev.WentBack):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(folder, watch)
    assert saved_epochs(run_of(folder).checkpoints) == (1,)
    trained(folder, resume=True)
    assert tensors(folder, 4) == tensors(whole, 4)


@pytest.mark.parametrize("settings", [{}, {"weight_average": 0.9}])
def test_what_had_woken_meanwhile_sleeps_again_and_going_on_is_exact(
    tmp_path: Path, best_is: Callable[[int], None], settings: dict[str, object]
) -> None:
    best_is(1)
    plan = FreezePlan(
        preset=FreezePreset.EVERYTHING, unfreezing=Unfreezing.HEAD_FIRST, head_epochs=2
    )
    whole, folder = (project(tmp_path / name, **settings) for name in ("whole", "project"))
    for one in (whole, folder):
        storage.save(storage.load(one).edited(freeze=plan), one)
    kept: list[dict[str, bytes]] = []
    first = BackOnce(after=3, best=1)

    def keep(event: ev.Event, control: Control) -> None:
        first(event, control)
        if isinstance(event, ev.CheckpointSaved):
            kept.append(tensors(whole, event.epoch))

    trained(whole, keep)
    one, two, three, again, *_ = kept
    asleep = [name for name in one if name.startswith("encoder") and one[name] == two[name]]
    assert asleep
    assert any(three[name] != one[name] for name in asleep)
    assert all(again[name] == one[name] for name in asleep)

    seen: list[int] = []
    second = BackOnce(after=3, best=1)

    def stop(event: ev.Event, control: Control) -> None:
        second(event, control)
        if isinstance(event, ev.CheckpointSaved):
            seen.append(event.epoch)
            if seen == [1, 2, 3, 2]:
                control.stop()

    with pytest.raises(Stopped):
        trained(folder, stop)
    trained(folder, resume=True)
    assert tensors(folder, 4) == tensors(whole, 4)


def test_going_back_twice_halves_twice(tmp_path: Path, best_is: Callable[[int], None]) -> None:
    best_is(1)
    times: list[int] = []

    def watch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.CheckpointSaved) and event.epoch == 2 and len(times) < 2:
            times.append(event.epoch)
            control.go_back()

    events = trained(project(tmp_path / "project"), watch)
    assert [back.rate_factor for back in went(events)] == [0.5, 0.25]
    state = json.loads(
        (run_of(tmp_path / "project").checkpoints / "epoch-0004" / "state.json").read_text()
    )
    assert state["plateau"]["factor"] == 0.25


def test_asked_in_the_first_epoch_it_waits_until_there_is_one_to_go_back_to(
    tmp_path: Path,
) -> None:
    def watch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochStarted) and event.epoch == 1 and not asked:
            asked.append(event.epoch)
            control.go_back()

    asked: list[int] = []
    events = trained(project(tmp_path / "project", epochs=2), watch)
    (back,) = went(events)
    assert (back.epoch, back.left) == (1, 1)


def test_a_finished_run_goes_on_from_its_best_epoch(
    tmp_path: Path, best_is: Callable[[int], None]
) -> None:
    best_is(2)
    folder = project(tmp_path / "project")
    trained(folder)
    before = tensors(folder, 2)
    events = trained(folder, back=True)
    (back,) = went(events)
    assert (back.epoch, back.left) == (2, 4)
    assert [event.epoch for event in events if isinstance(event, ev.EpochFinished)] == [3, 4]
    assert len(list_runs(folder)) == 1
    assert tensors(folder, 2) == before
    assert read_history(run_of(folder).path).state is RunState.FINISHED


def test_a_run_whose_best_epoch_is_the_last_has_nothing_to_train_again(
    tmp_path: Path, best_is: Callable[[int], None]
) -> None:
    best_is(4)
    folder = project(tmp_path / "project", learning_rate=1e-4)
    trained(folder)
    if list_runs(folder)[0].best_epoch < 4:
        pytest.skip("this seed does not improve to the end")
    with pytest.raises(ProblemError) as caught:
        trained(folder, back=True)
    assert caught.value.problem.code == "nothing_to_go_back_to"


def test_a_damaged_best_epoch_is_not_gone_back_to(
    tmp_path: Path, best_is: Callable[[int], None]
) -> None:
    best_is(1)
    folder = project(tmp_path / "project")
    trained(folder)
    file = run_of(folder).checkpoints / "epoch-0001" / "optimizer.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(ProblemError) as caught:
        trained(folder, back=True)
    assert caught.value.problem.code == "checkpoint_damaged"
    assert saved_epochs(run_of(folder).checkpoints)[-1] == 4
