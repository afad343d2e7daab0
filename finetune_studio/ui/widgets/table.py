"""A table of numbers: sortable by every column, with bars, copied as plain rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from finetune_studio.project import wording
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.bars import paint_bar
from finetune_studio.ui.widgets.text import plain_tooltip

_ROW_HEIGHT = 34
_BAR_ROOM = 84
_VALUE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class ColumnKind(StrEnum):
    """How the values of a column are shown.

    ``SHARE`` is a number from 0 to 1 in percent with a bar; ``BAR`` is any number with a bar
    relative to the largest in its column.
    """

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"
    BAR = "bar"


@dataclass(frozen=True)
class Column:
    """One column: its heading, how its values are shown and worded."""

    title: str
    kind: ColumnKind = ColumnKind.TEXT
    wording: Callable[[Any], str] | None = None
    tooltip: str = ""

    def words(self, value: object) -> str:
        """A value as it is shown."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return wording.NO_VALUE
        if self.wording is not None:
            return self.wording(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        if self.kind is ColumnKind.SHARE:
            return wording.share(value)
        return wording.whole(value) if isinstance(value, int) else wording.figure(value)


class Table(QTableView):
    """Rows that can be sorted, selected, opened and copied.

    Signals:
        row_selected: the user selected a row; carries its index among the rows given.
        row_activated: the user opened a row (double click or Enter); carries the same.
    """

    row_selected = Signal(int)
    row_activated = Signal(int)

    def __init__(
        self, columns: Sequence[Column], accessible_name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._is_telling = True
        self._model = _Rows(tuple(columns), self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(_VALUE)
        self._sorted.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self._sorted)
        self.setAccessibleName(accessible_name)
        self.setItemDelegate(_CellDelegate(self))
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self._dress_headers(columns)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.activated.connect(self._on_activated)

    def show_rows(self, rows: Sequence[Sequence[object]]) -> None:
        """Show these rows and no others; the order the user chose stays in force."""
        self._is_telling = False
        try:
            self._model.show_rows(rows)
        finally:
            self._is_telling = True

    def show_columns(self, columns: Sequence[Column]) -> bool:
        """Show other columns, empty at first; widths and order begin anew.

        Returns:
            whether they are others than before.
        """
        if tuple(columns) == self._model.columns:
            return False
        self._is_telling = False
        try:
            self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
            self._model.show_columns(tuple(columns))
            self._dress_headers(columns)
        finally:
            self._is_telling = True
        return True

    def select_row(self, index: int) -> None:
        """Select one of the rows given, without saying so; -1 selects none."""
        self._is_telling = False
        try:
            place = self._sorted.mapFromSource(self._model.index(index, 0))
            self.clearSelection()
            self.setCurrentIndex(place)
        finally:
            self._is_telling = True

    def as_text(self) -> str:
        """The whole table in its present order, one line a row, values set apart by tabs."""
        columns = range(self._model.columnCount())
        lines = ["\t".join(column.title for column in self._model.columns)]
        for row in range(self._sorted.rowCount()):
            cells = (self._sorted.index(row, column).data() for column in columns)
            lines.append("\t".join(cells))
        return "\n".join(lines)

    def _dress_headers(self, columns: Sequence[Column]) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(56)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        text_columns = [i for i, column in enumerate(columns) if column.kind is ColumnKind.TEXT]
        for i in text_columns[:1] or range(len(columns)):
            header.setSectionResizeMode(i, QHeaderView.ResizeMode.Stretch)
        for i, column in enumerate(columns):
            self.setColumnWidth(i, self._first_width(column))

    def _first_width(self, column: Column) -> int:
        title = QFontMetrics(self.font()).horizontalAdvance(column.title) + 40
        barred = column.kind in (ColumnKind.SHARE, ColumnKind.BAR)
        return max(title, _BAR_ROOM + 80 if barred else 84)

    def _on_selection_changed(self, selected: QItemSelection) -> None:
        if self._is_telling and selected.indexes():
            self.row_selected.emit(self._sorted.mapToSource(selected.indexes()[0]).row())

    def _on_activated(self, index: QModelIndex) -> None:
        self.row_activated.emit(self._sorted.mapToSource(index).row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.as_text())
        else:
            super().keyPressEvent(event)


class _Rows(QAbstractTableModel):
    def __init__(self, columns: tuple[Column, ...], parent: QObject) -> None:
        super().__init__(parent)
        self.columns = columns
        self._rows: tuple[Sequence[object], ...] = ()
        self._most: list[float] = []

    def show_rows(self, rows: Sequence[Sequence[object]]) -> None:
        self.beginResetModel()
        self._rows = tuple(rows)
        self._most = [self._largest(column) for column in range(len(self.columns))]
        self.endResetModel()

    def show_columns(self, columns: tuple[Column, ...]) -> None:
        self.beginResetModel()
        self.columns, self._rows, self._most = columns, (), []
        self.endResetModel()

    def share(self, row: int, column: int) -> float | None:
        """How long the bar of a cell is, 0 to 1; ``None`` where there is no bar."""
        value = self._rows[row][column]
        kind = self.columns[column].kind
        if not isinstance(value, int | float) or math.isnan(value):
            return None
        if kind is ColumnKind.SHARE:
            return float(value)
        if kind is ColumnKind.BAR:
            return value / self._most[column] if self._most[column] else 0.0
        return None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self._rows[index.row()][index.column()]
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.words(value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(column.words(value))
        if role == _VALUE:
            return -math.inf if value is None else value
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole and column.tooltip:
            return plain_tooltip(column.tooltip)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.kind is not ColumnKind.TEXT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _largest(self, column: int) -> float:
        values = (row[column] for row in self._rows)
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        return max((number for number in numbers if math.isfinite(number)), default=0.0)


class _CellDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        proxy = index.model()
        if not isinstance(proxy, QSortFilterProxyModel):
            return
        source = proxy.mapToSource(index)
        rows = proxy.sourceModel()
        if not isinstance(rows, _Rows):
            return
        area: QRect = option.rect
        painter.save()
        paint_row_ground(painter, area, option)
        column = rows.columns[source.column()]
        share = rows.share(source.row(), source.column())
        inner = area.adjusted(8, 0, -8, 0)
        words = str(rows.data(source))
        if share is None:
            paint_cell_text(painter, inner, words, right=column.kind is not ColumnKind.TEXT)
        else:
            room = QRectF(inner.left(), inner.top(), max(24, inner.width() - 68), inner.height())
            paint_bar(painter, room, share, current_theme().color("accent"))
            paint_cell_text(painter, inner, words, right=True)
        painter.restore()


def paint_row_ground(painter: QPainter, area: QRect, option: QStyleOptionViewItem) -> None:
    """Paint what lies under a cell: nothing, the hover or the selection."""
    state = option.state
    if state & QStyle.StateFlag.State_Selected:
        painter.fillRect(area, current_theme().tint("accent", 0.12))
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(area, current_theme().color("raised"))


def paint_cell_text(painter: QPainter, area: QRect, words: str, *, right: bool) -> None:
    """Paint one line of a cell, numbers to the right, shortened to the room there is."""
    theme = current_theme()
    font = theme.number_font() if right else theme.font()
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, shown)
