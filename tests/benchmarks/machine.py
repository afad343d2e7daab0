"""The machine and the versions a measurement was made with, as Markdown."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

import psutil

_PACKAGES = (
    *("finetune-studio", "torch", "torchvision", "timm", "transformers", "accelerate"),
    *("fastai", "numpy", "pillow", "PySide6-Essentials", "pyqtgraph", "pyarrow"),
)


def described() -> str:
    """A few lines."""
    memory = psutil.virtual_memory().total / 2**30
    cores = psutil.cpu_count(logical=False) or os.cpu_count()
    versions = ", ".join(f"{name} {version}" for name in _PACKAGES if (version := _version(name)))
    return "\n".join(
        [
            f"- {_processor()}: {cores} cores, {os.cpu_count()} threads, {memory:.0f} GiB memory",
            f"- {platform.platform()}, Python {platform.python_version()}",
            f"- {versions}",
        ]
    )


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    if about.exists():
        for line in about.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
