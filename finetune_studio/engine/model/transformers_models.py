"""Text encoders in transformers' format, from a folder that may come from anybody.

transformers is never told to load the folder. The configuration is rebuilt from the numbers it
may hold, the weights are read as safetensors, the tokenizer from its own description; nothing that
could name code, another file or another repository gets through.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from finetune_studio.engine.model.backbone import Backbone
from finetune_studio.engine.model.bundle import CONFIG_FILE, Architecture, TextPreprocessing
from finetune_studio.engine.model.folders import VOCABULARY_FILES, allowed_file, read_json
from finetune_studio.engine.model.text_classifier import accepts
from finetune_studio.engine.model.weights import read_tensors, shapes_in
from finetune_studio.project import model_files
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

# Encoders whose output is one vector a token and whose padding is masked; each is tested.
ENCODERS = frozenset(
    {
        "albert",
        "bert",
        "camembert",
        "data2vec-text",
        "deberta",
        "deberta-v2",
        "distilbert",
        "electra",
        "ernie",
        "eurobert",
        "megatron-bert",
        "mobilebert",
        "modernbert",
        "mpnet",
        "nomic_bert",
        "rembert",
        "roberta",
        "roberta-prelayernorm",
        "roformer",
        "squeezebert",
        "xlm-roberta",
    }
)
# Their positions are counted from behind the padding's number.
_OFFSET_POSITIONS = {
    "camembert",
    "data2vec-text",
    "mpnet",
    "roberta",
    "roberta-prelayernorm",
    "xlm-roberta",
}
# Settings that are read though a kind's defaults do not list them; the first release of
# ModernBERT used names that transformers still translates.
_UNLISTED_SETTINGS = {
    "attention_head_size",
    "conv_act",
    "conv_groups",
    "conv_kernel_size",
    "embedding_size",
    "global_attn_every_n_layers",
    "global_rope_theta",
    "head_dim",
    "local_rope_theta",
    "norm_rel_ebd",
    "position_buckets",
    "share_att_key",
    "talking_head",
}
_LARGEST_NUMBER = 2**22
_MOST_LAYERS = 256
_SPECIAL_TOKENS = ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "bos_token",
                   "eos_token")  # fmt: skip


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
    longest = min(max_tokens, _positions(encoder.config))
    tokenizer = read_tokenizer(folder, longest)
    if len(tokenizer) > encoder.config.vocab_size:
        raise _no_tokenizer(
            folder,
            f"It knows {len(tokenizer):,} tokens, and the model {encoder.config.vocab_size:,}",
        )
    return Backbone(
        module=encoder,
        preprocessing=TextPreprocessing(max_tokens=longest),
        architecture=Architecture(library="transformers", name=encoder.config.model_type),
        tokenizer=tokenizer,
    )


# ----------------------------------------------------------------------------- configuration


def read_config(folder: Path) -> PreTrainedConfig:
    """A configuration rebuilt from the settings its kind of encoder has, and nothing else.

    Raises:
        ProblemError: it is missing or damaged, no encoder we know (code ``model_unsuitable``),
            or of absurd size (code ``model_damaged``).
    """
    from huggingface_hub.errors import StrictDataclassError
    from transformers import PreTrainedConfig
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    file = allowed_file(folder, CONFIG_FILE)
    if file is None:
        raise _lacks(folder, CONFIG_FILE)
    settings = read_json(file)
    kind = settings.get("model_type")
    if kind not in ENCODERS:
        raise ProblemError.of(
            f"{folder.name} is no text encoder that can be tuned here.",
            f"Its kind is “{kind}”.",
            f"Choose one of these kinds: {', '.join(sorted(ENCODERS))}.",
            where=str(file),
            code="model_unsuitable",
        )
    config_class = CONFIG_MAPPING[kind]
    known = set(config_class().to_dict()) - set(PreTrainedConfig().to_dict()) | _UNLISTED_SETTINGS
    kept = {name: value for name, value in settings.items() if name in known}
    _check_numbers(kept, file)
    try:
        return config_class(**kept)
    except (TypeError, ValueError, KeyError, StrictDataclassError) as error:
        raise _damaged(file, str(error).splitlines()[0].rstrip(".:")) from error


def _check_numbers(settings: Mapping[str, Any], file: Path) -> None:
    for name, value in settings.items():
        limit = _MOST_LAYERS if "layers" in name else _LARGEST_NUMBER
        if isinstance(value, (int, float)) and abs(value) > limit:
            raise _damaged(file, f"{name} is {value:g}, more than the {limit:,} that make sense")


def _check_size(config: PreTrainedConfig, weights: Path) -> None:
    """Refuse a configuration far larger than its weights, before any memory is taken for it."""
    with torch.device("meta"):
        outline = _model_class(config)(config)
    promised = sum(parameter.numel() for parameter in outline.parameters())
    held = sum(torch.Size(shape).numel() for shape in shapes_in(weights).values())
    if promised > 2 * held:
        raise _damaged(
            weights, f"It holds {held:,} numbers, and the configuration promises {promised:,}"
        )


def _positions(config: PreTrainedConfig) -> int:
    """How many tokens the encoder can take."""
    longest = int(config.max_position_embeddings)
    if config.model_type in _OFFSET_POSITIONS:
        longest -= int(config.pad_token_id) + 1
    return longest


# ----------------------------------------------------------------------------------- weights


def _weights_in(folder: Path) -> Path:
    for name in (model_files.WEIGHTS, model_files.SHARDS):
        found = allowed_file(folder, name)
        if found is not None:
            return found
    raise _lacks(folder, model_files.WEIGHTS)


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


# --------------------------------------------------------------------------------- tokenizer


def read_tokenizer(folder: Path, max_tokens: int) -> PreTrainedTokenizerFast:
    """The fast tokenizer of a model folder.

    Raises:
        ProblemError: there is none, or it has no padding (code ``tokenizer_missing``).
    """
    described = allowed_file(folder, "tokenizer.json")
    tokenizer = _described(folder, described) if described else _converted(folder)
    if tokenizer.pad_token is None or not tokenizer.is_fast:
        raise _no_tokenizer(folder, "It has no token for padding, or is no fast tokenizer")
    tokenizer.model_max_length = max_tokens
    # One text a sample: the second kind of token never occurs, and zeros are what models assume.
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    return tokenizer


def _described(folder: Path, file: Path) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    settings: dict[str, Any] = {}
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        extra = allowed_file(folder, name)
        settings.update(read_json(extra) if extra else {})
    special = {name: _token(settings.get(name)) for name in _SPECIAL_TOKENS}
    try:
        return PreTrainedTokenizerFast(
            tokenizer_file=str(file), **{name: token for name, token in special.items() if token}
        )
    except Exception as error:  # the Rust library raises nothing more specific
        raise _no_tokenizer(folder, str(error).splitlines()[0]) from error


def _token(value: object) -> str:
    content = value.get("content") if isinstance(value, dict) else value
    return content if isinstance(content, str) else ""


def _converted(folder: Path) -> PreTrainedTokenizerFast:
    """A fast tokenizer made from a vocabulary, in a folder with nothing but that."""
    from transformers import AutoTokenizer

    vocabularies = [
        found for name in VOCABULARY_FILES if (found := allowed_file(folder, name)) is not None
    ]
    if not vocabularies:
        raise _no_tokenizer(folder, "It holds no tokenizer.json and no vocabulary")
    with tempfile.TemporaryDirectory(prefix="tokenizer-") as scratch:
        for vocabulary in vocabularies:
            shutil.copyfile(vocabulary, Path(scratch) / vocabulary.name)
        read_config(folder).save_pretrained(scratch)
        try:
            return AutoTokenizer.from_pretrained(
                scratch, use_fast=True, trust_remote_code=False, local_files_only=True
            )
        except (OSError, ValueError, ImportError, TypeError, KeyError) as error:
            raise _no_tokenizer(folder, str(error).strip().splitlines()[0]) from error


# ---------------------------------------------------------------------------------- problems


def _lacks(folder: Path, name: str) -> ProblemError:
    return ProblemError.of(
        f"{folder} holds no {name}.",
        "",
        "Download the model again, or choose another folder.",
        where=str(folder),
        code="model_missing",
    )


def _damaged(file: Path, why: str) -> ProblemError:
    return ProblemError.of(
        f"{file.name} makes no sense.",
        f"{why}.",
        "Download or copy the model again.",
        where=str(file),
        code="model_damaged",
    )


def _no_tokenizer(folder: Path, why: str) -> ProblemError:
    return ProblemError.of(
        f"The tokenizer in {folder} cannot be used.",
        f"{why.rstrip('.')}.",
        "Put the model's tokenizer.json into the folder.",
        where=str(folder),
        code="tokenizer_missing",
    )
