"""The quick reader and the careful one tell the same of every file, or the quick one gives up."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune_studio.engine.data import csv_columns, csv_even, csv_uneven, table
from finetune_studio.engine.data.columns import ChosenColumns
from finetune_studio.engine.data.csv_contents import CsvColumns, GaveUp
from finetune_studio.engine.data.csv_rows import CsvRows
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.reading import survey
from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.engine.data.splitting import split
from finetune_studio.engine.stopping import Stopped
from finetune_studio.events.events import Event, Progress
from finetune_studio.project.project import DataChoice, SplitChoice

Table = Callable[..., Path]

PLAIN = "text,label\n" + "".join(f"text number {n},{'ab'[n % 2]}\n" for n in range(300))
READ_IN_COLUMNS = {
    "plain": PLAIN,
    "Windows": PLAIN.replace("\n", "\r\n"),
    "no line end": PLAIN.rstrip(),
    "empty lines at the end": f"{PLAIN}\n\n",
    "tabs": PLAIN.replace(",", "\t"),
    "declared": f"sep=,\n{PLAIN}",
    "no header": PLAIN.removeprefix("text,label\n"),
    "quotes": PLAIN + '"a ""quoted"" text, with a comma",a\n"",b\n"""",a\n',
    "several lines": PLAIN + '"one\ntwo",a\n"three\r\n\nfour",b\nfive,a\n',
    "rows glued": PLAIN + 'x,"good,a\n3,b\n7,bad",a\n"first,a\nsecond",b\n',
    "ragged": PLAIN + "short\nlong,a,x\nlast,b\n" + '"two\nlines",a,x\nend,a\n',
    "labels": PLAIN + "x, a\nx,b \nx,\nx,N/A\nx,A\n,a\n" + f"x,{'long ' * 50}\n",
    "spaces": PLAIN + "  x  ,a\n\u3000wide\u3000,b\n\u00a0hard\u00a0,a\n   ,b\n\x85,a\n",
    "order marks": PLAIN + "".join(f"\ufeffmarked {n},{'ab'[n % 2]}\n" for n in range(200)),
    "copies": PLAIN + PLAIN.removeprefix("text,label\n").replace("ber 7,b", "ber 7,a"),
    "splits": "text,label,split\n"
    + "".join(f"text {n},{'ab'[n % 2]},{['train', 'Dev', 'oops', ''][n % 4]}\n" for n in range(40)),
}
LEFT_TO_THE_ROWS = {
    "quote inside": PLAIN + '5" disk,a\nx,b\n',
    "quote not closed": PLAIN + '"x,a\ny,b\n',
    "quote closed early": PLAIN + '"x"y,a\nz,b\n',
    "quote after a space": PLAIN + 'x, "a"\ny,b\n',
    "label with a space, quoted": PLAIN + 'x," a"\ny,b\n',
    "delimiters at the end": PLAIN + "x,a,\ny,b, \n",
    "empty line": PLAIN + "\nx,a\n",
    "zero": PLAIN + "x\x00y,a\n",
    "old Macintosh": PLAIN.replace("\n", "\r"),
    "long text": PLAIN + f"{'x' * 100_001},a\n",
    "long cell of no matter": "text,label,id\n" + "x,a,1\ny,b,2\n" * 20 + f"z,a,{'3' * 140_000}\n",
    "order mark first": PLAIN.replace("text number 0", "\ufefftext number 0"),
    "broken line above": f'"x"y,z\n{PLAIN}',
    "header of two lines": '"text\nhere",label\n' + PLAIN.removeprefix("text,label\n"),
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[SampleSet, bool]]:
    """What reading a file gives, quickly or carefully, and whether it was read in columns."""
    in_columns = csv_columns.read_columns

    def look(file: Path, *, quickly: bool, **choice: Any) -> tuple[SampleSet, bool]:
        found: list[object] = []

        def read_columns(*arguments: Any, **options: Any) -> CsvColumns:
            if not quickly:
                raise GaveUp
            found.append(in_columns(*arguments, **options))
            return found[0]  # type: ignore[return-value]

        monkeypatch.setattr(table, "read_columns", read_columns)
        data = DataChoice(path=str(file), **choice)
        samples = survey(data, None, tmp_path / "cache", lambda event: None, lambda: False)
        return samples, bool(found)

    return look


def assert_equal(one: SampleSet, other: SampleSet) -> None:
    assert one.problems == other.problems
    assert one.samples == other.samples
    assert (one.table, one.labels, one.task) == (other.table, other.labels, other.task)
    assert split(one, SplitChoice()) == split(other, SplitChoice())


@pytest.mark.parametrize("case", READ_IN_COLUMNS)
@pytest.mark.parametrize("block", [400, 1024 * 1024])
def test_well_formed_files_are_read_in_columns_and_told_as_row_by_row(
    table: Table, told: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, case: str, block: int
) -> None:
    for reader in (csv_even, csv_uneven):
        monkeypatch.setattr(reader, "_BLOCK_BYTES", block)
    file = table(READ_IN_COLUMNS[case])

    quick, in_columns = told(file, quickly=True)

    assert in_columns
    assert_equal(quick, told(file, quickly=False)[0])


@pytest.mark.parametrize("case", ["several lines", "rows glued", "ragged"])
def test_rows_of_several_lines_are_found_however_late_they_come(
    table: Table, told: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr("finetune_studio.engine.data.table._PEEK", 20)
    file = table(READ_IN_COLUMNS[case])

    quick, in_columns = told(file, quickly=True)

    assert in_columns
    assert_equal(quick, told(file, quickly=False)[0])


@pytest.mark.parametrize("case", LEFT_TO_THE_ROWS)
def test_what_only_the_row_reader_can_tell_is_left_to_it(
    table: Table, told: Callable[..., Any], case: str
) -> None:
    file = table(LEFT_TO_THE_ROWS[case])

    quick, in_columns = told(file, quickly=True)

    assert not in_columns
    assert_equal(quick, told(file, quickly=False)[0])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_are_read_in_columns_too(
    table: Table, told: Callable[..., Any], encoding: str
) -> None:
    file = table((PLAIN + "schön war’s,a\nà la carte,b\n" * 30).encode(encoding))

    quick, in_columns = told(file, quickly=True)

    assert in_columns
    assert_equal(quick, told(file, quickly=False)[0])


def test_bytes_that_do_not_fit_the_encoding_are_left_to_the_row_reader(
    table: Table, told: Callable[..., Any]
) -> None:
    long = "".join(f"{'x' * 2000}{n},a\n" for n in range(600)).encode()
    file = table(PLAIN.encode() + long + b"caf\xe9 au lait,a\n")
    for choice in ({}, {"encoding": "utf-8"}):
        quick, in_columns = told(file, quickly=True, **choice)
        assert not in_columns
        assert_equal(quick, told(file, quickly=False, **choice)[0])


def test_such_bytes_count_in_columns_that_are_not_taken_too(
    table: Table, told: Callable[..., Any]
) -> None:
    rows = "".join(f"{'x' * 2000}{n},{'ab'[n % 2]},{n}\n" for n in range(600)).encode()
    file = table(b"text,label,id\n" + rows + b"last,a,caf\xe9\n")

    quick, in_columns = told(file, quickly=True)

    assert not in_columns
    assert_equal(quick, told(file, quickly=False)[0])


@pytest.mark.parametrize("seed", range(3))
def test_both_readers_agree_on_nasty_files(
    table: Table, told: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    for reader in (csv_even, csv_uneven):
        monkeypatch.setattr(reader, "_BLOCK_BYTES", 4096)
    quickly_read = 0
    for _ in range(25):
        file = table(_nasty(chance))
        choice = {"leave_out": chance.choice([(), ("duplicate", "conflict", "label_spelling")])}
        quick, in_columns = told(file, quickly=True, **choice)
        quickly_read += in_columns
        assert_equal(quick, told(file, quickly=False, **choice)[0])
    assert quickly_read > 3


def test_progress_is_told_and_a_stop_heard_between_blocks(table: Table) -> None:
    file = table(PLAIN * 400)
    source = CsvRows(file, "", "", Findings())
    chosen = ChosenColumns(text=0, label=1)
    events: list[Event] = []
    csv_columns.read_columns(source, chosen, events.append, lambda: False)

    assert [event.done for event in events if isinstance(event, Progress)][-1] == source.size
    asked = iter([False, True])
    with pytest.raises(Stopped):
        csv_columns.read_columns(source, chosen, events.append, lambda: next(asked))


def _nasty(chance: random.Random) -> bytes:
    texts = (
        "a, b",
        'he said "x"',
        " lead",
        "trail ",
        "two\nlines",
        "two\r\nlines,neg",
        "",
        "schön",
    )
    labels = ("pos", "neg", "Pos ", " neg", "", "n/a", "neu\ntral", "x" * 250)
    parts = ("train", "test", "Dev", "oops", "")
    delimiter, end = chance.choice(",;\t|"), chance.choice(["\n", "\r\n"])
    odd, broken = chance.choice([0, 0.1, 0.5]), chance.choice([0, 0, 0.05])
    lines = [delimiter.join(("id", "text", "label", "split"))]
    for number in range(chance.choice([3, 30, 300])):
        plain = (f"plain text {chance.randrange(200)}", chance.choice(["pos", "neg"]), "train")
        fields = [
            chance.choice(strange) if chance.random() < odd else usual
            for usual, strange in zip(plain, (texts, labels, parts), strict=True)
        ]
        line = delimiter.join(
            f'"{field.replace(chr(34), chr(34) * 2)}"'
            if any(letter in field for letter in f'{delimiter}"\r\n') or chance.random() < 0.2
            else field
            for field in (str(number), *fields)
        )
        if chance.random() < broken:
            damages = (f"{line}{delimiter}x", line[:5], line.replace('"', "", 1), "", '"', "a\rb")
            line = chance.choice(damages)
        lines.append(line)
    return (end.join(lines) + chance.choice(["", end])).encode()
