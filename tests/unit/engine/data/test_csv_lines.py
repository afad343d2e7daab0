"""A file is cut between lines only, and nothing of it is lost but what is empty at its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from finetune_studio.engine.data import csv_lines
from finetune_studio.engine.data.csv_bytes import CsvBytes
from finetune_studio.engine.data.csv_lines import EndlessLine, WholeLines, whole_lines

Table = Callable[..., Path]


def cut(file: Path, size: int) -> list[WholeLines]:
    with closing(CsvBytes(file, "utf-8", skip=1)) as source:
        return list(whole_lines(source, size))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("a,b\nc,d\n", "a,b\nc,d\n"),
        ("a,b\nc,d", "a,b\nc,d\n"),
        ("a,b\r\nc,d\r\n", "a,b\r\nc,d\n"),
        ("schön,“x”\n" * 9, "schön,“x”\n" * 9),
        ("", ""),
    ],
)
def test_every_block_holds_whole_lines(table: Table, size: int, content: str, lines: str) -> None:
    # The first 64 KiB are one block, whatever size is asked for.
    before = "x,y\n" * 20_000
    blocks = cut(table(f"head,er\n{before}{content}"), size)

    assert all(block.content.endswith(b"\n") for block in blocks)
    assert b"".join(block.content for block in blocks).decode() == before + lines
    assert len(blocks) > 1


def test_empty_lines_at_the_end_are_left_out(table: Table) -> None:
    (block,) = cut(table("head,er\na,b\n\n\r\n"), 1000)

    assert block.content == b"a,b\n"


def test_a_line_without_an_end_is_given_up(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_lines, "_MOST_WAITING", 100)

    with pytest.raises(EndlessLine):
        cut(table("head,er\n" + "x" * 200), 10)
