"""Which column is what: by name, by content, and always as the user says."""

from __future__ import annotations

import pytest

from finetune_studio.engine.data.columns import choose_columns, describe_columns
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice

REVIEWS = [
    [str(number), f"this is the review number {number}", ("good", "bad")[number % 2], "train"]
    for number in range(30)
]
PICTURES = [[f"img/{number}.JPG", ("cat", "dog")[number % 2]] for number in range(30)]


def chosen(names: str, rows: list[list[str]], task: Task | None = None, **choice: str) -> str:
    """The columns taken, as "text image label split", a dash where there is none."""
    columns = names.split(",")
    found = choose_columns(columns, rows, DataChoice(path="", **choice), task)
    places = (found.text, found.image, found.label, found.split)
    return " ".join("-" if place is None else columns[place] for place in places)


def test_names_tell() -> None:
    assert chosen("id,review,sentiment,split", REVIEWS) == "review - sentiment split"


def test_content_tells_where_names_do_not() -> None:
    assert chosen("a,b,c,d", REVIEWS) == "b - c d"
    assert chosen("a,b", PICTURES) == "- a b -"


def test_a_task_says_what_to_look_for() -> None:
    both = [[*picture, "some words about it"] for picture in PICTURES]

    assert chosen("file,label,caption text", both) == "- file label -"
    assert chosen("file,label,caption text", both, Task.TEXT) == "caption text - label -"
    assert chosen("id,review,sentiment,split", REVIEWS, Task.IMAGE) == "- - sentiment split"


def test_the_user_overrides_every_guess() -> None:
    taken = chosen(
        "id,review,sentiment,split", REVIEWS, label_column="split", text_column="sentiment"
    )

    assert taken.split()[0] == "sentiment"
    assert taken.split()[2] == "split"


def test_a_number_or_an_id_is_no_label() -> None:
    rows = [[f"text number {n} here", f"{n / 7:.3f}", str(n)] for n in range(40)]

    assert chosen("words,measure,id", rows).split()[2] == "-"


def test_a_column_that_is_not_there_is_a_problem() -> None:
    with pytest.raises(ProblemError, match="no column called “mood”"):
        chosen("text,label", [["a", "b"]], label_column="mood")


def test_columns_are_described_by_what_was_seen() -> None:
    text, label = describe_columns(["text", "label"], [["a", "x"], ["b", "x"], [" b ", ""]])

    assert (text.examples, text.distinct) == (("a", "b"), 2)
    assert (label.examples, label.distinct) == (("x",), 1)
