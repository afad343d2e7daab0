"""Cards of settings in as many columns as fit beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.field_row import FieldRow

_TWO_COLUMNS_FROM = 500
_NARROWEST = 200


class FieldGroup(Card):
    """The settings under one heading."""

    def __init__(self, title: str, rows: Sequence[FieldRow]) -> None:
        super().__init__(title)
        self._name = title
        self.rows = tuple(rows)
        self.body.setSpacing(12)
        for row in rows:
            self.body.addWidget(row)
        self.body.addStretch(1)

    def show_as_advanced(self, *, is_told: bool) -> None:
        """Say in the heading that these are the seldom needed ones of a group, or do not."""
        self.set_title(f"{self._name}, advanced" if is_told else self._name)

    @property
    def weight(self) -> int:
        """About how tall it is, in rows; 0 when nothing in it is shown."""
        shown = sum(not row.isHidden() for row in self.rows)
        return shown + 1 if shown else 0


class FieldColumns(QWidget):
    """Groups in two columns, or in one where the window is narrow."""

    def __init__(self, groups: Sequence[FieldGroup], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups = tuple(groups)
        self._arranged: tuple[tuple[FieldGroup, ...], ...] = ()
        self._columns = (QVBoxLayout(), QVBoxLayout())
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        for column in self._columns:
            column.setSpacing(16)
            self._box.addLayout(column, 1)
        for group in self._groups:
            group.setParent(self)  # or it would be shown as a window of its own
        self.arrange()

    @property
    def has_rows(self) -> bool:
        """Whether any setting is shown."""
        return any(group.weight for group in self._groups)

    def show_as_advanced(self, *, is_told: bool) -> None:
        """Tell these groups from others of the same names, or not."""
        for group in self._groups:
            group.show_as_advanced(is_told=is_told)

    def arrange(self) -> None:
        """Share the groups out anew, after rows were shown or hidden."""
        shown = [group for group in self._groups if group.weight]
        cut = _even_cut([group.weight for group in shown])
        if self.width() < _TWO_COLUMNS_FROM:
            cut = len(shown)
        wanted = (tuple(shown[:cut]), tuple(shown[cut:]))
        for group in self._groups:
            group.setVisible(group in shown)
        if wanted == self._arranged:
            return
        self._arranged = wanted
        for column, groups in zip(self._columns, wanted, strict=True):
            while column.takeAt(0) is not None:
                pass
            for group in groups:
                column.addWidget(group)
            column.addStretch(1)
        self._box.setStretch(1, 1 if wanted[1] else 0)
        self._box.setSpacing(16 if wanted[1] else 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()


def _even_cut(weights: Sequence[int]) -> int:
    """How many of the first belong in the left column so that the taller one is the least tall."""
    return min(
        range(1, len(weights) + 1),
        key=lambda cut: max(sum(weights[:cut]), sum(weights[cut:])),
        default=0,
    )
