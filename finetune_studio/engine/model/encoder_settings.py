"""The configuration of a text encoder, rebuilt from the numbers a stranger's file may set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune_studio.engine.model.bundle import CONFIG_FILE
from finetune_studio.engine.model.folders import allowed_file, read_json
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

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
        raise lacking(folder, CONFIG_FILE)
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
        raise senseless(file, str(error).splitlines()[0].rstrip(".:")) from error


def _check_numbers(settings: Mapping[str, Any], file: Path) -> None:
    for name, value in settings.items():
        limit = _MOST_LAYERS if "layers" in name else _LARGEST_NUMBER
        if isinstance(value, (int, float)) and abs(value) > limit:
            raise senseless(file, f"{name} is {value:g}, more than the {limit:,} that make sense")


def positions(config: PreTrainedConfig) -> int:
    """How many tokens the encoder can take."""
    longest = int(config.max_position_embeddings)
    if config.model_type in _OFFSET_POSITIONS:
        longest -= int(config.pad_token_id) + 1
    return longest


def lacking(folder: Path, name: str) -> ProblemError:
    """The problem of a folder that holds no file of that name."""
    return ProblemError.of(
        f"{folder} holds no {name}.",
        "",
        "Download the model again, or choose another folder.",
        where=str(folder),
        code="model_missing",
    )


def senseless(file: Path, why: str) -> ProblemError:
    """The problem of a file whose content cannot be meant."""
    return ProblemError.of(
        f"{file.name} makes no sense.",
        f"{why}.",
        "Download or copy the model again.",
        where=str(file),
        code="model_damaged",
    )
