"""Finding out: what computer this is, what the model is made of, what the data are like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import DataReport
from finetune_studio.project import model_catalog
from finetune_studio.project.choices import Target
from finetune_studio.project.model_files import is_available
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import Project
from finetune_studio.ui import wishes
from finetune_studio.ui.findings import Findings
from finetune_studio.ui.jobs import Jobs
from finetune_studio.ui.settling import facts_of
from finetune_studio.ui.store import Store

_FEWEST_LABELS = 2


def _outputs(report: DataReport) -> int:
    """Outputs the head needs for some data."""
    if report.target.kind is Target.NUMBER:
        return 1
    return max(_FEWEST_LABELS, len(report.labels))


class Discovery(QObject):
    """Keeps data report, model description, machine and available models up to date.

    What was found out once is remembered in the project's cache and shown at once when the same
    question comes up again.

    Signals:
        facts_learned: the store's facts are others now; recommendations may follow.
        work_wanted: something has to be found out soon; `catch_up` starts it.
    """

    facts_learned = Signal()
    work_wanted = Signal()

    def __init__(self, store: Store, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._jobs = jobs
        self._unknown: set[str] = set()
        self._described_labels = 0
        jobs.failed.connect(self._on_job_failed)

    def answers(self) -> dict[type, Callable[[Any], None]]:
        """The wishes that are answered here."""
        return {
            wishes.DownloadModel: self._download,
            wishes.DescribeModel: self._on_describe_wished,
            wishes.InspectData: self._on_inspect_wished,
            wishes.CancelActivity: self._cancel,
        }

    def results(self) -> dict[type, Callable[[Any], None]]:
        """The events that are taken up here."""
        return {
            ev.MachineDescribed: self._on_machine_described,
            ev.ModelDescribed: self._on_model_described,
            ev.ModelDownloaded: self._on_model_downloaded,
            ev.DataInspected: self._on_data_inspected,
        }

    def look_around(self) -> None:
        """Find out what computer this is and which models are here."""
        self._store.show(available=_available_models())
        self._jobs.start("machine", "describe_machine", {}, "Looking at this computer")

    def project_opened(self) -> None:
        """Show what is remembered of a project's model and data, and look at the data again."""
        self._recall_model()
        self._recall_data()
        if self._project.data is not None:
            self._want("inspect")

    def project_changed(self, fields: frozenset[str]) -> None:
        """Find out what the changed fields leave unknown."""
        if fields & {"data", "task"}:
            self._store.show(data_report=None)
        if fields & {"data", "task", "split", "cleaning"}:
            self._recall_data()
        if "model" in fields:
            self._store.show(model=None)
            self._recall_model()

    def catch_up(self) -> None:
        """Start finding out what is not known."""
        unknown, self._unknown = self._unknown, set()
        if "inspect" in unknown:
            self._inspect()
        if "describe" in unknown:
            if self._labels_are_coming:
                self._unknown.add("describe")
            else:
                self._describe()

    @property
    def _project(self) -> Project:
        return self._store.snapshot.project

    @property
    def _findings(self) -> Findings | None:
        folder = self._store.snapshot.folder
        return Findings(folder) if folder else None

    @property
    def _label_count(self) -> int:
        report = self._store.snapshot.data_report
        return _outputs(report) if report else _FEWEST_LABELS

    @property
    def _labels_are_coming(self) -> bool:
        """Whether a description made now would be of a head with the wrong number of labels."""
        return self._store.snapshot.data_report is None and self._jobs.is_busy("inspect")

    def _want(self, what: str) -> None:
        self._unknown.add(what)
        self.work_wanted.emit()

    def _recall_data(self) -> None:
        self._jobs.cancel("inspect")  # else its answer would be kept as that to the new question
        if self._project.data is None:
            return
        known = self._findings.data_report(self._project) if self._findings else None
        if known is None:
            self._want("inspect")
            return
        self._unknown.discard("inspect")
        self._show_report(known)

    def _recall_model(self) -> None:
        self._jobs.cancel("describe")
        if self._project.model is None:
            return
        self._described_labels = labels = self._label_count
        known = self._findings.model(self._project, labels) if self._findings else None
        if known is None:
            self._want("describe")
            return
        self._unknown.discard("describe")
        self._store.show(model=known)
        self._learn_facts()

    def _learn_facts(self) -> None:
        now = self._store.snapshot
        facts = facts_of(now.project, now.data_report)
        if facts != now.facts:
            self._store.show(facts=facts)
            self.facts_learned.emit()

    # ---------------------------------------------------------------------------------- jobs

    def _inspect(self) -> None:
        folder = self._store.snapshot.folder
        if self._project.data is None or folder is None:
            return
        arguments = {
            "project": self._project.model_dump(mode="json"),
            "cache": str(folder / "cache"),
        }
        self._jobs.start("inspect", "inspect_data", arguments, "Reading the data")

    def _describe(self) -> None:
        model = self._project.model
        if model is None:
            return
        entry = model_catalog.entry_for(model.id)
        if entry is not None and not is_available(entry):
            return  # the model page offers the download
        report = self._store.snapshot.data_report
        labels = [label.label for label in report.labels] if report else []
        if report is not None and report.target.kind is Target.NUMBER:
            labels = ["number"]
        arguments: dict[str, Any] = {"project": self._project.model_dump(mode="json")}
        if len(labels) == self._label_count:
            arguments["labels"] = labels
        self._jobs.start("describe", "describe_model", arguments, f"Opening {model.title}")

    def _download(self, wish: wishes.DownloadModel) -> None:
        entry = model_catalog.entry_for(wish.id)
        title = entry.title if entry else wish.id
        self._jobs.start(
            f"download:{wish.id}", "download_model", {"id": wish.id}, f"Downloading {title}"
        )

    def _cancel(self, wish: wishes.CancelActivity) -> None:
        self._jobs.cancel(wish.key)
        self._go_on()

    def _on_job_failed(self, key: str, problem: Problem) -> None:
        self._go_on()

    def _go_on(self) -> None:
        if self._unknown:
            self.work_wanted.emit()

    def _on_describe_wished(self, wish: wishes.DescribeModel) -> None:
        self._describe()

    def _on_inspect_wished(self, wish: wishes.InspectData) -> None:
        self._inspect()

    # ------------------------------------------------------------------------------- results

    def _on_machine_described(self, event: ev.MachineDescribed) -> None:
        self._store.show(machine=event.machine)

    def _on_model_downloaded(self, event: ev.ModelDownloaded) -> None:
        self._store.show(available=_available_models())
        entry = model_catalog.entry_for(event.id)
        self._store.notice_given.emit(f"{entry.title if entry else event.id} is on this computer.")
        model = self._project.model
        if model is not None and model.id == event.id:
            self._want("describe")

    def _on_model_described(self, event: ev.ModelDescribed) -> None:
        if self._findings is not None:
            self._findings.keep_model(self._project, self._described_labels, event.model)
        self._store.show(model=event.model)
        self._learn_facts()

    def _on_data_inspected(self, event: ev.DataInspected) -> None:
        if self._findings is not None:
            self._findings.keep_data_report(self._project, event.report)
        self._show_report(event.report)

    def _show_report(self, report: DataReport) -> None:
        self._store.show(data_report=report)
        self._learn_facts()
        # The head has one output a label, so its size is only known now.
        if self._label_count != self._described_labels and self._project.model is not None:
            self._recall_model()
        self._go_on()


def _available_models() -> frozenset[str]:
    return frozenset(entry.id for entry in model_catalog.CATALOG if is_available(entry))
