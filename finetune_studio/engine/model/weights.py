"""Reading safetensors files that may come from anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open

from finetune_studio.engine.model.folders import allowed_file, read_json
from finetune_studio.project.model_files import SHARDS
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

Shapes = dict[str, tuple[int, ...]]


def read_tensors(file: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file, or of the shards an index names; floats as float32.

    Raises:
        ProblemError: a file is missing or damaged (code ``weights_damaged``).
    """
    tensors: dict[str, Tensor] = {}
    for part in _parts(file):
        try:
            with safe_open(part, framework="pt") as opened:
                tensors.update({name: _single(opened.get_tensor(name)) for name in opened.keys()})  # noqa: SIM118 - no mapping
        except (SafetensorError, OSError) as error:
            raise _damaged(part, error) from error
    return tensors


def shapes_in(file: Path) -> Shapes:
    """Names and shapes of all tensors, from the headers alone.

    Raises:
        ProblemError: a file is missing or damaged (code ``weights_damaged``).
    """
    shapes: Shapes = {}
    for part in _parts(file):
        try:
            with safe_open(part, framework="pt") as opened:
                for name in opened.keys():  # noqa: SIM118 - no mapping
                    shapes[name] = tuple(opened.get_slice(name).get_shape())
        except (SafetensorError, OSError) as error:
            raise _damaged(part, error) from error
    return shapes


def load_into(module: nn.Module, tensors: Mapping[str, Tensor], source: Path) -> None:
    """Put tensors into a network that may not have memory of its own yet (meta device).

    Raises:
        ProblemError: names or shapes differ (code ``weights_do_not_fit``).
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    differing = sorted({name for name, _ in wanted.items() ^ found.items()})
    if differing:
        raise ProblemError.of(
            f"The weights in {source.name} are for another network than {type(module).__name__}.",
            f"{len(differing)} tensors differ, the first is {differing[0]}.",
            "Choose the architecture they were trained with.",
            where=str(source),
            code="weights_do_not_fit",
        )
    module.load_state_dict(dict(tensors), strict=True, assign=True)


def _parts(file: Path) -> list[Path]:
    if file.name != SHARDS:
        return [file]
    mapping = read_json(file).get("weight_map")
    names = sorted({str(name) for name in mapping.values()}) if isinstance(mapping, dict) else []
    parts = [allowed_file(file.parent, name) for name in names]
    if not parts or None in parts:
        raise _damaged(file, "It names files that are not beside it.")
    return [part for part in parts if part is not None]


def _single(tensor: Tensor) -> Tensor:
    # A copy: the mapped file is aligned otherwise than torch's own memory, for which kernels
    # round differently in the last bit, and it could be replaced while it is in use.
    dtype = torch.float32 if tensor.is_floating_point() else tensor.dtype
    return tensor.to(dtype, copy=True)


def _damaged(file: Path, why: object) -> ProblemError:
    return ProblemError.of(
        f"The weights in {file.name} cannot be read.",
        f"{why}".rstrip(".") + ".",
        "Download or copy them again.",
        where=str(file),
        code="weights_damaged",
    )
