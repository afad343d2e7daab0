"""What a backbone leaves to chance while it trains: dropout, and blocks that are passed over.

Both are switches of modules, no weights: they are set anew whenever a run opens its model. Frozen
parts are in evaluation mode, so only what trains is ever at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from torch import nn

from finetune_studio.project.choices import Task
from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import Problem, Severity

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle

# Attention that is given its dropout as a number keeps it under one of these names.
_NUMBERS = ("attention_dropout", "attn_dropout", "dropout_prob")
_PASSED_OVER = ("drop_path", "stochastic_depth", "stochastic_dropout")


def set_dropout(bundle: ModelBundle, share: float) -> None:
    """Let the backbone hide a share of its features; the head has a share of its own.

    Every place where the network can is set, that of attention too, also where pretraining used
    none.
    """
    for module in _outside(bundle.module, bundle.blocks[-1].paths):
        if isinstance(module, nn.modules.dropout._DropoutNd):  # noqa: SLF001 - the base of all
            module.p = share
        elif isinstance(module, nn.MultiheadAttention):
            module.dropout = share
        else:
            for name in _NUMBERS:
                if isinstance(getattr(module, name, None), float):
                    setattr(module, name, share)


def set_stochastic_depth(bundle: ModelBundle, share: float) -> bool:
    """Pass over residual blocks at random (Huang et al. 2016), whole samples at a time.

    The first block is never passed over, the last one with the given probability, those between
    in proportion to their depth.

    Returns:
        whether the network has blocks that can be passed over.
    """
    blocks = [block for block in bundle.module.modules() if any(_slots(block))]
    for place, block in enumerate(blocks):
        probability = share * place / max(1, len(blocks) - 1)
        for name in _slots(block):
            _set_passing_over(block, name, probability)
    return bool(blocks)


def leave_to_chance(bundle: ModelBundle, training: Hyperparameters) -> Problem | None:
    """Set what some settings say of the backbone; what to tell where it has no such thing."""
    if training.backbone_dropout >= 0:
        set_dropout(bundle, training.backbone_dropout)
    if bundle.task is not Task.IMAGE or training.stochastic_depth < 0:
        return None
    if set_stochastic_depth(bundle, training.stochastic_depth) or not training.stochastic_depth:
        return None
    return Problem(
        what=f"Stochastic depth is off: {bundle.title} has no blocks that can be passed over.",
        why="Only networks of residual blocks have it.",
        remedy="Nothing needs to be done; the setting has no effect on this model.",
        severity=Severity.NOTE,
        code="no_stochastic_depth",
    )


def _set_passing_over(block: nn.Module, name: str, probability: float) -> None:
    own: Any = getattr(block, name)
    if hasattr(own, "p"):  # torchvision's
        own.p = probability
        return
    from timm.layers.drop import DropPath

    setattr(block, name, DropPath(probability) if probability else nn.Identity())


def _slots(block: nn.Module) -> Iterator[str]:
    """Where a block keeps what passes it over: timm leaves the place empty when it is off."""
    for name in (*vars(block), *dict(block.named_children())):
        if name.startswith(_PASSED_OVER) and _is_slot(getattr(block, name)):
            yield name


def _is_slot(value: object) -> bool:
    return value is None or isinstance(value, nn.Module)


def _outside(module: nn.Module, paths: Iterable[str]) -> Iterator[nn.Module]:
    left_out = tuple(paths)
    return (part for name, part in module.named_modules() if not covers(left_out, name))
