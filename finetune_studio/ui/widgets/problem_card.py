"""Trouble, shown in its three parts, with the button that mends it where there is one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from finetune_studio.project.problems import Problem, Severity
from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CARD_RADIUS, current_theme
from finetune_studio.ui.widgets.buttons import link, plain_caption, secondary
from finetune_studio.ui.widgets.text import body, caption, muted

_LOOKS = {
    Severity.ERROR: ("problem", "problem", "Error"),
    Severity.WARNING: ("warning", "warning", "Warning"),
    Severity.NOTE: ("info", "accent", "Note"),
}
_ICON_PX = 20
_DETAIL_HEIGHT = 160


class ProblemCard(QFrame):
    """What happened, why, and what to do; details one click away.

    Signals:
        fix_requested: the user pressed the button that mends it; carries the problem's code.
    """

    fix_requested = Signal(str)

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problem-card")
        self._problem = problem
        self._icon = _SeverityIcon()
        self._what = body(wrap=True, strong=True)
        self._why = muted(wrap=True)
        self._remedy = body(wrap=True)
        self._where = caption(wrap=True)
        self._detail = QPlainTextEdit()
        self.fix_button = secondary("")
        self.detail_button = link("Details", "chevron-down")
        self.fix_button.clicked.connect(self._on_fix_clicked)
        self.detail_button.clicked.connect(self._on_detail_clicked)
        self._build()
        self.show_problem(problem)

    @property
    def problem(self) -> Problem:
        """The problem on show."""
        return self._problem

    def show_problem(self, problem: Problem) -> None:
        """Show another problem in the same place."""
        self._problem = problem
        _, _, severity = _LOOKS[problem.severity]
        self._icon.show_severity(problem.severity)
        self.setAccessibleName(f"{severity}: {problem.what}")
        self.setAccessibleDescription(problem.text())
        for label, text in (
            (self._what, problem.what),
            (self._why, problem.why),
            (self._remedy, problem.remedy),
            (self._where, "" if problem.where in problem.what else problem.where),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        self.fix_button.setText(plain_caption(problem.fix))
        self.fix_button.setVisible(bool(problem.fix))
        self.detail_button.setVisible(bool(problem.detail))
        self._detail.setPlainText(problem.detail)
        self._detail.setVisible(False)
        self.update()

    def _build(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(4)
        for label in (self._what, self._why, self._remedy, self._where):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            texts.addWidget(label)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.setContentsMargins(0, 4, 0, 0)
        buttons.addWidget(self.fix_button)
        buttons.addWidget(self.detail_button)
        buttons.addStretch(1)
        texts.addLayout(buttons)
        self._detail.setObjectName("detail")
        self._detail.setReadOnly(True)
        self._detail.setFixedHeight(_DETAIL_HEIGHT)
        self._detail.setAccessibleName("Details of the problem")
        self._detail.setTabChangesFocus(True)
        texts.addWidget(self._detail)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 12, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)

    def _on_fix_clicked(self) -> None:
        self.fix_requested.emit(self._problem.code)

    def _on_detail_clicked(self) -> None:
        opened = self._detail.isHidden()
        self._detail.setVisible(opened)
        self.detail_button.setText("Hide details" if opened else "Details")
        self.detail_button.set_icon("chevron-up" if opened else "chevron-down")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _, role, _ = _LOOKS[self._problem.severity]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current_theme().color(role))
        painter.setClipRect(QRectF(0, 0, 4, self.height()))
        painter.drawRoundedRect(QRectF(0, 0, 24, self.height()), CARD_RADIUS, CARD_RADIUS)


class ProblemList(QWidget):
    """Problems below each other, the gravest first.

    Signals:
        fix_requested: the user wants one mended; carries the problem's code.
    """

    fix_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[ProblemCard] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)

    @property
    def cards(self) -> tuple[ProblemCard, ...]:
        """The cards on show, from top to bottom."""
        return tuple(self._cards)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show these problems and no others."""
        order = tuple(_LOOKS)
        ordered = sorted(problems, key=lambda problem: order.index(problem.severity))
        while len(self._cards) > len(ordered):
            self._cards.pop().deleteLater()
        for card, problem in zip(self._cards, ordered, strict=False):
            if card.problem != problem:
                card.show_problem(problem)
        for problem in ordered[len(self._cards) :]:
            card = ProblemCard(problem, self)
            card.fix_requested.connect(self.fix_requested)
            self._cards.append(card)
            self._layout.addWidget(card)


class _SeverityIcon(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._severity = Severity.ERROR
        self.setFixedSize(QSize(_ICON_PX, _ICON_PX))

    def show_severity(self, severity: Severity) -> None:
        self._severity = severity
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        icon, role, _ = _LOOKS[self._severity]
        painter = QPainter(self)
        paint_icon(painter, icon, QRectF(self.rect()), current_theme().color(role))
