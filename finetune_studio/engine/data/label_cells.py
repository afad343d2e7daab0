"""What a cell says a sample is: one label, several, or a number; see `project.target`."""

from __future__ import annotations

import ast
import json
from collections.abc import Collection, Sequence
from sys import intern
from typing import NamedTuple, Protocol

from finetune_studio.engine.data.cleaning import LONGEST_LABEL, clean_label, clean_text
from finetune_studio.engine.data.number_cells import number_in
from finetune_studio.project.choices import Target
from finetune_studio.project.target import AS_LIST, TargetReading, as_label, joined

PLACEHOLDERS = frozenset(
    {"na", "n/a", "nan", "none", "null", "nil", "unknown", "undefined", "?", "-", "missing"}
)
"""What people write where they know nothing."""

YES = frozenset({"1", "1.0", "true", "yes", "y", "t", "x"})
NO = frozenset({"0", "0.0", "false", "no", "n", "f"})
NONE_OF_THEM = "row_no_label"

JUST_ONE = "\x00"
"""A separator that no cell holds."""

_SHOWN = 40


class CellRead(NamedTuple):
    """What was read.

    Attributes:
        label: as a `Sample` carries it.
        code: of the finding this is; empty when there is nothing to tell.
        note: what is particular about it.
        usable: whether the sample can be used.
    """

    label: str
    code: str = ""
    note: str = ""
    usable: bool = True


class LabelCells(Protocol):
    """Reads the label of a row."""

    def of_row(self, values: Sequence[str | None]) -> CellRead:
        """What the row's cells say."""
        ...

    def of_cell(self, cell: str) -> CellRead:
        """What one cell, or the name of a folder, says."""
        ...


def cells_for(
    reading: TargetReading, places: Sequence[int], leave_out: Collection[str]
) -> LabelCells:
    """What reads the labels of a table.

    Args:
        reading: how the labels are written.
        places: of the columns they are written in.
        leave_out: codes of findings whose samples are left out.
    """
    if reading.kind is Target.NUMBER:
        return _Numbers(places[0], reading)
    if reading.kind is Target.LABEL:
        return _OneLabel(places[0])
    leaves_out = NONE_OF_THEM in leave_out
    if reading.columns:
        return _YesOrNo(places, reading, leaves_out=leaves_out)
    return _SeveralLabels(places[0], reading, leaves_out=leaves_out)


def parts_in(cell: str, separator: str) -> list[str]:
    """The labels a cell names, cleaned; empty ones are passed over.

    Raises:
        ValueError: it should be a list, and is none.
    """
    raw = _listed(cell) if separator == AS_LIST else cell.split(separator or JUST_ONE)
    parts = (clean_text(clean_label(part)) for part in raw)
    return [part for part in parts if part]


class _OneLabel:
    """The cell is the label."""

    def __init__(self, place: int) -> None:
        self._place = place

    def of_row(self, values: Sequence[str | None]) -> CellRead:
        return self.of_cell(values[self._place] or "")

    def of_cell(self, cell: str) -> CellRead:
        label = intern(clean_text(clean_label(cell)))
        if not label:
            return CellRead("", "row_without_label", usable=False)
        if len(label) > LONGEST_LABEL:
            return CellRead(label, "label_too_long", usable=False)
        return CellRead(label, "label_trimmed", f"“{label}”") if label != cell else CellRead(label)


class _SeveralLabels:
    """The cell names the labels, with something between them."""

    def __init__(self, place: int, reading: TargetReading, *, leaves_out: bool) -> None:
        self._place = place
        self._separator = reading.separator
        self._leaves_out = leaves_out

    def of_row(self, values: Sequence[str | None]) -> CellRead:
        return self.of_cell(values[self._place] or "")

    def of_cell(self, cell: str) -> CellRead:
        if cell.strip().casefold() in PLACEHOLDERS:
            return CellRead("", "row_without_label", _quoted(cell), usable=False)
        try:
            parts = parts_in(cell, self._separator)
        except ValueError:
            return CellRead("", "row_label_unclear", _quoted(cell), usable=False)
        if any(len(part) > LONGEST_LABEL for part in parts):
            return CellRead("", "label_too_long", usable=False)
        if not parts:
            return CellRead("", NONE_OF_THEM, usable=not self._leaves_out)
        return CellRead(intern(joined(parts)))


class _YesOrNo:
    """Each column says yes or no to the label it is named after."""

    def __init__(self, places: Sequence[int], reading: TargetReading, *, leaves_out: bool) -> None:
        self._labels = tuple(zip(places, reading.columns, strict=True))
        self._blank_is_no = reading.blank_is_no
        self._leaves_out = leaves_out

    def of_row(self, values: Sequence[str | None]) -> CellRead:
        given = []
        for place, label in self._labels:
            cell = (values[place] or "").strip().casefold()
            if cell in YES:
                given.append(label)
            elif cell in PLACEHOLDERS or (not cell and not self._blank_is_no):
                return CellRead("", "row_without_label", f"in “{label}”", usable=False)
            elif cell and cell not in NO:
                note = f"“{cell[:_SHOWN]}” in “{label}”"
                return CellRead("", "row_label_unclear", note, usable=False)
        if not given:
            return CellRead("", NONE_OF_THEM, usable=not self._leaves_out)
        return CellRead(intern(joined(given)))

    def of_cell(self, cell: str) -> CellRead:
        raise NotImplementedError("several columns are read by row")


class _Numbers:
    """The cell holds a number, perhaps with the unit."""

    def __init__(self, place: int, reading: TargetReading) -> None:
        self._place = place
        self._decimal = reading.decimal

    def of_row(self, values: Sequence[str | None]) -> CellRead:
        return self.of_cell(values[self._place] or "")

    def of_cell(self, cell: str) -> CellRead:
        if not cell.strip() or cell.strip().casefold() in PLACEHOLDERS:
            return CellRead("", "row_without_number", usable=False)
        number = number_in(cell, self._decimal)
        if number is None:
            return CellRead("", "row_not_number", _quoted(cell), usable=False)
        return CellRead(as_label(number))


def _listed(cell: str) -> list[str]:
    """The items of a list as JSON or Python writes it; a bare word is a list of one."""
    text = cell.strip()
    if not text.startswith("["):
        return [text]
    try:
        items = json.loads(text)
    except ValueError:
        try:
            items = ast.literal_eval(text)
        except (SyntaxError, MemoryError, RecursionError) as error:
            raise ValueError(cell) from error
    return [item if isinstance(item, str) else str(item) for item in items]


def _quoted(cell: str) -> str:
    return f"“{' '.join(cell.split())[:_SHOWN]}”"
