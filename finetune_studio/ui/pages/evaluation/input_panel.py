"""Where the user gives the model something: a picture dropped, chosen or pasted, or a text."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QStackedLayout, QVBoxLayout, QWidget

from finetune_studio.project.choices import Task
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.drop_zone import DropZone
from finetune_studio.ui.widgets.text import caption

_HEIGHT = 224
_FILTER = "Pictures (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff)"
_RETURN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class InputPanel(QWidget):
    """A drop zone for pictures or a field for texts, as the task is.

    Signals:
        input_given: the user gave something; carries a path, or the text.
    """

    input_given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEIGHT)
        self._folder: Path | None = None
        self.drop_zone = DropZone(
            "Drop a picture",
            "or choose one, or paste with Ctrl+V",
            folders=False,
            file_filter=_FILTER,
            icon="image",
        )
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("Write or paste a text")
        self.text.setAccessibleName("Text to classify")
        self.text.setTabChangesFocus(True)
        self.classify_button = secondary("&Classify", "play")
        self.classify_button.setEnabled(False)
        self._paste = QShortcut(QKeySequence.StandardKey.Paste, self.drop_zone)
        self._paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.drop_zone)
        self._stack.addWidget(self._text_page())
        self._connect()

    def show_task(self, task: Task, folder: Path | None) -> None:
        """Take pictures or texts; pasted pictures are kept in the folder's cache."""
        self._folder = folder
        self._stack.setCurrentIndex(0 if task is Task.IMAGE else 1)

    def paste(self) -> None:
        """Take the picture, or the picture's file, that lies on the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        if files:
            self.input_given.emit(files[0])
        elif data.hasImage() and self._folder is not None:
            image = QGuiApplication.clipboard().image()
            self.input_given.emit(str(_kept(image, self._folder / "cache" / "pasted")))

    def _text_page(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout()
        row.addWidget(self.classify_button)
        row.addWidget(caption("Ctrl+Enter"))
        row.addStretch(1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.text, 1)
        layout.addLayout(row)
        return page

    def _connect(self) -> None:
        # The button inside has the focus when somebody tabs here, and paste must work from there.
        self.drop_zone.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._paste.activated.connect(self.paste)
        self.drop_zone.paths_dropped.connect(self._on_paths_dropped)
        self.text.textChanged.connect(self._on_text_changed)
        self.text.installEventFilter(self)
        self.classify_button.clicked.connect(self._on_classify_clicked)

    def _on_paths_dropped(self, paths: tuple[Path, ...]) -> None:
        self.input_given.emit(str(paths[0]))

    def _on_text_changed(self) -> None:
        self.classify_button.setEnabled(bool(self.text.toPlainText().strip()))

    def _on_classify_clicked(self) -> None:
        text = self.text.toPlainText().strip()
        if text:
            self.input_given.emit(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.text and isinstance(event, QKeyEvent):
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            pressed = event.type() == QEvent.Type.KeyPress
            if pressed and control and event.key() in _RETURN_KEYS:
                self._on_classify_clicked()
                return True
        return super().eventFilter(watched, event)


def _kept(image: QImage, folder: Path) -> Path:
    """The picture as a file, named by its content, so that pasting twice keeps one."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    content = bytes(buffer.data().data())
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.png"
    file.write_bytes(content)
    return file
