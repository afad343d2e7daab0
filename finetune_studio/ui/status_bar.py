"""The line at the bottom: device, memory, what the workers do, and whether the network is used."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QStatusBar, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.decisions import state_in_words
from finetune_studio.ui.icons import pixmap
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.text import Text, caption

_ICON_PX = 14


class StatusBar(QStatusBar):
    """Four quiet facts, always in the same place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Status")
        self.device = _Fact("cpu", "Device")
        self.memory = _Fact("memory", "Memory")
        self.worker = _Fact("clock", "Work")
        self.network = _Fact("network", "Network")
        self.setSizeGripEnabled(False)
        facts = QWidget()
        row = QHBoxLayout(facts)
        row.setContentsMargins(16, 2, 16, 2)
        row.setSpacing(24)
        row.addWidget(self.device)
        row.addWidget(self.memory)
        row.addStretch(1)
        row.addWidget(self.worker)
        row.addWidget(self.network)
        self.addWidget(facts, 1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw what the snapshot says."""
        self.device.show_fact(_device(snapshot))
        self.memory.show_fact(_memory(snapshot))
        words = state_in_words(snapshot)
        self.worker.show_fact(words, "muted" if words == "Ready" else "accent")
        online = any(
            key.startswith("download:") and one.busy for key, one in snapshot.activities.items()
        )
        self.network.show_fact(
            "Network in use" if online else "Offline", "accent" if online else "muted"
        )


class _Fact(QWidget):
    def __init__(self, icon: str, name: str) -> None:
        super().__init__()
        self._icon_name = icon
        self._tone = "muted"
        self._icon = Text()
        self._text = caption()
        self._text.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(self._text)
        current_theme().changed.connect(self._draw_icon)
        self._draw_icon()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_fact(self, text: str, tone: str = "muted") -> None:
        if text != self._text.text():
            self._text.setText(text)
        self.setVisible(bool(text))
        if tone != self._tone:
            self._tone = tone
            self._text.set_tone(tone)
            self._draw_icon()

    def _draw_icon(self) -> None:
        scale = self.devicePixelRatioF()
        self._icon.setPixmap(pixmap(self._icon_name, _ICON_PX, self._tone, scale))


def _device(snapshot: Snapshot) -> str:
    if snapshot.machine is None:
        return ""
    compute = snapshot.history.compute if snapshot.history.state.busy else None
    running = compute.device if compute is not None else ""
    for device in snapshot.machine.devices:
        if device.id == running:
            return device.title
    return snapshot.machine.devices[0].title if snapshot.machine.devices else ""


def _memory(snapshot: Snapshot) -> str:
    if snapshot.machine is None:
        return ""
    total = wording.size(snapshot.machine.memory)
    if snapshot.history.state.busy and snapshot.history.memory:
        return f"{wording.size(snapshot.history.memory)} of {total}"
    return total
