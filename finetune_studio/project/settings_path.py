"""``section.field=value``: one decision in text, as ``--set`` takes it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from finetune_studio.project.choices import Augmentation, Choice, Target
from finetune_studio.project.cleaning import from_words
from finetune_studio.project.metric_fit import require_chosen_fits
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project
from finetune_studio.project.settings.varying import VariationSettings
from finetune_studio.project.value import Value
from finetune_studio.project.variation import with_augmentation

# Decisions with a way of their own to be written down.
_WHOLE: dict[str, Callable[[str], Any]] = {"cleaning": from_words}

_SECTIONS = ("training", "split", "freeze", "data", "earlier")


def with_settings(project: Project, assignments: Iterable[str]) -> Project:
    """The project with some decisions changed, one after another.

    Raises:
        ProblemError: an assignment names no setting, its value is out of bounds, or what is
            decided in the end does not go together.
    """
    for assignment in assignments:
        project = with_setting(project, assignment)
    require_chosen_fits(project)
    return project


def with_setting(project: Project, assignment: str) -> Project:
    """The project with one decision changed; a hyperparameter set so is pinned.

    Raises:
        ProblemError: the assignment names no setting, or its value is out of bounds.
    """
    path, equals, text = assignment.partition("=")
    if equals and path.strip() in _WHOLE:
        return project.edited(**{path.strip(): _WHOLE[path.strip()](text)})
    section_name, _, field_name = path.strip().partition(".")
    if not equals or not field_name:
        raise ProblemError.of(
            f"“{assignment}” is not a setting.",
            "A setting is written section.field=value.",
            "Write for example training.epochs=3.",
            code="setting_syntax",
        )
    section = _section(project, section_name)
    _check_field(section, section_name, field_name)
    target = project.data.target if project.data is not None else None
    value = _parsed(section, section_name, field_name, text.strip(), target)
    if isinstance(section, VariationSettings) and isinstance(value, Augmentation):
        changed: Value = with_augmentation(section, value)
    else:
        changed = section.edited(**{field_name: value})
    pinned = project.pinned
    if section_name == "training" and field_name not in pinned:
        pinned = (*pinned, field_name)
    return project.edited(**{section_name: changed, "pinned": pinned})


def _section(project: Project, name: str) -> Value:
    if name not in _SECTIONS:
        raise _unknown("section", name, _SECTIONS)
    section: Value | None = getattr(project, name)
    if section is None:
        raise ProblemError.of(
            f"The project has no {name} yet.",
            "",
            f"Choose the {name} first.",
            code="setting_too_early",
        )
    return section


def _check_field(section: Value, section_name: str, field_name: str) -> None:
    known = tuple(type(section).model_fields)
    if field_name not in known:
        raise _unknown(f"setting in {section_name}", field_name, known)


def _parsed(
    section: Value, section_name: str, field_name: str, text: str, target: Target | None
) -> Any:
    field = type(section).model_fields[field_name]
    annotation: Any = field.annotation
    raw: Any = (
        tuple(part for part in text.split(",") if part) if "tuple" in str(annotation) else text
    )
    try:
        value = TypeAdapter(annotation).validate_python(raw)
        section.edited(**{field_name: value})
    except ValidationError as error:
        first = error.errors()[0]
        raise ProblemError.of(
            f"{section_name}.{field_name} cannot be “{text}”.",
            _members(annotation, target) or f"{first['msg']}.",
            f"{field.description or 'Give another value.'}",
            where=f"{section_name}.{field_name}",
            code="setting_value",
        ) from error
    return value


def _members(annotation: Any, target: Target | None) -> str:
    """What a closed list has to choose from for a kind of target; empty for other settings."""
    if not (isinstance(annotation, type) and issubclass(annotation, Choice)):
        return ""
    found = (option for option in annotation if target is None or option.suits(target))
    return f"It is one of {', '.join(option.value for option in found)}."


def _unknown(kind: str, name: str, known: tuple[str, ...]) -> ProblemError:
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
    return ProblemError.of(
        f"There is no {kind} called “{name}”.", "", remedy, code="setting_unknown"
    )
