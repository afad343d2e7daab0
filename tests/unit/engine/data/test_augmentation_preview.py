"""A look at varied pictures: of training alone, as training varies them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from finetune_studio.engine.data import augmentation_preview as previewing
from finetune_studio.engine.data.augmentation import augment
from finetune_studio.engine.data.inspection import inspect
from finetune_studio.engine.data.pictures import load_pixels
from finetune_studio.engine.jobs import run_job
from finetune_studio.engine.stopping import Control
from finetune_studio.events.events import Event, PicturesVaried
from finetune_studio.project.choices import Augmentation, Split, Task
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.project.variation import PreviewChoice, variation_of


@pytest.fixture
def project(photo_folder: Path) -> Project:
    training = Hyperparameters(augmentation=Augmentation.STRONG)
    return Project(task=Task.IMAGE, data=DataChoice(path=str(photo_folder)), training=training)


def varied(
    project: Project, cache: Path, previews: str = "", *, out: Path | None = None, **show: int
) -> PicturesVaried:
    arguments = {
        "project": project.model_dump(mode="json"),
        "cache": str(cache),
        "previews": previews or None,
        "out": str(out) if out else None,
        "show": {"pictures": 2, "variations": 3, "side": 32, **show},
    }
    events: list[Event] = []
    run_job("preview_augmentation", arguments, events.append, Control())
    (event,) = [event for event in events if isinstance(event, PicturesVaried)]
    return event


def pixels(path: str) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_pictures_are_written_as_they_are_and_as_training_varies_them(
    project: Project, tmp_path: Path
) -> None:
    event = varied(project, tmp_path / "cache", out=tmp_path / "out")

    assert {picture.label for picture in event.pictures} == {"cat", "dog"}
    assert all(len(picture.varied) == 3 for picture in event.pictures)
    files = [file for picture in event.pictures for file in (picture.path, *picture.varied)]
    assert {Path(file).parent for file in files} == {tmp_path / "out"}
    assert all(pixels(file).shape == (32, 32, 3) for file in files)
    whole = previewing.training_pictures(
        project, project.data or DataChoice(path=""), tmp_path / "cache", lambda _: None, bool
    )
    place = [picture.where for picture in whole].index(event.pictures[0].where)
    plain = torch.from_numpy(pixels(event.pictures[0].path).copy()).permute(2, 0, 1)[None] / 255
    settings = project.training
    expected = augment(plain, variation_of(settings), seed=settings.seed, epoch=2, indices=[place])
    found = torch.from_numpy(pixels(event.pictures[0].varied[1]).copy()).permute(2, 0, 1) / 255
    assert torch.allclose(found, expected[0], atol=1 / 255)


def test_only_training_pictures_are_shown(project: Project, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    report = inspect(project.data, project.task, project.split, cache, lambda _: None, bool)  # type: ignore[arg-type]
    from_report = previewing.previewed(Path(report.previews))

    shown = varied(project, cache, report.previews, pictures=50)

    assert 0 < len(from_report) < 8
    assert {preview.split for preview in from_report} == {Split.TRAIN}
    assert {p.where for p in shown.pictures} == {preview.where for preview in from_report}
    read_through = varied(project, cache, pictures=50)
    assert {p.where for p in read_through.pictures} == {p.where for p in shown.pictures}


def test_other_pictures_and_other_variations_can_be_asked_for(
    project: Project, tmp_path: Path
) -> None:
    def looks(**show: int) -> tuple[list[str], list[np.ndarray]]:
        event = varied(project, tmp_path / "cache", "", out=None, pictures=1, **show)
        return [p.where for p in event.pictures], [pixels(f) for f in event.pictures[0].varied]

    first, again, later = looks(), looks(), looks(chance=1)

    assert first[0] == again[0] == later[0]
    assert all(np.array_equal(a, b) for a, b in zip(first[1], again[1], strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first[1], later[1], strict=True))
    assert len({tuple(looks(which=number)[0]) for number in range(6)}) > 1


def test_old_previews_make_way(project: Project, tmp_path: Path) -> None:
    for _ in range(4):
        last = varied(project, tmp_path / "cache")

    kept = list((tmp_path / "cache" / "varied").iterdir())
    assert len(kept) <= 2
    assert Path(last.pictures[0].path).parent in kept


def test_a_picture_that_is_gone_is_passed_over(project: Project, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    report = inspect(project.data, project.task, project.split, cache, lambda _: None, bool)  # type: ignore[arg-type]
    gone = previewing.previewed(Path(report.previews))[0]
    Path(gone.path).unlink()

    shown = varied(project, cache, report.previews, pictures=50)

    assert gone.where not in {picture.where for picture in shown.pictures}
    assert shown.pictures


def test_a_folder_that_is_gone_is_told(
    project: Project, tmp_path: Path, photo_folder: Path
) -> None:
    cache = tmp_path / "cache"
    report = inspect(project.data, project.task, project.split, cache, lambda _: None, bool)  # type: ignore[arg-type]
    photo_folder.rename(tmp_path / "unplugged")

    with pytest.raises(ProblemError) as caught:
        varied(project, cache, report.previews)

    assert str(photo_folder) in caught.value.problem.text()
    assert caught.value.problem.code != "picture_damaged"


def test_damaged_previews_are_none(tmp_path: Path) -> None:
    file = tmp_path / "previews.jsonl"
    assert previewing.previewed(file) == ()
    file.write_text("{]\n", encoding="utf-8")
    assert previewing.previewed(file) == ()


def test_pictures_are_decoded_once_while_a_slider_is_dragged(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    load: Callable[..., np.ndarray] = load_pixels

    def counting(path: str, shape: object) -> np.ndarray:
        opened.append(path)
        return load(path, shape)

    monkeypatch.setattr(previewing, "load_pixels", counting)
    previewing._decoded.cache_clear()
    for strength in (0.5, 1.0, 1.5):
        training = project.training.edited(augment_strength=strength)
        varied(project.edited(training=training), tmp_path / "cache", side=40)

    assert len(opened) == len(set(opened)) == 2


def test_the_side_is_the_models(project: Project) -> None:
    assert previewing._side_of(project) == 224
    assert PreviewChoice().side == 0
