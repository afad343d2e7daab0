"""How the samples are divided: a bar to drag, or the division the data bring."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from finetune_studio.events.descriptions import DataReport
from finetune_studio.project.choices import Target
from finetune_studio.project.project import SplitChoice
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.split_bar import SplitBar

_DRAG = {
    Target.LABEL: "Drag a boundary. Every label is divided alike, and the same way each time.",
    Target.LABELS: "Drag a boundary. Every part gets its share of each label, the rarest first.",
    Target.NUMBER: "Drag a boundary. Every part gets its share of small and large numbers.",
}
_OWN = "The data bring their own division, which is kept."


class SplitCard(Card):
    """The split of the samples.

    Signals:
        fractions_chosen: the user moved a boundary; carries validation and test.
    """

    fractions_chosen = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Split", parent=parent)
        self.bar = SplitBar()
        self._note = ""
        self.body.addWidget(self.bar)
        self.body.addStretch(1)
        self.bar.fractions_changed.connect(self._on_fractions_changed)

    @property
    def note(self) -> str:
        """The sentence above the bar."""
        return self._note

    def show_split(self, choice: SplitChoice, report: DataReport) -> None:
        """Show the user's fractions, or what the data's own division comes to."""
        if report.own_splits:
            train, validation, test = report.parts
            self.bar.show_fractions(train, validation, test, total=train + validation + test)
        else:
            rest = 1 - choice.validation - choice.test
            parts = (rest, choice.validation, choice.test)
            self.bar.show_fractions(*parts, total=report.samples, counts=_counts(parts, report))
        self.bar.set_locked(report.own_splits)
        self._note = _OWN if report.own_splits else _DRAG[report.target.kind]
        self.set_caption(self._note)

    def _on_fractions_changed(self, train: float, validation: float, test: float) -> None:
        del train
        self.fractions_chosen.emit(round(validation, 2), round(test, 2))


def _counts(parts: tuple[float, float, float], report: DataReport) -> tuple[int, int, int] | None:
    """What a report counted, unless that was for another split: each label rounds once a part."""
    off = max(
        abs(count - part * report.samples) for count, part in zip(report.parts, parts, strict=True)
    )
    return report.parts if off <= max(1, len(report.labels)) else None
