"""The side of the page: one card at a time, so that each has the height it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.ui.widgets.segmented import Option, Segmented


@dataclass(frozen=True)
class SideTab:
    """A card of the side.

    Attributes:
        follows: names of the settings whose effect it shows.
        task: the one task it is for; empty for all.
    """

    key: str
    text: str
    card: QWidget
    follows: frozenset[str] = frozenset()
    task: str = ""


class SideTabs(QWidget):
    """A switch over the cards; without a choice there is no switch."""

    def __init__(self, tabs: Sequence[SideTab], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tabs = tuple(tabs)
        self.switch = Segmented([Option(tab.key, tab.text) for tab in tabs], "Beside the settings")
        self.switch.chosen.connect(self._on_chosen)
        self._stack = QStackedWidget()
        for tab in tabs:
            self._stack.addWidget(tab.card)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.switch)
        layout.addWidget(self._stack, 1)

    @property
    def key(self) -> str:
        """The card on show."""
        return self.switch.key

    def show_task(self, task: str) -> None:
        """Offer what a task has."""
        offered = [tab for tab in self._tabs if tab.task in ("", task)]
        for tab in self._tabs:
            self.switch.set_option_visible(tab.key, tab in offered)
        self.switch.setVisible(len(offered) > 1)
        if self.key not in [tab.key for tab in offered]:
            self.choose(offered[0].key)

    def follow(self, setting: str) -> None:
        """Show what a setting that was just changed does, where a card shows it."""
        for tab in self._tabs:
            if setting in tab.follows:
                self.choose(tab.key)

    def choose(self, key: str) -> None:
        """Show a card."""
        self.switch.choose(key)
        self._on_chosen(key)

    def _on_chosen(self, key: str) -> None:
        self._stack.setCurrentWidget(next(tab.card for tab in self._tabs if tab.key == key))
