"""What every page has: `show`, `edited`, `requested`."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from finetune_studio.ui.snapshot import Snapshot


class Page(QWidget):
    """One step of the work.

    A page keeps no truth of its own: it draws the snapshot it is shown. Showing never emits.

    Attributes:
        title, sentence: what the frame around the page is headed with.
        scrolls: whether the frame scrolls the page as a whole; a page whose lists and trees
            scroll by themselves says no and fills the room it is given.
        measure: the widest the content may get, in pixels; ``None`` for all there is.

    Signals:
        edited: a new `Project`, after the user decided something.
        requested: a wish from `ui/wishes.py`.
        primary_changed: something that is not in the snapshot (a text half typed, a card ticked)
            changed what `primary` answers.
    """

    edited = Signal(object)
    requested = Signal(object)
    primary_changed = Signal()

    title = ""
    sentence = ""
    scrolls = True
    measure: int | None = None

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw a snapshot. Called often: compares before it redraws what is expensive."""
        raise NotImplementedError

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        """The primary button's caption, and why it is off (empty when it is on)."""
        raise NotImplementedError

    def primary_pressed(self, snapshot: Snapshot) -> bool:
        """Do the primary button's work; return True when the next page should be shown."""
        del snapshot
        return True
