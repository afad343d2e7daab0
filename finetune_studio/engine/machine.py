"""What this computer has to compute with."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

import psutil
import torch

from finetune_studio.engine.compute import is_bf16_fast
from finetune_studio.events.descriptions import DeviceDescription, MachineDescription

_PACKAGES = (
    "finetune-studio",
    "torch",
    "torchvision",
    "transformers",
    "timm",
    "datasets",
    "safetensors",
    "onnxruntime",
    "PySide6-Essentials",
)


def describe_machine() -> MachineDescription:
    """Devices, memory, cores and versions, the preferred device first."""
    devices = (*_cuda_devices(), *_apple_device(), _processor())
    return MachineDescription(
        devices=devices,
        cores=psutil.cpu_count(logical=False) or psutil.cpu_count() or 1,
        memory=psutil.virtual_memory().total,
        bf16_fast=is_bf16_fast(torch.device(devices[0].id.partition(":")[0])),
        versions={"Python": platform.python_version(), **_versions()},
    )


def _cuda_devices() -> tuple[DeviceDescription, ...]:
    if not torch.cuda.is_available():
        return ()
    described = []
    for index in range(torch.cuda.device_count()):
        facts = torch.cuda.get_device_properties(index)
        described.append(
            DeviceDescription(id=f"cuda:{index}", title=facts.name, memory=facts.total_memory)
        )
    return tuple(described)


def _apple_device() -> tuple[DeviceDescription, ...]:
    if not torch.backends.mps.is_available():
        return ()
    memory = int(torch.mps.recommended_max_memory())
    return (DeviceDescription(id="mps", title="Apple GPU", memory=memory),)


def _processor() -> DeviceDescription:
    return DeviceDescription(id="cpu", title=processor_name(), memory=psutil.virtual_memory().total)


def processor_name() -> str:
    """What its maker calls the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "Processor"
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine() or "Processor")


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
