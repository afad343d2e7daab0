"""The dialog that takes a model from a folder or a file of this computer."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.project.choices import Task
from finetune_studio.project.project import ModelChoice
from finetune_studio.ui.pages.model.local_model import LocalModel, architectures, pick
from finetune_studio.ui.widgets.buttons import primary, secondary
from finetune_studio.ui.widgets.calm_combo import CalmCombo
from finetune_studio.ui.widgets.drop_zone import DropZone
from finetune_studio.ui.widgets.text import ElidedText, body, caption, muted

_SIZE = (560, 440)
_FILTER = "Weights (*.safetensors)"
_CAPTION = (
    "A folder with config.json and .safetensors (transformers or timm), "
    "or one .safetensors file with the weights of a known architecture."
)


class LocalModelDialog(QDialog):
    """Asks for a folder or file; for bare weights, the architecture can be said as well."""

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Model from a folder or file")
        self.resize(*_SIZE)
        self._task = task
        self._model: LocalModel | None = None
        self.drop_zone = DropZone("Drop a model folder or file", _CAPTION, file_filter=_FILTER)
        self._path = ElidedText(strong=True)
        self._kind = muted()
        self._architecture_title = caption("Architecture of the weights")
        self.architecture = CalmCombo()
        self.architecture.setAccessibleName("Architecture of the weights")
        self._reason = body(tone="problem", wrap=True)
        self.use_button = primary("&Use this model")
        self.use_button.setDefault(True)
        self.cancel_button = secondary("Cancel")
        self._fill_architectures()
        self._build()
        self._show_model(None)
        self.drop_zone.paths_dropped.connect(self._on_paths_dropped)
        self.architecture.activated.connect(self._on_architecture_activated)
        self.use_button.clicked.connect(self.accept)
        self.cancel_button.clicked.connect(self.reject)

    @property
    def choice(self) -> ModelChoice | None:
        """The model the user described so far; ``None`` until it can be used."""
        return None if self._model is None else self._model.choice

    @property
    def reason(self) -> str:
        """Why the model cannot be used yet; empty when it can."""
        return self._reason.text()

    def take_path(self, path: Path) -> None:
        """Look at a folder or file."""
        self._show_model(pick(path, self._task))

    def _show_model(self, model: LocalModel | None) -> None:
        self._model = model
        found = model.choice if model is not None else None
        self._path.setText(str(model.path) if model is not None else "")
        self._kind.setText("" if found is None else f"For {found.task.title_text.lower()}")
        self._path.setVisible(model is not None)
        self._kind.setVisible(found is not None)
        asks = model is not None and found is not None and model.is_bare
        for widget in (self._architecture_title, self.architecture):
            widget.setVisible(asks)
        with QSignalBlocker(self.architecture):
            said = found.architecture if found is not None else ""
            self.architecture.setCurrentIndex(self.architecture.findData(said))
        self._reason.setText(model.trouble if model is not None else "")
        self.use_button.setEnabled(self.choice is not None)

    def _on_paths_dropped(self, paths: tuple[Path, ...]) -> None:
        self.take_path(paths[0])

    def _on_architecture_activated(self, row: int) -> None:
        if self._model is not None:
            self._show_model(self._model.with_architecture(str(self.architecture.itemData(row))))

    def _fill_architectures(self) -> None:
        self.architecture.addItem("Recognise it from the weights", "")
        for entry in architectures():
            self.architecture.addItem(f"{entry.title}  ({entry.id})", entry.id)

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._reason, 1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.use_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 20)
        layout.setSpacing(8)
        layout.addWidget(self.drop_zone, 1)
        for widget in (self._path, self._kind, self._architecture_title, self.architecture):
            layout.addWidget(widget)
        layout.addSpacing(8)
        layout.addLayout(buttons)
