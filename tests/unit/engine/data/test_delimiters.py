"""Which character separates the columns."""

from __future__ import annotations

import time

import pytest

from finetune_studio.engine.data.delimiters import detect_delimiter


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_that_cuts_evenly_is_found(delimiter: str) -> None:
    rows = [["id", "text", "label"], ["1", "good, and cheap; really", "yes"], ["2", "bad", "no"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)

    assert detect_delimiter(text) == delimiter


def test_commas_inside_unquoted_texts_do_not_win() -> None:
    assert detect_delimiter("text;label\na, b, c;x\nd;y\ne, f;x\n") == ";"


def test_a_spreadsheet_may_declare_its_delimiter() -> None:
    assert detect_delimiter("sep=|\na,b|c\n") == "|"


def test_one_column_leaves_the_preferred_one() -> None:
    assert detect_delimiter("text\nhello\n", prefer="\t") == "\t"
    assert detect_delimiter("", prefer=",") == ","


def test_what_takes_csv_sniffer_ages_takes_no_time() -> None:
    started = time.monotonic()

    detect_delimiter('"' * 50 + "a," * 500 + '",\n"' * 200)

    assert time.monotonic() - started < 1.0
