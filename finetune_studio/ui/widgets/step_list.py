"""The side list: the steps of the work, what was decided in each, and where one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CAPTION_PX, CONTROL_RADIUS, current_theme
from finetune_studio.ui.widgets.ring import paint_ring
from finetune_studio.ui.widgets.text import plain_tooltip

WIDTH = 240
_ROW_HEIGHT = 52
_MARK_PX = 22
_TEXT_LEFT = 46


class StepState(StrEnum):
    """How a step stands; which one is open is told apart from this."""

    OPEN = "open"
    DONE = "done"
    ATTENTION = "attention"
    RUNNING = "running"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Step:
    """One row: its name, what was decided, how it stands.

    Attributes:
        share: how much is done, 0 to 1, while it is running.
        reason: why it cannot be opened yet, told on hover.
    """

    name: str
    decided: str = ""
    state: StepState = StepState.OPEN
    share: float = 0.0
    reason: str = ""


class StepList(QWidget):
    """The steps, top to bottom; up and down move along, skipping what cannot be opened.

    Signals:
        step_requested: the user wants to go to a step; carries its index.
    """

    step_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Steps")
        self._rows: list[_StepRow] = []
        self._current = -1
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 8, 8, 8)
        self._layout.setSpacing(2)
        self._layout.addStretch(1)

    @property
    def current(self) -> int:
        """The index of the open step."""
        return self._current

    def show_steps(self, steps: Sequence[Step], current: int) -> None:
        """Show the steps as they stand now, and which of them is open."""
        while len(self._rows) < len(steps):
            self._add_row()
        while len(self._rows) > len(steps):
            self._rows.pop().deleteLater()
        self._current = current
        for index, (row, step) in enumerate(zip(self._rows, steps, strict=True)):
            row.show_step(step, is_current=index == current)

    def _add_row(self) -> None:
        row = _StepRow(len(self._rows), self)
        row.clicked.connect(self._on_row_clicked)
        self._rows.append(row)
        self._layout.insertWidget(len(self._rows) - 1, row)

    def _on_row_clicked(self) -> None:
        row = self.sender()
        if isinstance(row, _StepRow) and row.index != self._current:
            self.step_requested.emit(row.index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        direction = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if direction:
            self._move(direction)
        else:
            super().keyPressEvent(event)

    def _move(self, direction: int) -> None:
        row = self.focusWidget()
        focused = row.index if isinstance(row, _StepRow) else self._current
        end = len(self._rows) if direction > 0 else -1
        for index in range(focused + direction, end, direction):
            if self._rows[index].isEnabled():
                self._rows[index].setFocus(Qt.FocusReason.OtherFocusReason)
                self._rows[index].click()
                return


class _StepRow(QAbstractButton):
    def __init__(self, index: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.index = index
        self._step = Step("")
        self._is_current = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_step(self, step: Step, *, is_current: bool) -> None:
        if (step, is_current) == (self._step, self._is_current):
            return
        self._step = step
        self._is_current = is_current
        enabled = step.state is not StepState.DISABLED or is_current
        self.setEnabled(enabled)
        self.setCursor(Qt.CursorShape.PointingHandCursor if enabled else Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(f"Step {self.index + 1}, {step.name}")
        state = (
            wording.share(step.share, 0) if step.state is StepState.RUNNING else step.state.value
        )
        parts = (step.decided, "current" if is_current else state, step.reason)
        self.setAccessibleDescription(", ".join(part for part in parts if part))
        self._tell_whole()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 16, _ROW_HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()  # QAbstractButton would move the focus; the list opens the step as well
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        self._paint_mark(painter, QRectF(12, (self.height() - _MARK_PX) / 2, _MARK_PX, _MARK_PX))
        self._paint_texts(painter)

    def _paint_ground(self, painter: QPainter) -> None:
        theme = current_theme()
        fill = QColor(Qt.GlobalColor.transparent)
        if self._is_current:
            fill = theme.tint("accent", 0.10)
        elif self.underMouse() and self.isEnabled():
            fill = theme.color("raised")
        ring = self.hasFocus()
        painter.setPen(QPen(theme.color("focus"), 2) if ring else Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(1, 1, -1, -1), CONTROL_RADIUS, CONTROL_RADIUS
        )

    def _paint_mark(self, painter: QPainter, area: QRectF) -> None:
        theme = current_theme()
        state = self._step.state
        if state is StepState.RUNNING:
            paint_ring(painter, area, self._step.share)
            return
        role = "accent" if self._is_current else "muted"
        if state is StepState.DONE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.tint("good", 0.14))
            painter.drawEllipse(area)
            paint_icon(painter, "check", area.adjusted(4, 4, -4, -4), theme.color("good"))
            return
        painter.setOpacity(1.0 if self.isEnabled() else 0.5)
        painter.setPen(QPen(theme.color(role), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(area.adjusted(0.6, 0.6, -0.6, -0.6))
        painter.setFont(theme.number_font(CAPTION_PX, strong=True))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(self.index + 1))
        painter.setOpacity(1.0)
        if state is StepState.ATTENTION:
            self._paint_attention(painter, area)

    def _paint_attention(self, painter: QPainter, area: QRectF) -> None:
        theme = current_theme()
        dot = QRectF(area.right() - 6, area.top() - 2, 9, 9)
        painter.setPen(QPen(theme.color("surface"), 1.5))
        painter.setBrush(theme.color("warning"))
        painter.drawEllipse(dot)

    def _paint_texts(self, painter: QPainter) -> None:
        theme = current_theme()
        width = self.width() - _TEXT_LEFT - 12
        has_line = bool(self._step.decided)
        name_area = QRectF(
            _TEXT_LEFT, 8 if has_line else 0, width, 19 if has_line else self.height()
        )
        painter.setFont(theme.font(strong=self._is_current))
        painter.setPen(theme.color("text") if self.isEnabled() else theme.tint("muted", 0.7))
        painter.drawText(name_area, Qt.AlignmentFlag.AlignVCenter, self._step.name)
        if has_line:
            font = theme.number_font(CAPTION_PX)
            painter.setFont(font)
            painter.setPen(theme.color("muted"))
            line = QFontMetrics(font).elidedText(
                self._step.decided, Qt.TextElideMode.ElideRight, round(width)
            )
            painter.drawText(QRectF(_TEXT_LEFT, 27, width, 17), Qt.AlignmentFlag.AlignVCenter, line)

    def _tell_whole(self) -> None:
        parts = (self._step.decided, self._step.reason)
        self.setToolTip(plain_tooltip("\n".join(part for part in parts if part)))
