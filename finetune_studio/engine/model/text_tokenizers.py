"""The fast tokenizer of a model folder that may come from anybody."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune_studio.engine.model.encoder_settings import read_config
from finetune_studio.engine.model.folders import VOCABULARY_FILES, allowed_file, read_json
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_SPECIAL_TOKENS = ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "bos_token",
                   "eos_token")  # fmt: skip


def read_tokenizer(folder: Path, max_tokens: int) -> PreTrainedTokenizerFast:
    """The fast tokenizer of a model folder.

    Raises:
        ProblemError: there is none, or it has no padding (code ``tokenizer_missing``).
    """
    described = allowed_file(folder, "tokenizer.json")
    tokenizer = _described(folder, described) if described else _converted(folder)
    if tokenizer.pad_token is None or not tokenizer.is_fast:
        raise unusable(folder, "It has no token for padding, or is no fast tokenizer")
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
        raise unusable(folder, str(error).splitlines()[0]) from error


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
        raise unusable(folder, "It holds no tokenizer.json and no vocabulary")
    with tempfile.TemporaryDirectory(prefix="tokenizer-") as scratch:
        for vocabulary in vocabularies:
            shutil.copyfile(vocabulary, Path(scratch) / vocabulary.name)
        read_config(folder).save_pretrained(scratch)
        try:
            return AutoTokenizer.from_pretrained(
                scratch, use_fast=True, trust_remote_code=False, local_files_only=True
            )
        except (OSError, ValueError, ImportError, TypeError, KeyError) as error:
            raise unusable(folder, str(error).strip().splitlines()[0]) from error


def unusable(folder: Path, why: str) -> ProblemError:
    """The problem of a folder whose tokenizer is missing or of no use."""
    return ProblemError.of(
        f"The tokenizer in {folder} cannot be used.",
        f"{why.rstrip('.')}.",
        "Put the model's tokenizer.json into the folder.",
        where=str(folder),
        code="tokenizer_missing",
    )
