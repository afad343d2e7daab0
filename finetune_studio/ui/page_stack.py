"""The pages of the window, of which one is shown; each is built when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.page_frame import PageFrame

WELCOME = -1
_BETWEEN_PAGES_MS = 20


class PageStack(QStackedWidget):
    """The welcome page and one framed page a step.

    Signals:
        edited: a new `Project`, decided on a page.
        requested: a wish, uttered on a page.
        back_requested: the user wants the step before.
        next_requested: the user pressed the primary button.
    """

    edited = Signal(object)
    requested = Signal(object)
    back_requested = Signal()
    next_requested = Signal()

    def __init__(
        self,
        welcome: QWidget,
        makers: Sequence[Callable[[], Page]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._welcome = welcome
        self._makers = tuple(makers)
        self._pages: dict[int, Page] = {}
        self._frames: dict[int, PageFrame] = {}
        self._snapshot = Snapshot()
        self._ahead = QTimer(self)
        self._ahead.setInterval(_BETWEEN_PAGES_MS)
        self._ahead.timeout.connect(self._on_time_to_build)
        self.addWidget(welcome)

    @property
    def step(self) -> int:
        """The step whose page is shown; `WELCOME` for the welcome page."""
        shown = self.currentWidget()
        return next((step for step, frame in self._frames.items() if frame is shown), WELCOME)

    def page(self, step: int) -> Page:
        """A step's page."""
        self._build(step)
        return self._pages[step]

    def frame(self, step: int) -> PageFrame:
        """The frame around a step's page."""
        self._build(step)
        return self._frames[step]

    def show_step(self, step: int) -> None:
        """Show a step's page, or the welcome page."""
        shown = self._welcome if step == WELCOME else self.frame(step)
        self.setCurrentWidget(shown)
        shown.setFocus()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Let the page that is shown draw a snapshot; the others do when they are shown."""
        self._snapshot = snapshot
        if self.step != WELCOME:
            self._pages[self.step].show_snapshot(snapshot)
            self._show_primary()

    def press_primary(self) -> bool:
        """Do what the primary button says; whether the next page should be shown."""
        step = self.step
        return self._pages[step].primary_pressed(self._snapshot) and step + 1 < len(self._makers)

    def build_ahead(self) -> None:
        """Build what nobody has asked for yet, a page at a time, while nothing else happens."""
        self._ahead.start()

    def _on_time_to_build(self) -> None:
        missing = [step for step in range(len(self._makers)) if step not in self._pages]
        if missing:
            self._build(missing[0])
            # Half the work of a page is done when it is first shown, unless it was drawn before.
            self._pages[missing[0]].show_snapshot(self._snapshot)
            self._frames[missing[0]].resize(self.size())
            self._frames[missing[0]].grab()
        else:
            self._ahead.stop()

    def _build(self, step: int) -> None:
        if step in self._pages:
            return
        page = self._makers[step]()
        frame = PageFrame(page.title, page.sentence, measure=page.measure, scrolls=page.scrolls)
        frame.content.addWidget(page)
        frame.show_back(step > 0)
        page.edited.connect(self.edited)
        page.requested.connect(self.requested)
        page.primary_changed.connect(self._show_primary)
        frame.back_requested.connect(self.back_requested)
        frame.next_requested.connect(self.next_requested)
        self._pages[step], self._frames[step] = page, frame
        self.addWidget(frame)

    def _show_primary(self) -> None:
        if self.step == WELCOME:
            return
        caption, reason = self._pages[self.step].primary(self._snapshot)
        frame = self._frames[self.step]
        frame.next_button.setVisible(bool(caption))
        frame.set_next(caption, not reason, reason)
