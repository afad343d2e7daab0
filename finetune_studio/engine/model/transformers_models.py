"""Text encoders in transformers' format, from a folder that may come from anybody.

transformers is never told to load the folder. The configuration is rebuilt from the numbers it
may hold, the weights are read as safetensors, the tokenizer from its own description; nothing that
could name code, another file or another repository gets through.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from finetune_studio.engine.model.backbone import Backbone
from finetune_studio.engine.model.bundle import Architecture, TextPreprocessing
from finetune_studio.engine.model.encoder_settings import (
    lacking,
    positions,
    read_config,
    senseless,
)
from finetune_studio.engine.model.folders import allowed_file
from finetune_studio.engine.model.text_classifier import accepts
from finetune_studio.engine.model.text_tokenizers import read_tokenizer, unusable
from finetune_studio.engine.model.weights import read_tensors, shapes_in
from finetune_studio.project import model_files
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel


def open_folder(folder: Path, max_tokens: int, weights: Path | None = None) -> Backbone:
    """A text encoder with its tokenizer.

    Args:
        folder: with ``config.json``, the tokenizer's files and the weights.
        max_tokens: texts are cut after so many tokens, or where the encoder ends.
        weights: another safetensors file to take the weights from.

    Raises:
        ProblemError: a file is missing, damaged or unsafe, or the model is no text encoder.
    """
    config = read_config(folder)
    source = weights or _weights_in(folder)
    _check_size(config, source)
    return _backbone(_filled(config, source), folder, max_tokens)


def open_outline(folder: Path, max_tokens: int) -> Backbone:
    """The encoder and tokenizer a folder describes, with random weights."""
    config = read_config(folder)
    model_class = _model_class(config)
    return _backbone(model_class(config, **_without_pooler(model_class)), folder, max_tokens)


def _backbone(encoder: PreTrainedModel, folder: Path, max_tokens: int) -> Backbone:
    longest = min(max_tokens, positions(encoder.config))
    tokenizer = read_tokenizer(folder, longest)
    if len(tokenizer) > encoder.config.vocab_size:
        raise unusable(
            folder,
            f"It knows {len(tokenizer):,} tokens, and the model {encoder.config.vocab_size:,}",
        )
    return Backbone(
        module=encoder,
        preprocessing=TextPreprocessing(max_tokens=longest),
        architecture=Architecture(library="transformers", name=encoder.config.model_type),
        tokenizer=tokenizer,
    )


# ----------------------------------------------------------------------------------- weights


def _check_size(config: PreTrainedConfig, weights: Path) -> None:
    """Refuse a configuration far larger than its weights, before any memory is taken for it."""
    with torch.device("meta"):
        outline = _model_class(config)(config)
    promised = sum(parameter.numel() for parameter in outline.parameters())
    held = sum(torch.Size(shape).numel() for shape in shapes_in(weights).values())
    if promised > 2 * held:
        raise senseless(
            weights, f"It holds {held:,} numbers, and the configuration promises {promised:,}"
        )


def _weights_in(folder: Path) -> Path:
    for name in (model_files.WEIGHTS, model_files.SHARDS):
        found = allowed_file(folder, name)
        if found is not None:
            return found
    raise lacking(folder, model_files.WEIGHTS)


def _model_class(config: PreTrainedConfig) -> type[PreTrainedModel]:
    from transformers.models.auto.modeling_auto import MODEL_MAPPING

    return MODEL_MAPPING[type(config)]


def _without_pooler(model_class: type[PreTrainedModel]) -> dict[str, bool]:
    # Never used, and never trained in many checkpoints: it would only be dead weight.
    return {"add_pooling_layer": False} if accepts(model_class, "add_pooling_layer") else {}


def _filled(config: PreTrainedConfig, weights: Path) -> PreTrainedModel:
    model_class = _model_class(config)
    with _quiet():
        encoder, report = model_class.from_pretrained(
            None,
            config=config,
            state_dict=read_tensors(weights),
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # reported below, in plain words
            **_without_pooler(model_class),
        )
    # A classifier never reads the pooler, also where an encoder cannot do without one.
    missing = sorted(name for name in report["missing_keys"] if not name.startswith("pooler"))
    other = sorted(str(one[0]) for one in report["mismatched_keys"])
    if missing or other:
        raise ProblemError.of(
            f"The weights in {weights.name} do not fit their configuration.",
            f"{len(missing)} tensors are missing and {len(other)} have another shape; "
            f"the first is {(missing + other)[0]}.",
            "Download the model again, or choose another.",
            where=str(weights),
            code="weights_do_not_fit",
        )
    return encoder


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and reports on standard error: what matters is raised as a problem."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()
