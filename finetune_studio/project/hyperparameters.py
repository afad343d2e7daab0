"""Every training setting, declared once: type, default, bounds, unit, title and help.

The form in the window, ``--set`` on the command line, the check and the file are all drawn from
these declarations. ``json_schema_extra`` carries what pydantic has no word for:

* ``unit``: shown inside the field;
* ``advanced``: folded away at first;
* ``group``: the heading it stands under;
* ``scale``: ``"log"`` where factors matter more than differences;
* ``step``: what one press of an arrow key adds, where that is neither 1 nor 0.05;
* ``only``: ``{field: [values]}`` under which the setting has any effect;
* ``task``: the one task it exists for.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from finetune_studio.project.choices import (
    Augmentation,
    Compilation,
    Device,
    MemoryFormat,
    Metric,
    Optimizer,
    Precision,
    Schedule,
)
from finetune_studio.project.value import Value


def _setting(default: Any, title: str, help_text: str, group: str, **extra: Any) -> Any:
    bounds = {name: extra.pop(name) for name in ("ge", "gt", "le", "lt") if name in extra}
    return Field(
        default=default,
        title=title,
        description=help_text,
        json_schema_extra={"group": group, **extra},
        **bounds,
    )


class Hyperparameters(Value):
    """The settings of a run. Defaults are safe; `recommendation.py` makes them fit."""

    epochs: int = _setting(
        8,
        "Epochs",
        "How often the model sees all training samples. More helps until validation levels off.",
        "Length",
        ge=1,
        le=10_000,
    )
    batch_size: int = _setting(
        32,
        "Batch size",
        "Samples a step looks at together. Halve it when memory runs out.",
        "Length",
        ge=1,
        le=4096,
        unit="samples",
        scale="log",
    )
    optimizer: Optimizer = _setting(
        Optimizer.ADAMW,
        "Optimizer",
        "The rule for each step. AdamW is right unless a recipe says otherwise.",
        "Optimizer",
    )
    learning_rate: float = _setting(
        1e-3,
        "Learning rate",
        "The size of a step. Lower it when the loss jumps, raise it when it hardly falls.",
        "Optimizer",
        gt=0,
        le=10,
        scale="log",
    )
    momentum: float = _setting(
        0.9,
        "Momentum",
        "How much of the last step carries into the next; only SGD uses it.",
        "Optimizer",
        ge=0,
        lt=1,
        advanced=True,
        only={"optimizer": ["sgd"]},
    )
    weight_decay: float = _setting(
        0.01,
        "Weight decay",
        "Pulls weights toward zero. Raise it when training outruns validation.",
        "Optimizer",
        ge=0,
        le=1,
        scale="log",
    )
    schedule: Schedule = _setting(
        Schedule.COSINE,
        "Schedule",
        "How the learning rate changes over the run.",
        "Schedule",
    )
    warmup: float = _setting(
        0.1,
        "Warm-up",
        "The share of all steps in which the rate climbs from zero; steadies the start.",
        "Schedule",
        ge=0,
        le=0.9,
        unit="of run",
    )
    step_every: int = _setting(
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
    step_factor: float = _setting(
        0.1,
        "Step factor",
        "What each drop multiplies the rate with.",
        "Schedule",
        gt=0,
        le=1,
        advanced=True,
        only={"schedule": ["step"]},
    )
    augmentation: Augmentation = _setting(
        Augmentation.LIGHT,
        "Augmentation",
        "Varies training pictures at random. Use more when data are few.",
        "Regularization",
        task="image",
    )
    augmented_views: int = _setting(
        4,
        "Augmented views",
        "How many variations of each picture the frozen layers see; epochs take them in turn. "
        "0 varies every epoch anew, and computes the frozen layers each time.",
        "Regularization",
        ge=0,
        le=1000,
        unit="per picture",
        task="image",
        advanced=True,
        only={"augmentation": ["light", "medium", "strong"]},
    )
    dropout: float = _setting(
        0.1,
        "Dropout",
        "The share of features hidden from the head at each step; against overfitting.",
        "Regularization",
        ge=0,
        le=0.9,
    )
    label_smoothing: float = _setting(
        0.0,
        "Label smoothing",
        "Keeps the model from being too sure. 0.1 helps when labels are noisy.",
        "Regularization",
        ge=0,
        le=0.5,
        advanced=True,
    )
    max_tokens: int = _setting(
        128,
        "Longest text",
        "Texts are cut after this many tokens. Longer is slower.",
        "Data",
        ge=8,
        le=8192,
        unit="tokens",
        task="text",
    )
    gradient_clip: float = _setting(
        1.0,
        "Gradient clipping",
        "Caps the length of the gradient, so that one bad batch cannot wreck the run. 0 is off.",
        "Optimizer",
        ge=0,
        le=1000,
        advanced=True,
    )
    accumulation: int = _setting(
        1,
        "Accumulation",
        "Batches gathered before one step. Gives the effect of a larger batch in the same memory.",
        "Length",
        ge=1,
        le=1024,
        unit="batches",
        advanced=True,
    )
    best_metric: Metric = _setting(
        Metric.VAL_ACCURACY,
        "Best epoch by",
        "What picks the epoch that is kept. Macro F1 when labels are uneven.",
        "Stopping",
    )
    patience: int = _setting(
        0,
        "Early stopping",
        "Stops after this many epochs without improvement. 0 trains to the end.",
        "Stopping",
        ge=0,
        le=1000,
        unit="epochs",
    )
    min_change: float = _setting(
        0.0,
        "Least improvement",
        "A smaller gain than this does not count as improvement.",
        "Stopping",
        ge=0,
        le=1,
        advanced=True,
    )
    precision: Precision = _setting(
        Precision.AUTO,
        "Precision",
        "The number format of the arithmetic. bfloat16 saves time and memory on recent hardware.",
        "Machine",
        advanced=True,
    )
    device: Device = _setting(
        Device.AUTO,
        "Device",
        "Where the arithmetic runs.",
        "Machine",
        advanced=True,
    )
    memory_format: MemoryFormat = _setting(
        MemoryFormat.AUTO,
        "Order of memory",
        "How pictures lie in memory. Decides about speed alone.",
        "Machine",
        task="image",
        advanced=True,
    )
    threads: int = _setting(
        0,
        "Threads",
        "Processor cores that compute at the same time. 0 uses as many as help.",
        "Machine",
        ge=0,
        le=1024,
        advanced=True,
    )
    micro_batch: int = _setting(
        0,
        "At once",
        "Samples that pass through the model at once; a step still learns from a whole batch. "
        "Lower it when memory runs out. 0 uses as many as fit.",
        "Machine",
        ge=0,
        le=4096,
        unit="samples",
        advanced=True,
    )
    compile: Compilation = _setting(
        Compilation.AUTO,
        "Compile the model",
        "Turns the model into machine code first. Pays only for runs of an hour or more.",
        "Machine",
        advanced=True,
    )
    reuse_frozen: bool = _setting(
        True,
        "Compute frozen layers once",
        "Stores what the frozen layers say of each sample instead of asking them every epoch. "
        "The result is the same.",
        "Machine",
        advanced=True,
    )
    stored_gigabytes: float = _setting(
        10.0,
        "Room for stored features",
        "The most disk space that the outputs of frozen layers may take in this project. "
        "The oldest make way.",
        "Machine",
        ge=0,
        le=10_000,
        unit="GB",
        step=1.0,
        advanced=True,
    )
    seed: int = _setting(
        42,
        "Seed",
        "The same seed on the same machine gives the same result.",
        "Machine",
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )
