"""A look at what augmentation makes of the user's own training pictures.

A slider that is dragged asks many times a second, so what stays the same is kept in the process:
which pictures there are to choose from, and those already decoded.
"""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from pydantic import ValidationError
from torch import Tensor

from finetune_studio.engine.data.augmentation import augment
from finetune_studio.engine.data.order import mixed, shuffled
from finetune_studio.engine.data.pictures import load_pixels
from finetune_studio.engine.data.reading import locate, read
from finetune_studio.engine.data.splitting import split
from finetune_studio.engine.data.threads import thread_count
from finetune_studio.engine.model.bundle import ImagePreprocessing
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.events.descriptions import Preview, VariedPicture
from finetune_studio.project.choices import Split
from finetune_studio.project.model_catalog import entry_for
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.project.variation import PreviewChoice, variation_of

_USUAL_SIDE = 224
_DECODED_KEPT = 64
_UNREADABLE_PASSED_OVER = 8
_FOLDERS_KEPT = 2
_GREY = (0.5, 0.5, 0.5)


def vary_some(
    project: Project,
    choice: PreviewChoice,
    pictures: Sequence[Preview],
    folder: Path,
    suffix: str,
    stop_requested: StopRequested,
) -> tuple[VariedPicture, ...]:
    """Write training pictures as they are and as training would vary them.

    Args:
        project: its augmentation, strength and seed vary them.
        choice: what to show.
        pictures: to choose from.
        folder: where the files go; it is made.
        suffix: of the files, which says how they are written; ``.bmp`` is the fastest.
        stop_requested: asked between two pictures.

    Raises:
        ProblemError: there are none, or they cannot be opened.
        Stopped: a stop was asked for.
    """
    side = choice.side or _side_of(project)
    chosen = list(_opened(project, choice, pictures, side, stop_requested))
    if not chosen:
        raise ProblemError.of(
            "There are no training pictures to show.",
            "The data have none that can be read.",
            "Choose other data, or look at the problems found in these.",
            code="no_pictures",
        )
    places = [place for place, _ in chosen]
    plain = torch.from_numpy(np.stack([pixels for _, pixels in chosen])).float().div_(255)
    first = 1 + choice.chance * choice.variations
    epochs = range(first, first + choice.variations)
    variation, seed = variation_of(project.training), project.training.seed
    rows = [plain]
    for epoch in epochs:
        check(stop_requested)
        rows.append(augment(plain.clone(), variation, seed=seed, epoch=epoch, indices=places))
    varied = (f"varied-{number}" for number in range(1, 1 + choice.variations))
    names = [f"{name}{suffix}" for name in ("as-it-is", *varied)]
    return _written(rows, names, [pictures[place] for place in places], folder)


def previewed(file: Path) -> tuple[Preview, ...]:
    """The training pictures among the previews an inspection left; none when they are gone."""
    try:
        return _training_previews(str(file), file.stat().st_mtime_ns)
    except OSError:
        return ()


def training_pictures(
    project: Project, data: DataChoice, cache: Path, emit: Emit, stop_requested: StopRequested
) -> tuple[Preview, ...]:
    """All training pictures, found by reading the data through, as training does.

    Raises:
        ProblemError: the data cannot be trained on.
        Stopped: a stop was asked for.
    """
    found = read(data, project.task, cache, emit, stop_requested)
    parts = split(found, project.split)
    return tuple(
        Preview(label=one.label, split=Split.TRAIN, where=one.where, path=one.path)
        for one in found.samples
        if parts[one.key] is Split.TRAIN
    )


def fresh_folder(cache: Path) -> Path:
    """A folder for one preview; those before the last are removed."""
    root = cache / "varied"
    with contextlib.suppress(OSError):
        old = sorted(root.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in old[_FOLDERS_KEPT - 1 :]:
            shutil.rmtree(folder, ignore_errors=True)
    return root / uuid.uuid4().hex[:12]


def _opened(
    project: Project,
    choice: PreviewChoice,
    pictures: Sequence[Preview],
    side: int,
    stop_requested: StopRequested,
) -> Iterator[tuple[int, np.ndarray]]:
    """Places and pixels of as many pictures as wanted; a few that do not open are passed over."""
    missing = choice.pictures
    trouble: list[ProblemError] = []
    for place in _order(pictures, project.training.seed, choice):
        check(stop_requested)
        try:
            yield place, _pixels(pictures[place].path, side)
        except ProblemError as error:
            trouble.append(error)
            if len(trouble) > _UNREADABLE_PASSED_OVER:
                break
            continue
        missing -= 1
        if not missing:
            return
    if trouble and missing == choice.pictures:
        if project.data is not None:
            locate(project.data)  # says so when the whole folder is gone
        raise trouble[0]


def _order(pictures: Sequence[Preview], seed: int, choice: PreviewChoice) -> list[int]:
    """Shuffled, one of each label first, so that few pictures show many labels."""
    order = shuffled(len(pictures), mixed(seed, choice.which), 0)
    seen: set[str] = set()
    later: list[int] = []
    first: list[int] = []
    for place in order:
        label = pictures[place].label
        (later if label in seen else first).append(place)
        seen.add(label)
    return first + later


def _written(
    rows: Sequence[Tensor], names: Sequence[str], pictures: Sequence[Preview], folder: Path
) -> tuple[VariedPicture, ...]:
    """Write every picture of every row: [pictures, 3, side, side] each."""
    folder.mkdir(parents=True, exist_ok=True)
    images = [row.mul(255).round_().to(torch.uint8).permute(0, 2, 3, 1).numpy() for row in rows]
    files = [
        [folder / f"{number}-{name}" for name in names] for number in range(1, 1 + len(pictures))
    ]
    with ThreadPoolExecutor(thread_count(), thread_name_prefix="pictures") as pool:
        for place, own in enumerate(files):
            for row, file in zip(images, own, strict=True):
                pool.submit(_write, row[place], file)
    return tuple(
        VariedPicture(
            label=picture.label,
            where=picture.where,
            path=str(own[0]),
            varied=tuple(map(str, own[1:])),
        )
        for picture, own in zip(pictures, files, strict=True)
    )


def _write(pixels: np.ndarray, file: Path) -> None:
    Image.fromarray(pixels).save(file)


def _pixels(path: str, side: int) -> np.ndarray:
    """A picture as the model would see it: uint8 [3, side, side]."""
    try:
        changed = Path(path).stat().st_mtime_ns
    except OSError:
        changed = -1
    return _decoded(path, side, changed)


@lru_cache(_DECODED_KEPT)
def _decoded(path: str, side: int, changed: int) -> np.ndarray:  # noqa: ARG001 - part of the key
    shape = ImagePreprocessing(size=side, resize=side, mean=_GREY, std=_GREY)
    return load_pixels(path, shape)


@lru_cache(4)
def _training_previews(file: str, changed: int) -> tuple[Preview, ...]:  # noqa: ARG001 - part of the key
    found = []
    with Path(file).open("rb") as lines:
        for line in lines:
            with contextlib.suppress(ValidationError):
                preview = Preview.model_validate_json(line)
                if preview.split is Split.TRAIN and preview.path:
                    found.append(preview)
    return tuple(found)


def _side_of(project: Project) -> int:
    model = project.model
    entry = entry_for(model.id) or entry_for(model.architecture) if model else None
    return (entry.input_size if entry else 0) or _USUAL_SIDE
