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
    current_theme().install(qapp)
    current_theme().choose(Scheme.LIGHT)


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
