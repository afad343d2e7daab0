"""One model of the catalogue as a card."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.ui.pages.model.fact_bars import FactBars
from finetune_studio.ui.widgets.badge import Badge
from finetune_studio.ui.widgets.card import ChoiceCard
from finetune_studio.ui.widgets.text import ElidedText

HERE = "on this computer"
IN_USE = "in use"


class ModelCard(ChoiceCard):
    """Name, what it is good for, three bars, the licence, and whether it is here or in use."""

    def __init__(self, entry: CatalogEntry, parent: QWidget | None = None) -> None:
        super().__init__(entry.id, entry.title, entry.good_for, parent=parent)
        self._title = entry.title
        self._licence = ElidedText(entry.licence, px=12, tone="muted")
        self._badge = Badge(HERE, "good", "check")
        self._licence.setFixedHeight(self._badge.sizeHint().height())  # with a badge or without
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._licence, 1)
        foot.addWidget(self._badge)
        self.body.addStretch(1)
        self.body.addSpacing(4)
        self.body.addWidget(FactBars(entry))
        self.body.addLayout(foot)
        for widget in (self._licence, self._badge):
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @property
    def mark(self) -> str:
        """What the badge says; empty when there is none."""
        return "" if self._badge.isHidden() else self._badge.text

    def show_place(self, *, is_here: bool, is_in_use: bool) -> None:
        """Mark the card as here, or as the project's model."""
        self._badge.setVisible(is_here or is_in_use)
        if is_in_use:
            self._badge.show_badge(IN_USE, "accent", "check")
        elif is_here:
            self._badge.show_badge(HERE, "good", "check")
        self.setAccessibleName(", ".join(part for part in (self._title, self.mark) if part))
