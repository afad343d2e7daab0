"""The formats as cards, each with what it is for."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from finetune_studio.project.choices import ExportFormat
from finetune_studio.ui.widgets.card import ChoiceCard
from finetune_studio.ui.widgets.text import caption

_ICONS = {ExportFormat.FOLDER: "folder", ExportFormat.ONNX: "export"}
_BRINGS = {
    ExportFormat.FOLDER: "Take it to go on training, or to share the model with its card.",
    ExportFormat.ONNX: "Take it to use the model in a program; comes with predict.py.",
}


class FormatCards(QWidget):
    """One card a format; exactly one is chosen.

    Signals:
        format_chosen: the user chose another; carries the `ExportFormat`.
    """

    format_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Format")
        self._group = QButtonGroup(self)
        self.cards = {form: self._card(form) for form in ExportFormat}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        for card in self.cards.values():
            layout.addWidget(card, 1)
        self.choose(ExportFormat.ONNX)

    @property
    def format(self) -> ExportFormat:
        """The chosen format."""
        return next(form for form, card in self.cards.items() if card.isChecked())

    def choose(self, form: ExportFormat) -> None:
        """Choose a format without saying so."""
        self.cards[form].setChecked(True)

    def _card(self, form: ExportFormat) -> ChoiceCard:
        card = ChoiceCard(form.value, form.title_text, form.help_text, _ICONS[form])
        card.body.addWidget(caption(_BRINGS[form], wrap=True))
        card.chosen.connect(self._on_chosen)
        self._group.addButton(card)
        return card

    def _on_chosen(self, key: str) -> None:
        self.format_chosen.emit(ExportFormat(key))
