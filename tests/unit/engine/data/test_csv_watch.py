"""The bytes of a CSV file are handed on unchanged, and what is odd about them is noticed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from finetune_studio.engine.data import csv_watch
from finetune_studio.engine.data.csv_bytes import CsvBytes
from finetune_studio.engine.data.csv_watch import WatchedBytes

Table = Callable[..., Path]


def watched(
    file: Path, size: int, encoding: str = "utf-8", skip: int = 0
) -> tuple[bytes, WatchedBytes]:
    source = CsvBytes(file, encoding, skip=skip)
    stream = WatchedBytes(source, ",", skipped=skip, lossless=True)
    content = b"".join(iter(lambda: stream.read(size), b""))
    return content, stream


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        ("a,b\n", False),
        ('"a","b ""c"" d"\n"",e\r\n', False),
        ('"a\nb",c\n""""\n', False),
        ('a"b,c\n', True),
        ('"a"b,c\n', True),
        ('"a,b\n', True),
        ('a, "b"\n', True),
        ("a\rb,c\n", True),
        ("a,b\r", False),
        ("a\x00b\n", True),
    ],
)
def test_trouble_is_noticed_wherever_blocks_begin(
    table: Table, monkeypatch: pytest.MonkeyPatch, size: int, content: str, trouble: bool
) -> None:
    monkeypatch.setattr(csv_watch, "_WINDOW", 5)
    for before in ("", "first,line\n", '"x","y"\n'):
        found, stream = watched(table(before + content), size)
        assert found.decode() == before + content
        assert stream.trouble is trouble


@pytest.mark.parametrize(
    ("content", "lines", "blank"),
    [("a\nb\n", 2, 0), ("a\nb", 2, 0), ("a\n\n\n", 3, 2), ("a\r\n\r\n", 2, 1), ("", 1, 0)],
)
def test_lines_are_counted(table: Table, content: str, lines: int, blank: int) -> None:
    _, stream = watched(table(content), 3)

    assert (stream.lines, stream.blank_at_end) == (lines, blank)
    assert stream.closed


def test_first_lines_are_passed_over(table: Table) -> None:
    found, stream = watched(table("sep=,\na,b\n1,2\n3,4\n"), 4, skip=2)

    assert found == b"1,2\n3,4\n"
    assert (stream.lines, stream.trouble, stream.done) == (4, False, 18)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("size", [6, 1000])
def test_other_encodings_become_utf_8(table: Table, encoding: str, size: int) -> None:
    content = "schön,“a”\n" * 20

    found, stream = watched(table(content.encode(encoding)), size, encoding)

    assert found.decode() == content
    assert not stream.trouble
