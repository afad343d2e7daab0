"""What was learned before, so that the model does not forget it: chosen, joined, shared out."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QWidget

from finetune_studio.events.events import EarlierDataInspected
from finetune_studio.project import wording
from finetune_studio.project.choices import Task
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import EarlierChoice, Project
from finetune_studio.project.settings.remembering import earlier_per_batch
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.data.earlier_columns import EarlierColumns
from finetune_studio.ui.pages.data.empty_view import FILE_FILTER
from finetune_studio.ui.pages.data.report_fixes import OUTSIDE, with_its_fix
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.buttons import quiet, secondary
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.dropped import dropped_paths, offer_to_take
from finetune_studio.ui.widgets.field_declaration import declarations
from finetune_studio.ui.widgets.problem_card import ProblemList
from finetune_studio.ui.widgets.slider_editor import SliderEditor
from finetune_studio.ui.widgets.text import ElidedText, body, caption

ACTIVITY = "earlier"

_TITLE = "Earlier data"
_WHY = (
    "So that the model does not forget what it learned before: a few earlier samples stand in "
    "every batch, and what is forgotten is measured."
)
_HOW = "Drop a folder, a table or a run here, or choose one."
_SHARE = next(one for one in declarations(Hyperparameters) if one.name == "replay_share")
_SLIDER_WIDTH = 240
_NOUNS = {Task.IMAGE: "picture", Task.TEXT: "text"}


class EarlierCard(Card):
    """Takes a folder, a table or a run, by drop or by choice.

    Signals:
        edited: a new `Project`, after the user chose, removed, shared out or mended.
        requested: a wish from `ui/wishes.py`.
        grown: there is more to see of what the user is about here.
    """

    edited = Signal(object)
    requested = Signal(object)
    grown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_TITLE, _WHY, parent=parent)
        self.setAcceptDrops(True)
        self.choose_button = secondary("C&hoose", "folder")
        self.remove_button = quiet("Remo&ve", "close")
        self.remove_button.setAccessibleName("Remove the earlier data")
        self.menu = QMenu(self.choose_button)
        self.choose_button.setMenu(self.menu)
        self.source = ElidedText(strong=True, mode=Qt.TextElideMode.ElideMiddle)
        self.words = caption(wrap=True)
        self.columns = EarlierColumns()
        self.share = SliderEditor(_SHARE)
        self.share_words = caption()
        self.busy = BusyBar(narrow=True)
        self.problems = ProblemList()
        self._read = EarlierChoice()
        self._runs: tuple[str, ...] = ()
        self._project = Project()
        self._build()
        self._show_menu(Snapshot())

    def show_earlier(self, snapshot: Snapshot) -> None:
        """Show what is remembered, or how to choose it."""
        self._project = snapshot.project
        self._show_menu(snapshot)
        path = snapshot.project.earlier.path
        given = bool(path)
        found = snapshot.earlier
        if found is not None and found.path != path:
            found = None  # of what was chosen before
        self.choose_button.setText("C&hange" if given else "C&hoose")
        self.remove_button.setVisible(given)
        self.set_caption(_WHY if given else f"{_WHY} {_HOW}")
        self.source.setText(_source(found, path))
        self.source.setVisible(given)
        self.words.setText(_found_words(found, snapshot.project.task))
        self.words.setVisible(given and bool(self.words.text()))
        self._show_columns(found, snapshot.project)
        self._show_share(snapshot.project, is_usable=given and (found is None or found.samples > 0))
        self._show_activity(found, snapshot)

    def _show_share(self, project: Project, *, is_usable: bool) -> None:
        share, batch = project.training.replay_share, project.training.batch_size
        for part in (self._share_title, self.share, self.share_words):
            part.setVisible(is_usable)
        self.share.show_value(share)
        self.share_words.setText(_share_words(share, batch))

    def _show_activity(self, found: EarlierDataInspected | None, snapshot: Snapshot) -> None:
        earlier, activity = snapshot.project.earlier, snapshot.activity(ACTIVITY)
        given, is_busy = bool(earlier.path), activity is not None and activity.busy
        self.busy.setVisible(given and is_busy)
        if given and activity is not None and is_busy:
            self.busy.show_busy(activity.phase or "Reading the earlier data")
        problem = activity.problem if activity is not None else None
        problems = [problem] if problem is not None else list(found.problems if found else ())
        shown = [with_its_fix(one, earlier.leave_out) for one in problems] if given else []
        self.problems.show_problems(shown)
        self.problems.setVisible(bool(shown))

    def _show_columns(self, found: EarlierDataInspected | None, project: Project) -> None:
        """Show how a table was read; while it is read again, what was known of it."""
        if found is not None and found.table is not None:
            self._read = project.earlier
            self.columns.show_table(project.earlier, found.table, project.task)
        elif found is not None or project.earlier.path != self._read.path:
            self._read = EarlierChoice()
        self.columns.setVisible(bool(self._read.path))

    def _build(self) -> None:
        self.add_action(self.remove_button)
        self.add_action(self.choose_button)
        self._share_title = body(_SHARE.title)
        self._share_title.setBuddy(self.share)
        self.share.setFixedWidth(_SLIDER_WIDTH)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._share_title)
        row.addWidget(self.share)
        row.addWidget(self.share_words, 1)
        self.body.addWidget(self.source)
        self.body.addWidget(self.words)
        self.body.addWidget(self.columns)
        self.body.addLayout(row)
        self.body.addWidget(self.busy)
        self.body.addWidget(self.problems)
        self.remove_button.clicked.connect(self._on_remove_clicked)
        self.columns.chosen.connect(self._on_column_chosen)
        self.share.committed.connect(self._on_share_chosen)
        self.share.moved.connect(self._on_moved)
        self.problems.fix_requested.connect(self._on_fix_requested)
        self.busy.cancel_requested.connect(self._on_cancel_requested)

    def _show_menu(self, snapshot: Snapshot) -> None:
        runs = tuple(run.folder for run in snapshot.runs if run.usable)
        if runs == self._runs and self.menu.actions():
            return
        self._runs = runs
        self.menu.clear()
        self.menu.addAction("Choose a folder…", self._on_folder_action)
        self.menu.addAction("Choose a file…", self._on_file_action)
        if runs:
            self.menu.addSeparator()
        for folder in runs:
            name = f"The data of run {Path(folder).name}"
            self.menu.addAction(name, partial(self._choose, Path(folder)))

    def _on_folder_action(self) -> None:
        title = "Choose a folder of samples, a run or a project"
        if path := QFileDialog.getExistingDirectory(self, title):
            self._choose(Path(path))

    def _on_file_action(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose a file", "", FILE_FILTER)
        if path:
            self._choose(Path(path))

    def _choose(self, path: Path) -> None:
        if str(path) == self._project.earlier.path:
            self.requested.emit(wishes.InspectEarlier())
        else:
            self.edited.emit(self._project.edited(earlier=EarlierChoice(path=str(path))))

    def _on_remove_clicked(self) -> None:
        self.edited.emit(self._project.edited(earlier=EarlierChoice()))

    def _on_column_chosen(self, field: str, value: object) -> None:
        earlier = self._project.earlier.edited(**{field: value})
        self.edited.emit(self._project.edited(earlier=earlier))

    def _on_share_chosen(self, share: float) -> None:
        training = self._project.training.edited(replay_share=share)
        pinned = tuple(dict.fromkeys((*self._project.pinned, _SHARE.name)))
        self.edited.emit(self._project.edited(training=training, pinned=pinned))

    def _on_fix_requested(self, code: str) -> None:
        earlier = self._project.earlier
        if code == OUTSIDE:
            mended = earlier.edited(allow_outside=True)
        else:
            mended = earlier.edited(leave_out=(*earlier.leave_out, code))
        self.edited.emit(self._project.edited(earlier=mended))

    def _on_moved(self, share: float) -> None:
        self.share_words.setText(_share_words(share, self._project.training.batch_size))

    def _on_cancel_requested(self) -> None:
        self.requested.emit(wishes.CancelActivity(ACTIVITY))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        focus = self.focusWidget()
        is_used = focus is not None and focus.hasFocus()
        if is_used and event.size().height() > event.oldSize().height():
            self.grown.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        offer_to_take(event, one=True)

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._choose(dropped_paths(event)[0])


def _source(found: EarlierDataInspected | None, path: str) -> str:
    source = found.source if found is not None else path
    return source[:1].upper() + source[1:]


def _found_words(found: EarlierDataInspected | None, task: Task) -> str:
    if found is None or not found.samples:
        return ""
    samples = wording.plural(found.samples, _NOUNS[task])
    line = f"{samples} to learn from again, {found.validation:,} to measure forgetting on."
    known = wording.plural(len(found.known), "label")
    kept = f"The model's head keeps what it knows of {known}." if found.known else ""
    return " ".join(part for part in (line, found.words, kept) if part)


def _share_words(share: float, batch_size: int) -> str:
    count = earlier_per_batch(share, batch_size)
    if not count:
        return "None are learned from; what is forgotten is measured"
    return f"{count} of the {batch_size} samples in each batch"
