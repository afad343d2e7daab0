"""Which epoch is kept, and when to stop waiting for a better one."""

from __future__ import annotations

from finetune_studio.project.choices import Kept, Metric
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class StoppingSettings(Value):
    """Which epoch is kept, and when to stop waiting for a better one."""

    best_metric: Metric = setting(
        Metric.VAL_ACCURACY,
        "Best epoch by",
        "What picks the epoch that is kept. Macro F1 when labels are uneven.",
        "Stopping",
    )
    patience: int = setting(
        0,
        "Early stopping",
        "Stops after this many epochs without improvement. 0 trains to the end.",
        "Stopping",
        ge=0,
        le=1000,
        unit="epochs",
    )
    min_change: float = setting(
        0.0,
        "Least improvement",
        "A smaller gain than this does not count as improvement.",
        "Stopping",
        ge=0,
        le=1,
        advanced=True,
    )
    keep: Kept = setting(
        Kept.BEST,
        "Keep",
        "Which epoch is evaluated and exported. The last when validation is too small to tell.",
        "Stopping",
        advanced=True,
    )
