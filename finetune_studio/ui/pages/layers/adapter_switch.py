"""Whether layers that are not frozen train themselves or get adapters, and what that takes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.events.run_estimate import RunEstimate
from finetune_studio.project import wording
from finetune_studio.project.choices import Adapters
from finetune_studio.ui.pages.layers.shares import share
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import caption

_SHORT = {Adapters.OFF: "Weights", Adapters.LORA: "Adapters"}
_OTHERS = {Adapters.OFF: "All weights", Adapters.LORA: "Adapters"}


class AdapterSwitch(QWidget):
    """Two segments, and a line that compares with the one not chosen.

    Signals:
        chosen: the user decided; carries the `Adapters`.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.segments = Segmented(
            [Option(one.value, _SHORT[one]) for one in Adapters], "What trains in a layer"
        )
        self.line = caption(wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.segments)
        layout.addWidget(self.line)
        self.segments.chosen.connect(self._on_chosen)

    def show_choice(self, choice: Adapters, other: RunEstimate) -> None:
        """Show what is chosen, and what a run takes with the other."""
        self.segments.choose(choice.value)
        name = next(_OTHERS[one] for one in Adapters if one is not choice)
        took = f"{share(other.end)} in about {wording.size(other.memory)}"
        self.line.setText(f"{name} would train {took}.")

    def _on_chosen(self, key: str) -> None:
        self.chosen.emit(Adapters(key))
