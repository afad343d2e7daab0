"""Pictures in rows and columns, each a button: one Tab reaches them, the arrow keys go along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CONTROL_RADIUS, current_theme
from finetune_studio.ui.widgets.text import plain_tooltip

_GAP = 6
_SMALLEST_CELL = 40
_ICON_PX = 20
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


@dataclass(frozen=True)
class GridPicture:
    """One picture: its file, and what it is in words."""

    path: str
    words: str


class PictureGrid(QWidget):
    """Square pictures, as large as the width allows.

    Signals:
        picked: the user pressed a picture; carries its row and column.
    """

    picked = Signal(int, int)

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        self._rows: tuple[tuple[GridPicture, ...], ...] = ()
        self._cells: list[list[_Cell]] = []

    @property
    def rows(self) -> tuple[tuple[GridPicture, ...], ...]:
        """The pictures on show."""
        return self._rows

    def image(self, row: int, column: int) -> QImage:
        """A picture, whole; null when its file cannot be read."""
        return self._cells[row][column].image

    def cell(self, row: int, column: int) -> QAbstractButton:
        """The button of a picture."""
        return self._cells[row][column]

    def show_pictures(self, rows: Sequence[Sequence[GridPicture]]) -> None:
        """Show these pictures; every row has as many."""
        wanted = tuple(map(tuple, rows))
        if wanted == self._rows:
            return
        if [len(row) for row in wanted] != [len(row) for row in self._rows]:
            self._make_cells(wanted)
        self._rows = wanted
        for cells, row in zip(self._cells, wanted, strict=True):
            for cell, picture in zip(cells, row, strict=True):
                cell.show_picture(picture)

    def _make_cells(self, rows: Sequence[Sequence[GridPicture]]) -> None:
        for cell in (cell for row in self._cells for cell in row):
            cell.hide()
            cell.deleteLater()
        self._cells = [[_Cell(self) for _ in row] for row in rows]
        for cell in (cell for row in self._cells for cell in row):
            cell.clicked.connect(self._on_clicked)
            cell.show()
        self._hold_tab(0, 0)
        self._arrange()
        self.updateGeometry()

    def _arrange(self) -> None:
        side = self._side(self.width())
        for i, row in enumerate(self._cells):
            for j, cell in enumerate(row):
                cell.setGeometry(j * (side + _GAP), i * (side + _GAP), side, side)

    def _side(self, width: int) -> int:
        columns = len(self._cells[0]) if self._cells else 1
        return max(_SMALLEST_CELL, (width - (columns - 1) * _GAP) // columns)

    def _hold_tab(self, row: int, column: int) -> None:
        for i, cells in enumerate(self._cells):
            for j, cell in enumerate(cells):
                here = (i, j) == (row, column)
                cell.setFocusPolicy(
                    Qt.FocusPolicy.StrongFocus if here else Qt.FocusPolicy.ClickFocus
                )

    def _place_of(self, cell: object) -> tuple[int, int]:
        return next(
            (i, j)
            for i, row in enumerate(self._cells)
            for j, known in enumerate(row)
            if known is cell
        )

    def _on_clicked(self) -> None:
        row, column = self._place_of(self.sender())
        self._hold_tab(row, column)
        self.picked.emit(row, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        focused = self.focusWidget()
        if step is None or not isinstance(focused, _Cell):
            super().keyPressEvent(event)
            return
        row, column = self._place_of(focused)
        row = min(max(row + step[0], 0), len(self._cells) - 1)
        column = min(max(column + step[1], 0), len(self._cells[row]) - 1)
        self._hold_tab(row, column)
        self._cells[row][column].setFocus(Qt.FocusReason.OtherFocusReason)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = len(self._cells)
        return rows * self._side(width) + max(0, rows - 1) * _GAP

    def sizeHint(self) -> QSize:
        width = max(self.width(), self.minimumSizeHint().width())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        columns, rows = len(self._cells[0]) if self._cells else 0, len(self._cells)
        return QSize(columns * (_SMALLEST_CELL + _GAP), rows * (_SMALLEST_CELL + _GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()


class _Cell(QAbstractButton):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.image = QImage()
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_picture(self, picture: GridPicture) -> None:
        self.image = QImage(picture.path)
        self.setAccessibleName(picture.words)
        self.setToolTip(plain_tooltip(picture.words))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in _STEPS:
            event.ignore()  # the grid's to answer
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        frame = QPainterPath()
        frame.addRoundedRect(area, CONTROL_RADIUS, CONTROL_RADIUS)
        painter.fillPath(frame, theme.color("raised"))
        if self.image.isNull():
            middle = QRectF(0, 0, _ICON_PX, _ICON_PX)
            middle.moveCenter(area.center())
            paint_icon(painter, "image", middle, theme.color("muted"))
        else:
            painter.setClipPath(frame)
            painter.drawImage(area, self.image)
            painter.setClipping(False)
            painter.setPen(
                QPen(theme.color("border"), 1)
            )  # where a picture is as white as the card
            painter.drawRoundedRect(
                area.adjusted(0.5, 0.5, -0.5, -0.5), CONTROL_RADIUS, CONTROL_RADIUS
            )
        if self.hasFocus() or self.underMouse():
            role = "focus" if self.hasFocus() else "accent"
            painter.setPen(QPen(theme.color(role), 2))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), CONTROL_RADIUS, CONTROL_RADIUS)
