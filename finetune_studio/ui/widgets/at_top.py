"""A widget at the top of a page of its own, for stacks whose other pages fill their room."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget


def at_top(widget: QWidget) -> QWidget:
    """A page with a widget at its top and nothing below."""
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    layout.addStretch(1)
    return page
