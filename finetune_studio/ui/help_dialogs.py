"""Help that needs no page: the keyboard map, and what this program is."""

from __future__ import annotations

from importlib import metadata

from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import MachineDescription
from finetune_studio.ui.brand import Mark
from finetune_studio.ui.menus import keyboard_map
from finetune_studio.ui.widgets.buttons import primary
from finetune_studio.ui.widgets.chip import Chip
from finetune_studio.ui.widgets.text import body, muted, title


class _HelpDialog(QDialog):
    def __init__(self, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(name)
        self.content = QVBoxLayout()
        self.content.setSpacing(16)
        close = primary("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(20)
        layout.addLayout(self.content)
        layout.addLayout(row)


class KeyboardDialog(_HelpDialog):
    """Every shortcut, with what it does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Keyboard", parent)
        self.content.addWidget(title("Keyboard"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(8)
        rows = keyboard_map()
        half = -(-len(rows) // 2)
        for index, (what, keys) in enumerate(rows):
            column = 2 * (index // half)
            grid.addWidget(body(what), index % half, column)
            grid.addWidget(
                Chip(keys.replace("Return", "Enter"), tone="muted"), index % half, column + 1
            )
        self.content.addLayout(grid)


class AboutDialog(_HelpDialog):
    """The version, the licence, and what the worker runs on."""

    def __init__(self, machine: MachineDescription | None, parent: QWidget | None = None) -> None:
        super().__init__("About Finetune Studio", parent)
        self.content.addWidget(Mark(48))
        self.content.addWidget(title(f"Finetune Studio {metadata.version('finetune-studio')}"))
        self.content.addWidget(
            body("Fine-tune pretrained models on your own pictures and texts, on this computer.")
        )
        self.content.addWidget(muted("Apache License 2.0. Models have licences of their own."))
        if machine is not None:
            versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
            self.content.addWidget(muted(versions, wrap=True))
