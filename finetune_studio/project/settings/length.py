"""How long a run is, and how samples are gathered into steps."""

from __future__ import annotations

from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class LengthSettings(Value):
    """How long a run is, and how samples are gathered into steps."""

    epochs: int = setting(
        8,
        "Epochs",
        "How often the model sees all training samples. More helps until validation levels off.",
        "Length",
        ge=1,
        le=10_000,
    )
    batch_size: int = setting(
        32,
        "Batch size",
        "Samples a step looks at together. Halve it when memory runs out.",
        "Length",
        ge=1,
        le=4096,
        unit="samples",
        scale="log",
    )
    accumulation: int = setting(
        1,
        "Accumulation",
        "Batches gathered before one step. Gives the effect of a larger batch in the same memory.",
        "Length",
        ge=1,
        le=1024,
        unit="batches",
        advanced=True,
    )
    max_tokens: int = setting(
        128,
        "Longest text",
        "Texts are cut after this many tokens. Longer is slower.",
        "Data",
        ge=8,
        le=8192,
        unit="tokens",
        task="text",
    )
    layers_read: int = setting(
        1,
        "Layers read",
        "How many of the last layers the head reads; it gets their mean. Several help where these "
        "layers stay frozen.",
        "Data",
        ge=1,
        le=100,
        unit="layers",
        task="text",
        advanced=True,
    )
