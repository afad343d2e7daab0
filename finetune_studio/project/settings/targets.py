"""What only matters where a sample has several labels, or a number."""

from __future__ import annotations

from finetune_studio.project.choices import NumberLoss, Thresholds
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class TargetSettings(Value):
    """What only matters where a sample has several labels, or a number."""

    thresholds: Thresholds = setting(
        Thresholds.BEST,
        "Thresholds",
        "From which probability on a label is given. Even chances when validation is small.",
        "Regularization",
        target="labels",
        advanced=True,
    )
    number_loss: NumberLoss = setting(
        NumberLoss.SQUARED,
        "Loss of numbers",
        "What an error costs. Huber when some of the numbers are far off or wrong.",
        "Regularization",
        target="number",
        advanced=True,
    )
    huber_from: float = setting(
        1.0,
        "Huber bends at",
        "Errors beyond it pull no harder the larger they are.",
        "Regularization",
        target="number",
        gt=0,
        le=100,
        unit="spreads",
        advanced=True,
        only={"number_loss": ["huber"]},
    )
