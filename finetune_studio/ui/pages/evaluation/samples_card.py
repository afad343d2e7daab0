"""Samples the model was asked about: its surest mistakes, or those of one cell of the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QWidget

from finetune_studio.events.descriptions import SamplePrediction
from finetune_studio.project import wording
from finetune_studio.project.choices import Target
from finetune_studio.project.target import number_words, shown
from finetune_studio.ui.widgets.buttons import quiet
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.gallery import Gallery, Picture
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table
from finetune_studio.ui.widgets.text import muted

_HEIGHT = 300
_COLUMNS = (
    Column("Text"),
    Column("Is", ColumnKind.NUMBER),
    Column("Said", ColumnKind.NUMBER),
    Column("How sure", ColumnKind.NUMBER, wording.share),
    Column("Where", ColumnKind.NUMBER),
)
_WIDTHS = (110, 110, 84, 170)
_NUMBERS = (
    Column("Text"),
    Column("Is", ColumnKind.NUMBER),
    Column("Said", ColumnKind.NUMBER),
    Column("Off by", ColumnKind.NUMBER, wording.figure),
    Column("Where", ColumnKind.NUMBER),
)


class SamplesCard(Card):
    """A gallery for pictures, rows for texts.

    Signals:
        mistakes_requested: the user wants the mistakes back.
    """

    mistakes_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.gallery = Gallery()
        self.rows = Table(_COLUMNS, "Samples")
        self.nothing = muted("")
        self.back_button = quiet("Back to the mistakes", "chevron-left")
        self._stack = QStackedWidget()
        for view in (self.gallery, self.rows, self.nothing):
            self._stack.addWidget(view)
        self._stack.setFixedHeight(_HEIGHT)
        self._target, self._unit = Target.LABEL, ""
        self._set_widths()
        self.body.addWidget(self._stack)
        self.add_action(self.back_button)
        self.back_button.clicked.connect(self.mistakes_requested)
        self.gallery.picture_activated.connect(self._on_picture_activated)

    def show_mistakes(
        self,
        mistakes: Sequence[SamplePrediction],
        target: Target = Target.LABEL,
        unit: str = "",
    ) -> None:
        """Show the wrong answers the model was surest of, or the numbers that are farthest off."""
        self._target, self._unit = target, unit
        if self.rows.show_columns(_NUMBERS if target is Target.NUMBER else _COLUMNS):
            self._set_widths()
        self.set_title("Farthest off" if target is Target.NUMBER else "Surest mistakes")
        self.set_caption("")
        self.back_button.hide()
        self._show(mistakes, "No mistake was made.")

    def show_both(
        self, one: str, other: str, samples: Sequence[SamplePrediction], count: int
    ) -> None:
        """Show samples that truly have both labels, of which there are ``count``."""
        self.set_title(one if one == other else f"{one} with {other}")
        some = f"{wording.whole(len(samples))} of " if len(samples) < count else ""
        self.set_caption(f"{some}{wording.plural(count, 'sample')}")
        self.back_button.show()
        self._show(samples, "The file with the predictions has gone." if count else "No sample.")

    def show_one(self, sample: SamplePrediction) -> None:
        """Show a single sample."""
        self.set_title("The chosen sample")
        self.set_caption("")
        self.back_button.show()
        self._show([sample], "")

    def show_cell(
        self, true: str, predicted: str, samples: Sequence[SamplePrediction], count: int
    ) -> None:
        """Show samples of one cell of the matrix, which has ``count`` of them."""
        if true == predicted:
            self.set_title(f"{true}, recognised")
        else:
            self.set_title(f"{true}, taken for {predicted}")
        some = f"{wording.whole(len(samples))} of " if len(samples) < count else ""
        self.set_caption(f"{some}{wording.plural(count, 'sample')}")
        self.back_button.show()
        gone = "The file with the predictions has gone. Evaluate again to see the samples."
        self._show(samples, gone if count else "No sample.")

    def _show(self, samples: Sequence[SamplePrediction], otherwise: str) -> None:
        if not samples:
            self.nothing.setText(otherwise)
            self._stack.setCurrentWidget(self.nothing)
        elif any(sample.path for sample in samples):
            self.gallery.show_pictures([self._picture(sample) for sample in samples])
            self._stack.setCurrentWidget(self.gallery)
        else:
            self.rows.show_rows([self._row(sample) for sample in samples])
            self._stack.setCurrentWidget(self.rows)

    def _on_picture_activated(self, path: Path) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _set_widths(self) -> None:
        for column, width in enumerate(_WIDTHS, start=1):
            self.rows.setColumnWidth(column, width)

    def _picture(self, sample: SamplePrediction) -> Picture:
        right = sample.true == sample.predicted
        true, said = self._words(sample.true), self._words(sample.predicted)
        if self._target is Target.LABEL:
            said = f"{said} {wording.share(sample.probability, 0)}"
        return Picture(
            path=Path(sample.path),
            caption=said,
            note="right" if right else f"is {true}",
            tone="muted" if self._target is Target.NUMBER else "good" if right else "problem",
        )

    def _row(self, sample: SamplePrediction) -> tuple[object, ...]:
        text = " ".join(sample.text.split())
        sure: float = sample.probability
        if self._target is Target.NUMBER:
            sure = sample.value - sample.true_value
        true, said = self._words(sample.true), self._words(sample.predicted)
        return text, true, said, sure, sample.where

    def _words(self, label: str) -> str:
        if self._target is Target.NUMBER:
            return shown(number_words(float(label)), self._target, self._unit)
        return shown(label, self._target) if label else "none"
