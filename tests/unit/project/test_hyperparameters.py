from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from finetune_studio.project.choices import (
    Augmentation,
    Balancing,
    Choice,
    Compilation,
    Device,
    ExportFormat,
    FreezePreset,
    Kept,
    MemoryFormat,
    Metric,
    ModelSource,
    Optimizer,
    Precision,
    Schedule,
    Split,
    Task,
)
from finetune_studio.project.hyperparameters import Hyperparameters

FIELDS = sorted(Hyperparameters.model_fields.items())
CHOICES = (
    Augmentation,
    Balancing,
    Compilation,
    Device,
    ExportFormat,
    FreezePreset,
    Kept,
    MemoryFormat,
    Metric,
    ModelSource,
    Optimizer,
    Precision,
    Schedule,
    Split,
    Task,
)
GROUPS = {
    "Adapters",
    "Against forgetting",
    "Augmentation",
    "Data",
    "Length",
    "Machine",
    "Optimizer",
    "Regularization",
    "Schedule",
    "Stopping",
    "Text variation",
    "Uneven labels",
}


def extra(field: FieldInfo) -> dict[str, Any]:
    assert isinstance(field.json_schema_extra, dict)
    return field.json_schema_extra


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_every_setting_says_what_it_is_and_when_to_change_it(name: str, field: FieldInfo) -> None:
    assert field.title
    assert field.description
    assert field.description.endswith(".")
    assert extra(field)["group"] in GROUPS


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_every_number_has_bounds(name: str, field: FieldInfo) -> None:
    if field.annotation in (int, float):
        kinds = {type(bound).__name__ for bound in field.metadata}
        assert kinds & {"Ge", "Gt"}
        assert kinds & {"Le", "Lt"}


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_condition_names_a_setting_and_values_it_can_have(name: str, field: FieldInfo) -> None:
    for other, values in extra(field).get("only", {}).items():
        kind = Hyperparameters.model_fields[other].annotation
        assert isinstance(kind, type)
        assert issubclass(kind, StrEnum)
        assert set(values) <= {member.value for member in kind}


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_has_a_title_and_help(choice: type[Choice]) -> None:
    for member in choice:
        assert member.title_text
        assert member.help_text.endswith(".")
        assert choice(member.value) is member
