"""Noticing rows that two missing quotation marks glued into one that looks whole.

``3,"good,pos`` ... ``7,bad",neg`` reads as one row of three fields: row 3's text with row 7's
label. What gives it away: a line inside the text ends (or, where the label comes first, begins)
with a label that other rows have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


class GluedRows:
    """Remembers the rows whose fields span lines, until all labels are known."""

    def __init__(self, label: int, delimiter: str) -> None:
        self._label = label
        self._delimiter = delimiter
        self._hidden: dict[int, str] = {}

    def look_at(self, position: int, values: Sequence[str | None]) -> None:
        """Remember what may be a swallowed label.

        Args:
            position: of the sample made from the row.
            values: the row's fields.
        """
        for place, value in enumerate(values):
            if value and place != self._label and ("\n" in value or "\r" in value):
                label = self._swallowed(value.strip().splitlines(), place, len(values))
                if label:
                    self._hidden[position] = label
                return

    def suspects(self, labels: Sequence[str]) -> list[int]:
        """Positions of the samples that are probably several rows.

        Args:
            labels: of all samples, in order.
        """
        plain = Counter(label for place, label in enumerate(labels) if place not in self._hidden)
        return [place for place, label in self._hidden.items() if plain[label]]

    def _swallowed(self, lines: Sequence[str], place: int, width: int) -> str:
        """The label that the first or last line would bring if it were a row's end or start."""
        behind = self._label > place
        cells = lines[0 if behind else -1].split(self._delimiter) if lines else []
        index = self._label - width if behind else self._label
        if len(cells) < 2 or not -len(cells) <= index < len(cells):
            return ""
        return cells[index].strip().strip('"').strip()
