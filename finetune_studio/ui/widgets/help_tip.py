"""A tooltip for a part of a widget that paints its parts itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from finetune_studio.ui.widgets.text import plain_tooltip


def show_tip_of(
    widget: QWidget, event: QEvent, at: Callable[[float], int], words: Callable[[int], str]
) -> bool:
    """Answer an event that asks for help; return False for any other, and beside every part.

    Args:
        widget: whose event it is.
        event: of any kind.
        at: which part lies at an x in pixels of the widget; -1 for none.
        words: what is said of a part.
    """
    if not isinstance(event, QHelpEvent) or event.type() != QEvent.Type.ToolTip:
        return False
    part = at(event.pos().x())
    if part < 0:
        return False
    QToolTip.showText(event.globalPos(), plain_tooltip(words(part)), widget)
    return True
