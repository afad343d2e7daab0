"""Where Tab goes: through a window as it is read, however late its parts were made.

Qt's own order is that in which widgets were made. Pages here are made after the buttons below
them, and their cards come and go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QLayout,
    QWidget,
)

_Cell = tuple[int, int, int, int]  # row, column, and how many of each; Qt's stubs do not tell


def focus_next(window: QWidget, *, forward: bool) -> bool:
    """Give the focus to the next control of a window, or to the one before; around at the ends.

    Returns:
        Whether there is any that could take it.
    """
    widgets = list(_in_order(window))
    focus = QApplication.focusWidget()
    here = widgets.index(focus) if focus in widgets else -1
    after = [*widgets[here + 1 :], *widgets[: max(here, 0)]]
    if not forward:
        after.reverse()
    wanted = next((widget for widget in after if _takes_tab(widget)), None)
    if wanted is None:
        return False
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    wanted.setFocus(reason)
    return True


def _takes_tab(widget: QWidget) -> bool:
    policy = Qt.FocusPolicy.TabFocus
    return (
        widget.focusPolicy() & policy == policy
        and widget.focusProxy() is None
        and widget.isEnabled()
    )


def _in_order(widget: QWidget) -> Iterator[QWidget]:
    """A widget and all that is seen in it, as it is read."""
    yield widget
    for child in _children(widget):
        yield from _in_order(child)


def _children(widget: QWidget) -> list[QWidget]:
    """First those a layout holds, as it holds them, then the others from the top down."""
    seen = [
        child
        for child in widget.children()
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow()
    ]
    layout = widget.layout()
    laid_out = [child for child in _laid_out(layout) if child in seen] if layout else []
    free = [child for child in seen if child not in laid_out]
    free.sort(key=lambda child: (child.y(), child.x()))
    return [*laid_out, *free]


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    places = list(range(layout.count()))
    if isinstance(layout, QGridLayout):
        cells = {place: cast(_Cell, layout.getItemPosition(place)) for place in places}
        places.sort(key=lambda place: cells[place][:2])
    for item in filter(None, map(layout.itemAt, places)):
        if (widget := item.widget()) is not None:
            yield widget
        elif (inner := item.layout()) is not None:
            yield from _laid_out(inner)
