"""Every widget is shown in the application's own style, with made-up values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from finetune_studio.ui.theme import Scheme, current_theme


@pytest.fixture(autouse=True)
def _theme(qapp: QApplication) -> None:
    theme = current_theme()
    # Dressing the application anew takes seconds where earlier tests have left many widgets.
    if not qapp.styleSheet() or theme.scheme is not Scheme.LIGHT:
        theme.install(qapp)
        theme.choose(Scheme.LIGHT)


@pytest.fixture
def show(qtbot: QtBot) -> Callable[..., Any]:
    """Shows a widget, waits until it is there, and takes it away after the test."""

    def shown(widget: QWidget, width: int = 900, height: int = 500) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return shown
