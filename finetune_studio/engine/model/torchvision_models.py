"""torchvision's networks, with or without the weights of the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from finetune_studio.engine.model.backbone import Backbone
from finetune_studio.engine.model.bundle import Architecture, ImagePreprocessing
from finetune_studio.engine.model.converter import convert
from finetune_studio.engine.model.heads import classifier_paths
from finetune_studio.engine.model.weights import load_into, read_tensors
from finetune_studio.project import model_files
from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.model_catalog import find
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from torch import nn


def open_entry(entry: CatalogEntry, folder: Path) -> Backbone:
    """A catalogue entry whose weights lie in a folder, as safetensors or as published."""
    return open_torchvision(entry.name, converted(entry, folder))


def converted(entry: CatalogEntry, folder: Path) -> Path:
    """An entry's safetensors file, made from the published ``.pth`` where that is not done yet."""
    ready = folder / model_files.WEIGHTS
    if ready.is_file():
        return ready
    published = model_files.file_name(entry)
    target = model_files.folder(entry.id) / model_files.WEIGHTS
    convert(folder / published, target, sha256=published_hash(published))
    return target


def published_hash(file_name: str) -> str:
    """The first digits of the SHA-256 that torchvision puts into its file names."""
    return file_name.rpartition("-")[2].partition(".")[0]


def open_torchvision(name: str, weights: Path | None) -> Backbone:
    """One of the catalogue's torchvision networks with its classifier.

    Args:
        name: as torchvision calls it.
        weights: a safetensors file; without one the first weights are random.

    Raises:
        ProblemError: the name is not in the catalogue (code ``model_unknown``), or the weights
            do not fit.
    """
    entry = find(f"torchvision/{name}")
    if entry is None:
        raise ProblemError.of(
            f"There is no torchvision model “{name}” here.", "", "Choose one from the list.",
            where=name, code="model_unknown",
        )  # fmt: skip
    return Backbone(
        module=_filled(name, weights) if weights else build(name),
        preprocessing=_preprocessing(name, entry.url),
        architecture=Architecture(library="torchvision", name=name),
        licence=entry.licence,
    )


def build(name: str, **options: Any) -> nn.Module:
    """A network with random weights (on the meta device in a meta context: without any)."""
    from torchvision.models import get_model

    if name.startswith("vgg"):
        # 138 million numbers drawn for nothing: they are overwritten.
        options["init_weights"] = False
    return get_model(name, weights=None, **options)


def _filled(name: str, weights: Path) -> nn.Module:
    tensors = read_tensors(weights)
    with torch.device("meta"):
        (classifier,) = classifier_paths(build(name))
        outputs = tensors.get(f"{classifier}.weight", torch.empty(1000, 0)).shape[0]
        module = build(name, num_classes=outputs)
    load_into(module, tensors, weights)
    return module


def _preprocessing(name: str, url: str) -> ImagePreprocessing:
    """What the weights of that address were evaluated with."""
    from torchvision.models import get_model_weights

    (weights,) = [one for one in get_model_weights(name) if one.url == url]
    transform = weights.transforms()
    return ImagePreprocessing(
        size=transform.crop_size[0],
        resize=transform.resize_size[0],
        mean=tuple(transform.mean),
        std=tuple(transform.std),
        interpolation=transform.interpolation.value,
    )
