"""What users bring (names, labels, texts) is shown letter by letter, never as markup."""

from __future__ import annotations

import re
from pathlib import Path

UI = Path(__file__).resolve().parents[3] / "finetune_studio" / "ui"
LABELS_ARE_MADE_IN = {"text.py"}
COLOURS_ARE_NAMED_IN = {"theme.py", "brand.py", "matrix_grid.py"}  # tokens; the mark; any fill


def files_with(pattern: str, *, except_in: set[str]) -> list[str]:
    """The files of the window, but for some, in which a pattern occurs."""
    return [
        path.relative_to(UI).as_posix()
        for path in sorted(UI.rglob("*.py"))
        if path.name not in except_in and re.search(pattern, path.read_text(encoding="utf-8"))
    ]


def test_labels_are_made_in_one_place() -> None:
    assert files_with(r"\bQLabel\b", except_in=LABELS_ARE_MADE_IN) == []


def test_nothing_is_set_as_markup() -> None:
    assert files_with(r"\b(setHtml|insertHtml|RichText|AutoText)\b", except_in=set()) == []


def test_colours_come_from_the_theme() -> None:
    assert files_with(r"[\"']#[0-9A-Fa-f]{6}[\"']", except_in=COLOURS_ARE_NAMED_IN) == []
