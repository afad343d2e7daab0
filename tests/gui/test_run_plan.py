"""What a run is said to take before it begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finetune_studio.events.descriptions import DataReport, LabelCount
from finetune_studio.project.choices import DataKind, FreezePreset, Task, Unfreezing
from finetune_studio.project.facts import Facts
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.ui.pages.hyperparameters.schedule_words import in_words
from finetune_studio.ui.pages.training.start_panel import summary
from finetune_studio.ui.run_plan import run_plan, sample_counts, usual_tokens
from finetune_studio.ui.snapshot import Snapshot
from tests.gui.made_up_data import deep_model, photos_project

MODEL = deep_model()
FACTS = Facts(train_samples=300, label_counts=(60, 40))
EVERYTHING = FreezePlan(preset=FreezePreset.EVERYTHING)
ONE_BY_ONE = EVERYTHING.edited(unfreezing=Unfreezing.ONE_BY_ONE)


def snapshot(plan: FreezePlan, **training: object) -> Snapshot:
    settings = {"epochs": 10, "augmentation": "off", **training}
    project = photos_project(freeze=plan, pinned=tuple(settings))
    project = project.edited(training=project.training.edited(**settings))
    return Snapshot(project=project, model=MODEL, facts=FACTS)


def report(**changes: object) -> DataReport:
    values: dict[str, object] = {
        "path": "/data",
        "task": Task.TEXT,
        "kind": DataKind.TABLE,
        "samples": 400,
        "labels": (LabelCount(label="a", count=400, train=300, validation=60),),
        "median_tokens": 50,
        **changes,
    }
    return DataReport.model_validate(values)


def test_storing_what_frozen_layers_say_makes_a_run_shorter() -> None:
    stored, plain = (run_plan(snapshot(FreezePlan(), reuse_frozen=on)) for on in (True, False))
    assert stored.seconds < plain.seconds / 3


def test_waking_blocks_later_makes_a_run_shorter_and_no_smaller() -> None:
    gradual, at_once = run_plan(snapshot(ONE_BY_ONE)), run_plan(snapshot(EVERYTHING))
    assert gradual.seconds < at_once.seconds
    assert gradual.memory == at_once.memory
    assert gradual.timeline.startswith("Head from epoch 1, Neck from epoch 2, ")
    assert at_once.timeline == ""


def test_samples_of_validation_are_looked_at_too() -> None:
    without = snapshot(EVERYTHING)
    with_some = replace(without, data_report=report(task=Task.IMAGE, median_tokens=0))
    assert sample_counts(with_some) == (300, 60)
    longer = run_plan(with_some).seconds / run_plan(without).seconds
    assert longer == pytest.approx(320 / 300)


def test_texts_are_as_long_as_their_words_say_but_for_what_is_cut_off() -> None:
    texts = replace(snapshot(EVERYTHING), data_report=report())
    assert usual_tokens(texts) == pytest.approx(67)
    cut = replace(snapshot(EVERYTHING, max_tokens=32), data_report=report())
    assert usual_tokens(cut) == 32
    assert usual_tokens(snapshot(EVERYTHING)) == 0


def test_the_start_panel_names_the_timeline_where_there_is_one() -> None:
    gradual, at_once = snapshot(ONE_BY_ONE), snapshot(EVERYTHING)
    found = {fact.name: fact for fact in summary(gradual, run_plan(gradual))}
    assert found["Unfreezing"].value == "one block an epoch"
    assert found["Unfreezing"].tooltip.startswith("Head from epoch 1")
    assert "Unfreezing" not in {fact.name for fact in summary(at_once, run_plan(at_once))}


def test_the_warm_up_is_told_of_the_schedule_that_begins_first() -> None:
    anew = ONE_BY_ONE.edited(restart_schedule=True)
    once, often = (
        in_words(run_plan(snapshot(plan, batch_size=10, warmup=0.1))) for plan in (ONE_BY_ONE, anew)
    )
    assert "in the first 30 steps" in once
    assert "in the first 3 steps" in often
    assert "Begins anew in epoch 2, 3, 4, 5, 6, 7, 8, 9 and 10." in often
