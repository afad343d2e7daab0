"""From the options of the command line to a project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune_studio.events.descriptions import DataReport
from finetune_studio.events.facts import facts_of
from finetune_studio.project import storage
from finetune_studio.project.choices import Target
from finetune_studio.project.choosing import with_model
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.problems import ProblemError, Severity
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.project.recommendation import fill_recommended
from finetune_studio.project.settings_path import with_settings


@dataclass(frozen=True)
class Columns:
    """How a table is read, as far as it was said.

    Attributes:
        target: what a sample has.
        separator: between the labels of a cell.
        several: columns of one label each, with commas between them.
    """

    text: str = ""
    label: str = ""
    image: str = ""
    target: Target | None = None
    separator: str = ""
    several: str = ""


def make(folder: Path, model: str, data: str, columns: Columns, settings: list[str]) -> Project:
    """A project from options; nothing is written.

    Raises:
        ProblemError: the folder is a project already, or an option names nothing we know.
    """
    if storage.is_project(folder):
        raise ProblemError.of(
            f"{folder} is a project already.",
            "Making a new one there would lose its decisions.",
            "Choose another folder, or train the one that is there.",
            where=str(folder),
            code="project_exists",
        )
    project = Project(name=folder.absolute().name)
    if model:
        project = with_model(project, choice_from_text(model))
    if data:
        project = project.edited(data=data_choice(data, columns))
    return with_settings(project, settings)


def data_choice(data: str, columns: Columns) -> DataChoice:
    """The decision to read some data.

    Raises:
        ProblemError: there is nothing at that path.
    """
    path = Path(data).expanduser().resolve()
    if not path.exists():
        raise ProblemError.of(
            f"{path} is not there.",
            "No file or folder has that name.",
            "Check the spelling, or connect the drive it lies on.",
            where=str(path),
            code="data_missing",
        )
    return DataChoice(
        path=str(path),
        text_column=columns.text,
        label_column=columns.label,
        image_column=columns.image,
        target=columns.target,
        label_separator=columns.separator,
        label_columns=tuple(name.strip() for name in columns.several.split(",") if name.strip()),
    )


def inspection_arguments(data: str, columns: Columns) -> dict[str, Any]:
    """Arguments of the job that reads data through, for data of no project."""
    project = Project(data=data_choice(data, columns))
    return {"project": project.model_dump(mode="json"), "any_task": True}


def refuse_unusable(report: DataReport) -> None:
    """Let only data pass that can be trained on.

    Raises:
        ProblemError: the first problem that stands in the way.
    """
    for problem in report.problems:
        if problem.severity is Severity.ERROR:
            raise ProblemError(problem)


def with_report(project: Project, report: DataReport) -> Project:
    """The project with what an inspection found out taken over.

    Raises:
        ProblemError: the data cannot be trained on, or the model is for another task.
    """
    refuse_unusable(report)
    if project.model is not None and report.task != project.task:
        wanted, found = project.task.title_text.lower(), report.task.title_text.lower()
        raise ProblemError.of(
            f"{project.model.title} is a model for {wanted}, but the data hold {found}.",
            "A model can only learn from what it can read.",
            f"Choose a model for {found}, or other data.",
            code="task_mismatch",
        )
    project = project.edited(task=report.task)
    facts = facts_of(project, report)
    return fill_recommended(project, facts)
