"""A wheel that passes over a field scrolls the page, and changes no setting."""

from __future__ import annotations

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget


def is_meant(field: QWidget, event: QWheelEvent) -> bool:
    """Whether the wheel turns a field: after it was clicked or reached with Tab.

    Any other wheel is left to the page.
    """
    if not field.hasFocus():
        event.ignore()
    return field.hasFocus()
