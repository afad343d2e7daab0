"""What keeps a model from forgetting what it learned before."""

from __future__ import annotations

from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value

_GROUP = "Against forgetting"


class RememberingSettings(Value):
    """What keeps a model from forgetting what it learned before."""

    replay_share: float = setting(
        0.2,
        "Earlier samples",
        "The share of each batch that is drawn from the earlier data, if there are any. 0 only "
        "measures what is forgotten.",
        _GROUP,
        ge=0,
        le=0.9,
        editor="slider",
        advanced=True,
    )
    replay_buffer: int = setting(
        1000,
        "Earlier samples kept",
        "At most so many of the earlier samples are learned from, drawn by chance. More when they "
        "have many labels.",
        _GROUP,
        ge=1,
        le=1_000_000,
        scale="log",
        advanced=True,
    )
    keep_head: bool = setting(
        True,
        "Keep what the head knows",
        "Labels that the model names already keep their part of the head. Only with earlier data "
        "or distillation.",
        _GROUP,
        advanced=True,
    )
    distillation: float = setting(
        0.0,
        "Distillation",
        "Holds the answers about earlier labels near those before training, without earlier "
        "samples. 1 is usual, 3 holds more, 0 is off.",
        _GROUP,
        ge=0,
        le=100,
        step=0.5,
        advanced=True,
    )
    distillation_temperature: float = setting(
        2.0,
        "Distillation temperature",
        "How much unlikely labels count in those answers. Higher holds more of them.",
        _GROUP,
        ge=1,
        le=20,
        step=0.5,
        advanced=True,
    )


def earlier_per_batch(share: float, batch_size: int) -> int:
    """Whole earlier samples of a batch: at least one where there is a share, never all of it."""
    if not share or batch_size == 1:
        return 0
    return min(batch_size - 1, max(1, round(share * batch_size)))
