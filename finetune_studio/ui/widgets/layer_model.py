"""The layers of a model as Qt's tree sees them, each with a box that says whether it trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from finetune_studio.project import wording
from finetune_studio.project.freeze_plan import covers
from finetune_studio.ui.widgets.text import plain_tooltip

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class LayerNode:
    """One layer and what lies in it.

    Attributes:
        path: the module's path in the model ("layer4.0.conv1"); the root's is "".
        parameters: its own and those of everything in it.
        seconds: the time its forward pass takes, everything in it included; 0 when not measured.
    """

    path: str
    name: str
    kind: str = ""
    output_shape: str = ""
    parameters: int = 0
    seconds: float = 0.0
    children: tuple[LayerNode, ...] = ()


class LayerColumn(IntEnum):
    """The columns from left to right."""

    LAYER = 0
    KIND = 1
    SHAPE = 2
    PARAMETERS = 3
    SECONDS = 4
    RATE = 5
    WAKES = 6


_TITLES = {
    LayerColumn.LAYER: "Layer",
    LayerColumn.KIND: "Kind",
    LayerColumn.SHAPE: "Output shape",
    LayerColumn.PARAMETERS: "Parameters",
    LayerColumn.SECONDS: "Time",
    LayerColumn.RATE: "Rate",
    LayerColumn.WAKES: "From epoch",
}


class LayerRow:
    """A node in its place, and whether the parameters that are its own train.

    A layer's own parameters are those that belong to none of its children. They can only be
    named together with the children, so they train exactly when the whole layer does.
    """

    def __init__(self, node: LayerNode, parent: LayerRow | None, position: int) -> None:
        self.node = node
        self.parent = parent
        self.position = position
        self.children = [LayerRow(child, self, i) for i, child in enumerate(node.children)]
        self.own = node.parameters - sum(child.parameters for child in node.children)
        self.own_trains = False

    def walk(self) -> Iterator[LayerRow]:
        """This row and all below it, from top to bottom."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def trained(self) -> int:
        """How many parameters in this layer train."""
        own = self.own if self.own_trains else 0
        return own + sum(child.trained for child in self.children)

    @property
    def state(self) -> Qt.CheckState:
        """Whether all, some or none of its parameters train."""
        trained = self.trained
        if trained == 0:
            return Qt.CheckState.Unchecked
        whole = trained == self.node.parameters
        return Qt.CheckState.Checked if whole else Qt.CheckState.PartiallyChecked

    def trainable_paths(self) -> Iterator[str]:
        """The fewest module paths that name exactly what trains."""
        names_its_own = self.parent is not None or self.own > 0
        if names_its_own and self.node.parameters and self.state == Qt.CheckState.Checked:
            yield self.node.path
        else:
            for child in self.children:
                yield from child.trainable_paths()


class LayerModel(QAbstractItemModel):
    """The tree below a root, which is no row itself.

    Signals:
        ticked: the user ticked or unticked a box; carries the paths that train now.
    """

    ticked = Signal(tuple)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.root = LayerRow(LayerNode("", ""), None, 0)
        self._rates: Mapping[str, str] = {}
        self._wakes: Mapping[str, str] = {}
        self._most_parameters = 1
        self._most_seconds = 0.0

    def show_tree(self, root: LayerNode, trainable: frozenset[str]) -> None:
        """Show another model."""
        self.beginResetModel()
        self.root = LayerRow(root, None, 0)
        self._mark(trainable)
        tops = root.children
        self._most_parameters = max((node.parameters for node in tops), default=1) or 1
        self._most_seconds = max((node.seconds for node in tops), default=0.0)
        self.endResetModel()

    def show_trainable(self, trainable: frozenset[str]) -> None:
        """Tick exactly what these module paths cover."""
        self._mark(trainable)
        self._all_changed()

    def show_rates(self, rates: Mapping[str, str]) -> None:
        """Show a learning rate in words beside the layers with these paths."""
        self._rates = dict(rates)
        self._all_changed()

    def show_wakes(self, wakes: Mapping[str, str]) -> None:
        """Show from which epoch on the layers with these paths train."""
        self._wakes = dict(wakes)
        self._all_changed()

    def trainable_paths(self) -> tuple[str, ...]:
        """The fewest module paths that name exactly what trains."""
        return tuple(self.root.trainable_paths())

    def toggle(self, index: _Index) -> None:
        """Tick a layer and everything in it; untick it when all of it trained."""
        row = self.row_at(index)
        if not row.node.parameters:
            return
        trains = row.state != Qt.CheckState.Checked
        for below in row.walk():
            below.own_trains = trains
        self._settle_above(row, trains)
        self._all_changed()
        self.ticked.emit(self.trainable_paths())

    def index_of(self, path: str) -> QModelIndex:
        """Where the layer with a path is; nowhere when there is none."""
        for row in self.root.walk():
            if row.node.path == path and row is not self.root:
                return self.createIndex(row.position, 0, row)
        return QModelIndex()

    def row_at(self, index: _Index) -> LayerRow:
        """The row behind an index; the root behind none."""
        row = index.internalPointer() if index.isValid() else self.root
        return row if isinstance(row, LayerRow) else self.root

    def bar_share(self, index: _Index) -> float | None:
        """How long the bar of a cell is, 0 to 1; ``None`` where there is no bar."""
        node = self.row_at(index).node
        if index.column() == LayerColumn.PARAMETERS and node.parameters:
            return node.parameters / self._most_parameters
        if index.column() == LayerColumn.SECONDS and node.seconds and self._most_seconds:
            return node.seconds / self._most_seconds
        return None

    def has_any(self, column: LayerColumn) -> bool:
        """Whether a column has anything to show; the layers themselves always have their place."""
        if column is LayerColumn.LAYER:
            return True
        return any(self._words(row, column) for row in self.root.walk() if row is not self.root)

    def _mark(self, trainable: frozenset[str]) -> None:
        for row in self.root.walk():
            row.own_trains = covers(trainable, row.node.path)

    def _settle_above(self, row: LayerRow, trains: bool) -> None:
        above = row.parent
        while above is not None:
            is_root = above.parent is None
            whole = all(
                child.state == Qt.CheckState.Checked
                for child in above.children
                if child.node.parameters
            )
            above.own_trains = trains and whole and (above.own_trains or is_root)
            above = above.parent

    def _all_changed(self) -> None:
        last = LayerColumn.WAKES
        for row in self.root.walk():
            if row.children:
                first, final = row.children[0], row.children[-1]
                self.dataChanged.emit(
                    self.createIndex(first.position, 0, first),
                    self.createIndex(final.position, last, final),
                )

    def index(self, row: int, column: int, parent: _Index = QModelIndex()) -> QModelIndex:
        children = self.row_at(parent).children
        if 0 <= row < len(children) and 0 <= column < len(LayerColumn):
            return self.createIndex(row, column, children[row])
        return QModelIndex()

    def parent(self, index: _Index) -> QModelIndex:  # type: ignore[override]
        above = self.row_at(index).parent
        if above is None or above is self.root:
            return QModelIndex()
        return self.createIndex(above.position, 0, above)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.column() > 0 else len(self.row_at(parent).children)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return len(LayerColumn)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == LayerColumn.LAYER and self.row_at(index).node.parameters:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(row, LayerColumn(index.column()))
        if role == Qt.ItemDataRole.CheckStateRole:
            ticks = index.column() == LayerColumn.LAYER and row.node.parameters
            return row.state if ticks else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._tooltip(row))
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == LayerColumn.LAYER:
            return self._tooltip(row)
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.toggle(index)
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[LayerColumn(section)]
        return None

    def _words(self, row: LayerRow, column: LayerColumn) -> str:
        node = row.node
        match column:
            case LayerColumn.LAYER:
                return node.name
            case LayerColumn.KIND:
                return node.kind
            case LayerColumn.SHAPE:
                return node.output_shape
            case LayerColumn.PARAMETERS:
                return wording.count(node.parameters) if node.parameters else ""
            case LayerColumn.SECONDS:
                return wording.seconds(node.seconds) if node.seconds else ""
        told = self._rates if column is LayerColumn.RATE else self._wakes
        return told.get(node.path, "") if row.trained else ""

    def _tooltip(self, row: LayerRow) -> str:
        node = row.node
        if not node.parameters:
            return f"{node.path or node.name}: {node.kind}, nothing in it can train"
        trained = (
            f"{wording.whole(row.trained)} of {wording.whole(node.parameters)} parameters train"
        )
        return f"{node.path or node.name}: {node.kind}, {trained}"
