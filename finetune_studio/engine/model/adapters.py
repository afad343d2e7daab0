"""Low-rank adapters: beside the frozen weights of a layer two thin matrices learn what is added.

LoRA (Hu et al. 2021), in the implementation of the library peft. What the freeze plan lets train is
adapted instead; the head, which starts from nothing, trains as it is. For evaluation and export
the adapters are added to the weights, and nothing is left of them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from pydantic import Field
from torch import nn

from finetune_studio.project.adaptation import ATTENTION, CONVOLUTION, LINEAR, adaptation_of
from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.project.value import Value

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle

# Names that peft gives to the parts of an adapted layer.
_PARTS = ("lora_A", "lora_B", "lora_dropout")


class AdapterRecord(Value):
    """What puts the same adapters into the same outline again.

    Attributes:
        layers: paths of the adapted layers.
        rank: width of the matrices between.
        alpha: what their product is multiplied with, times the rank.
        dropout: share of an adapter's inputs that is zeroed while training.
    """

    layers: tuple[str, ...]
    rank: int = Field(ge=1)
    alpha: float = Field(gt=0)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)


def planned(
    bundle: ModelBundle, paths: frozenset[str], training: Hyperparameters
) -> AdapterRecord | None:
    """The adapters a run puts in; ``None`` for none.

    Args:
        bundle: without adapters.
        paths: module paths of everything that ever trains.
        training: whether adapters are wanted, and which.
    """
    wanted = adaptation_of(training)
    if wanted is None:
        return None
    return AdapterRecord(
        layers=_adaptable(bundle, paths, wanted.kinds),
        rank=wanted.rank,
        alpha=training.adapter_alpha,
        dropout=training.adapter_dropout,
    )


def adapt(bundle: ModelBundle, record: AdapterRecord, seed: int) -> None:
    """Put adapters into a model, the same from the same seed; its answers stay as they are."""
    bundle.adapters = record
    if not record.layers:
        return
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(
        r=record.rank,
        lora_alpha=record.alpha,  # type: ignore[arg-type]
        lora_dropout=record.dropout,
        target_modules="|".join(map(re.escape, record.layers)),
    )
    mode = bundle.module.training
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        inject_adapter_in_model(config, bundle.module)
    bundle.module.train(mode)


def trained_paths(bundle: ModelBundle, paths: frozenset[str]) -> frozenset[str]:
    """Of what a plan lets train the modules that do: the head, and the adapters in the rest."""
    if bundle.adapters is None:
        return paths
    head = bundle.blocks[-1].paths
    own = frozenset(path for path in head if covers(paths, path))
    inside = {
        f"{layer}.{part}"
        for layer in bundle.adapters.layers
        if covers(paths, layer)
        for part in _PARTS
    }
    return own | inside


def merge(bundle: ModelBundle) -> None:
    """Add the adapters to the weights and take them out; the answers stay as they are."""
    if bundle.adapters is None:
        return
    for path in bundle.adapters.layers:
        adapted: Any = bundle.module.get_submodule(path)
        adapted.merge(safe_merge=True)
        parent, _, name = path.rpartition(".")
        setattr(bundle.module.get_submodule(parent), name, adapted.get_base_layer())
    bundle.adapters = None


def nothing_to_adapt(bundle: ModelBundle, paths: frozenset[str]) -> Problem | None:
    """What to tell when adapters are wanted and there is no place for any but the head's."""
    deeper = any(not covers(bundle.blocks[-1].paths, path) for path in paths)
    if bundle.adapters is None or bundle.adapters.layers:
        return None
    return Problem(
        what="There are no adapters in this run: only the head trains.",
        why="None of the layers that train is of a kind that can be adapted."
        if deeper
        else "Adapters go into layers below the head, and all of those are frozen.",
        remedy="Let more blocks train on the layers page, or adapt other kinds of layers.",
        severity=Severity.NOTE,
        code="nothing_adapted",
    )


def adapter_kind(module: nn.Module, path: str, layer: object) -> str:
    """The kind of adapter that fits a layer of a module; empty where none does."""
    if not isinstance(layer, nn.Linear | nn.Conv2d):
        return ""
    above = [module.get_submodule(one) for one in _ancestors(path)]
    # This module reads its projection's weights directly; an adapter there would be passed by.
    if any(isinstance(one, nn.MultiheadAttention) for one in above):
        return ""
    if isinstance(layer, nn.Conv2d):
        return CONVOLUTION if layer.groups == 1 else ""
    attends = any("attention" in type(one).__name__.lower() for one in above)
    return ATTENTION if attends else LINEAR


def adapter_parameters(layer: object) -> int:
    """Parameters of an adapter of rank one: a row for what comes in, a column for what goes out."""
    if isinstance(layer, nn.Linear | nn.Conv2d):
        weight = layer.weight
        return weight[0].numel() + weight.shape[0]
    return 0


def adapter_moves(layer: object) -> int:
    """Numbers that go into and come out of an adapter at each place of a sample.

    A convolution looks at each number several times, but moves it less often: once a row of its
    kernel, by what adapters in ResNet-18 took.
    """
    if isinstance(layer, nn.Conv2d):
        return layer.weight.shape[1] * layer.weight.shape[2] + layer.weight.shape[0]
    return adapter_parameters(layer)


def _adaptable(
    bundle: ModelBundle, paths: frozenset[str], kinds: frozenset[str]
) -> tuple[str, ...]:
    head = bundle.blocks[-1].paths
    return tuple(
        path
        for path, layer in bundle.module.named_modules()
        if covers(paths, path)
        and not covers(head, path)
        and adapter_kind(bundle.module, path, layer) in kinds
    )


def _ancestors(path: str) -> Iterable[str]:
    parts = path.split(".")
    return (".".join(parts[:end]) for end in range(len(parts)))
