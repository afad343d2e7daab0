"""The picked model in full, and what can be done with it: use it, fetch its weights."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from finetune_studio.ui.pages.model.model_card import HERE, IN_USE
from finetune_studio.ui.pages.model.picked import Picked, facts, hint
from finetune_studio.ui.widgets.badge import Badge
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.fact_list import FactList
from finetune_studio.ui.widgets.problem_card import ProblemList
from finetune_studio.ui.widgets.text import body, caption

WIDTH = 320


class Details(Card):
    """Everything known about the picked model.

    Signals:
        use_requested: the project should use it.
        download_requested: its weights should be fetched.
        cancel_requested: the download should stop; what has arrived is kept.
    """

    use_requested = Signal()
    download_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.wrap_title()
        self.setFixedWidth(WIDTH)
        self._good_for = body(wrap=True)
        self._badge = Badge()
        self._task_badge = Badge()
        self.facts = FactList("Facts about the model")
        self._note = caption(wrap=True)
        self._by_hand = caption(wrap=True)
        self._by_hand.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.busy = BusyBar(narrow=True)
        self.problems = ProblemList()
        self.action_button = secondary("")
        self._picked: Picked | None = None
        self._build()
        self.action_button.clicked.connect(self._on_action_clicked)
        self.busy.cancel_requested.connect(self.cancel_requested)

    @property
    def hint(self) -> str:
        """How to bring the files here by hand; empty when they are here."""
        return "" if self._by_hand.isHidden() else self._by_hand.text()

    def show_picked(self, picked: Picked) -> None:
        """Show a model and where it stands."""
        if picked != self._picked:
            self._picked = picked
            self._show_facts(picked)
            self._show_download(picked)
        self.action_button.setText(picked.action)
        self.action_button.setVisible(bool(picked.action))
        self.action_button.set_icon("check" if picked.is_here else "download")

    def _show_facts(self, picked: Picked) -> None:
        entry = picked.entry
        self.set_title(entry.title)
        self._good_for.setText(entry.good_for)
        self._task_badge.show_badge(entry.task.title_text.lower())
        place = IN_USE if picked.is_in_use else HERE if picked.is_here else "not downloaded"
        tone = "accent" if picked.is_in_use else "good" if picked.is_here else "muted"
        self._badge.show_badge(place, tone, "" if tone == "muted" else "check")
        self.facts.show_facts(facts(picked))
        self._note.setText(f"Accuracy: {entry.accuracy_note}." if entry.accuracy_note else "")
        self._note.setVisible(bool(entry.accuracy_note))

    def _show_download(self, picked: Picked) -> None:
        download = picked.download
        if download is None or not download.busy:
            self.busy.clear()
        elif download.share is None:
            self.busy.show_busy(download.phase)
        else:
            self.busy.show_progress(download.phase, download.share, 1.0, download.seconds_left)
        trouble = download.problem if download is not None else None
        self.problems.show_problems([] if trouble is None else [trouble])
        self.problems.setVisible(trouble is not None)
        self._by_hand.setText(hint(picked))
        self._by_hand.setVisible(bool(self._by_hand.text()))

    def _on_action_clicked(self) -> None:
        assert self._picked is not None
        # Both can follow from one press; the first repaints this panel with its own answer.
        is_here, is_in_use = self._picked.is_here, self._picked.is_in_use
        if not is_in_use:
            self.use_requested.emit()
        if not is_here:
            self.download_requested.emit()

    def _build(self) -> None:
        badges = QHBoxLayout()
        badges.setSpacing(8)
        badges.addWidget(self._task_badge)
        badges.addWidget(self._badge)
        badges.addStretch(1)
        content = QWidget()
        content.setObjectName("scroll-content")
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 6, 0)
        inner.setSpacing(12)
        inner.addLayout(badges)
        for widget in (self._good_for, self.problems, self.facts, self._note, self._by_hand):
            inner.addWidget(widget)
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(area, 1)
        self.body.addWidget(self.busy)
        self.body.addWidget(self.action_button)
