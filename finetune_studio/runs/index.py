"""A list of runs that need not be read again each time: SQLite over the run folders.

The folders are the truth. The index is rebuilt from them whenever it is missing, damaged or older
than they are; one written by a newer program is left alone. One process opens it: the window.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from pydantic import ValidationError

from finetune_studio.runs.folder import RunFolder, run_folders, summarize
from finetune_studio.runs.summary import RunSummary

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    folder TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    stamp TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS runs_by_project ON runs (project);
"""


class RunIndex:
    """Run summaries by project folder.

    Attributes:
        rebuilt: whether an unreadable file was set aside, so that the index started empty.
    """

    def __init__(self, file: Path) -> None:
        self.rebuilt = False
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = _opened(file)
        except sqlite3.DatabaseError:
            file.replace(file.with_suffix(".damaged"))
            self.rebuilt = True
            self._database = _opened(file)

    def runs(self, project_folder: Path) -> tuple[RunSummary, ...]:
        """The runs of a project, newest first; only folders that changed are read."""
        project = str(project_folder.resolve())
        known = self._known(project)
        summaries = []
        for folder in run_folders(project_folder):
            stamp = _stamp(folder)
            summary = _parsed(known.pop(str(folder), None), stamp)
            if summary is None:
                summary = summarize(folder)
                self._remember(project, folder, stamp, summary)
            summaries.append(summary)
        for vanished in known:
            self._database.execute("DELETE FROM runs WHERE folder = ?", (vanished,))
        self._database.commit()
        return tuple(summaries)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _known(self, project: str) -> dict[str, tuple[str, str]]:
        rows = self._database.execute(
            "SELECT folder, stamp, summary FROM runs WHERE project = ?", (project,)
        )
        return {folder: (stamp, summary) for folder, stamp, summary in rows}

    def _remember(self, project: str, folder: Path, stamp: str, summary: RunSummary) -> None:
        if summary.state.busy:
            return  # its process can end without touching the folder
        self._database.execute(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)",
            (str(folder), project, stamp, summary.model_dump_json()),
        )


def _opened(file: Path) -> sqlite3.Connection:
    """The database, checked, with its tables.

    Raises:
        sqlite3.DatabaseError: the file is no sound database.
    """
    database = sqlite3.connect(file)
    try:
        database.execute("PRAGMA trusted_schema = OFF")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            database.close()
            return _opened(Path(":memory:"))
        database.execute("PRAGMA journal_mode = TRUNCATE")
        database.execute("PRAGMA synchronous = FULL")
        _refuse_damaged(database)
        with database:
            database.executescript(_SCHEMA)
            database.execute(f"PRAGMA user_version = {_VERSION}")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _refuse_damaged(database: sqlite3.Connection) -> None:
    if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("quick_check failed")
    strange = database.execute("SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view')")
    if strange.fetchone() is not None:
        raise sqlite3.DatabaseError("the file holds triggers or views, which are not ours")


def _stamp(folder: Path) -> str:
    """What changes when a run does: size and time of its event file."""
    with contextlib.suppress(OSError):
        facts = RunFolder(folder).events_file.stat()
        return f"{facts.st_size} {facts.st_mtime_ns}"
    return ""


def _parsed(row: tuple[str, str] | None, stamp: str) -> RunSummary | None:
    if row is None or not stamp or row[0] != stamp:
        return None
    try:
        return RunSummary.model_validate_json(row[1])
    except ValidationError:
        return None
