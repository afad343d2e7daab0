"""What the model of an earlier run hands on to a project: how its texts were cleaned."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from finetune_studio.project.cleaning import Cleaning, active
from finetune_studio.project.model_catalog import RUN_RECORD
from finetune_studio.project.project import ModelChoice, Project

_STEPS = TypeAdapter(Cleaning)


def cleaning_of(choice: ModelChoice | None) -> Cleaning | None:
    """How a model's texts were cleaned; ``None`` where it is of no run, or for pictures."""
    if choice is None or not choice.path:
        return None
    try:
        record = json.loads((Path(choice.path) / RUN_RECORD).read_text(encoding="utf-8"))
        preprocessing = record["preprocessing"]
        if "max_tokens" not in preprocessing:
            return None
        return _STEPS.validate_python(preprocessing.get("cleaning", []))
    except (OSError, ValueError, LookupError, TypeError, ValidationError):
        return None


def cleaning_after(project: Project, choice: ModelChoice) -> Cleaning:
    """How a project cleans texts once it has another model.

    Steps that the user decided on stay; those that only came with the last model go with it.
    """
    handed_on = cleaning_of(choice)
    came_along = cleaning_of(project.model) or ()
    if handed_on is None or active(project.cleaning) != active(came_along):
        return project.cleaning
    return handed_on


def about_cleaning(project: Project, handed_on: Cleaning | None) -> str:
    """What to say of a project's cleaning beside that of its model; empty where nothing is.

    Args:
        project: with its cleaning and its model.
        handed_on: how that model's texts were cleaned, as `cleaning_of` reads it.
    """
    if project.model is None or handed_on is None:
        return ""
    names = ", ".join(step.kind.title_text for step in active(handed_on))
    if active(handed_on) == active(project.cleaning):
        return f"Taken over from {project.model.title}: {names}." if names else ""
    return f"{project.model.title} learned from texts cleaned otherwise: {names or 'not at all'}."
