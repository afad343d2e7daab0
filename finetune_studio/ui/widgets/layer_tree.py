"""The layers of a model as a tree in which one ticks what trains."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.bars import paint_bar
from finetune_studio.ui.widgets.layer_model import LayerColumn, LayerModel, LayerNode
from finetune_studio.ui.widgets.table import paint_row_ground

__all__ = ["LayerNode", "LayerTree"]

_WORDS_ROOM = 64
_WIDTHS = {
    LayerColumn.LAYER: 240,
    LayerColumn.KIND: 124,
    LayerColumn.SHAPE: 112,
    LayerColumn.PARAMETERS: 140,
    LayerColumn.SECONDS: 132,
    LayerColumn.RATE: 72,
    LayerColumn.WAKES: 92,
}
_Index = QModelIndex | QPersistentModelIndex


class LayerTree(QTreeView):
    """What is ticked is what trains; Space ticks the current layer, whatever column it is in.

    Signals:
        trainable_paths_changed: the user ticked a box; carries the fewest module paths that name
            exactly what trains, from input to head.
        layer_selected: the user went to a layer; carries its path.
    """

    trainable_paths_changed = Signal(tuple)
    layer_selected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_telling = True
        self._left_out: frozenset[LayerColumn] = frozenset()
        self._layers = LayerModel(self)
        self._layers.ticked.connect(self.trainable_paths_changed)
        self.setModel(self._layers)
        self.setItemDelegate(_LayerDelegate(self))
        self.setAccessibleName("Layers of the model")
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setIndentation(18)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self._dress_header()
        self._hide_what_is_empty()
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    @property
    def trainable_paths(self) -> tuple[str, ...]:
        """The fewest module paths that name exactly what is ticked."""
        return self._layers.trainable_paths()

    def show_tree(self, root: LayerNode, trainable: frozenset[str]) -> None:
        """Show a model and what of it trains; the root itself is not shown as a row."""
        self._layers.show_tree(root, trainable)
        self._hide_what_is_empty()
        if len(root.children) == 1:
            self.expand(self._layers.index(0, 0))

    def show_trainable(self, trainable: frozenset[str]) -> None:
        """Tick exactly what these module paths cover; what is open stays open."""
        self._layers.show_trainable(trainable)

    def show_rates(self, rates: Mapping[str, str]) -> None:
        """Show learning rates in words by path; the column is there only if any are."""
        self._layers.show_rates(rates)
        self._hide_what_is_empty()

    def show_wakes(self, wakes: Mapping[str, str]) -> None:
        """Show by path from which epoch on layers train; the column is there only if any do."""
        self._layers.show_wakes(wakes)
        self._hide_what_is_empty()

    def select(self, path: str) -> None:
        """Go to a layer and open what hides it, without saying so."""
        index = self._layers.index_of(path)
        if not index.isValid():
            return
        self._is_telling = False
        try:
            self.setCurrentIndex(index)
            self.scrollTo(index)
        finally:
            self._is_telling = True

    def expand_to(self, path: str) -> None:
        """Open a layer, so that what is in it can be seen."""
        index = self._layers.index_of(path)
        while index.isValid():
            self.expand(index)
            index = index.parent()

    def check_state(self, path: str) -> Qt.CheckState:
        """Whether all, some or none of a layer is ticked."""
        return self._layers.row_at(self._layers.index_of(path)).state

    def toggle(self, path: str) -> None:
        """Tick or untick a layer, as a click on its box does."""
        self._layers.toggle(self._layers.index_of(path))

    def leave_out(self, columns: Collection[LayerColumn]) -> None:
        """Hide these columns, beside those without any value, and no others."""
        self._left_out = frozenset(columns)
        self._hide_what_is_empty()

    def _hide_what_is_empty(self) -> None:
        for column in LayerColumn:
            left_out = column in self._left_out
            self.setColumnHidden(column, left_out or not self._layers.has_any(column))

    def _dress_header(self) -> None:
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(56)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        header.setSectionResizeMode(LayerColumn.LAYER, QHeaderView.ResizeMode.Stretch)

    def _on_current_changed(self, current: QModelIndex) -> None:
        if self._is_telling and current.isValid():
            self.layer_selected.emit(self._layers.row_at(current).node.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._layers.toggle(self.currentIndex())
        else:
            super().keyPressEvent(event)


class _LayerDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        if index.column() == LayerColumn.LAYER or not isinstance(model, LayerModel):
            super().paint(painter, option, index)
            return
        area: QRect = option.rect
        painter.save()
        paint_row_ground(painter, area, option)
        inner = area.adjusted(8, 0, -8, 0)
        share = model.bar_share(index)
        words = str(model.data(index) or "")
        if share is not None:
            trains = model.row_at(index).trained > 0
            role = "trainable" if trains else "frozen"
            room = QRectF(inner.left(), inner.top(), inner.width() - _WORDS_ROOM, inner.height())
            paint_bar(painter, room, share, current_theme().color(role))
        numeric = index.column() >= LayerColumn.PARAMETERS
        self._paint_words(painter, inner, words, numeric)
        painter.restore()

    def _paint_words(self, painter: QPainter, area: QRect, words: str, numeric: bool) -> None:
        theme = current_theme()
        font = theme.number_font()
        painter.setFont(font)
        painter.setPen(theme.color("text" if numeric else "muted"))
        side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
        shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, shown)
