"""Reading from a model folder that may come from anybody: known kinds of files, none outside it.

A folder is no safer than the network: its configuration may name code, and a link in it may lead
anywhere. So nothing is handed to a library as "load this folder"; each file is picked here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from finetune_studio.project.problems import ProblemError

ALLOWED_SUFFIXES = (".safetensors", ".json", ".txt", ".model")
VOCABULARY_FILES = (
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "spm.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    *VOCABULARY_FILES,
)
_JSON_LIMIT = 64 * 2**20  # a large vocabulary is about 20 MB


def is_allowed(name: str) -> bool:
    """Whether a file of that name may be read from a model folder: plain, and of a known kind."""
    return (
        Path(name).name == name
        and not name.startswith(".")
        and not set(name) & set('\\:*?"<>|\0')
        and name.endswith(ALLOWED_SUFFIXES)
    )


def allowed_file(folder: Path, name: str) -> Path | None:
    """The file of that name in a folder; ``None`` when it is not there.

    Raises:
        ProblemError: the name is not plain, or a link leads out (code ``model_unsafe``).
    """
    path = folder / name
    if not is_allowed(name):
        raise _unsafe(folder, f"It names the file “{name}”.")
    if not path.is_file():
        return None
    if not path.resolve().is_relative_to(_root(folder)):
        raise _unsafe(path, "It is a link to somewhere else.")
    return path


def _root(folder: Path) -> Path:
    """What links may lead to: the folder itself, or its repository in Hugging Face's cache."""
    resolved = folder.resolve()
    repository = resolved.parent.parent
    in_cache = resolved.parent.name == "snapshots" and repository.name.startswith("models--")
    return repository if in_cache else resolved


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        ProblemError: it is no JSON object, or far too large (code ``model_damaged``).
    """
    try:
        if path.stat().st_size > _JSON_LIMIT:
            raise ValueError("the file is far too large")
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise TypeError("it holds no JSON object")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ProblemError.of(
            f"{path.name} cannot be read.",
            f"{error}.",
            "Download or copy the model again.",
            where=str(path),
            code="model_damaged",
        ) from error
    return content


def _unsafe(path: Path, why: str) -> ProblemError:
    return ProblemError.of(
        f"{path} is not opened.",
        why,
        "Copy the model's own files into one folder.",
        where=str(path),
        code="model_unsafe",
    )
