"""Whole runs with varied pictures: varied in training alone, alike after a stop, and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from finetune_studio.engine.data import inputs
from finetune_studio.engine.data.augmentation import augment
from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.engine.training.pace import Pace
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.variation import Variation
from finetune_studio.runs.folder import RunFolder, list_runs
from tests.unit.engine.tiny_project import make_pictures, trained

MODES: list[dict[str, Any]] = [
    {"augmentation": "trivial"},
    {"augmentation": "randaugment", "augment_strength": 1.5},
    {"augmentation": "custom", "augment_perspective": 0.4, "augment_blur": 1.0, "augment_hue": 0.2},
]


def made(folder: Path, **settings: Any) -> Path:
    make_pictures(folder)
    return set_in(folder, **settings)


def set_in(folder: Path, **settings: Any) -> Path:
    project = storage.load(folder)
    training = project.training.edited(**settings)
    storage.save(project.edited(training=training, pinned=(*project.pinned, *settings)), folder)
    return folder


def run_of(folder: Path) -> RunFolder:
    return RunFolder(Path(list_runs(folder)[0].folder))


def weights(folder: Path, epoch: int) -> dict[str, bytes]:
    file = run_of(folder).checkpoints / f"epoch-{epoch:04d}" / "weights.safetensors"
    return {name: tensor.numpy().tobytes() for name, tensor in load_file(file).items()}


@pytest.mark.parametrize("settings", MODES, ids=lambda settings: settings["augmentation"])
def test_going_on_is_exact(tmp_path: Path, settings: dict[str, Any]) -> None:
    whole = made(tmp_path / "whole", **settings)
    trained(whole)
    folder = made(tmp_path / "project", **settings)

    def stop_in_second_epoch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochStarted) and event.epoch == 2:
            control.stop()

    with pytest.raises(Stopped):
        trained(folder, watch=stop_in_second_epoch)
    trained(folder, resume=True)

    assert weights(folder, 2) == weights(whole, 2)
    plain = made(tmp_path / "plain", augmentation="off")
    trained(plain)
    assert weights(plain, 2) != weights(whole, 2)


def test_training_pictures_alone_are_varied_and_the_run_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def watched(
        pixels: torch.Tensor,
        variation: Variation | None,
        *,
        seed: int,
        epoch: int,
        indices: Sequence[int],
    ) -> torch.Tensor:
        seen.extend((epoch, place) for place in indices)
        return augment(pixels, variation, seed=seed, epoch=epoch, indices=indices)

    monkeypatch.setattr(inputs, "augment", watched)
    folder = made(tmp_path / "project", augmentation="trivial", augment_strength=0.7)
    events = trained(folder)

    (data,) = [event for event in events if isinstance(event, ev.DataPrepared)]
    assert data.validation > 0
    assert set(seen) == {(epoch, place) for epoch in (1, 2) for place in range(data.train)}
    recorded = storage.load(run_of(folder).path).training
    assert (recorded.augmentation, recorded.augment_strength) == ("trivial", 0.7)


def test_stored_views_are_those_of_the_settings_in_force(tmp_path: Path) -> None:
    folder = made(tmp_path / "project", augmentation="custom", augmented_views=2, epochs=3)
    project = storage.load(folder)
    storage.save(project.edited(freeze=FreezePlan(preset=FreezePreset.HEAD)), folder)

    def reused() -> list[bool]:
        events = trained(folder)
        computed = [event for event in events if isinstance(event, ev.FrozenPartComputed)]
        return [event.reused for event in computed if event.part == "training"]

    assert reused() == [False, False]
    assert reused() == [True, True]
    set_in(folder, augment_strength=1.2)
    assert reused() == [False, False]
    set_in(folder, augment_rotation=10.0)
    assert reused() == [False, False]
    set_in(folder, augment_strength=0.0)
    assert reused() == [False]


def test_the_time_left_is_told_of_views_that_are_still_to_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "project", augmentation="custom", augmented_views=2, epochs=3)
    project = storage.load(folder)
    storage.save(project.edited(freeze=FreezePlan(preset=FreezePreset.HEAD)), folder)
    told: list[tuple[bool, int]] = []

    def stored(_: Pace, seconds: float, more: int) -> None:
        told.append((seconds > 0, more))

    monkeypatch.setattr(Pace, "stored", stored)
    trained(folder)
    trained(folder)
    assert told == [(True, 1), (True, 0), (False, 1), (False, 0)]
