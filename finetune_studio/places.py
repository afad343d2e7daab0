"""Where things lie on this computer: our folders, and the resources that ship with us.

``FINETUNE_STUDIO_HOME`` moves everything we write (settings, models, projects, logs) into one
folder: portable installs and tests use it.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_NAME = "finetune-studio"
HOME_VARIABLE = "FINETUNE_STUDIO_HOME"


def home() -> Path:
    """The folder that holds everything the application itself writes."""
    chosen = os.environ.get(HOME_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir(_NAME, appauthor=False))


def models() -> Path:
    """Downloaded weights, one folder a catalogue entry."""
    return home() / "models"


def projects() -> Path:
    """Where new projects are offered to be made."""
    if os.environ.get(HOME_VARIABLE):
        return home() / "projects"
    return Path(platformdirs.user_documents_dir()) / "Finetune Studio"


def settings_file() -> Path:
    """The window's own memory: recent projects, theme, geometry."""
    return home() / "settings.json"


def logs() -> Path:
    """Logs of workers that do not belong to a run."""
    return home() / "logs"


def timings() -> Path:
    """How fast ways of computing were on this computer; can be deleted at any time."""
    return home() / "timings"


def resources() -> Path:
    """Icons, style and samples: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"
