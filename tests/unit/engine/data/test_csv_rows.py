"""A row of a CSV file is right or listed, never with another row's label."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from finetune_studio.engine.data.csv_rows import CsvRows
from finetune_studio.engine.data.findings import Findings

Table = Callable[..., Path]


def read(file: Path, **dialect: str) -> tuple[CsvRows, list[list[str]], Findings]:
    findings = Findings()
    source = CsvRows(file, dialect.get("delimiter", ""), dialect.get("encoding", ""), findings)
    return source, [list(row.values) for row in source.rows(findings)], findings


# Written after the cases of csv-spectrum (max-mapper, BSD-2-Clause).
SPECTRUM = {
    "commas in quotes": (
        'first,last,address,city,zip\nJohn,Doe,120 any st.,"Anytown, WW",08123\n',
        [["John", "Doe", "120 any st.", "Anytown, WW", "08123"]],
    ),
    "empty": ('a,b,c\n1,"",""\n2,3,4\n', [["1", "", ""], ["2", "3", "4"]]),
    "empty, Windows": ('a,b,c\r\n1,"",""\r\n2,3,4\r\n', [["1", "", ""], ["2", "3", "4"]]),
    "escaped quotes": ('a,b\n1,"ha ""ha"" ha"\n3,4\n', [["1", 'ha "ha" ha'], ["3", "4"]]),
    "JSON inside": (
        'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
        [["1", '{"type": "Point", "coordinates": [102.0, 0.5]}']],
    ),
    "newlines": (
        'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
        [["1", "2", "3"], ["Once upon \na time", "5", "6"], ["7", "8", "9"]],
    ),
    "newlines, Windows": (
        'a,b\r\n"Once upon \r\na time",5\r\n7,8\r\n',
        [["Once upon \r\na time", "5"], ["7", "8"]],
    ),
    "quotes and newlines": (
        'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
        [["1", 'ha \n"ha" \nha'], ["3", "4"]],
    ),
    "simple": ("a,b,c\n1,2,3\n", [["1", "2", "3"]]),
    "simple, Windows": ("a,b,c\r\n1,2,3", [["1", "2", "3"]]),
    "old Macintosh": ("a,b,c\r1,2,3\r4,5,6\r", [["1", "2", "3"], ["4", "5", "6"]]),
    "more than ASCII": ("a,b,c\n1,2,3\n4,5,ʤ\n", [["1", "2", "3"], ["4", "5", "ʤ"]]),
    "blank lines": ("a,b\n\n1,2\n\n\n3,4\n", [["1", "2"], ["3", "4"]]),
    "a spreadsheet's declaration": ("sep=;\r\na;b\r\n1;2\r\n", [["1", "2"]]),
    "one delimiter too many": ("a,b\n1,2,\n3,4,\n", [["1", "2"], ["3", "4"]]),
}


@pytest.mark.parametrize("case", SPECTRUM)
def test_what_a_csv_file_may_hold_is_read_exactly(table: Table, case: str) -> None:
    content, rows = SPECTRUM[case]

    _, found, findings = read(table(content))

    assert found == rows
    assert findings.problems() == ()


def test_ragged_lines_are_listed_by_their_line(table: Table) -> None:
    _, rows, findings = read(table("text,label\na,x\nb\nc,y,z\nd,x\n"))

    assert rows == [["a", "x"], ["d", "x"]]
    (problem,) = findings.problems()
    assert problem.code == "row_ragged"
    assert problem.where == "line 3"
    assert "line 4: 3 fields instead of 2" in problem.detail


def test_an_unbalanced_quote_never_lends_a_label_to_another_row(table: Table) -> None:
    lines = ["id,text,label", '1,"one",a', '2,"two,a', '3,"three",b', '4,"four",b', '5,"five",a']

    _, rows, findings = read(table("\n".join(lines)))

    truth = {"one": "a", "two": "a", "three": "b", "four": "b", "five": "a"}
    assert all(truth[text] == label for _, text, label in rows)
    assert [row[1] for row in rows][-1] == "five"
    (problem,) = findings.problems()
    assert problem.code == "row_unreadable"
    assert problem.where == "line 3"


def test_a_quote_that_is_never_closed_is_told(table: Table) -> None:
    _, rows, findings = read(table('text,label\none,a\n"two,a\nthree,b\n'))

    assert rows == [["one", "a"]]
    (problem,) = findings.problems()
    assert "a quotation mark is not closed (up to line 4)" in problem.what


def test_a_huge_field_costs_no_memory_and_no_other_row(table: Table) -> None:
    huge = "x" * (17 * 1024 * 1024)

    _, rows, findings = read(table(f'text,label\none,a\n"{huge}",a\ntwo,b\n'))

    assert rows == [["one", "a"], ["two", "b"]]
    assert findings.count("row_unreadable") == 1


def test_header_names_are_made_unique(table: Table) -> None:
    source, _, findings = read(table("text,text,,label\na,b,c,x\n"))

    assert source.columns == ("text", "text (2)", "column 3", "label")
    assert findings.count("header_renamed") == 2


def test_a_byte_order_mark_is_no_part_of_the_first_name(table: Table) -> None:
    content = "text,label\nschön,x\n".encode("utf-8-sig")

    assert read(table(content))[0].columns == ("text", "label")
    assert read(table(content), encoding="utf-8")[0].columns == ("text", "label")


@pytest.mark.parametrize(
    "content",
    [
        "very nice,good\nawful,bad\nalso nice,good\n",
        "a/1.jpg,cat\na/2.jpg,dog\n",
    ],
)
def test_without_a_header_the_first_row_is_no_name(table: Table, content: str) -> None:
    source, rows, findings = read(table(content))

    assert source.columns == ("column 1", "column 2")
    assert len(rows) == content.count("\n")
    assert findings.count("header_missing") == 1


def test_a_header_of_unknown_words_is_a_header(table: Table) -> None:
    source, rows, _ = read(table("was,urteil\nsehr schön,gut\nschlimm,schlecht\nfein,gut\n"))

    assert source.columns == ("was", "urteil")
    assert len(rows) == 3


def test_ten_thousand_columns_and_a_header_alone_are_read(table: Table) -> None:
    wide = ",".join(f"c{place}" for place in range(10_000))

    source, rows, _ = read(table(f"{wide}\n{wide.replace('c', '1')}\n"))
    assert (len(source.columns), len(rows)) == (10_000, 1)

    source, rows, _ = read(table("text,label\n"))
    assert (source.columns, rows) == (("text", "label"), [])
