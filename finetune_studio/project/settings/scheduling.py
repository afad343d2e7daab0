"""How the learning rate changes over a run."""

from __future__ import annotations

from finetune_studio.project.choices import Schedule
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class ScheduleSettings(Value):
    """How the learning rate changes over a run."""

    schedule: Schedule = setting(
        Schedule.COSINE,
        "Schedule",
        "How the learning rate changes over the run.",
        "Schedule",
    )
    warmup: float = setting(
        0.1,
        "Warm-up",
        "The share of all steps in which the rate climbs from zero; steadies the start.",
        "Schedule",
        ge=0,
        le=0.9,
        unit="of run",
    )
    step_every: int = setting(
        3,
        "Step every",
        "Epochs between two drops of the step schedule.",
        "Schedule",
        ge=1,
        le=1000,
        unit="epochs",
        advanced=True,
        only={"schedule": ["step"]},
    )
    step_factor: float = setting(
        0.1,
        "Step factor",
        "What each drop multiplies the rate with.",
        "Schedule",
        gt=0,
        le=1,
        advanced=True,
        only={"schedule": ["step"]},
    )
