"""The place to drop files and folders, or to choose them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CARD_RADIUS, current_theme
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.dropped import dropped_paths, offer_to_take
from finetune_studio.ui.widgets.text import heading, muted

_ICON_PX = 40


class DropZone(QWidget):
    """A large dashed area with a line on what belongs there and buttons for the keyboard.

    Signals:
        paths_dropped: the user dropped or chose files or folders; carries a tuple of ``Path``.
    """

    paths_dropped = Signal(tuple)

    def __init__(
        self,
        title: str,
        caption: str,
        *,
        folders: bool = True,
        files: bool = True,
        file_filter: str = "",
        icon: str = "folder",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._icon = icon
        self._file_filter = file_filter
        self._is_over = False
        self._title = heading(title, wrap=True)
        self._caption = muted(caption, wrap=True)
        self.folder_button = secondary("Choose a &folder", "folder")
        self.file_button = secondary("Choose a f&ile", "file")
        self.folder_button.clicked.connect(self._on_folder_clicked)
        self.file_button.clicked.connect(self._on_file_clicked)
        self._build()
        self.folder_button.setVisible(folders)
        self.file_button.setVisible(files)
        self.set_texts(title, caption)

    def set_texts(self, title: str, caption: str) -> None:
        """Say what belongs here."""
        self._title.setText(title)
        self._caption.setText(caption)
        self.setAccessibleName(title)
        self.setAccessibleDescription(caption)

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.folder_button)
        buttons.addWidget(self.file_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 32 + _ICON_PX + 12, 32, 32)
        layout.setSpacing(8)
        layout.addStretch(1)
        for text in (self._title, self._caption):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(text)
        layout.addSpacing(8)
        layout.addLayout(buttons)
        layout.addStretch(1)

    def _on_folder_clicked(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Choose a folder")
        if path:
            self.paths_dropped.emit((Path(path),))

    def _on_file_clicked(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Choose a file", "", self._file_filter)
        if paths:
            self.paths_dropped.emit(tuple(Path(path) for path in paths))

    def _set_over(self, over: bool) -> None:
        self._is_over = over
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if offer_to_take(event):
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._set_over(False)
        paths = dropped_paths(event)
        if paths:
            event.acceptProposedAction()
            self.paths_dropped.emit(paths)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.color("accent" if self._is_over else "muted"), 2 if self._is_over else 1.2)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(theme.tint("accent", 0.10) if self._is_over else theme.color("surface"))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(1, 1, -1, -1), CARD_RADIUS, CARD_RADIUS
        )
        area = QRectF(0, 0, _ICON_PX, _ICON_PX)
        area.moveCenter(QRectF(self.rect()).center())
        area.moveBottom(self._title.geometry().top() - 12)
        paint_icon(painter, self._icon, area, theme.color("accent" if self._is_over else "muted"))
