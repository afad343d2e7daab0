from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.engine.jobs import run_job
from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.project import Project
from tests.unit.engine.tiny_project import make_pictures, make_project


def found(folder: Path, project: Project | None = None) -> list[ev.Event]:
    events: list[ev.Event] = []
    arguments = {"folder": str(folder)}
    if project is not None:
        arguments["project"] = project.model_dump(mode="json")  # type: ignore[assignment]
    run_job("find_learning_rate", arguments, events.append, Control())
    return events


def files(folder: Path) -> set[str]:
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if "cache" not in file.relative_to(folder).parts
    }


def test_it_tries_rates_on_the_real_model_and_suggests_some(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    before = files(folder)
    events = found(folder)
    tried = [event for event in events if isinstance(event, ev.RateTried)]
    (suggested,) = [event for event in events if isinstance(event, ev.RatesSuggested)]
    assert suggested.tried == len(tried) > 50
    assert suggested.valley is not None
    assert 1e-5 < suggested.valley < 1
    assert tried[0].loss > min(event.loss for event in tried)
    assert all(isinstance(e, ev.RateTried | ev.RatesSuggested | ev.Progress) for e in events)
    assert files(folder) == before
    assert not list((folder / "cache").glob("find-rate-*"))


def test_pictures_with_a_frozen_backbone_pass_it_once(tmp_path: Path) -> None:
    folder = make_pictures(tmp_path / "project")
    project = storage.load(folder)
    events = found(folder, project.edited(freeze=FreezePlan()))
    phases = {event.phase for event in events if isinstance(event, ev.Progress)}
    assert "Trying learning rates" in phases
    assert any(isinstance(event, ev.RatesSuggested) for event in events)


def test_a_stop_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    before, control = files(folder), Control()

    def emit(event: ev.Event) -> None:
        if isinstance(event, ev.RateTried) and event.step == 5:
            control.stop()

    with pytest.raises(Stopped):
        run_job("find_learning_rate", {"folder": str(folder)}, emit, control)
    assert files(folder) == before
    assert not list((folder / "cache").glob("find-rate-*"))


def test_what_changes_gradients_in_a_run_does_so_here(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", dropout=0.0)
    project, losses = storage.load(folder), {}
    for name, value in (("l2_sp", 0.0), ("l2_sp", 10.0), ("weight_average", 0.9)):
        training = project.training.edited(**{name: value})
        events = found(folder, project.edited(training=training))
        losses[name, value] = [one.loss for one in events if isinstance(one, ev.RateTried)]
    assert losses["weight_average", 0.9] == losses["l2_sp", 0.0]
    assert losses["l2_sp", 10.0][0] == losses["l2_sp", 0.0][0]
    assert losses["l2_sp", 10.0] != losses["l2_sp", 0.0]
