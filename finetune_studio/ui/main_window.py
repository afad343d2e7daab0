"""The window: the steps at the left, one page at a time, and what holds for all pages.

It owns no state. What it shows comes from the session's snapshots; what the user does goes back
to the session as an edited project or a wish.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QWidget,
)

from finetune_studio.project.problems import Problem
from finetune_studio.ui import decisions, wishes
from finetune_studio.ui.closing import ask_to_stop
from finetune_studio.ui.commands import Commands
from finetune_studio.ui.menus import Menus
from finetune_studio.ui.notices import Notices
from finetune_studio.ui.page_stack import WELCOME, PageStack
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.pages.welcome_page import WelcomePage
from finetune_studio.ui.session import Session
from finetune_studio.ui.side_bar import SideBar
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.status_bar import StatusBar
from finetune_studio.ui.theme import Scheme, current_theme
from finetune_studio.ui.widgets.dropped import dropped_paths, offer_to_take, too_many
from finetune_studio.ui.widgets.tab_order import focus_next
from finetune_studio.ui.widgets.toast import Toaster

_APPLICATION = "Finetune Studio"
_SMALLEST = (1024, 700)
_FIRST_SIZE = (1280, 800)
_STOPPING = (
    "Stopping the run; the window closes when what it reached is saved. Close again to not wait."
)
_LONGEST_STOP_MS = 60_000


class MainWindow(QMainWindow):
    """Shows one page after another, and the session through them.

    Signals:
        first_painted: the window has been seen for the first time.
    """

    first_painted = Signal()

    def __init__(
        self,
        session: Session,
        pages: Sequence[Callable[[], Page]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.welcome = WelcomePage()
        self.side = SideBar()
        self.status = StatusBar()
        self.stack = PageStack(self.welcome, pages)
        self.menus = Menus(self)
        self.commands = Commands(session, self)
        self.toaster = Toaster(self._build())
        self._notices = Notices(session, self.toaster, self)
        self._patience = QTimer(self, singleShot=True, interval=_LONGEST_STOP_MS)
        self._wanted_step = WELCOME
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._on_turn)
        self._closing = False
        self._was_painted = False
        self._connect_session()
        self._connect_pages()
        self._connect_menus()
        self.menus.choose_scheme(session.settings.scheme)
        self.go_to(WELCOME)
        self._on_snapshot_changed(session.snapshot)

    @property
    def step(self) -> int:
        """The step whose page is shown; `WELCOME` for the welcome page."""
        return self.stack.step

    def go_to(self, step: int) -> None:
        """Show a step's page, or say why it cannot be shown yet."""
        self._turn.stop()
        snapshot = self._session.snapshot
        if step != WELCOME:
            reason = decisions.closed_because(step, snapshot)
            if reason or snapshot.folder is None:
                self.toaster.show_toast(reason or "Open or make a project to go on")
                return
        self.stack.show_step(step, snapshot)
        self.side.setVisible(step != WELCOME)
        self._show_around_page(snapshot)

    def take_up_paths(self, paths: Sequence[Path]) -> None:
        """Use what was dropped: a project to open, or data."""
        if len(paths) > 1:
            self.toaster.show_toast(too_many(len(paths)))
        elif paths:
            self._session.take_up_data(paths[0])

    # ------------------------------------------------------------------------------- building

    def _build(self) -> QWidget:
        self.setMinimumSize(*_SMALLEST)
        self.resize(*_FIRST_SIZE)
        self.setAcceptDrops(True)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.side)
        row.addWidget(self.stack, 1)
        row.setContentsMargins(0, 0, 0, 0)
        central = QWidget()
        central.setLayout(row)
        self.setCentralWidget(central)
        self.setStatusBar(self.status)
        geometry = self._session.settings.geometry
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode("ascii")))
        return central

    def _connect_session(self) -> None:
        self._session.snapshot_changed.connect(self._on_snapshot_changed)
        self._session.settings_changed.connect(self._on_settings_changed)
        self._session.activity_failed.connect(self._on_activity_failed)
        self._session.step_requested.connect(self._on_step_requested)
        self._session.training_ended.connect(self._on_training_ended)
        self._patience.timeout.connect(self._session.kill_training)
        self._on_settings_changed()

    def _connect_pages(self) -> None:
        self.side.steps.step_requested.connect(self.go_to)
        self.side.home_requested.connect(self._session.close_project)
        self.side.rename_requested.connect(self.commands.rename_project)
        self.welcome.requested.connect(self._session.ask)
        self.welcome.open_requested.connect(self.commands.open_project)
        self.welcome.forget_requested.connect(self.commands.forget_project)
        self.welcome.paths_dropped.connect(self.take_up_paths)
        self.stack.edited.connect(self._session.edit)
        self.stack.requested.connect(self._session.ask)
        self.stack.back_requested.connect(self._on_back_requested)
        self.stack.next_requested.connect(self._on_next_requested)

    def _connect_menus(self) -> None:
        self.menus.connect_actions(
            {
                **self.commands.slots(),
                "quit": self.close,
                "primary": self._on_primary_shortcut,
                "full_screen": self._on_full_screen_requested,
            }
        )
        self.menus.step_requested.connect(self.go_to)
        self.menus.schemes.triggered.connect(self._on_scheme_chosen)

    # ------------------------------------------------------------------------------- showing

    def _on_snapshot_changed(self, snapshot: Snapshot) -> None:
        self._show_around_page(snapshot)
        self.stack.show_snapshot(snapshot)

    def _show_around_page(self, snapshot: Snapshot) -> None:
        self.side.show_snapshot(snapshot, self.step)
        self.status.show_snapshot(snapshot)
        self.menus.show_possible(
            is_open=snapshot.folder is not None,
            can_undo=self._session.can_undo,
            can_redo=self._session.can_redo,
        )
        name = f"{snapshot.project.name} – {_APPLICATION}" if snapshot.folder else _APPLICATION
        if self.windowTitle() != name:
            self.setWindowTitle(name)

    def _on_settings_changed(self) -> None:
        self.welcome.show_recent(self._session.settings.recent)

    def _on_activity_failed(self, key: str, problem: Problem) -> None:
        if decisions.step_of(key) != self.step:
            self._notices.tell_problem(problem)

    # ------------------------------------------------------------------------------- doing

    def _on_step_requested(self, step: int) -> None:
        # Opening a project and showing its page would keep the window busy for twice as long.
        self._wanted_step = step
        self._turn.start()

    def _on_turn(self) -> None:
        self.go_to(self._wanted_step)

    def _on_back_requested(self) -> None:
        self.go_to(self.step - 1)

    def _on_next_requested(self) -> None:
        following = self.step + 1
        if self.stack.press_primary():
            self.go_to(following)

    def _on_primary_shortcut(self) -> None:
        if self.step != WELCOME:
            self.stack.frame(self.step).next_button.click()

    def _on_full_screen_requested(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _on_scheme_chosen(self, action: QAction) -> None:
        scheme = Scheme(action.data())
        current_theme().choose(scheme)
        self._session.remember(self._session.settings.edited(scheme=scheme))

    # ------------------------------------------------------------------------------- closing

    def _on_training_ended(self) -> None:
        self._patience.stop()
        if self._closing:
            self.close()

    def focusNextPrevChild(self, forward: bool) -> bool:
        return focus_next(self, forward=forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._session.is_training:
            event.ignore()
            if self._closing:
                self._session.kill_training()
            elif ask_to_stop(self._session.snapshot.history, self):
                self._stop_and_close()
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self._session.remember(self._session.settings.edited(geometry=geometry))
        event.accept()

    def _stop_and_close(self) -> None:
        if not self._session.is_training:  # it ended while the question stood
            self.close()
            return
        self._closing = True
        self._session.ask(wishes.StopTraining())
        self.toaster.show_toast(_STOPPING, milliseconds=0)
        self._patience.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.first_painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        offer_to_take(event)

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.take_up_paths(dropped_paths(event))
