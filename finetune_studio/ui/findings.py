"""What was found out about data and model, kept in the project's cache for the next opening."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from finetune_studio.events.descriptions import DataReport, ModelDescription
from finetune_studio.project.cleaning import active, in_words
from finetune_studio.project.files import write_atomic
from finetune_studio.project.project import Project
from finetune_studio.project.value import Value

_Found = TypeVar("_Found", bound=Value)
_MEASURED = "2"  # counts what is measured of a model, so that earlier versions' is measured again


class Findings:
    """Reports and descriptions in a folder, one file for each decision they answer."""

    def __init__(self, project_folder: Path) -> None:
        self._folder = project_folder / "cache" / "findings"

    def data_report(self, project: Project) -> DataReport | None:
        """What is known of the project's data, divided and cleaned as it decides."""
        report = self._read(_data_key(project), DataReport)
        if report is not None and report.previews and not Path(report.previews).is_file():
            return None
        return report

    def keep_data_report(self, project: Project, report: DataReport) -> None:
        """Remember a report as the answer to the project's data, split and cleaning."""
        self._write(_data_key(project), report)

    def model(self, project: Project, labels: int) -> ModelDescription | None:
        """What is known of the project's model with a head for so many labels."""
        return self._read(_model_key(project, labels), ModelDescription)

    def keep_model(self, project: Project, labels: int, model: ModelDescription) -> None:
        """Remember a description as the answer to the project's model."""
        self._write(_model_key(project, labels), model)

    def _read(self, key: str, kind: type[_Found]) -> _Found | None:
        try:
            return kind.model_validate_json((self._folder / f"{key}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def _write(self, key: str, found: Value) -> None:
        # The cache may be deleted or full at any time; it is then found out again.
        with contextlib.suppress(OSError):
            write_atomic(self._folder / f"{key}.json", found.model_dump_json())


def _data_key(project: Project) -> str:
    data = project.data.model_dump_json() if project.data else ""
    parts = [project.task, data, project.split.model_dump_json()]
    if active(project.cleaning):
        parts.append(in_words(project.cleaning))
    return _key("data", *parts)


def _model_key(project: Project, labels: int) -> str:
    model = project.model.model_dump_json() if project.model else ""
    return _key("model", model, str(labels), _MEASURED)


def _key(kind: str, *parts: str) -> str:
    return f"{kind}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"
