"""Whether pretrained layers themselves train, or small adapters beside them."""

from __future__ import annotations

from typing import Any

from finetune_studio.project.choices import AdaptedLayers, Adapters
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value

_GROUP = "Adapters"


def _of_lora(default: Any, title: str, help_text: str, **extra: Any) -> Any:
    return setting(default, title, help_text, _GROUP, only={"adapters": ["lora"]}, **extra)


class AdapterSettings(Value):
    """Whether pretrained layers themselves train, or small adapters beside them."""

    adapters: Adapters = setting(
        Adapters.OFF,
        "What trains in a layer",
        "Its own weights, or a small adapter beside them. Adapters take far less memory and "
        "forget less; they are merged into the weights for export.",
        _GROUP,
        advanced=True,  # the layers page offers it where it matters
    )
    adapter_rank: int = _of_lora(
        8,
        "Rank",
        "How much an adapter can express. Raise it when training levels off too early.",
        ge=1,
        le=1024,
        scale="log",
        advanced=True,
    )
    adapter_alpha: float = _of_lora(
        16.0,
        "Alpha",
        "How strongly an adapter acts: its output is multiplied with alpha divided by rank.",
        gt=0,
        le=4096,
        scale="log",
        advanced=True,
    )
    adapter_dropout: float = _of_lora(
        0.0,
        "Adapter dropout",
        "The share of an adapter's inputs hidden at each step; against overfitting.",
        ge=0,
        le=0.9,
        advanced=True,
    )
    adapted_layers: AdaptedLayers = _of_lora(
        AdaptedLayers.ALL,
        "Adapted layers",
        "Which layers inside the trained blocks get an adapter.",
        advanced=True,
    )
