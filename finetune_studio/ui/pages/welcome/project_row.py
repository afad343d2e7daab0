"""One recent project in the list of the welcome page."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.settings import RecentProject
from finetune_studio.ui.theme import CONTROL_RADIUS, current_theme
from finetune_studio.ui.widgets.badge import Badge
from finetune_studio.ui.widgets.buttons import icon_button
from finetune_studio.ui.widgets.text import ElidedText, caption

_HEIGHT = 52
_DAY_S = 86_400


class ProjectRow(QAbstractButton):
    """Name, place and age of a project; opens it, or takes it off the list.

    Signals:
        open_requested: the project's folder.
        forget_requested: the project's folder.
    """

    open_requested = Signal(str)
    forget_requested = Signal(str)

    def __init__(self, project: RecentProject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self._missing = project.missing
        self.setFixedHeight(_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(f"Open {project.name}")
        self.setAccessibleDescription("missing" if self._missing else project.folder)
        if not self._missing:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.forget_button = icon_button("close", f"Take {project.name} off this list")
        self._build()
        self.clicked.connect(self._on_clicked)
        self.forget_button.clicked.connect(self._on_forget_clicked)

    def _build(self) -> None:
        name = ElidedText(self.project.name, strong=True)
        place = ElidedText(_short(self.project.folder), px=12, tone="muted", mode=_MIDDLE)
        texts = QVBoxLayout()
        texts.setSpacing(1)
        for text in (name, place):
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            texts.addWidget(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(48, 6, 8, 6)
        row.setSpacing(12)
        row.addLayout(texts, 1)
        if self._missing:
            row.addWidget(Badge("missing", "warning"))
        else:
            row.addWidget(caption(age(time.time() - self.project.opened_at)))
        row.addWidget(self.forget_button)

    def _on_clicked(self) -> None:
        if not self._missing:
            self.open_requested.emit(self.project.folder)

    def _on_forget_clicked(self) -> None:
        self.forget_requested.emit(self.project.folder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Delete:
            self._on_forget_clicked()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() and not self._missing
        painter.setPen(QPen(theme.color("focus"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("raised") if lit else Qt.BrushStyle.NoBrush)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(area, CONTROL_RADIUS, CONTROL_RADIUS)
        role = "muted" if self._missing else "accent"
        icon = QRectF(14, (self.height() - 20) / 2, 20, 20)
        paint_icon(painter, self.project.task.value, icon, theme.color(role))


_MIDDLE = Qt.TextElideMode.ElideMiddle


def age(seconds: float) -> str:
    """How long ago something was, as people say it: ``today``, ``3 days ago``."""
    days = int(seconds // _DAY_S)
    if days < 1:
        return "today"
    if days < 2:
        return "yesterday"
    return f"{days} days ago" if days < 60 else f"{days // 30} months ago"


def _short(folder: str) -> str:
    try:
        return f"~/{Path(folder).relative_to(Path.home()).as_posix()}"
    except ValueError:
        return folder
