"""The model leaves: which format, where to, and the proof that it still says the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import Certificate
from finetune_studio.project.checks import Step, missing_for
from finetune_studio.runs.folder import RunFolder
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.export.certificate_card import CertificateCard
from finetune_studio.ui.pages.export.earlier_exports import EarlierExports
from finetune_studio.ui.pages.export.folder_field import FolderField, FolderState
from finetune_studio.ui.pages.export.format_cards import FormatCards
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.empty_state import EmptyState
from finetune_studio.ui.widgets.problem_card import ProblemList
from finetune_studio.ui.widgets.run_picker import RunPicker
from finetune_studio.ui.widgets.text import muted


class ExportPage(Page):
    """Formats as cards, a folder, progress, and the certificate."""

    title = "Export"
    sentence = "Take the model elsewhere. It is opened again and compared before you get it."
    measure = 1100

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._snapshot = Snapshot()
        self._chosen_folder = ""
        self._chosen: Certificate | None = None
        self.empty = EmptyState(
            "export",
            "Nothing to export yet",
            "Train once; then the model can leave.",
            "Go to Training",
        )
        self.picker = RunPicker("Run to export")
        self.formats = FormatCards()
        self.folder = FolderField()
        self.busy = BusyBar()
        self.problems = ProblemList()
        self.certificate = CertificateCard()
        self.earlier = EarlierExports()
        self._build()
        self._connect()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        if (snapshot.folder, snapshot.shown_run) != (
            self._snapshot.folder,
            self._snapshot.shown_run,
        ):
            self._chosen_folder = ""
        if snapshot.certificates != self._snapshot.certificates:
            self._chosen = None
        self._snapshot = snapshot
        usable = any(run.usable for run in snapshot.runs)
        self.empty.setVisible(not usable)
        self._content.setVisible(usable)
        self.picker.show_runs(snapshot.runs, snapshot.shown_run)
        self._show_folder()
        self._show_activity(snapshot.activity("export"))
        self._show_certificates(_one_a_folder(snapshot.certificates))

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        title = self.formats.format.title_text
        caption = f"Export as {title if title.isupper() else title.lower()}"
        usable = sum(run.usable for run in snapshot.runs)
        missing = missing_for(Step.EXPORT, snapshot.project, finished_runs=usable)
        activity = snapshot.activity("export")
        if missing:
            return caption, missing
        if activity is not None and activity.busy:
            return caption, "An export is under way"
        state = self.folder.state
        if state.stands_in_the_way:
            return caption, "Choose an empty or a new folder"
        return caption, "Choose a folder" if state is FolderState.UNNAMED else ""

    def primary_pressed(self, snapshot: Snapshot) -> bool:
        self._chosen = None
        folder = str(Path(self.folder.folder).expanduser())
        self.requested.emit(wishes.ExportRun(format=self.formats.format, folder=folder))
        return False

    def _build(self) -> None:
        self._content = QWidget()
        content = QVBoxLayout(self._content)
        content.setContentsMargins(0, 0, 0, 0)
        content.setSpacing(16)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(muted("Run"))
        row.addWidget(self.picker)
        row.addStretch(1)
        content.addLayout(row)
        content.addWidget(self.formats)
        place = Card("Folder")
        place.body.addWidget(self.folder)
        content.addWidget(place)
        for widget in (self.busy, self.problems, self.certificate, self.earlier):
            content.addWidget(widget)
        content.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self._content)
        layout.addStretch(0)

    def _connect(self) -> None:
        wish = self.requested.emit
        self.empty.action_requested.connect(partial(wish, wishes.GoToStep(Step.TRAINING)))
        self.busy.cancel_requested.connect(partial(wish, wishes.CancelActivity("export")))
        self.picker.run_chosen.connect(self._on_run_chosen)
        self.formats.format_chosen.connect(self._on_format_chosen)
        self.folder.folder_changed.connect(self._on_folder_changed)
        self.earlier.certificate_chosen.connect(self._on_certificate_chosen)

    def _show_folder(self) -> None:
        self.folder.show_folder(self._chosen_folder or self._default_folder())

    def _default_folder(self) -> str:
        run = next((r for r in self._snapshot.runs if r.name == self._snapshot.shown_run), None)
        if run is None:
            return ""
        return str(RunFolder(Path(run.folder)).exports / self.formats.format.value)

    def _show_activity(self, activity: Activity | None) -> None:
        problem = activity.problem if activity else None
        self.problems.show_problems((problem,) if problem else ())
        self.problems.setVisible(problem is not None)
        if activity is None or not activity.busy:
            self.busy.clear()
        elif activity.share is None:
            self.busy.show_busy(activity.phase)
        else:
            self.busy.show_progress(activity.phase, activity.share, 1.0, activity.seconds_left)

    def _show_certificates(self, certificates: tuple[Certificate, ...]) -> None:
        activity = self._snapshot.activity("export")
        self.certificate.setVisible(bool(certificates) and activity is None)
        self.earlier.setVisible(len(certificates) > 1)
        if certificates:
            shown = self._chosen if self._chosen in certificates else certificates[0]
            assert shown is not None
            self.certificate.show_certificate(shown)
            self.earlier.show_certificates(certificates, certificates.index(shown))

    def _on_run_chosen(self, run: str) -> None:
        if run != self._snapshot.shown_run:
            self.requested.emit(wishes.ShowRun(run))

    def _on_format_chosen(self) -> None:
        self._show_folder()
        self.primary_changed.emit()

    def _on_folder_changed(self, folder: str) -> None:
        self._chosen_folder = folder
        self.primary_changed.emit()

    def _on_certificate_chosen(self, certificate: Certificate) -> None:
        self._chosen = certificate
        self._show_certificates(_one_a_folder(self._snapshot.certificates))


def _one_a_folder(certificates: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """The newest of each folder: an export into the same folder replaced the one before."""
    newest = {certificate.folder: certificate for certificate in reversed(certificates)}
    return tuple(one for one in certificates if newest[one.folder] is one)
