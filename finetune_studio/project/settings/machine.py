"""Where and in what numbers a run computes."""

from __future__ import annotations

from finetune_studio.project.choices import Compilation, Device, MemoryFormat, Precision
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class MachineSettings(Value):
    """Where and in what numbers a run computes."""

    precision: Precision = setting(
        Precision.AUTO,
        "Precision",
        "The number format of the arithmetic. bfloat16 saves time and memory on recent hardware.",
        "Machine",
        advanced=True,
    )
    device: Device = setting(
        Device.AUTO,
        "Device",
        "Where the arithmetic runs.",
        "Machine",
        advanced=True,
    )
    memory_format: MemoryFormat = setting(
        MemoryFormat.AUTO,
        "Order of memory",
        "How pictures lie in memory. Decides about speed alone.",
        "Machine",
        task="image",
        advanced=True,
    )
    threads: int = setting(
        0,
        "Threads",
        "Processor cores that compute at the same time. 0 uses as many as help.",
        "Machine",
        ge=0,
        le=1024,
        advanced=True,
    )
    micro_batch: int = setting(
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
    compile: Compilation = setting(
        Compilation.AUTO,
        "Compile the model",
        "Turns the model into machine code first. Pays only for runs of an hour or more.",
        "Machine",
        advanced=True,
    )
    reuse_frozen: bool = setting(
        True,
        "Compute frozen layers once",
        "Stores what the frozen layers say of each sample instead of asking them every epoch. "
        "The result is the same.",
        "Machine",
        advanced=True,
    )
    stored_gigabytes: float = setting(
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
    seed: int = setting(
        42,
        "Seed",
        "The same seed on the same machine gives the same result.",
        "Machine",
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )
