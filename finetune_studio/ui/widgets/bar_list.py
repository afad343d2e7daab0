"""Labels with their counts as bars: sortable, selectable, fit for ten thousand of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from finetune_studio.project import wording
from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.bars import paint_bar
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import plain_tooltip

_ROW_HEIGHT = 44
_UNEVEN_FACTOR = 5
_BY_COUNT, _BY_NAME, _AS_GIVEN = "count", "name", "given"
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Bar:
    """One label and how many samples have it."""

    name: str
    count: int
    tooltip: str = ""


class BarList(QWidget):
    """Bars below each other; a label with far fewer samples than its fellows is marked.

    Signals:
        bar_selected: the user selected a label; carries its name.
    """

    bar_selected = Signal(str)

    def __init__(self, accessible_name: str = "Labels", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _BarModel(self)
        self._is_telling = True
        self.view = QListView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(_BarDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName(accessible_name)
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        orders = (
            Option(_BY_COUNT, "By count"),
            Option(_BY_NAME, "By name"),
            Option(_AS_GIVEN, "As given"),
        )
        self.order = Segmented(orders, f"Order of {accessible_name.lower()}")
        self.order.chosen.connect(self._on_order_chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.order)
        layout.addWidget(self.view, 1)

    @property
    def selected(self) -> str:
        """The name of the selected label; empty when none is."""
        rows = self.view.selectionModel().selectedIndexes()
        return self._model.bar(rows[0].row()).name if rows else ""

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The labels from top to bottom."""
        return tuple(bar.name for bar in self._model.bars)

    def is_marked(self, name: str) -> bool:
        """Whether a label is marked as having far fewer samples than its fellows."""
        return any(bar.name == name and self._model.is_uneven(bar) for bar in self._model.bars)

    def show_bars(self, bars: Sequence[Bar], *, in_order: bool = False) -> None:
        """Show these labels; the selection stays where its label still exists.

        Args:
            bars: of labels, or of stretches of numbers.
            in_order: whether they follow one another, so that they stay in order and a short one
                is nothing to mark.
        """
        before = self.selected
        self.order.setVisible(not in_order)
        self._model.in_order = in_order
        self._model.show_bars(bars)
        self.select(before)

    def select(self, name: str) -> None:
        """Select a label without saying so; an empty name selects none."""
        self._is_telling = False
        try:
            row = next((i for i, bar in enumerate(self._model.bars) if bar.name == name), -1)
            self.view.clearSelection()
            self.view.setCurrentIndex(self._model.index(row) if row >= 0 else QModelIndex())
        finally:
            self._is_telling = True

    def _on_order_chosen(self, order: str) -> None:
        before = self.selected
        self._model.order_by(order)
        self.select(before)

    def _on_selection_changed(self, selected: QItemSelection) -> None:
        if self._is_telling and selected.indexes():
            self.bar_selected.emit(self._model.bar(selected.indexes()[0].row()).name)


class _BarModel(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.bars: list[Bar] = []
        self._given: tuple[Bar, ...] = ()
        self._order = _BY_COUNT
        self._few = 0.0
        self.in_order = False
        self.most = 1

    def show_bars(self, bars: Sequence[Bar]) -> None:
        self._given = tuple(bars)
        counts = [bar.count for bar in bars]
        self._few = median(counts) / _UNEVEN_FACTOR if counts else 0.0
        self.most = max(counts, default=1) or 1
        self.order_by(self._order)

    def order_by(self, order: str) -> None:
        self.beginResetModel()
        self._order = order
        self.bars = list(self._given)
        if self.in_order:
            pass
        elif order == _BY_COUNT:
            self.bars.sort(key=lambda bar: (-bar.count, bar.name.casefold()))
        elif order == _BY_NAME:
            self.bars.sort(key=lambda bar: bar.name.casefold())
        self.endResetModel()

    def bar(self, row: int) -> Bar:
        return self.bars[row]

    def is_uneven(self, bar: Bar) -> bool:
        return not self.in_order and bar.count < self._few

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.bars)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        bar = self.bars[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return bar
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{bar.name}, {wording.whole(bar.count)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._tooltip(bar))
        return None

    def _tooltip(self, bar: Bar) -> str:
        parts = [bar.tooltip or f"{bar.name}: {wording.plural(bar.count, 'sample')}"]
        if self.is_uneven(bar):
            parts.append(
                f"Less than a fifth of what most labels have ({wording.whole(self._few * 5)})."
            )
        return "\n".join(parts)


class _BarDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(160, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        if not isinstance(model, _BarModel):
            return
        theme = current_theme()
        bar = model.bar(index.row())
        area = option.rect
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme.tint("accent", 0.12))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, theme.color("raised"))
        painter.save()
        self._paint_words(painter, area.adjusted(12, 6, -12, -20), bar, model.is_uneven(bar))
        strip = QRectF(area.adjusted(12, 28, -12, -8))
        paint_bar(painter, strip, bar.count / model.most, theme.color("accent"))
        painter.restore()

    def _paint_words(self, painter: QPainter, area: QRect, bar: Bar, uneven: bool) -> None:
        theme = current_theme()
        number = wording.whole(bar.count)
        painter.setFont(theme.number_font())
        painter.setPen(theme.color("warning" if uneven else "muted"))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, flags, number)
        taken = QFontMetrics(painter.font()).horizontalAdvance(number) + 12
        if uneven:
            mark = QRectF(area.right() - taken - 8, area.center().y() - 7, 14, 14)
            paint_icon(painter, "warning", mark, theme.color("warning"))
            taken += 20
        font = theme.font()
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        room = area.adjusted(0, 0, -taken, 0)
        name = QFontMetrics(font).elidedText(bar.name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
