"""Tables whose samples have several labels or a number: seen, said, read, divided, reported."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from finetune_studio.engine.data.distribution import round_edges
from finetune_studio.engine.data.inspection import inspect
from finetune_studio.engine.data.label_groups import alike, label_counts
from finetune_studio.engine.data.sample_sequence import SPLITS, Samples
from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.engine.data.splitting import parts_of
from finetune_studio.events.descriptions import DataReport, Preview
from finetune_studio.project.choices import Split, Target
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import DataChoice, SplitChoice
from finetune_studio.project.target import parts_of as labels_in

Look = Callable[..., SampleSet]
Table = Callable[..., Path]
ProblemOf = Callable[..., Problem]

LABELS = ("big", "blue", "red", "small")


def rows_of(cells: list[str], header: str = "text,tags") -> str:
    quoted = (f'"{cell}"' if "," in cell else cell for cell in cells)
    lines = (f"this is text {place},{cell}" for place, cell in enumerate(quoted))
    return f"{header}\n" + "\n".join(lines) + "\n"


def combinations(count: int, separator: str) -> list[str]:
    draw = random.Random(4)
    return [separator.join(draw.sample(LABELS, draw.choice([1, 1, 2, 3]))) for _ in range(count)]


# ------------------------------------------------------------------------------------- detection


@pytest.mark.parametrize("separator", ["|", ";", ", "])
def test_parts_that_come_again_in_other_company_are_several_labels(
    table: Table, look: Look, separator: str
) -> None:
    found = look(table(rows_of(combinations(60, separator))))

    assert found.target.kind is Target.LABELS
    assert found.target.separator == separator.strip()
    assert separator.strip() in found.target.reason
    assert found.labels == LABELS


def test_a_few_cells_that_join_what_stands_alone_elsewhere_are_enough(
    table: Table, look: Look
) -> None:
    single = ["red"] * 50 + ["blue"] * 50 + ["big"] * 20
    found = look(table(rows_of([*single, *["red;blue"] * 3, *["big;red"] * 3])))
    assert found.target.kind is Target.LABELS
    assert found.labels == ("big", "blue", "red")
    # A part that is never a whole cell may be half of a name.
    found = look(table(rows_of([*single, *["red;hot"] * 3, *["big;red"] * 3])))
    assert found.target.kind is Target.LABEL


def test_lists_as_json_or_python_writes_them_are_several_labels(table: Table, look: Look) -> None:
    cells = [one.split("|") for one in combinations(40, "|")]
    lines = [json.dumps({"text": f"text {n} here", "tags": cell}) for n, cell in enumerate(cells)]
    as_json = look(table("\n".join(lines) + "\n", "table.jsonl"))
    as_python = look(table(rows_of([str(cell) for cell in cells])))

    assert as_json.target.kind is as_python.target.kind is Target.LABELS
    assert as_json.labels == as_python.labels == LABELS


@pytest.mark.parametrize(
    "cells",
    [
        ["Food, drink", "Toys"] * 20,
        ["Paris, France", "Lyon, France", "Berlin, Germany", "Bonn, Germany"] * 10,
        ["a|b"] * 40,
        ["good", "bad"] * 20,
        [f"Well, it was {n % 7}" for n in range(40)],
    ],
    ids=["comma", "places", "constant", "plain", "sentences"],
)
def test_commas_inside_labels_do_not_make_several(
    table: Table, look: Look, cells: list[str]
) -> None:
    assert look(table(rows_of(cells, "text,label"))).target.kind is Target.LABEL


def test_the_user_has_the_last_word(table: Table, look: Look) -> None:
    path = table(rows_of(combinations(60, "|")))

    one = look(path, target=Target.LABEL)
    assert one.target.kind is Target.LABEL
    assert "big|blue" in one.labels or "blue|big" in one.labels

    ratings = table(rows_of([str(n % 5) for n in range(40)], "text,stars"), "stars.csv")
    assert look(ratings).target.kind is Target.LABEL
    assert look(ratings, target=Target.NUMBER).target.kind is Target.NUMBER


def test_three_columns_of_yes_and_no_are_labels(table: Table, look: Look) -> None:
    lines = ["id,text,toxic,rude,threat"]
    lines += [f"{n},some text {n},{n % 2},{int(n % 3 == 0)},{int(n % 5 == 0)}" for n in range(30)]
    found = look(table("\n".join(lines) + "\n"))

    assert found.target.columns == ("toxic", "rude", "threat")
    assert found.labels == ("rude", "threat", "toxic")
    by_text = {sample.text: sample.label for sample in found.samples}
    assert by_text["some text 15"] == "rude | threat | toxic"
    assert by_text["some text 2"] == ""
    assert by_text["some text 1"] == "toxic"


def test_a_column_called_label_is_the_label_whatever_stands_beside_it(
    table: Table, look: Look
) -> None:
    lines = ["text,label,seen,new,odd"]
    lines += [f"some text {n},{'ab'[n % 2]},{n % 2},{n % 3 % 2},{n % 5 % 2}" for n in range(30)]
    assert look(table("\n".join(lines) + "\n")).labels == ("a", "b")


def test_columns_can_be_chosen_and_an_empty_cell_is_not_a_no(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    text = "text,label,hot,wet\n" + "".join(
        f"some text {n},x,{cell}\n"
        for n, cell in enumerate(["1,0", "yes,no", "0,1", ",1", "1,maybe", "0,0", "1,1", "0,1"])
    )
    found = look(table(text), label_columns=("hot", "wet"))

    assert [sample.label for sample in found.samples] == [
        "hot",
        "hot",
        "wet",
        "",
        "hot | wet",
        "wet",
    ]
    assert problem_of(found.problems, "row_without_label").where == "line 5"
    assert "maybe" in problem_of(found.problems, "row_label_unclear").what


def test_where_no_column_says_no_an_empty_cell_does(table: Table, look: Look) -> None:
    cells = ["x,", ",x", "x,x", ",", "x,", ",x"]
    text = "text,hot,wet\n" + "".join(f"some text {n},{cell}\n" for n, cell in enumerate(cells))
    found = look(table(text), label_columns=("hot", "wet"))

    assert [sample.label for sample in found.samples] == [
        "hot",
        "wet",
        "hot | wet",
        "",
        "hot",
        "wet",
    ]


def test_an_empty_cell_is_none_of_the_labels_and_a_placeholder_is_not_known(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    cells = [*combinations(30, "|"), "", " ", "NA", "?", "||", " red | red |"]
    path = table(rows_of(cells))
    found = look(path)

    last = [sample.label for sample in found.samples][30:]
    assert last == ["", "", "", "red"]
    assert problem_of(found.problems, "row_no_label").fix == "Leave out 3 samples"
    assert problem_of(found.problems, "row_without_label").what.startswith("2 rows")
    without = look(path, leave_out=("row_no_label",))
    assert [sample.label for sample in without.samples][30:] == ["red"]


def test_one_label_is_enough_where_some_samples_are_without_it(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    some = look(table(rows_of(["red", "", "red", "", "red", ""])), target=Target.LABELS)
    assert some.labels == ("red",)
    some.check_usable()

    everywhere = look(table(rows_of(["red"] * 6), "all.csv"), target=Target.LABELS)
    assert problem_of(everywhere.problems, "data_one_label").severity == "error"


def test_spellings_of_one_label_are_merged_inside_the_sets(table: Table, look: Look) -> None:
    cells = [*combinations(40, "|"), "Red|big", "Red", "Red|blue"]
    found = look(table(rows_of(cells)), leave_out=("label_spelling",))

    assert found.labels == LABELS
    assert found.samples[40].label == "big | red"


# --------------------------------------------------------------------------------------- numbers


def test_a_column_of_many_decimals_is_a_number_with_its_unit(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    cells = [f"{n * 1.37:.2f}".replace(".", ",") + " €" for n in range(60)] + ["NaN", "", "cheap"]
    text = "text;price\n" + "".join(f"this is text {n};{cell}\n" for n, cell in enumerate(cells))
    found = look(table(text))

    assert (found.target.kind, found.target.decimal) == (Target.NUMBER, ",")
    assert (found.target.unit, found.labels) == ("€", ("price",))
    assert float(found.samples[3].label) == 4.11
    assert problem_of(found.problems, "row_without_number").what.startswith("2 rows have no number")
    assert "cheap" in problem_of(found.problems, "row_not_number").what
    assert not any(one.code.startswith("label") for one in found.problems)


def test_numbers_come_back_exactly_as_they_were_written(table: Table, look: Look) -> None:
    numbers = [0.1 + n / 3 for n in range(40)] + [1e-9, 123456789.125, -2.0]
    found = look(table(rows_of([repr(n) for n in numbers], "text,price")))

    assert [float(sample.label) for sample in found.samples] == numbers


def test_columns_and_rows_read_numbers_and_sets_alike(table: Table, look: Look) -> None:
    for cells in (combinations(40, "|"), [str(n / 7) for n in range(40)]):
        by_column = look(table(rows_of(cells, "text,target")))
        lines = [
            json.dumps({"text": f"this is text {n}", "target": c}) for n, c in enumerate(cells)
        ]
        by_row = look(table("\n".join(lines) + "\n", "table.jsonl"))
        assert [s.label for s in by_column.samples] == [s.label for s in by_row.samples]


def test_the_same_number_everywhere_cannot_be_learned(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    found = look(table(rows_of(["2.5"] * 12, "text,price")), target=Target.NUMBER)
    assert problem_of(found.problems, "data_one_number").severity == "error"


# --------------------------------------------------------------------------------------- folders


def test_folder_names_can_be_several_labels_or_numbers(
    tmp_path: Path, look: Look, picture: Callable[..., Path]
) -> None:
    for place, name in enumerate(["sea+sun", "sea", "sun", "sea+sun"]):
        picture(tmp_path / "named" / name / f"{place}.png", seed=place)
    several = look(tmp_path / "named", target=Target.LABELS, label_separator="+")
    assert several.labels == ("sea", "sun")

    for place, name in enumerate(["21 years", "34 years", "old"]):
        picture(tmp_path / "ages" / name / f"{place}.png", seed=place)
    ages = look(tmp_path / "ages", target=Target.NUMBER)
    assert [sample.label for sample in ages.samples] == ["21", "34"]
    assert ages.target.unit == "years"
    assert any(problem.code == "row_not_number" for problem in ages.problems)


# ------------------------------------------------------------------------------ split and report


def test_every_part_has_its_share_of_rare_labels(table: Table, look: Look) -> None:
    draw = random.Random(3)
    odds = {"common": 0.6, "usual": 0.3, "rare": 0.05}
    cells = ["|".join(n for n, p in odds.items() if draw.random() < p) for _ in range(600)]
    found = look(table(rows_of(cells)), target=Target.LABELS, label_separator="|")
    samples = Samples.of(found.samples)
    parts = parts_of(alike(samples, Target.LABELS), SplitChoice(validation=0.2, test=0.2))
    of_all = label_counts(samples, Target.LABELS)

    for split, share in ((Split.VALIDATION, 0.2), (Split.TEST, 0.2)):
        part = samples.taken(np.flatnonzero(parts == SPLITS.index(split)))
        for label, count in label_counts(part, Target.LABELS).items():
            assert abs(count / of_all[label] - share) < 0.05


def test_who_goes_where_hardly_changes_with_a_sample_more(table: Table, look: Look) -> None:
    cells = combinations(200, "|")
    before, after = (
        Samples.of(look(table(rows_of(some), name), target=Target.LABELS).samples)
        for some, name in ((cells, "a.csv"), ([*cells, "red"], "b.csv"))
    )
    choice = SplitChoice()
    one = parts_of(alike(before, Target.LABELS), choice)
    other = parts_of(alike(after, Target.LABELS), choice)[:200]
    assert (one != other).sum() <= 1


def test_small_and_large_numbers_are_in_every_part(table: Table, look: Look) -> None:
    found = look(table(rows_of([repr(n**2 / 7) for n in range(200)], "text,price")))
    samples = Samples.of(found.samples)
    parts = parts_of(alike(samples, Target.NUMBER), SplitChoice())
    numbers = np.array([float(sample.label) for sample in found.samples])

    means = [numbers[parts == SPLITS.index(split)].mean() for split in Split]
    assert max(means) < 1.15 * min(means)


def report_of(path: Path, tmp_path: Path, **choice: object) -> DataReport:
    data = DataChoice(path=str(path), **choice)
    return inspect(data, None, SplitChoice(), tmp_path / "c", lambda _: None, lambda: False)


def test_bars_of_labels_add_up_to_more_than_there_are_samples(table: Table, tmp_path: Path) -> None:
    cells = [*combinations(60, "|"), "", ""]
    report = report_of(table(rows_of(cells)), tmp_path)
    wanted = Counter(part for cell in cells for part in cell.split("|") if part)

    assert {bar.label: bar.count for bar in report.labels} == wanted
    assert sum(bar.count for bar in report.labels) > report.samples == sum(report.parts) == 62
    assert report.unlabelled == 2
    shown = [
        Preview.model_validate_json(one) for one in Path(report.previews).read_text().splitlines()
    ]
    assert all(
        set(one.groups) == set(labels_in(one.label.replace(", ", " | ")))
        for one in shown
        if one.groups
    )


def test_numbers_are_reported_in_round_stretches(table: Table, tmp_path: Path) -> None:
    report = report_of(table(rows_of([repr(n * 1.37) for n in range(100)], "text,price")), tmp_path)

    assert report.labels[0].label == "0 to 20"
    assert sum(bar.count for bar in report.labels) == report.samples == 100
    shown = [
        Preview.model_validate_json(one) for one in Path(report.previews).read_text().splitlines()
    ]
    assert {group for one in shown for group in one.groups} <= {bar.label for bar in report.labels}


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (-3.2, 7.9), (1e6, 2.5e6), (0.001, 0.002), (5, 5)]
)
def test_stretches_hold_both_ends(low: float, high: float) -> None:
    edges = round_edges(low, high)
    assert edges[0] <= low
    assert high < edges[-1] or high == low
    assert 2 <= len(edges) <= 20
