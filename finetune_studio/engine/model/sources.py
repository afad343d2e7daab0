"""A choice becomes a classifier: pretrained weights found, a new head put on, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from finetune_studio.engine.model import local_models
from finetune_studio.engine.model.adapters import adapt
from finetune_studio.engine.model.blocks import blocks_of
from finetune_studio.engine.model.bundle import (
    BundleRecord,
    ImagePreprocessing,
    ModelBundle,
    TextPreprocessing,
    read_record,
)
from finetune_studio.engine.model.heads import classifier_paths, replace_classifiers
from finetune_studio.engine.model.outputs import ONE_OF_THEM, Outputs
from finetune_studio.engine.model.text_classifier import TextClassifier
from finetune_studio.engine.model.weights import load_into, read_tensors
from finetune_studio.project import model_files
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.cleaning import CleaningStep, active
from finetune_studio.project.model_catalog import entry_for
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import ModelChoice

if TYPE_CHECKING:
    from finetune_studio.engine.model.backbone import Backbone
    from finetune_studio.project.catalog_entry import CatalogEntry


def load(  # noqa: PLR0913 - each is one fact, and all are needed
    choice: ModelChoice,
    labels: Sequence[str],
    *,
    dropout: float = 0.0,
    max_tokens: int = 128,
    cleaning: Iterable[CleaningStep] = (),
    seed: int = 0,
    outputs: Outputs = ONE_OF_THEM,
    keep_head: bool = False,
    layers_read: int = 1,
) -> ModelBundle:
    """The pretrained model of a choice, with a new head for the labels.

    Args:
        choice: which model; its weights must already lie on this computer.
        labels: in the order of the logits.
        dropout: share of the features zeroed before the head while training.
        max_tokens: where texts are cut.
        cleaning: the steps texts go through before, in this order.
        seed: of the head's first weights.
        outputs: what the logits mean.
        keep_head: whether labels that the model names already keep their part of the head.
        layers_read: how many of the last layers of a text encoder the head reads; a head that is
            kept goes on reading what it reads.

    Raises:
        ProblemError: the weights are not here (code ``model_missing``), or they cannot be used;
            it says which file belongs where.
    """
    entry = entry_for(choice.id)
    # Building a network draws random numbers; whoever called must not notice.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = _SOURCES[choice.source](choice, max_tokens)
        kept = backbone.known if keep_head else None
        read = layers_read if _task_of(backbone) is Task.TEXT else 1
        bundle = _bundle(
            backbone,
            BundleRecord(
                id=choice.id,
                title=choice.title,
                task=_task_of(backbone),
                licence=entry.licence if entry and entry.parameters else _licence(backbone),
                labels=tuple(labels),
                transformer=backbone.transformer,
                architecture=backbone.architecture.edited(
                    dropout=dropout, layers_read=kept.layers_read if kept else read
                ),
                preprocessing=_preprocessing(backbone, cleaning),
                outputs=outputs,
            ),
            seed,
        )
    if kept is not None:
        kept.put_into(bundle.module, bundle.labels)
    return bundle


def restore(folder: Path, weights: Path | None = None) -> ModelBundle:
    """The model `ModelBundle.save` described in a folder.

    Args:
        folder: as written by `save`.
        weights: one safetensors file with the whole state; without it the weights are random.

    Raises:
        ProblemError: the folder or the weights are missing, damaged, or do not fit.
    """
    record = read_record(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        bundle = _bundle(_outline(record, folder), record, seed=0)
    if record.adapters is not None:
        adapt(bundle, record.adapters, seed=0)
    if weights is not None:
        load_into(bundle.module, read_tensors(weights), weights)
    return bundle


def _bundle(backbone: Backbone, record: BundleRecord, seed: int) -> ModelBundle:
    """A backbone with a new head."""
    module: Any = backbone.module
    count, dropout = len(record.labels), record.architecture.dropout
    if record.task is Task.TEXT:
        module = TextClassifier(module, count, dropout, record.architecture.layers_read)
        module.head.start_from(torch.Generator().manual_seed(seed))
        head: tuple[str, ...] = ("head",)
    else:
        if getattr(module, "num_classes", 1) == 0:  # timm's backbones that never had a classifier
            module.reset_classifier(count)
        head = classifier_paths(module)
        replace_classifiers(module, head, count, dropout, seed)
    return ModelBundle(
        id=record.id,
        title=record.title,
        task=record.task,
        licence=record.licence,
        labels=record.labels,
        module=module.eval(),
        blocks=blocks_of(module, head),
        preprocessing=record.preprocessing,
        tokenizer=backbone.tokenizer,
        transformer=record.transformer,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        architecture=record.architecture,
        outputs=record.outputs,
    )


def _task_of(backbone: Backbone) -> Task:
    return Task.TEXT if isinstance(backbone.preprocessing, TextPreprocessing) else Task.IMAGE


def _preprocessing(
    backbone: Backbone, cleaning: Iterable[CleaningStep]
) -> ImagePreprocessing | TextPreprocessing:
    own = backbone.preprocessing
    return own.edited(cleaning=active(cleaning)) if isinstance(own, TextPreprocessing) else own


def _licence(backbone: Backbone) -> str:
    return backbone.licence or "as its publisher says"


# ------------------------------------------------------------------------------- where from


def _open_starter(choice: ModelChoice, max_tokens: int) -> Backbone:
    folder = _folder_of(choice)[1]
    if choice.task is Task.TEXT:
        from finetune_studio.engine.model import transformers_models

        return transformers_models.open_folder(folder, max_tokens)
    from finetune_studio.engine.model import timm_models

    return timm_models.open_starter(folder)


def _open_torchvision(choice: ModelChoice, max_tokens: int) -> Backbone:
    del max_tokens
    from finetune_studio.engine.model import torchvision_models

    return torchvision_models.open_entry(*_folder_of(choice))


def _open_timm(choice: ModelChoice, max_tokens: int) -> Backbone:
    del max_tokens
    from finetune_studio.engine.model import timm_models

    entry, folder = _folder_of(choice)
    return timm_models.open_folder(folder, entry.name, _smaller_side(entry))


def _open_transformers(choice: ModelChoice, max_tokens: int) -> Backbone:
    from finetune_studio.engine.model import transformers_models

    return transformers_models.open_folder(_folder_of(choice)[1], max_tokens)


_SOURCES: dict[ModelSource, Callable[[ModelChoice, int], Backbone]] = {
    ModelSource.STARTER: _open_starter,
    ModelSource.TORCHVISION: _open_torchvision,
    ModelSource.TIMM: _open_timm,
    ModelSource.TRANSFORMERS: _open_transformers,
    ModelSource.LOCAL: local_models.open_local,
}


def _folder_of(choice: ModelChoice) -> tuple[CatalogEntry, Path]:
    """The catalogue's entry of a choice and the folder its weights lie in."""
    entry = entry_for(choice.id)
    if entry is None:
        raise ProblemError.of(
            f"There is no model “{choice.id}”.",
            "It may have been in the catalogue of another version.",
            "Choose another model.",
            where=choice.id,
            code="model_unknown",
        )
    folder = model_files.find_folder(entry)
    if folder is None:
        raise ProblemError(model_files.missing(entry))
    return entry, folder


def _smaller_side(entry: CatalogEntry) -> int:
    """The catalogue's input size where it is smaller than the network's own; else 0."""
    if not entry.parameters:
        return 0
    import timm

    own = timm.get_pretrained_cfg(entry.name)
    return entry.input_size if own and own.input_size[-1] > entry.input_size else 0


def _outline(record: BundleRecord, folder: Path) -> Backbone:
    """The backbone of a record, with random weights."""
    made = record.architecture
    if made.library == "torchvision":
        from finetune_studio.engine.model import torchvision_models

        return torchvision_models.open_torchvision(made.name, None)
    if made.library == "timm":
        from finetune_studio.engine.model import timm_models

        return timm_models.open_timm(made.name, None, image_size=made.image_size)
    from finetune_studio.engine.model import transformers_models

    assert isinstance(record.preprocessing, TextPreprocessing)
    return transformers_models.open_outline(folder, record.preprocessing.max_tokens)
