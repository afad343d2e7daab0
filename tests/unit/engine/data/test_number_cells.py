"""Numbers as people write them."""

from __future__ import annotations

import pytest

from finetune_studio.engine.data.number_cells import decimal_of, number_in, unit_in, unit_of


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("3", 3.0),
        (" -3.5 ", -3.5),
        ("\u22123.5", -3.5),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("1,234.50", 1234.5),
        ("1 234.5", 1234.5),
        ("1\u202f234.5", 1234.5),
        ("1'234.5", 1234.5),
        ("€ 12.50", 12.5),
        ("-$5", -5.0),
        ("12.5 kg", 12.5),
        ("37.2°C", 37.2),
        ("12 m²", 12.0),
        ("USD 7", 7.0),
    ],
)
def test_numbers_are_read_however_they_are_written(cell: str, number: float) -> None:
    assert number_in(cell, ".") == number


@pytest.mark.parametrize(
    ("cell", "number"), [("3,5", 3.5), ("1.234,5", 1234.5), ("1.234", 1234.0), ("-0,25 kg", -0.25)]
)
def test_with_a_decimal_comma_points_stand_between_thousands(cell: str, number: float) -> None:
    assert number_in(cell, ",") == number


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "abc",
        "2021-05-03",
        "12:30",
        "3/4",
        "1,23,4",
        "nan",
        "inf",
        "1e999",
        "--3",
        "ABC123",
        "3 apples and 4",
        "v1.2",
    ],
)
def test_what_is_no_number_is_not_taken_for_one(cell: str) -> None:
    assert number_in(cell, ".") is None


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["3,5", "4,25"], ","),
        (["3.5", "4.25"], "."),
        (["1.234,5"], ","),
        (["1,234.5"], "."),
        (["1,234", "2,500"], "."),
        (["1.234.567"], ","),
        (["0,125"], ","),
        ([], "."),
    ],
)
def test_the_decimal_sign_is_seen_where_there_is_no_doubt(cells: list[str], decimal: str) -> None:
    assert decimal_of(cells) == decimal


def test_a_unit_is_one_that_nearly_all_numbers_have() -> None:
    assert unit_in("12.5 kg") == "kg"
    assert unit_of(["1 kg", "2 kg", "3.5kg"]) == "kg"
    assert unit_of(["1 kg", "2 g", "3"]) == ""
    assert unit_of(["1st", "2nd", "3rd"]) == ""
    assert unit_of([]) == ""
