"""A share of a model's parameters in words."""

from __future__ import annotations

from finetune_studio.events.estimates import Estimate
from finetune_studio.project import wording

_LEAST_SHOWN, _COARSE = 0.001, 0.1


def share(cost: Estimate) -> str:
    """The share of the parameters that trains, with a decimal where a whole percent says little."""
    part = cost.trainable / cost.total if cost.total else 0.0
    if 0 < part < _LEAST_SHOWN:
        return f"under {wording.share(_LEAST_SHOWN)}"
    return wording.share(part, 1 if 0 < part < _COARSE else 0)
