"""How a block's way through a run looks: cold until it wakes, warm from then on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen

from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.block_look import paint_shape

_GRIP = (22.0, 8.0)
_LABEL_HEIGHT = 16.0
_LEAST_ROW = 8.0
_LEAST_LABEL_GAP = 15.0
_STRIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def edge_of(wake: int, epochs: int, height: float) -> float:
    """Where a block begins to be warm, in pixels from the top; the height for one that never is."""
    if not 0 < wake <= epochs:
        return height
    return height * (wake - 1) / epochs


def stride_of(epochs: int, height: float, gap: float) -> int:
    """Every how many epochs something can be drawn at least ``gap`` pixels apart."""
    return next((n for n in _STRIDES if n * height / epochs >= gap), _STRIDES[-1])


def paint_column(painter: QPainter, area: QRectF, edge: float, role: str, *, strong: bool) -> None:
    """Paint a block's column, cold above ``edge`` pixels from its top, with an outline's role."""
    paint_shape(painter, area, area.adjusted(0, edge, 0, 0), role, strong=strong)


def paint_grip(painter: QPainter, area: QRectF, edge: float, *, marked: bool) -> None:
    """Paint the edge and what one takes hold of it by."""
    theme = current_theme()
    width, height = min(_GRIP[0], area.width() - 6), _GRIP[1]
    line = area.top() + edge
    if 0 < edge < area.height():
        painter.setPen(QPen(theme.color("trainable"), 2))
        painter.drawLine(round(area.left()), round(line), round(area.right()), round(line))
    middle = min(max(line, area.top() + height / 2 + 1), area.bottom() - height / 2 - 1)
    grip = QRectF(area.center().x() - width / 2, middle - height / 2, width, height)
    painter.setPen(QPen(theme.color("focus" if marked else "text"), 2 if marked else 1))
    painter.setBrush(theme.color("surface"))
    painter.drawRoundedRect(grip, height / 2, height / 2)


def paint_wake(painter: QPainter, area: QRectF, edge: float, wake: int, *, late: bool) -> None:
    """Write the epoch beside the edge, below it where there is room."""
    theme = current_theme()
    font = theme.number_font(CAPTION_PX, strong=True)
    metrics = QFontMetrics(font)
    words = next(
        (w for w in (f"epoch {wake}", str(wake)) if metrics.horizontalAdvance(w) <= area.width()),
        "",
    )
    below = edge + _GRIP[1] if edge > 0 else _GRIP[1] + 1
    fits = below + _LABEL_HEIGHT <= area.height()
    above = min(edge - _GRIP[1] / 2, area.height() - _GRIP[1] - 1)
    top = below if fits else above - _LABEL_HEIGHT
    painter.setFont(font)
    painter.setPen(theme.color("warning" if late else "text"))
    line = QRectF(area.left(), area.top() + top, area.width(), _LABEL_HEIGHT)
    painter.drawText(line, Qt.AlignmentFlag.AlignCenter, words)


def paint_epochs(painter: QPainter, areas: Sequence[QRectF], epochs: int) -> None:
    """Paint the lines between epochs over the columns, as many as can be told apart."""
    color = current_theme().color("text")
    color.setAlphaF(0.10)
    painter.setPen(QPen(color, 1))
    for area in areas:
        stride = stride_of(epochs, area.height(), _LEAST_ROW)
        for epoch in range(stride, epochs, stride):
            y = round(area.top() + area.height() * epoch / epochs)
            painter.drawLine(round(area.left()) + 1, y, round(area.right()) - 1, y)


def paint_axis(painter: QPainter, area: QRectF, epochs: int) -> None:
    """Number the epochs in the margin: the first, the last, and round ones between."""
    theme = current_theme()
    font = theme.number_font(CAPTION_PX)
    painter.setFont(font)
    painter.setPen(theme.color("muted"))
    row = area.height() / epochs
    stride = stride_of(epochs, area.height(), _LEAST_LABEL_GAP)
    shown = {1, epochs, *range(1 if stride <= 2 else stride, epochs, stride)}
    for epoch in sorted(shown):
        middle = area.top() + row * (epoch - 0.5)
        middle = min(max(middle, area.top() + 7), area.bottom() - 7)
        crowded = epoch not in (1, epochs) and (
            middle - area.top() < _LEAST_LABEL_GAP + 7
            or area.bottom() - middle < _LEAST_LABEL_GAP + 7
        )
        if crowded and stride > 1:
            continue
        words = f"Epoch {epoch}" if epoch == 1 else str(epoch)
        line = QRectF(area.left(), middle - 8, area.width(), 16)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
