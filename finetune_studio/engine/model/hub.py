"""What a Hugging Face repository holds of a model, and what of it is fetched."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finetune_studio.engine.model.fetching import RemoteFile
from finetune_studio.engine.model.folders import TOKENIZER_FILES
from finetune_studio.project import model_files
from finetune_studio.project.choices import ModelSource
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from finetune_studio.project.catalog_entry import CatalogEntry

_DEFAULT_ENDPOINT = "https://huggingface.co"
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True)
class Listing:
    """The files of a model at one commit, in the order to fetch them: the weights come last."""

    commit: str
    files: tuple[RemoteFile, ...]


def endpoint() -> str:
    """The Hub's address; ``HF_ENDPOINT`` names a mirror."""
    return (os.environ.get("HF_ENDPOINT") or _DEFAULT_ENDPOINT).rstrip("/")


def information(entry: CatalogEntry) -> RemoteFile:
    """The Hub's own description of a repository, as a file to fetch."""
    return RemoteFile(
        name="repository.json",
        url=f"{endpoint()}/api/models/{entry.repository}/revision/main?blobs=true",
        headers=_headers(),
    )


def listing(entry: CatalogEntry, described: Mapping[str, Any]) -> Listing:
    """What to fetch for an entry, from the Hub's description of its repository.

    Only what is needed, only at the top of the repository, only safetensors for weights.

    Raises:
        ProblemError: the description makes no sense (code ``server_trouble``), or there are no
            safetensors weights (code ``no_safetensors``).
    """
    commit = str(described.get("sha", ""))
    siblings = described.get("siblings")
    if not _COMMIT.fullmatch(commit) or not isinstance(siblings, list):
        raise ProblemError.of(
            f"{endpoint()} did not describe {entry.repository} as expected.",
            "Another server may have answered.",
            "Check HF_ENDPOINT and the network, and try again.",
            where=entry.id,
            code="server_trouble",
        )
    present = {str(one.get("rfilename")): one for one in siblings if isinstance(one, dict)}
    wanted = _wanted(entry, present)
    return Listing(commit, tuple(_remote(entry, commit, name, present[name]) for name in wanted))


def _wanted(entry: CatalogEntry, present: Iterable[str]) -> list[str]:
    names = set(present)
    described = [model_files.CONFIG]
    if entry.source is ModelSource.TRANSFORMERS:
        described += TOKENIZER_FILES
    if model_files.WEIGHTS in names:
        weights = [model_files.WEIGHTS]
    else:
        # The index last: with it the model counts as complete.
        weights = [*sorted(name for name in names if _SHARD.fullmatch(name)), model_files.SHARDS]
    if not names.issuperset(weights):
        raise ProblemError.of(
            f"{entry.repository} offers no safetensors weights.",
            "Its weights come only in a format that can run any program while it is opened.",
            "Choose another model, or a repository that offers model.safetensors.",
            where=entry.id,
            code="no_safetensors",
        )
    return [*(name for name in described if name in names), *weights]


def _remote(entry: CatalogEntry, commit: str, name: str, facts: Mapping[str, Any]) -> RemoteFile:
    large = facts.get("lfs")
    return RemoteFile(
        name=name,
        url=f"{endpoint()}/{entry.repository}/resolve/{commit}/{name}",
        size=int(facts.get("size") or 0),
        sha256=str(large.get("sha256", "")) if isinstance(large, dict) else "",
        git_sha1="" if large else str(facts.get("blobId") or ""),
        headers=_headers(),
    )


def _headers() -> dict[str, str]:
    """Who asks, and the user's token where one is set; redirects to other hosts do not get it."""
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    headers: dict[str, str] = build_hf_headers(library_name="finetune-studio")
    return headers
