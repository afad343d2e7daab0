from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.value import Value


class Shelf(Value):
    height: float
    books: tuple[str, ...] = ()


def test_editing_makes_a_new_value_and_leaves_the_old_one() -> None:
    shelf = Shelf(height=2.0)
    taller = shelf.edited(height=3.0)
    assert (shelf.height, taller.height) == (2.0, 3.0)


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Shelf(height=2.0).height = 3.0  # type: ignore[misc]


def test_an_unknown_field_is_refused_when_made_and_when_edited() -> None:
    with pytest.raises(ValidationError):
        Shelf(height=2.0, depth=1.0)  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        Shelf(height=2.0).edited(depth=1.0)


def test_editing_checks_bounds() -> None:
    with pytest.raises(ValidationError):
        Hyperparameters().edited(epochs=0)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_none_survive_json(value: float) -> None:
    back = Shelf.model_validate_json(Shelf(height=value).model_dump_json())
    assert back.height == value or (math.isnan(back.height) and math.isnan(value))
