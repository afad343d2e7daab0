from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.engine.training import checkpoint, step
from finetune_studio.engine.training import epochs as epochs_module
from finetune_studio.engine.training.record import Record
from finetune_studio.events import events as ev
from finetune_studio.events.history import RunState
from finetune_studio.project import storage
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import best_epoch, saved_epochs
from finetune_studio.runs.event_log import EventLog
from finetune_studio.runs.folder import RunFolder, list_runs, read_events, read_history, summarize
from tests.unit.engine.tiny_project import make_pictures, make_project, trained

Watch = Callable[[ev.Event, Control], None]


def run_of(folder: Path) -> RunFolder:
    return RunFolder(Path(list_runs(folder)[0].folder))


def weights(folder: Path, epoch: int) -> dict[str, bytes]:
    path = run_of(folder).checkpoints / f"epoch-{epoch:04d}"
    tensors = load_file(path / "weights.safetensors") | load_file(path / "optimizer.safetensors")
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}


def epochs(events: list[ev.Event]) -> list[dict[str, object]]:
    """The figures of the epochs, without the times."""
    found = [event for event in events if isinstance(event, ev.EpochFinished)]
    return [event.model_dump(exclude={"seconds", "at"}) for event in found]


@pytest.fixture
def stop_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Watch]:
    """Asks for a stop during an update, counted over the run."""

    def arrange(number: int) -> Watch:
        seen: list[Control] = []
        real = step.Stepper.update

        def update(self: step.Stepper) -> torch.Tensor:
            seen.append(seen[0])
            if len(seen) == number + 1:
                seen[0].stop()
            return real(self)

        monkeypatch.setattr(step.Stepper, "update", update)

        def watch(event: ev.Event, control: Control) -> None:
            if isinstance(event, ev.RunStarted):
                seen[:] = [control]

        return watch

    return arrange


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[ev.Event]]:
    torch.set_num_threads(1)  # as in every test here: it decides about the last bit
    folder = make_project(tmp_path_factory.mktemp("unbroken") / "project")
    return folder, trained(folder)


# -------------------------------------------------------------------------------- the plain story


def test_events_come_in_the_order_they_are_documented_in(
    unbroken: tuple[Path, list[ev.Event]],
) -> None:
    names = [type(event).__name__ for event in read_events(run_of(unbroken[0]).path)]
    steps = ["StepFinished"] * 6
    epoch = ["EpochStarted", *steps, "EpochFinished", "CheckpointSaved"]
    start = ["RunStarted", "ModelPrepared", "DataPrepared", "ComputeChosen", "FrozenPartPlanned"]
    assert names == [*start, *epoch, *epoch, *epoch, "RunFinished"]


def test_what_is_told_is_what_is_written_down(unbroken: tuple[Path, list[ev.Event]]) -> None:
    folder, events = unbroken
    kinds = (ev.Progress, ev.StepFinished)
    told = [event for event in events if not isinstance(event, kinds)]
    written = [event for event in read_events(run_of(folder).path) if not isinstance(event, kinds)]
    assert told == written
    assert all(event.at > 1.7e9 for event in written)


def test_a_run_can_be_read_back_from_its_folder(unbroken: tuple[Path, list[ev.Event]]) -> None:
    run_folder = run_of(unbroken[0])
    summary, history = summarize(run_folder.path), read_history(run_folder.path)
    assert summary.state is RunState.FINISHED
    assert summary.model_title == "Tiny BERT"
    assert (summary.epochs, summary.planned_epochs) == (3, 3)
    assert summary.best_epoch == history.best_epoch == best_epoch(run_folder.checkpoints)
    assert history.step_count == 18
    assert history.samples == (42, 9, 9)


def test_the_same_seed_gives_the_same_bits(
    unbroken: tuple[Path, list[ev.Event]], tmp_path: Path
) -> None:
    folder = make_project(tmp_path / "project")
    events = trained(folder)
    assert epochs(events) == epochs(unbroken[1])
    assert weights(folder, 3) == weights(unbroken[0], 3)


def test_another_seed_gives_another_result(
    unbroken: tuple[Path, list[ev.Event]], tmp_path: Path
) -> None:
    events = trained(make_project(tmp_path / "project", seed=43))
    assert epochs(events) != epochs(unbroken[1])


def test_frozen_means_frozen(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=1)
    project = storage.load(folder)
    storage.save(project.edited(freeze=FreezePlan()), folder)
    trained(folder)
    run_folder = run_of(folder)
    pretrained = load_file(folder / "tiny-bert" / "model.safetensors")
    frozen = load_file(run_folder.model / "frozen.safetensors")
    learned = load_file(run_folder.checkpoints / "epoch-0001" / "weights.safetensors")
    assert {name for name in learned if name.startswith("head")} == set(learned)
    encoder = {name.removeprefix("encoder."): tensor for name, tensor in frozen.items()}
    common = encoder.keys() & pretrained.keys()
    assert len(common) > 30
    assert all(torch.equal(encoder[name], pretrained[name]) for name in common)


def test_values_that_are_not_pinned_are_recommended_and_kept_with_the_run(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    project = storage.load(folder)
    pinned = tuple(name for name in project.pinned if name != "batch_size")
    training = project.training.edited(epochs=1, batch_size=64)
    storage.save(project.edited(training=training, pinned=pinned), folder)
    trained(folder)
    assert run_of(folder).project.training.batch_size == 8
    assert storage.load(folder).training.batch_size == 64


def test_early_stopping_ends_the_run(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=9, patience=1, learning_rate=1e-9)
    end = trained(folder)[-1]
    assert isinstance(end, ev.RunFinished)
    assert end.stopped_early
    assert not end.stopped
    assert end.epochs < 9
    assert not summarize(run_of(folder).path).resumable


def test_the_last_two_checkpoints_and_the_best_are_kept(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=6, learning_rate=1e-9)
    trained(folder)
    kept = saved_epochs(run_of(folder).checkpoints)
    assert set(kept) == {5, 6, best_epoch(run_of(folder).checkpoints)}


# ------------------------------------------------------------------------------- stopping, resuming


@pytest.mark.parametrize("number", [7, 9, 12])
def test_a_stopped_run_goes_on_as_if_it_had_never_stopped(
    tmp_path: Path,
    unbroken: tuple[Path, list[ev.Event]],
    stop_at: Callable[[int], Watch],
    number: int,
) -> None:
    folder = make_project(tmp_path / "project")
    with pytest.raises(Stopped):
        trained(folder, watch=stop_at(number))
    first = read_history(run_of(folder).path)
    assert first.state is RunState.STOPPED
    assert summarize(run_of(folder).path).resumable
    events = trained(folder, resume=True)
    assert len(list_runs(folder)) == 1
    assert weights(folder, 3) == weights(unbroken[0], 3)
    assert epochs(events) == epochs(unbroken[1])[len(first.epochs) :]
    again = read_history(run_of(folder).path)
    assert again.state is RunState.FINISHED
    assert [done.epoch for done in again.epochs] == [1, 2, 3]
    assert list(again.curve.steps[: again.step_count]) == list(range(1, 19))


def test_a_stop_during_an_epoch_keeps_the_best_finished_one(
    tmp_path: Path, stop_at: Callable[[int], Watch]
) -> None:
    folder = make_project(tmp_path / "project")
    with pytest.raises(Stopped):
        trained(folder, watch=stop_at(9))
    *_, end, stopped = read_events(run_of(folder).path)
    assert isinstance(end, ev.RunFinished)
    assert (end.stopped, end.best_epoch, end.epochs) == (True, 1, 1)
    assert isinstance(stopped, ev.JobStopped)


def test_a_stop_during_the_first_epoch_keeps_it_as_far_as_it_got(
    tmp_path: Path, unbroken: tuple[Path, list[ev.Event]], stop_at: Callable[[int], Watch]
) -> None:
    folder = make_project(tmp_path / "project")
    with pytest.raises(Stopped):
        trained(folder, watch=stop_at(2))
    summary = summarize(run_of(folder).path)
    assert (summary.state, summary.best_epoch, summary.usable) == (RunState.STOPPED, 1, True)
    state = json.loads((run_of(folder).checkpoints / "epoch-0001" / "state.json").read_text())
    assert (state["partial"], state["step"]) == (True, 2)
    events = trained(folder, resume=True)
    assert epochs(events) == epochs(unbroken[1])
    assert weights(folder, 3) == weights(unbroken[0], 3)


def test_a_stop_while_preparing_keeps_nothing_and_can_be_gone_on_from(
    tmp_path: Path, unbroken: tuple[Path, list[ev.Event]]
) -> None:
    folder = make_project(tmp_path / "project")

    def watch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.RunStarted):
            control.stop()

    with pytest.raises(Stopped):
        trained(folder, watch=watch)
    summary = summarize(run_of(folder).path)
    assert (summary.state, summary.usable, summary.resumable) == (RunState.STOPPED, False, True)
    trained(folder, resume=True)
    assert weights(folder, 3) == weights(unbroken[0], 3)


def test_a_damaged_newest_checkpoint_is_passed_over_and_said(
    tmp_path: Path, unbroken: tuple[Path, list[ev.Event]], stop_at: Callable[[int], Watch]
) -> None:
    folder = make_project(tmp_path / "project")
    with pytest.raises(Stopped):
        trained(folder, watch=stop_at(14))
    file = run_of(folder).checkpoints / "epoch-0002" / "optimizer.safetensors"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)
    events = trained(folder, resume=True)
    started = next(event for event in events if isinstance(event, ev.RunStarted))
    problems = [event.problem for event in events if isinstance(event, ev.ProblemFound)]
    assert started.resumed_from == 1
    assert [problem.code for problem in problems] == ["checkpoint_passed_over"]
    assert "optimizer.safetensors" in problems[0].what
    assert weights(folder, 3) == weights(unbroken[0], 3)


def test_a_run_killed_after_its_last_checkpoint_only_has_to_say_that_it_is_finished(
    tmp_path: Path, unbroken: tuple[Path, list[ev.Event]]
) -> None:
    folder = make_project(tmp_path / "project")
    trained(folder)
    file = run_of(folder).events_file
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-2]))
    assert summarize(run_of(folder).path).state is RunState.FAILED
    events = trained(folder, resume=True)
    assert not epochs(events)
    ends = [e for e in (events[-1], unbroken[1][-1]) if isinstance(e, ev.RunFinished)]
    assert ends[0].figures == ends[1].figures
    assert ends[0].best_epoch == ends[1].best_epoch


def test_there_is_nothing_to_go_on_with_after_a_finished_run(
    unbroken: tuple[Path, list[ev.Event]],
) -> None:
    with pytest.raises(ProblemError) as caught:
        trained(unbroken[0], resume=True)
    assert caught.value.problem.code == "nothing_to_resume"


def test_changed_data_are_never_silent(tmp_path: Path, stop_at: Callable[[int], Watch]) -> None:
    folder = make_project(tmp_path / "project")
    with pytest.raises(Stopped):
        trained(folder, watch=stop_at(8))
    with (folder / "reviews.csv").open("a") as table:
        table.write("the film good was added,up\n")
    events = trained(folder, resume=True)
    (problem,) = (event.problem for event in events if isinstance(event, ev.ProblemFound))
    assert problem.code == "data_changed"
    assert "1 added" in problem.what


def test_a_run_does_not_go_on_with_other_labels(
    tmp_path: Path, stop_at: Callable[[int], Watch]
) -> None:
    folder = make_project(tmp_path / "project")
    with pytest.raises(Stopped):
        trained(folder, watch=stop_at(8))
    with (folder / "reviews.csv").open("a") as table:
        table.writelines(f"the film odd a new kind {i},sideways\n" for i in range(4))
    with pytest.raises(ProblemError) as caught:
        trained(folder, resume=True)
    assert caught.value.problem.code == "labels_changed"
    assert "sideways" in caught.value.problem.why


@pytest.mark.parametrize(
    "settings", [{"precision": "bf16"}, {"optimizer": "sgd", "accumulation": 2}]
)
def test_going_on_is_exact_under_other_settings_too(
    tmp_path: Path, stop_at: Callable[[int], Watch], settings: dict[str, object]
) -> None:
    whole = make_project(tmp_path / "whole", **settings)
    expected = trained(whole)
    folder = make_project(tmp_path / "project", **settings)
    with pytest.raises(Stopped):
        trained(folder, watch=stop_at(4 if "accumulation" in settings else 8))
    events = trained(folder, resume=True)
    assert weights(folder, 3) == weights(whole, 3)
    assert epochs(events) == epochs(expected)[1:]


def test_going_on_is_exact_with_augmented_pictures_and_batch_norm(
    tmp_path: Path, stop_at: Callable[[int], Watch]
) -> None:
    whole = make_pictures(tmp_path / "whole")
    expected = trained(whole)
    folder = make_pictures(tmp_path / "project")
    with pytest.raises(Stopped):
        trained(folder, watch=stop_at(4))
    events = trained(folder, resume=True)
    assert epochs(events) == epochs(expected)[1:]
    assert weights(folder, 2) == weights(whole, 2)


# ------------------------------------------------------------------------------------------ trouble


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path / "project")
    real = functional.cross_entropy
    calls = 0

    def cross_entropy(*args: torch.Tensor, **more: float) -> torch.Tensor:
        nonlocal calls
        calls += 1
        loss: torch.Tensor = real(*args, **more)
        return loss * float("nan") if calls == 9 else loss

    monkeypatch.setattr(functional, "cross_entropy", cross_entropy)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "loss_not_finite"
    run_folder = run_of(folder)
    history, summary = read_history(run_folder.path), summarize(run_folder.path)
    assert history.state is RunState.FAILED
    assert history.problem is not None
    assert history.problem.edited(detail="") == caught.value.problem
    assert history.step == 7  # the validation batch was the seventh
    assert (summary.usable, summary.best_epoch, summary.resumable) == (True, 1, False)
    for tensor in load_file(run_folder.checkpoints / "epoch-0001" / "weights.safetensors").values():
        assert bool(torch.isfinite(tensor).all())


def test_weights_that_are_no_numbers_are_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path / "project")
    real = checkpoint.save

    def save(
        run_folder: RunFolder, state: object, module: torch.nn.Module, *rest: object, **more: object
    ) -> Path:
        if best_epoch(run_folder.checkpoints):
            next(p for p in module.parameters() if p.requires_grad).data.view(-1)[0] = float("inf")
        return real(run_folder, state, module, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(checkpoint, "save", save)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "loss_not_finite"
    assert saved_epochs(run_of(folder).checkpoints) == (1,)


def test_a_full_disk_ends_the_run_plainly_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: tuple[Path, list[ev.Event]]
) -> None:
    folder = make_project(tmp_path / "project")
    real = checkpoint.save_tensors
    full = True

    def save_tensors(tensors: dict[str, torch.Tensor], file: Path) -> None:
        if full and best_epoch(run_of(folder).checkpoints):
            raise OSError(28, "No space left on device")
        real(tensors, file)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_tensors", save_tensors)
    # Nor can it be written down how the run ended.
    monkeypatch.setattr(Record, "note", refuse)
    close = EventLog.close
    monkeypatch.setattr(EventLog, "close", lambda log: refuse(close(log)))
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "checkpoint_not_saved"
    assert "No space left" in caught.value.problem.why
    assert saved_epochs(run_of(folder).checkpoints) == (1,)
    read = read_history(run_of(folder).path)
    assert (len(read.epochs), read.best_epoch, read.state) == (2, 1, RunState.FAILED)
    full = False
    monkeypatch.undo()
    trained(folder, resume=True)
    assert weights(folder, 3) == weights(unbroken[0], 3)


def test_too_little_room_is_said_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path / "project")
    needed = "finetune_studio.engine.training.model_of_run.needed_space"
    monkeypatch.setattr(needed, lambda *_, **__: 1e18)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "disk_full"


def test_a_project_without_model_or_data_says_what_is_missing(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    project = storage.load(folder)
    storage.save(project.edited(model=None), folder)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.what == "The project has no model yet."


def test_a_fault_of_ours_is_written_down_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path / "project")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(epochs_module, "figures_of", broken)
    with pytest.raises(ZeroDivisionError):
        trained(folder)
    problem = read_history(run_of(folder).path).problem
    assert problem is not None
    assert "ZeroDivisionError" in problem.why
    assert "Traceback" in problem.detail


def test_memory_that_runs_out_costs_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"dropout": 0.0, "epochs": 2}
    folder = make_project(tmp_path / "project", **settings)
    real = step.Stepper._gather

    def gather(
        self: step.Stepper,
        inputs: dict[str, torch.Tensor],
        targets: torch.Tensor,
        indices: torch.Tensor,
    ) -> None:
        real(self, inputs, targets, indices)
        if len(targets) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(step.Stepper, "_gather", gather)
    events = trained(folder)
    state = json.loads((run_of(folder).checkpoints / "epoch-0002" / "state.json").read_text())
    assert state["micro_batch"] == 2
    assert state["step"] == 12
    problems = [event.problem.code for event in events if isinstance(event, ev.ProblemFound)]
    assert problems == ["micro_batch_halved"] * 2
