"""The second step: which data are learned from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.project.choices import Target
from finetune_studio.project.cleaning import Cleaning
from finetune_studio.project.problems import Severity
from finetune_studio.project.project import DataChoice, Project, SplitChoice
from finetune_studio.ui.pages.data.earlier_card import ACTIVITY as _EARLIER
from finetune_studio.ui.pages.data.empty_view import EmptyView
from finetune_studio.ui.pages.data.report_fixes import OUTSIDE
from finetune_studio.ui.pages.data.report_view import ReportView
from finetune_studio.ui.pages.data.source_bar import SourceBar
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.dropped import dropped_paths, offer_to_take
from finetune_studio.ui.widgets.state_panel import StatePanel
from finetune_studio.ui.wishes import CancelActivity, InspectData

_ACTIVITY = "inspect"
_CLEANING = "clean"
_UNSEEN_MS = 300
_READER_FIELDS = (
    "text_column",
    "image_column",
    "label_column",
    "split_column",
    "label_separator",
    "delimiter",
    "encoding",
)


class DataPage(Page):
    """Takes a folder or a table, and shows what is in it before anything is trained."""

    title = "Data"
    sentence = "Bring your labelled samples, and look at what will be learned."
    scrolls = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.source = SourceBar()
        self.busy = BusyBar()
        self.empty = EmptyView()
        self.state = StatePanel("data")
        self.report = ReportView()
        self._pages = QStackedWidget()
        for page in (self.empty, self.state, self.report):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.source)
        layout.addWidget(self.busy)
        layout.addWidget(self._pages, 1)
        self._project = Project()
        self._shown: tuple[object, ...] = ()
        self._reading: Activity | None = None
        # Reading that is over at once, as after most decisions, would only make the page jump.
        self._unseen = QTimer(self, singleShot=True, interval=_UNSEEN_MS)
        self._connect()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._project = snapshot.project
        activity = snapshot.activity(_ACTIVITY)
        shown = (
            snapshot.project,
            snapshot.data_report,
            activity,
            snapshot.cleaning_effect,
            snapshot.activity(_CLEANING),
            snapshot.earlier,
            snapshot.activity(_EARLIER),
            snapshot.runs,
        )
        if shown == self._shown:
            return
        self._shown = shown
        data = snapshot.project.data
        self.source.setVisible(data is not None)
        if data is None:
            self._show_progress(None)
            self.empty.show_task(snapshot.project.task)
            self._pages.setCurrentWidget(self.empty)
            return
        self.source.show_source(data.path, snapshot.data_report)
        self.source.set_reload_enabled(activity is None or not activity.busy)
        if snapshot.data_report is None:
            self._show_state(activity)
        else:
            self._show_report(snapshot, activity)

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        return "Next", _reason(snapshot)

    def _show_report(self, snapshot: Snapshot, activity: Activity | None) -> None:
        assert snapshot.data_report is not None
        self._show_progress(activity)
        trouble = [activity.problem] if activity is not None and activity.problem else []
        self.report.show_report(snapshot.project, snapshot.data_report, trouble)
        self.report.show_cleaning(snapshot)
        self.report.earlier.show_earlier(snapshot)
        self._pages.setCurrentWidget(self.report)

    def _show_progress(self, activity: Activity | None) -> None:
        self._reading = activity if activity is not None and activity.busy else None
        if self._reading is None:
            self._unseen.stop()
            self.busy.clear()
        elif self.busy.isHidden():
            if not self._unseen.isActive():
                self._unseen.start()
        else:
            self._show_reading()

    def _show_reading(self) -> None:
        activity = self._reading
        if activity is None:
            return
        if activity.share is None:
            self.busy.show_busy(activity.phase or "Reading the data")
        else:
            self.busy.show_progress(activity.phase, activity.share, 1.0, activity.seconds_left)

    def _show_state(self, activity: Activity | None) -> None:
        self._show_progress(None)
        self._pages.setCurrentWidget(self.state)
        if activity is None:
            self.state.show_empty(
                "The data are not read yet",
                "Nothing is changed while they are read.",
                "Read the data",
            )
        elif activity.problem is None:
            phase = activity.phase or "Reading the data"
            self.state.show_busy(phase, activity.share, activity.seconds_left)
        else:
            decided = any(getattr(self._project.data, field) for field in _READER_FIELDS)
            action = "Detect columns and encoding again" if decided else "Try again"
            self.state.show_problem(activity.problem, action)

    def _choose_path(self, path: Path) -> None:
        data = DataChoice(path=str(path))
        if data == self._project.data:
            self.requested.emit(InspectData())
        else:
            self.edited.emit(self._project.edited(data=data))

    def _edit_data(self, **changes: object) -> None:
        if self._project.data is not None:
            self.edited.emit(self._project.edited(data=self._project.data.edited(**changes)))

    def _on_path_chosen(self, path: Path) -> None:
        self._choose_path(path)

    def _on_reload_requested(self) -> None:
        self.requested.emit(InspectData())

    def _on_cancel_requested(self) -> None:
        self.requested.emit(CancelActivity(_ACTIVITY))

    def _on_option_chosen(self, field: str, value: object) -> None:
        self._edit_data(**{field: value})

    def _on_fractions_chosen(self, validation: float, test: float) -> None:
        split = SplitChoice(validation=validation, test=test, seed=self._project.split.seed)
        if split != self._project.split:
            self.edited.emit(self._project.edited(split=split))

    def _on_fix_requested(self, code: str) -> None:
        data = self._project.data
        if data is None:
            return
        if code == OUTSIDE:
            self._edit_data(allow_outside=True)
        elif code in data.leave_out:
            self._edit_data(leave_out=tuple(one for one in data.leave_out if one != code))
        else:
            self._edit_data(leave_out=(*data.leave_out, code))

    def _on_cleaning_chosen(self, steps: Cleaning) -> None:
        self.edited.emit(self._project.edited(cleaning=steps))

    def _on_state_fix_requested(self, code: str) -> None:
        decided = {field: "" for field in _READER_FIELDS if getattr(self._project.data, field)}
        if decided:
            self._edit_data(**decided)
        else:
            self.requested.emit(InspectData())

    def _on_unseen_over(self) -> None:
        self._show_reading()

    def _connect(self) -> None:
        self._unseen.timeout.connect(self._on_unseen_over)
        self.empty.path_chosen.connect(self._on_path_chosen)
        self.source.path_chosen.connect(self._on_path_chosen)
        self.source.reload_requested.connect(self._on_reload_requested)
        self.busy.cancel_requested.connect(self._on_cancel_requested)
        self.state.cancel_requested.connect(self._on_cancel_requested)
        self.state.action_requested.connect(self._on_reload_requested)
        self.state.fix_requested.connect(self._on_state_fix_requested)
        self.report.option_chosen.connect(self._on_option_chosen)
        self.report.fractions_chosen.connect(self._on_fractions_chosen)
        self.report.fix_requested.connect(self._on_fix_requested)
        self.report.cleaning.cleaning_chosen.connect(self._on_cleaning_chosen)
        self.report.cleaning.requested.connect(self.requested)
        self.report.earlier.edited.connect(self.edited)
        self.report.earlier.requested.connect(self.requested)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        offer_to_take(event, one=True)

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._choose_path(dropped_paths(event)[0])


def _reason(snapshot: Snapshot) -> str:
    """Why the step after the data cannot be entered yet, in words for the footer."""
    activity = snapshot.activity(_ACTIVITY)
    report = snapshot.data_report
    if snapshot.project.data is None:
        return "Choose your data to go on"
    if activity is not None:
        return "Reading the data" if activity.busy else "Solve the problem with the data to go on"
    if report is None:
        return "Read the data to go on"
    if any(problem.severity is Severity.ERROR for problem in report.problems):
        return "Solve the problem with the data to go on"
    if len(report.labels) < 2 and report.target.kind is Target.LABEL:
        return "Two labels at least are needed to go on"
    return ""
