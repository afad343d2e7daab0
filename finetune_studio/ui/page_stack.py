"""The pages of the window, of which one is shown; each is built when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget
from shiboken6 import isValid

from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.page_frame import PageFrame

WELCOME = -1
_BETWEEN_PIECES_MS = 20
_PIECE = 40  # widgets
_QUIET_MS = 400
_LASTING = ("folder", "project", "data_report", "model", "machine", "facts", "runs", "evaluation")


class PageStack(QStackedWidget):
    """The welcome page and one framed page a step.

    Signals:
        edited: a new `Project`, decided on a page.
        requested: a wish, uttered on a page.
        back_requested: the user wants the step before.
        next_requested: the user pressed the primary button.
        built_ahead: every page is there.
    """

    edited = Signal(object)
    requested = Signal(object)
    back_requested = Signal()
    next_requested = Signal()
    built_ahead = Signal()

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
        self._work = self._done_ahead()
        self._ahead = QTimer(self)
        self._ahead.setInterval(_BETWEEN_PIECES_MS)
        self._ahead.timeout.connect(self._on_time_to_build)
        self._outdated: list[int] = []
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._quiet.timeout.connect(self._on_quiet)
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

    def show_step(self, step: int, snapshot: Snapshot) -> None:
        """Show a step's page with a snapshot drawn on it, or the welcome page."""
        self._snapshot = snapshot
        shown = self._welcome if step == WELCOME else self.frame(step)
        if step != WELCOME:
            # Drawn before it is seen, a page is laid out once and not anew for each change.
            self._pages[step].show_snapshot(snapshot)
        self.setCurrentWidget(shown)
        self._show_primary()
        shown.setFocus()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Let the page that is shown draw a snapshot; the others do when they are shown.

        What a run does not change by the second they draw before, as soon as it is quiet.
        """
        if _differs(snapshot, self._snapshot):
            self._outdated = list(self._pages)
            self._quiet.start(_QUIET_MS)
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
        for _piece in self._work:
            return
        self._ahead.stop()
        self.built_ahead.emit()

    def _done_ahead(self) -> Iterator[None]:
        """Do the work of all pages in pieces that nobody notices."""
        for step in range(len(self._makers)):
            if step in self._pages:
                continue
            self._build(step)
            yield
            yield from _polished(self._frames[step])
            # Half the work of a page is done when it is first shown, unless it was drawn before.
            self._pages[step].show_snapshot(self._snapshot)
            self._frames[step].resize(self.size())
            self._frames[step].grab()
            yield

    def _on_quiet(self) -> None:
        """Draw one page that nobody sees, so that less is left to do when it is turned to."""
        if not self._outdated:
            return
        step = self._outdated.pop()
        if step != self.step:
            self._pages[step].show_snapshot(self._snapshot)
        self._quiet.start(_BETWEEN_PIECES_MS)

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


def _polished(frame: QWidget) -> Iterator[None]:
    """Apply the style sheet to all that a page holds, shown or not yet, a few widgets at a time."""
    for number, widget in enumerate(frame.findChildren(QWidget), start=1):
        if isValid(widget):  # it may have gone since the last piece
            widget.ensurePolished()
        if number % _PIECE == 0:
            yield


def _differs(one: Snapshot, other: Snapshot) -> bool:
    """Whether anything is different that stays as it is for a while."""
    return any(getattr(one, name) is not getattr(other, name) for name in _LASTING)
