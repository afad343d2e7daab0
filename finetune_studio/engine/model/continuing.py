"""The model of a run as the start of another: its best epoch, its head ready to be replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune_studio.engine.model.backbone import Backbone
from finetune_studio.engine.model.bundle import ImagePreprocessing
from finetune_studio.engine.model.heads import ClassifierHead
from finetune_studio.engine.model.known_heads import KnownHead, picture_head
from finetune_studio.engine.model.text_classifier import TextClassifier
from finetune_studio.project.choices import Target
from finetune_studio.runs.folder import RunFolder

if TYPE_CHECKING:
    from torch import nn

    from finetune_studio.engine.model.bundle import ModelBundle


def open_run(run: Path, max_tokens: int) -> Backbone:
    """The network of a run's best epoch, as a library would have given it.

    Args:
        run: the run's folder.
        max_tokens: where texts are cut.

    Raises:
        ProblemError: no epoch was finished yet, or a file is damaged.
    """
    from finetune_studio.engine.evaluation.predict import run_model

    bundle = run_model(run)
    labels = bundle.labels if bundle.outputs.kind is Target.LABEL else ()
    if isinstance(bundle.preprocessing, ImagePreprocessing):
        return _picture_network(bundle, labels)
    return _text_encoder(bundle, labels, RunFolder(run).model, max_tokens)


def _picture_network(bundle: ModelBundle, labels: tuple[str, ...]) -> Backbone:
    _uncover(bundle.module)
    return Backbone(
        module=bundle.module,
        preprocessing=bundle.preprocessing,
        architecture=bundle.architecture,
        licence=bundle.licence,
        known=picture_head(bundle.module, labels),
    )


def _text_encoder(
    bundle: ModelBundle, labels: tuple[str, ...], folder: Path, max_tokens: int
) -> Backbone:
    from finetune_studio.engine.model import transformers_models

    module = bundle.module
    assert isinstance(module, TextClassifier)
    outline = transformers_models.open_outline(folder, max_tokens)
    linear = module.head.linear
    rows = {"head": (linear.weight.detach(), linear.bias.detach())}
    return replace(
        outline,
        module=module.encoder,
        licence=bundle.licence,
        known=KnownHead(labels, rows, module.layers) if labels else None,
    )


def _uncover(module: nn.Module) -> None:
    """Put the bare linear layers where the libraries have them."""
    heads = {
        path: part for path, part in module.named_modules() if isinstance(part, ClassifierHead)
    }
    for path, head in heads.items():
        parent_path, _, name = path.rpartition(".")
        parent: Any = module.get_submodule(parent_path)
        setattr(parent, name, head.linear)
