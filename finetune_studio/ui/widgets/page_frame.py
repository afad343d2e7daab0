"""The frame of every page: what it is, its content, and the one way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from finetune_studio.ui.widgets.buttons import primary, secondary
from finetune_studio.ui.widgets.text import muted
from finetune_studio.ui.widgets.text import title as title_text

_SIDE = 24
_UNLIMITED = 16_777_215


class PageFrame(QWidget):
    """Title, one sentence, content, and a footer with Back and one primary button.

    ``content`` is the layout the page fills. With ``measure`` the content grows no wider than so
    many pixels, so that text stays readable on a wide screen.

    Signals:
        back_requested: the user wants the step before.
        next_requested: the user pressed the primary button.
    """

    back_requested = Signal()
    next_requested = Signal()

    def __init__(
        self,
        title: str,
        sentence: str,
        next_text: str = "Next",
        *,
        measure: int | None = None,
        scrolls: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = title_text(title)
        self._sentence = muted(sentence, wrap=True)
        self._reason = muted("")
        self.back_button = secondary("&Back", "chevron-left")
        self.next_button = primary(next_text)
        self.back_button.clicked.connect(self.back_requested)
        self.next_button.clicked.connect(self.next_requested)
        self.content = QVBoxLayout()
        self.content.setSpacing(16)
        self._actions = QHBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._build_head())
        layout.addWidget(self._build_content(measure, scrolls), 1)
        layout.addWidget(self._build_footer())
        self.set_title(title)

    def set_title(self, title: str) -> None:
        """Name the page."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def set_next(self, text: str, enabled: bool, reason: str = "") -> None:
        """Write the primary button and, while it is off, the reason beside it."""
        self.next_button.setText(text)
        if not enabled and self.next_button.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # else the first control would light up
        self.next_button.setEnabled(enabled)
        self.next_button.setAccessibleDescription("" if enabled else reason)
        self._reason.setText("" if enabled else reason)

    @property
    def reason(self) -> str:
        """Why the primary button is off; empty while it is on."""
        return self._reason.text()

    def show_back(self, shown: bool) -> None:
        """The first page has nowhere to go back to."""
        self.back_button.setVisible(shown)

    def add_action(self, widget: QWidget) -> None:
        """Put a control at the top right, beside the title."""
        self._actions.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)

    def _build_head(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self._title)
        texts.addWidget(self._sentence)
        self._actions.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(_SIDE, 20, _SIDE, 12)
        head.setSpacing(16)
        head.addLayout(texts, 1)
        head.addLayout(self._actions)
        return head

    def _build_content(self, measure: int | None, scrolls: bool) -> QWidget:
        inner = QWidget()
        inner.setObjectName("page-content")
        inner.setMaximumWidth(measure + 2 * _SIDE if measure else _UNLIMITED)
        inner.setLayout(self.content)
        self.content.setContentsMargins(_SIDE, 4, _SIDE, 24)
        if not scrolls:
            return inner
        area = QScrollArea()
        area.setObjectName("page-scroll")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        area.viewport().setAutoFillBackground(False)
        return area

    def _build_footer(self) -> QFrame:
        footer = QFrame()
        footer.setObjectName("page-footer")
        row = QHBoxLayout(footer)
        row.setContentsMargins(_SIDE, 12, _SIDE, 12)
        row.setSpacing(12)
        row.addWidget(self.back_button)
        row.addStretch(1)
        self._reason.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._reason)
        row.addWidget(self.next_button)
        return footer
