"""The line icons: one SVG each in ``resources/icons``, tinted by a token while they are painted.

An icon made here follows the theme by itself, because its engine asks for the colour each time.
"""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from finetune_studio import places
from finetune_studio.ui.theme import current_theme

_DISABLED_OPACITY = 0.45


def icon(name: str, role: str = "text") -> QIcon:
    """An icon in the colour of a token role, sharp at every size and scale."""
    _source(name)
    return QIcon(_TintedEngine(name, role))


def pixmap(name: str, px: int, role: str = "text", scale: float = 1.0) -> QPixmap:
    """A picture of an icon, ``px`` logical pixels wide, in the colours in force now."""
    result = QPixmap(QSize(px, px) * scale)
    result.setDevicePixelRatio(scale)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    paint_icon(painter, name, QRectF(0, 0, px, px), current_theme().color(role))
    painter.end()
    return result


def paint_icon(painter: QPainter, name: str, area: QRectF, color: QColor) -> None:
    """Paint an icon into an area, in a colour, with whatever opacity the painter has."""
    _renderer(name, color.name()).render(painter, area)


def names() -> tuple[str, ...]:
    """Every icon there is."""
    return tuple(sorted(path.stem for path in (places.resources() / "icons").glob("*.svg")))


class _TintedEngine(QIconEngine):
    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        is_off = mode == QIcon.Mode.Disabled
        _paint(painter, self._name, current_theme().color(self._role), rect, is_off=is_off)

    def pixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State) -> QPixmap:
        color = current_theme().color(self._role).name()
        is_off = mode == QIcon.Mode.Disabled
        return _painted(self._name, color, size.width(), size.height(), is_off=is_off)

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._name, self._role)


def _paint(painter: QPainter, name: str, color: QColor, rect: QRect, *, is_off: bool) -> None:
    if is_off:
        painter.setOpacity(painter.opacity() * _DISABLED_OPACITY)
    side = min(rect.width(), rect.height())
    area = QRectF(0, 0, side, side)
    area.moveCenter(QRectF(rect).center())
    paint_icon(painter, name, area, color)


@lru_cache(maxsize=256)
def _painted(name: str, color: str, width: int, height: int, *, is_off: bool) -> QPixmap:
    """A picture of an icon; Qt asks for one whenever a button is painted."""
    result = QPixmap(width, height)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    _paint(painter, name, QColor(color), result.rect(), is_off=is_off)
    painter.end()
    return result


@cache
def _source(name: str) -> str:
    return (places.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def _renderer(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))
