"""What is done for labels that have few samples."""

from __future__ import annotations

from finetune_studio.project.choices import Balancing
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class BalancingSettings(Value):
    """What is done for labels that have few samples."""

    balancing: Balancing = setting(
        Balancing.OFF,
        "Balancing",
        "How labels with few samples are made to count. Use weights or sampling when one label has "
        "several times the samples of another.",
        "Uneven labels",
    )
    effective_beta: float = setting(
        0.999,
        "Effective number",
        "The nearer to 1, the more rare labels weigh. About as many samples of a label count as "
        "1 divided by what is left to 1.",
        "Uneven labels",
        ge=0,
        lt=1,
        step=0.001,
        advanced=True,
        only={"balancing": ["effective"]},
    )
    focal: float = setting(
        0.0,
        "Focal loss",
        "How much less a sample counts that the model is sure of already. 2 helps when easy "
        "samples are far too many; 0 is off.",
        "Uneven labels",
        ge=0,
        le=10,
        advanced=True,
        step=0.5,
    )
