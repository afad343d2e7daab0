"""A large card for a task, with a drawing of what the task is about."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from finetune_studio.project.choices import Task
from finetune_studio.ui.theme import CARD_RADIUS, current_theme
from finetune_studio.ui.widgets.text import Text, muted

_ART_HEIGHT = 124
_LABELS = ("trainable", "frozen", "good")


class TaskCard(QAbstractButton):
    """Starts a project for one task.

    Signals:
        task_chosen: the `Task` of this card.
    """

    task_chosen = Signal(object)

    def __init__(self, task: Task, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.task = task
        self.setText(task.title_text)
        self.setAccessibleName(f"New project: {task.title_text}")
        self.setAccessibleDescription(sentence)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(20, _ART_HEIGHT + 14, 20, 16)
        layout.setSpacing(2)
        texts = (Text(task.title_text, px=15, strong=True), muted(sentence, wrap=True))
        for text in texts:
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(text)
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        self.task_chosen.emit(self.task)

    def sizeHint(self) -> QSize:
        return self._layout.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.hasFocus()
        width = 2.0 if lit else 1.0
        area = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        shape = QPainterPath()
        shape.addRoundedRect(area, CARD_RADIUS, CARD_RADIUS)
        painter.fillPath(shape, theme.color("surface"))
        art = QRectF(area.left(), area.top(), area.width(), _ART_HEIGHT)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(art, theme.tint("accent", 0.13 if lit else 0.08))
        (_paint_pictures if self.task is Task.IMAGE else _paint_texts)(painter, art)
        painter.restore()
        painter.setPen(QPen(theme.color("focus" if lit else "border"), width))
        painter.drawPath(shape)


def _paint_pictures(painter: QPainter, art: QRectF) -> None:
    """Three photographs, each with the bar of its label."""
    theme = current_theme()
    side, gap = 84.0, 16.0
    left = art.center().x() - (3 * side + 2 * gap) / 2
    for index, role in enumerate(_LABELS):
        tile = QRectF(left + index * (side + gap), art.center().y() - side / 2, side, side)
        frame = QPainterPath()
        frame.addRoundedRect(tile, 6, 6)
        painter.save()
        painter.setClipPath(frame, Qt.ClipOperation.IntersectClip)
        painter.fillRect(tile, theme.tint(role, 0.30))
        _SCENES[index](painter, tile, theme.color(role), theme.tint(role, 0.62))
        painter.fillRect(tile.adjusted(0, side - 7, 0, 0), theme.color(role))
        painter.restore()


def _mountains(painter: QPainter, tile: QRectF, color: QColor, pale: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(tile.topRight() + QPointF(-26, 24), 9, 9)
    base = tile.bottom()
    painter.setBrush(pale)
    left, right = tile.left(), tile.right()
    painter.drawPolygon(_points((left - 8, base), (left + 30, base - 50), (left + 68, base)))
    painter.drawPolygon(_points((left + 34, base), (left + 60, base - 36), (right + 8, base)))


def _fish(painter: QPainter, tile: QRectF, color: QColor, pale: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pale)
    middle = tile.center() + QPointF(-4, -4)
    tail = middle + QPointF(20, 0)
    painter.drawPolygon(
        _points(
            (tail.x(), tail.y()), (tail.x() + 15, tail.y() - 12), (tail.x() + 15, tail.y() + 12)
        )
    )
    painter.drawEllipse(middle, 25, 15)
    painter.setBrush(color)
    painter.drawEllipse(middle + QPointF(-13, -3), 3, 3)


def _leaf(painter: QPainter, tile: QRectF, color: QColor, pale: QColor) -> None:
    middle = tile.center() + QPointF(0, -4)
    leaf = QPainterPath(middle + QPointF(-22, 20))
    leaf.cubicTo(middle + QPointF(-24, -16), middle + QPointF(2, -26), middle + QPointF(24, -22))
    leaf.cubicTo(middle + QPointF(26, 4), middle + QPointF(10, 24), middle + QPointF(-22, 20))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pale)
    painter.drawPath(leaf)
    painter.setPen(QPen(color, 2))
    painter.drawLine(middle + QPointF(-28, 26), middle + QPointF(14, -13))


_SCENES = (_mountains, _fish, _leaf)


def _points(*corners: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in corners])


def _paint_texts(painter: QPainter, art: QRectF) -> None:
    """Three lines of text, each with the chip of its label."""
    theme = current_theme()
    width, height, gap = 284.0, 22.0, 9.0
    top = art.center().y() - (3 * height + 2 * gap) / 2
    left = art.center().x() - width / 2
    painter.setPen(Qt.PenStyle.NoPen)
    for index, role in enumerate(_LABELS):
        y = top + index * (height + gap)
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(QRectF(left, y, width, height), 5, 5)
        _paint_words(painter, left + 10, y + height / 2, index, theme.tint("muted", 0.35))
        painter.setBrush(theme.tint(role, 0.30))
        painter.drawRoundedRect(QRectF(left + width - 64, y + 4, 56, height - 8), 7, 7)
        painter.setBrush(theme.color(role))
        painter.drawRoundedRect(QRectF(left + width - 54, y + height / 2 - 2, 36, 4), 2, 2)


_WORDS = ((30, 52, 18, 64), (44, 20, 70, 24), (22, 36, 48, 40))


def _paint_words(painter: QPainter, x: float, y: float, line: int, color: QColor) -> None:
    painter.setBrush(color)
    for word in _WORDS[line]:
        painter.drawRoundedRect(QRectF(x, y - 2, word, 4), 2, 2)
        x += word + 7
