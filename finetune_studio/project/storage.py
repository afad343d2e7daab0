"""The project's file: ``project.json``, versioned, migrated forward, replaced atomically."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from finetune_studio.project.files import write_atomic
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import FORMAT_VERSION, Project

FILE_NAME = "project.json"

# From a version to the next one. A migration takes and gives the raw JSON object.
_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def project_file(folder: Path) -> Path:
    """Where a project folder keeps its decisions."""
    return folder / FILE_NAME


def is_project(folder: Path) -> bool:
    """Whether a folder is a project folder."""
    return project_file(folder).is_file()


def save(project: Project, folder: Path) -> None:
    """Write the project into its folder, which is made when it does not exist.

    Raises:
        ProblemError: the folder cannot be written to.
    """
    try:
        write_atomic(project_file(folder), project.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise ProblemError.of(
            f"The project could not be saved in {folder}.",
            f"{error.strerror or error}.",
            "Make the folder writable or free some space; the last saved state is still there.",
            where=str(folder),
            code="project_save",
        ) from error


def load(folder: Path) -> Project:
    """Read the project of a folder.

    Raises:
        ProblemError: there is none, it is damaged, or it is of a newer version.
    """
    file = project_file(folder)
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProblemError.of(
            f"{folder} is not a project.",
            f"It has no {FILE_NAME}.",
            "Choose a folder made by “New project”.",
            where=str(folder),
            code="project_missing",
        ) from None
    except (OSError, ValueError) as error:
        raise _damaged(file, str(error)) from error
    if not isinstance(raw, dict):
        raise _damaged(file, "It is not a JSON object")
    try:
        return Project.model_validate(_migrated(raw, file))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _damaged(file, f"{place}: {first['msg']}") from error


def _migrated(raw: dict[str, Any], file: Path) -> dict[str, Any]:
    version = raw.get("version", 1)
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise ProblemError.of(
            f"{file} was written by a newer version.",
            f"Its format is {version}; this program knows {FORMAT_VERSION}.",
            "Update Finetune Studio.",
            where=str(file),
            code="project_newer",
        )
    while version < FORMAT_VERSION:
        raw = _MIGRATIONS[version](raw)
        version += 1
    return {**raw, "version": FORMAT_VERSION}


def _damaged(file: Path, why: str) -> ProblemError:
    return ProblemError.of(
        f"{file} cannot be read.",
        f"{why}.",
        "Restore it from a backup, or make a new project.",
        where=str(file),
        code="project_damaged",
    )
