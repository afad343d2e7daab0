"""What a form needs to know of a setting, read from the `Field` that declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from finetune_studio.project.choices import Choice
from finetune_studio.project.value import Value

_SHARE_STEP = 0.05


class FieldKind(StrEnum):
    """What a setting is written with."""

    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"


@dataclass(frozen=True)
class Bounds:
    """The values a number may take; ``None`` where there is no bound."""

    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None

    def objection(self, value: float) -> str:
        """Why a value is out of bounds; empty when it is not."""
        if self.least is not None and value < self.least:
            return f"{number_text(value)} is too low: at least {number_text(self.least)}."
        if self.above is not None and value <= self.above:
            return f"{number_text(value)} is too low: more than {number_text(self.above)}."
        if self.most is not None and value > self.most:
            return f"{number_text(value)} is too high: at most {number_text(self.most)}."
        if self.below is not None and value >= self.below:
            return f"{number_text(value)} is too high: less than {number_text(self.below)}."
        return ""


@dataclass(frozen=True)
class Declaration:
    """One setting of a `Value` class, as a form shows it.

    Attributes:
        options: the members of a closed list.
        only: field names, and the values of them under which this one has any effect.
        task: the one task it exists for; empty for all.
        target: the one kind of target it exists for; empty for all.
        step: what one press of an arrow key adds; factors are used where ``logarithmic``.
        slides: whether it is written with a slider.
    """

    name: str
    title: str
    help: str
    kind: FieldKind
    default: object
    group: str = ""
    unit: str = ""
    advanced: bool = False
    logarithmic: bool = False
    step: float = 1.0
    task: str = ""
    target: str = ""
    slides: bool = False
    bounds: Bounds = Bounds()
    options: tuple[Choice, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def speaks_of(self, wanted: str) -> bool:
        """Whether every word of a search, in small letters, occurs in what it is called or does."""
        options = " ".join(option.title_text for option in self.options)
        said = f"{self.title} {self.help} {self.group} {self.name} {options}".lower()
        return all(word in said for word in wanted.split())

    def text(self, value: object) -> str:
        """A value in the words the form shows it with, without its unit."""
        if isinstance(value, Choice):
            return value.title_text
        if isinstance(value, bool):
            return "On" if value else "Off"
        return number_text(value) if isinstance(value, int | float) else str(value)


def declarations(model: type[Value]) -> tuple[Declaration, ...]:
    """The settings a class declares, in the order it declares them."""
    return tuple(_declaration(name, info) for name, info in model.model_fields.items())


def unmet(declaration: Declaration, values: Value, known: Mapping[str, Declaration]) -> str:
    """Why a setting has no effect beside these values; empty when it has."""
    for name, allowed in declaration.only.items():
        if str(getattr(values, name)) not in allowed:
            titles = [option.title_text for option in known[name].options if option in allowed]
            return f"Only used when {known[name].title} is {' or '.join(titles)}."
    return ""


def number_text(value: float) -> str:
    """A number exactly, in the shortest form one would type: ``0.002``, ``2e-5``, ``4,096``."""
    if isinstance(value, int):
        return f"{value:,}"
    mantissa, _, exponent = f"{value:.9g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def _declaration(name: str, info: FieldInfo) -> Declaration:
    extra: Mapping[str, Any] = (
        info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    )
    kind, options = _kind(info.annotation)
    return Declaration(
        name=name,
        title=info.title or name.replace("_", " ").capitalize(),
        help=info.description or "",
        kind=kind,
        default=info.default,
        group=str(extra.get("group", "")),
        unit=str(extra.get("unit", "")),
        advanced=bool(extra.get("advanced", False)),
        logarithmic=extra.get("scale") == "log",
        step=float(extra.get("step", 1.0 if kind is FieldKind.WHOLE else _SHARE_STEP)),
        task=str(extra.get("task", "")),
        target=str(extra.get("target", "")),
        slides=extra.get("editor") == "slider",
        bounds=_bounds(info),
        options=options,
        only={key: tuple(allowed) for key, allowed in extra.get("only", {}).items()},
    )


def _kind(annotation: Any) -> tuple[FieldKind, tuple[Choice, ...]]:
    if isinstance(annotation, type):
        if issubclass(annotation, Choice):
            return FieldKind.CHOICE, tuple(annotation)
        if issubclass(annotation, bool):
            return FieldKind.SWITCH, ()
        if issubclass(annotation, int):
            return FieldKind.WHOLE, ()
        if issubclass(annotation, float):
            return FieldKind.NUMBER, ()
    raise TypeError(f"no form field for {annotation!r}")


def _bounds(info: FieldInfo) -> Bounds:
    found: dict[str, Any] = {}
    for rule in info.metadata:
        match rule:
            case Ge(ge=least):
                found["least"] = least
            case Gt(gt=above):
                found["above"] = above
            case Le(le=most):
                found["most"] = most
            case Lt(lt=below):
                found["below"] = below
    return Bounds(**found)
