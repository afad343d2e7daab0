"""How the learning rate changes over a run."""

from __future__ import annotations

from finetune_studio.project.choices import Schedule, WarmupUnit
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
    warmup_unit: WarmupUnit = setting(
        WarmupUnit.SHARE,
        "Warm-up by",
        "Whether the warm-up grows with the length of the run.",
        "Schedule",
        advanced=True,
    )
    warmup: float = setting(
        0.1,
        "Warm-up",
        "The share of all steps in which the rate climbs; steadies the start.",
        "Schedule",
        ge=0,
        le=0.9,
        unit="of run",
        only={"warmup_unit": ["share"]},
    )
    warmup_steps: int = setting(
        100,
        "Warm-up steps",
        "The number of steps in which the rate climbs; steadies the start.",
        "Schedule",
        ge=0,
        le=1_000_000,
        unit="steps",
        scale="log",
        advanced=True,
        only={"warmup_unit": ["steps"]},
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
    cycles: int = setting(
        3,
        "Cycles",
        "How often the rate starts again from its full height. They fill the whole run.",
        "Schedule",
        ge=1,
        le=1000,
        advanced=True,
        only={"schedule": ["cosine_restarts"]},
    )
    cycle_growth: float = setting(
        2.0,
        "Cycle growth",
        "How many times longer each cycle is than the one before.",
        "Schedule",
        ge=1,
        le=10,
        step=0.5,
        advanced=True,
        only={"schedule": ["cosine_restarts"]},
    )
    decay_power: float = setting(
        2.0,
        "Power",
        "How steeply the rate falls at first. 1 is a straight line.",
        "Schedule",
        gt=0,
        le=10,
        step=0.5,
        advanced=True,
        only={"schedule": ["polynomial"]},
    )
    rate_left: float = setting(
        0.01,
        "Rate left",
        "The share of the learning rate that is left at the end of the run.",
        "Schedule",
        gt=0,
        le=1,
        scale="log",
        advanced=True,
        only={"schedule": ["exponential"]},
    )
    start_divisor: float = setting(
        25.0,
        "Start divided by",
        "How many times lower than its height the rate is at the first step.",
        "Schedule",
        ge=1,
        le=1000,
        step=1.0,
        advanced=True,
        only={"schedule": ["one_cycle", "slanted_triangle"]},
    )
    cycle_momentum: bool = setting(
        True,
        "Cycle momentum",
        "Lowers the momentum by 0.05 where the rate is high, and raises it where it is low.",
        "Schedule",
        advanced=True,
        only={"schedule": ["one_cycle"]},
    )
    plateau_factor: float = setting(
        0.3,
        "Plateau factor",
        "What the rate is multiplied with when validation stops improving.",
        "Schedule",
        gt=0,
        lt=1,
        advanced=True,
        only={"schedule": ["plateau"]},
    )
    plateau_patience: int = setting(
        2,
        "Plateau patience",
        "Epochs without improvement after which the rate falls. Keep it below early stopping.",
        "Schedule",
        ge=1,
        le=1000,
        unit="epochs",
        advanced=True,
        only={"schedule": ["plateau"]},
    )
