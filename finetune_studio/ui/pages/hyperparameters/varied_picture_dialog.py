"""One training picture, large: as it is, and as training may see it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import VariedPicture
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.picture_grid import GridPicture, PictureGrid
from finetune_studio.ui.widgets.text import ElidedText, caption, heading

_SIDE = 360


class VariedPictureDialog(QDialog):
    """Two pictures side by side; the arrow keys go to the next variation."""

    def __init__(self, picture: VariedPicture, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = picture
        self._number = number
        self.setWindowTitle(picture.label)
        self.grid = PictureGrid("The picture as it is, and varied")
        self.grid.setFixedSize(2 * _SIDE, _SIDE)
        self._where = ElidedText(picture.where)
        self._which = caption()
        self.previous_button = secondary("Previous variation")
        self.next_button = secondary("Next variation")
        self.close_button = secondary("Close")
        self.previous_button.clicked.connect(self._on_previous_clicked)
        self.next_button.clicked.connect(self._on_next_clicked)
        self.close_button.clicked.connect(self.accept)
        self._build()
        self._show()

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.previous_button)
        buttons.addWidget(self.next_button)
        buttons.addWidget(self._which)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(heading(self._picture.label))
        layout.addWidget(self._where)
        layout.addWidget(self.grid, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(buttons)
        self.next_button.setFocus()

    def _show(self) -> None:
        picture, number = self._picture, self._number
        plain = GridPicture(picture.path, "As it is")
        varied = GridPicture(picture.varied[number], f"Variation {number + 1}")
        self.grid.show_pictures([[plain, varied]])
        self._which.setText(f"Right: variation {number + 1} of {len(picture.varied)}")

    def _on_previous_clicked(self) -> None:
        self._number = (self._number - 1) % len(self._picture.varied)
        self._show()

    def _on_next_clicked(self) -> None:
        self._number = (self._number + 1) % len(self._picture.varied)
        self._show()
