"""From table files of every kind to samples, with a line for each row that is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.engine.data.splitting import split
from finetune_studio.project.choices import DataKind, Split, Task
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import SplitChoice

Look = Callable[..., SampleSet]
Table = Callable[..., Path]
ProblemOf = Callable[..., Problem]

CSV = "text,label\n" + "".join(f"text number {n},{'ab'[n % 2]}\n" for n in range(8))


def pairs(found: SampleSet) -> list[tuple[str, str]]:
    return [(sample.text, sample.label) for sample in found.samples]


def test_a_csv_file_gives_texts(table: Table, look: Look) -> None:
    found = look(table(CSV))

    assert (found.task, found.kind, found.labels) == (Task.TEXT, DataKind.TABLE, ("a", "b"))
    assert found.samples[0].where == "line 2"
    assert found.table is not None
    assert (found.table.text_column, found.table.label_column) == ("text", "label")
    assert (found.table.delimiter, found.table.encoding) == (",", "utf-8")


def test_every_kind_of_table_reads_alike(table: Table, look: Look, tmp_path: Path) -> None:
    rows = [dict(zip(("text", "label"), line.split(","), strict=True)) for line in CSV.split()[1:0]]
    rows = [{"text": f"text number {n}", "label": "ab"[n % 2]} for n in range(8)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "table.parquet")
    lines = "".join(json.dumps(row) + "\n" for row in rows)

    expected = pairs(look(table(CSV)))

    assert pairs(look(table(CSV.replace(",", "\t"), "table.tsv"))) == expected
    assert pairs(look(table(lines, "table.jsonl"))) == expected
    assert pairs(look(tmp_path / "table.parquet")) == expected


def test_rows_without_text_or_label_are_listed(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    found = look(table("text,label\none,a\n,a\ntwo,\nthree, \nfour,b\nfive,a\nsix,b\n"))

    assert [text for text, _ in pairs(found)] == ["one", "four", "five", "six"]
    assert problem_of(found.problems, "row_without_text").where == "line 3"
    assert problem_of(found.problems, "row_without_label").what.startswith("2 rows have no label")
    assert "line 4\nline 5" in problem_of(found.problems, "row_without_label").detail


def test_labels_lose_the_spaces_around_them_and_say_so(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    found = look(table('text,label\none, a\ntwo,a\nthree,"b "\nfour,b\n'))

    assert found.labels == ("a", "b")
    assert problem_of(found.problems, "label_trimmed").severity is Severity.NOTE


def test_na_may_be_a_label_and_is_asked_about(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    file = table("text,label\none,NA\ntwo,NA\nthree,DE\nfour,DE\nfive,FR\nsix,FR\n")

    found = look(file)
    assert found.labels == ("DE", "FR", "NA")
    assert problem_of(found.problems, "label_placeholder").fix == "Leave out 2 samples"

    assert look(file, leave_out=("label_placeholder",)).labels == ("DE", "FR")


def test_own_splits_are_read_and_unknown_ones_told(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    lines = [f"text {n},{'ab'[n % 2]},{('train', 'DEV', 'test ')[n % 3]}" for n in range(30)]

    found = look(table("text,label,split\n" + "\n".join([*lines, "last,a,later"])))

    assert found.table is not None
    assert found.table.split_column == "split"
    assert [sample.split for sample in found.samples[:3]] == [
        Split.TRAIN,
        Split.VALIDATION,
        Split.TEST,
    ]
    assert found.samples[-1].split is None
    assert problem_of(found.problems, "split_unknown").where == "line 32"


def test_two_quotes_that_glue_rows_together_are_noticed(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    lines = [f"{n},text {n},{'ab'[n % 2]}" for n in range(20)]
    lines[4] = '4,"text 4,a'
    lines[9] = '9,text 9",b'

    found = look(table("\n".join(["id,text,label", *lines])))

    assert all(label == "ab"[int(text.split()[1]) % 2] for text, label in pairs(found))
    assert len(found.samples) == 14
    assert problem_of(found.problems, "row_ambiguous").where == "line 6"


def test_glued_rows_are_noticed_where_the_label_comes_first(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    lines = [f"{'ab'[n % 2]},text {n}" for n in range(20)]
    lines[4] = 'a,"text 4'
    lines[9] = 'b,text 9"'

    found = look(table("\n".join(["label,text", *lines])))

    assert len(found.samples) == 14
    assert problem_of(found.problems, "row_ambiguous").where == "line 6"


def test_texts_of_several_lines_are_welcome(table: Table, look: Look) -> None:
    found = look(table('text,label\n"good,\nreally, very",a\nplain,b\nmore,a\nless,b\n'))

    assert pairs(found)[0] == ("good,\nreally, very", "a")


def test_the_user_decides_dialect_and_columns(table: Table, look: Look) -> None:
    file = table("x|y\ngrün|a\nblau|b\nrot|a\n".encode("cp1252"))

    found = look(file, delimiter="|", encoding="cp1252", text_column="y", label_column="x")

    assert pairs(found)[0] == ("a", "grün")


def test_a_wrong_encoding_keeps_no_replaced_character(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    file = table("text,label\ngrün,a\nblau,b\nrot,a\n".encode("cp1252"))

    found = look(file, encoding="utf-8")

    assert [text for text, _ in pairs(found)] == ["blau", "rot"]
    assert problem_of(found.problems, "row_undecodable").where == "line 2"


def test_nul_and_lone_surrogates_are_taken_out_and_told(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    rows = [{"text": "a\x00b", "label": "x"}, {"text": "c\ud800d", "label": "y"}]

    found = look(table("\n".join(json.dumps(row) for row in rows), "odd.jsonl"))

    assert [text for text, _ in pairs(found)] == ["a b", "c?d"]
    assert problem_of(found.problems, "characters_replaced").what.startswith("2 texts held")


def test_json_lines_may_be_broken_or_typed(table: Table, look: Look, problem_of: ProblemOf) -> None:
    lines = ['{"text": "a", "label": 1}', "{broken", "[1]", '{"text": "b", "label": true}']

    found = look(table("\n".join([*lines, '{"text": "c", "label": null}']), "odd.jsonl"))

    assert pairs(found) == [("a", "1"), ("b", "true")]
    assert "line 3: it is no JSON object" in problem_of(found.problems, "row_unreadable").detail
    assert problem_of(found.problems, "row_without_label").where == "line 5"


def test_parquet_columns_of_bytes_are_passed_over(tmp_path: Path, look: Look) -> None:
    rows = [{"blob": b"\x00", "text": f"text {n}", "label": n % 2, "list": [1]} for n in range(6)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "mixed.parquet")

    found = look(tmp_path / "mixed.parquet")

    assert found.labels == ("0", "1")
    assert found.samples[0].where == "row 1"
    assert found.table is not None
    assert [column.name for column in found.table.columns] == ["text", "label"]


def test_a_table_with_pictures_is_divided_alike_wherever_it_lies(
    look: Look, picture: Callable[..., Path], tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "moved" / "there"
    rows = ["image,label"]
    for number in range(20):
        picture(here / "img" / f"{number}.png", seed=number, size=(9, 9))
        rows.append(f"./img/{number}.png,{'ab'[number % 2]}")
    (here / "table.csv").write_text("\n".join([*rows, "img/3.png,b"]))
    before = look(here / "table.csv")
    there.parent.mkdir()
    here.rename(there)
    after = look(there / "table.csv")

    assert split(after, SplitChoice()) == split(before, SplitChoice())
    again = [sample for sample in after.samples if sample.path.endswith("/3.png")]
    assert [sample.key for sample in again] == ["./img/3.png", "img/3.png"]
    assert again[0].identity == again[1].identity


def test_pictures_are_found_from_the_tables_folder(
    table: Table, look: Look, problem_of: ProblemOf, picture: Callable[..., Path], tmp_path: Path
) -> None:
    for number in range(4):
        picture(tmp_path / "set" / "img" / f"{number}.png", seed=number)
    picture(tmp_path / "outside.png", seed=9)
    lines = [f"img/{n}.png,{'ab'[n % 2]}" for n in range(4)]
    odd = ["img/none.png,a", "../outside.png,a", "https://example.org/x.png,b", ",a", "img/0.png,a"]
    file = table("\n".join(["file,label", *lines, *odd]), "set/labels.csv")

    found = look(file)

    assert (found.task, found.labels) == (Task.IMAGE, ("a", "b"))
    assert [sample.key for sample in found.samples] == [
        *(f"img/{n}.png" for n in range(4)),
        "img/0.png (2)",
    ]
    assert problem_of(found.problems, "picture_missing").where == "line 6"
    assert problem_of(found.problems, "picture_outside").where == "line 7"
    assert problem_of(found.problems, "picture_is_address").where == "line 8"
    assert problem_of(found.problems, "row_without_picture").where == "line 9"
    assert problem_of(found.problems, "duplicate").where == "line 10"
    assert len(look(file, allow_outside=True).samples) == 6


def test_a_table_whose_label_cannot_be_told_still_shows_its_columns(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    found = look(table("".join(f"{n},text number {n}\n" for n in range(40))))

    assert problem_of(found.problems, "table_no_label_column").severity is Severity.ERROR
    assert found.table is not None
    assert len(found.table.columns) == 2
    assert found.samples == []


def test_a_column_that_is_gone_is_an_error_with_the_columns_there_are(
    table: Table, look: Look, problem_of: ProblemOf
) -> None:
    found = look(table(CSV), label_column="mood")

    assert "mood" in problem_of(found.problems, "column_missing").what
    assert found.table is not None
    assert len(found.table.columns) == 2


@pytest.mark.parametrize(
    ("name", "content", "choice"),
    [
        ("empty.csv", b"", {}),
        ("fake.parquet", b"PAR1 but not really", {}),
        ("odd.csv", CSV.encode(), {"encoding": "klingon"}),
        ("empty.jsonl", b"\n\n", {}),
        ("book.csv", b"PK\x03\x04 a spreadsheet", {}),
        ("page.csv", b"<!DOCTYPE html><html>sign in first</html>", {}),
        ("photo.jpg", b"\xff\xd8\xff\xe0", {}),
    ],
)
def test_what_is_no_table_is_a_problem(
    table: Table, look: Look, name: str, content: bytes, choice: dict[str, str]
) -> None:
    with pytest.raises(ProblemError) as caught:
        look(table(content, name), **choice)

    assert caught.value.problem.code == "table_unreadable"


def test_a_first_column_called_bmi_is_no_bitmap(table: Table, look: Look) -> None:
    found = look(
        table("BMI,text,label\n" + "".join(f"2{n},t {n},{'ab'[n % 2]}\n" for n in range(6)))
    )

    assert len(found.samples) == 6


def test_a_broken_line_above_the_header_is_not_taken_for_it(table: Table, look: Look) -> None:
    found = look(table('"x"y,z\n' + CSV))

    assert len(found.samples) == 8
    assert found.table is not None
    assert found.table.label_column == "label"


def test_a_text_is_no_label(table: Table, look: Look, problem_of: ProblemOf) -> None:
    rows = [f"one,{'ab'[n % 2]}" for n in range(4)] + [f"two,{'long ' * 50}"]

    found = look(table("\n".join(["text,label", *rows])))

    assert found.labels == ("a", "b")
    assert problem_of(found.problems, "label_too_long").where == "line 6"


def test_keys_stay_when_rows_come_and_go(table: Table, look: Look) -> None:
    before = {sample.text: sample.key for sample in look(table(CSV)).samples}

    lines = CSV.splitlines()
    lines.insert(3, "something new,a")
    after = {sample.text: sample.key for sample in look(table("\n".join(lines))).samples}

    assert {text: after[text] for text in before} == before
