"""Which architecture a bare weights file belongs to, by the names and shapes of its tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from finetune_studio.engine.model.heads import classifier_paths
from finetune_studio.engine.model.weights import Shapes
from finetune_studio.project.choices import ModelSource
from finetune_studio.project.model_catalog import CATALOG

if TYPE_CHECKING:
    from torch import nn

    from finetune_studio.project.catalog_entry import CatalogEntry


def recognise(shapes: Shapes) -> CatalogEntry | None:
    """The first picture model of the catalogue that has these tensors; its classifier may differ.

    torchvision's come first: where both libraries use the same names, the tensors say the same.
    """
    for entry in CATALOG:
        if entry.source in {ModelSource.TORCHVISION, ModelSource.TIMM}:
            outline = _outline(entry)
            if _body(_shapes(outline), outline) == _body(shapes, outline):
                return entry
    return None


def _outline(entry: CatalogEntry) -> nn.Module:
    """The network without memory for its weights."""
    with torch.device("meta"):
        if entry.source is ModelSource.TORCHVISION:
            from finetune_studio.engine.model import torchvision_models

            return torchvision_models.build(entry.name)
        import timm

        return timm.create_model(entry.name, pretrained=False)


def _shapes(module: nn.Module) -> Shapes:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def _body(shapes: Shapes, outline: nn.Module) -> Shapes:
    """All but the classifier, whose size depends on the labels it was trained with."""
    has_classifier = not isinstance(outline, torch.nn.Identity) and _has_classifier(outline)
    heads = tuple(f"{path}." for path in classifier_paths(outline)) if has_classifier else ()
    return {name: shape for name, shape in shapes.items() if not name.startswith(heads)}


def _has_classifier(outline: nn.Module) -> bool:
    return getattr(outline, "num_classes", 1) != 0
