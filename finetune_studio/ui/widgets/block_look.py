"""How one block of a model looks: frosted with a snowflake, warm with a flame, or partly both."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPen

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CAPTION_PX, CONTROL_RADIUS, current_theme

_NARROWEST = 32.0
_ICON_PX = 15
_HATCH_GAP = 9
_SHORTENED_FROM = 44
_FROST, _WARMTH, _WARMTH_DARK = 0.20, 0.30, 0.34


def block_widths(weights: Sequence[float], room: float) -> list[float]:
    """Widths in pixels that fill ``room``: by the root of the weight, and none too narrow."""
    if not weights:
        return []
    least = min(_NARROWEST, room / len(weights))
    roots = [math.sqrt(max(0.0, weight)) for weight in weights]
    if not any(roots):
        return [room / len(weights)] * len(weights)
    narrow: set[int] = set()
    while True:
        spare = room - least * len(narrow)
        total = sum(root for i, root in enumerate(roots) if i not in narrow)
        widths = [least if i in narrow else spare * root / total for i, root in enumerate(roots)]
        found = {i for i, width in enumerate(widths) if width < least} - narrow
        if not found:
            return widths
        narrow |= found


def paint_block(
    painter: QPainter, area: QRectF, share: float, edge: str, *, strong: bool, covered: float = 0.0
) -> None:
    """Paint a block of which ``share`` (0 to 1) trains, with an edge in a colour role.

    Its icon keeps clear of the pixels at its left that are ``covered`` by something else.
    """
    warm = QRectF(area)
    warm.setTop(area.bottom() - area.height() * share)
    paint_shape(painter, area, warm, edge, strong=strong)
    middle = area.center().x() + covered / 2
    icon = QRectF(middle - _ICON_PX / 2, area.top() + 9, _ICON_PX, _ICON_PX)
    paint_icon(painter, "flame" if share > 0 else "snowflake", icon, current_theme().color("text"))


def paint_shape(painter: QPainter, area: QRectF, warm: QRectF, edge: str, *, strong: bool) -> None:
    """Paint a rounded shape, cold but for its warm part, with an edge in a colour role."""
    shape = QPainterPath()
    shape.addRoundedRect(area, CONTROL_RADIUS, CONTROL_RADIUS)
    painter.save()
    painter.setClipPath(shape)
    paint_frost(painter, area)
    if warm.height() > 0:
        paint_warmth(painter, warm)
    painter.restore()
    painter.setPen(QPen(current_theme().color(edge), 2 if strong else 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(shape)


def paint_block_words(painter: QPainter, area: QRectF, name: str, weight: str) -> None:
    """Paint a block's name and weight as far as there is room; a very narrow one stays silent."""
    theme = current_theme()
    room = area.adjusted(4, 0, -4, 0)
    painter.setPen(theme.color("text"))
    for text, top, strong in ((name, area.top() + 31, True), (weight, area.top() + 52, False)):
        font = theme.number_font(CAPTION_PX, strong=strong)
        metrics = QFontMetrics(font)
        if metrics.horizontalAdvance(text) > room.width() and room.width() < _SHORTENED_FROM:
            continue
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.setFont(font)
        line = QRectF(room.left(), top, room.width(), 18)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shown)


def paint_frost(painter: QPainter, area: QRectF) -> None:
    """Fill an area as what is frozen: cold, and hatched for those who cannot tell the colours."""
    painter.fillRect(area, current_theme().tint("frozen", _FROST))
    color = current_theme().color("frozen")
    color.setAlphaF(0.30)
    painter.setPen(QPen(color, 1.2))
    x = area.left() - area.height()
    while x < area.right():
        painter.drawLine(
            round(x), round(area.bottom()), round(x + area.height()), round(area.top())
        )
        x += _HATCH_GAP


def paint_warmth(painter: QPainter, area: QRectF) -> None:
    """Fill an area as what trains."""
    theme = current_theme()
    painter.fillRect(area, theme.tint("trainable", _WARMTH_DARK if theme.tokens.dark else _WARMTH))
