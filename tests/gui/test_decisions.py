"""The words of the step list and the status bar, and what follows from a decision."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.history import RunHistory, replay
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import FreezePreset, Target
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.project.target import TargetReading
from finetune_studio.ui.decisions import state_in_words, steps
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.step_list import StepState
from tests.gui.conftest import DEATH, EFFICIENTNET, data_report, model_description, recording


@pytest.fixture
def snapshot() -> Snapshot:
    project = Project(model=EFFICIENTNET, data=DataChoice(path="/data/pictures"))
    return Snapshot(
        project=project,
        folder=Path("/project"),
        data_report=data_report(Path("/data/pictures"), {"cat": 200, "dog": 222}),
        model=model_description(labels=2),
        available=frozenset({EFFICIENTNET.id}),
    )


def show(snapshot: Snapshot, step: Step, **changes: object) -> tuple[str, StepState]:
    row = steps(dataclasses.replace(snapshot, **changes))[step]
    return row.decided, row.state


def test_an_empty_project_offers_the_model_alone() -> None:
    states = [step.state for step in steps(Snapshot(folder=Path("/project")))]
    assert states == [StepState.OPEN] + [StepState.DISABLED] * 6


def test_what_was_decided_is_said_in_a_line(snapshot: Snapshot) -> None:
    assert show(snapshot, Step.MODEL) == ("EfficientNet-Lite0", StepState.DONE)
    assert show(snapshot, Step.DATA) == ("422 pictures, 2 labels", StepState.DONE)
    assert show(snapshot, Step.LAYERS) == ("Head only, 256 of 21.3 k", StepState.DONE)
    assert show(snapshot, Step.HYPERPARAMETERS) == ("8 epochs, AdamW 1e-3", StepState.DONE)


def test_a_model_that_is_not_here_needs_attention(snapshot: Snapshot) -> None:
    decided, state = show(snapshot, Step.MODEL, available=frozenset({"other"}))
    assert decided == "Not downloaded yet"
    assert state is StepState.ATTENTION


def test_what_the_side_list_has_no_room_for_is_left_out_whole(snapshot: Snapshot) -> None:
    several = TargetReading(kind=Target.LABELS)
    report = snapshot.data_report.edited(target=several)
    assert show(snapshot, Step.DATA, data_report=report)[0] == "422 pictures, 2 labels"
    deep = snapshot.project.edited(
        freeze=FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=1)
    )
    assert show(snapshot, Step.LAYERS, project=deep)[0] == "Head + 1 block, 20.3 k"


def test_data_that_cannot_be_trained_on_need_attention(snapshot: Snapshot) -> None:
    report = snapshot.data_report.edited(problems=(Problem(what="12 rows have no label."),))
    assert show(snapshot, Step.DATA, data_report=report)[1] is StepState.ATTENTION


def test_data_not_read_yet_are_called_by_their_name(snapshot: Snapshot) -> None:
    assert show(snapshot, Step.DATA, data_report=None) == ("pictures", StepState.OPEN)
    failed = {"inspect": Activity(problem=DEATH)}
    assert show(snapshot, Step.DATA, data_report=None, activities=failed)[1] is StepState.ATTENTION


def test_everything_is_said_once(snapshot: Snapshot) -> None:
    whole = snapshot.project.edited(freeze=FreezePlan(preset=FreezePreset.EVERYTHING))
    assert show(snapshot, Step.LAYERS, project=whole)[0] == "Everything, 21.3 k"


def test_nothing_that_trains_needs_attention(snapshot: Snapshot) -> None:
    frozen = snapshot.project.edited(freeze=FreezePlan(preset=FreezePreset.CUSTOM))
    assert show(snapshot, Step.LAYERS, project=frozen)[1] is StepState.ATTENTION


@pytest.mark.parametrize(
    ("events", "words", "state"),
    [
        (3, "Preparing", StepState.RUNNING),
        (60, "Epoch 2 of 8", StepState.RUNNING),
        (None, "Best 96.3 % at epoch 6", StepState.DONE),
    ],
)
def test_a_run_tells_how_far_it_is(
    snapshot: Snapshot, events: int | None, words: str, state: StepState
) -> None:
    history = replay(recording("pictures_8_epochs")[:events])
    assert show(snapshot, Step.TRAINING, history=history) == (words, state)


def test_a_failed_run_needs_attention(snapshot: Snapshot) -> None:
    history = replay(recording("out_of_memory"))
    assert show(snapshot, Step.TRAINING, history=history)[1] is StepState.ATTENTION


def test_the_status_bar_says_the_most_important_thing(snapshot: Snapshot) -> None:
    assert state_in_words(snapshot) == "Ready"
    reading = {"inspect": Activity(phase="Reading the data")}
    busy = dataclasses.replace(snapshot, activities=reading)
    assert state_in_words(busy) == "Reading the data"
    paused = RunHistory().after(ev.RunStarted(run="r", folder="", epochs=3))
    paused = paused.after(ev.EpochStarted(epoch=1, steps=5)).after(ev.RunPaused(step=1))
    assert state_in_words(dataclasses.replace(busy, history=paused)) == "Training is paused"
