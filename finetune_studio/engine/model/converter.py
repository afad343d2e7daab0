"""The one place that opens a pickle: a known file, checked by its hash, becomes safetensors.

`torch.load(weights_only=True)` has been broken into twice (CVE-2025-32434, CVE-2026-24747), so a
file is only opened when its content is the one its publisher named, and an old torch opens none
but those whose whole hash is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from finetune_studio.project.files import replace_atomic
from finetune_studio.project.problems import ProblemError

_SAFE_TORCH = (2, 10)
_WHOLE_HASH = 64
_CHUNK = 2**20

Rename = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def convert(source: Path, target: Path, *, sha256: str, rename: Rename = dict) -> None:
    """Turn a publisher's ``.pth`` into a safetensors file.

    Args:
        source: the file as the publisher made it.
        target: where the safetensors file goes.
        sha256: the expected hash, or at least its first 8 digits.
        rename: gives the tensors the names they are wanted under.

    Raises:
        ProblemError: the file is not the publisher's (code ``wrong_hash``), or this torch is too
            old to open it safely (code ``torch_too_old``).
    """
    found = sha256_of(source)
    if not found.startswith(sha256) or len(sha256) < 8:
        raise ProblemError.of(
            f"{source.name} is not the file its publisher offers.",
            f"Its SHA-256 begins with {found[:12]}, not with {sha256[:12]}.",
            "Delete it and download it again.",
            where=str(source),
            code="wrong_hash",
        )
    if len(sha256) < _WHOLE_HASH and _torch_version() < _SAFE_TORCH:
        raise ProblemError.of(
            f"{source.name} is not opened.",
            f"PyTorch {torch.__version__} could be attacked by such a file.",
            "Update PyTorch, or use a model that comes as safetensors.",
            where=str(source),
            code="torch_too_old",
        )
    tensors = torch.load(source, map_location="cpu", weights_only=True)
    named = {name: tensor.contiguous() for name, tensor in rename(tensors).items()}
    metadata = {"format": "pt", "source": source.name, "sha256": found}
    replace_atomic(target, lambda temporary: save_file(named, temporary, metadata))


def _torch_version() -> tuple[int, ...]:
    return tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
