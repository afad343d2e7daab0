"""What the window remembers between two starts. Nothing in it decides about any training."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pydantic import Field, ValidationError

from finetune_studio.project.choices import Task
from finetune_studio.project.files import write_atomic
from finetune_studio.project.value import Value
from finetune_studio.ui.theme import Scheme

_MOST_RECENT = 12


class RecentProject(Value):
    """A project that was open once.

    Attributes:
        opened_at: seconds since the epoch.
    """

    folder: str
    name: str
    task: Task
    opened_at: float = 0.0

    @property
    def missing(self) -> bool:
        """Whether its folder has gone or moved since."""
        return not Path(self.folder).is_dir()


class Settings(Value):
    """The window's memory.

    Attributes:
        recent: newest first.
        geometry: of the window, as Qt saves it, in base64.
        last_folders: where a kind of file dialog was used last.
    """

    recent: tuple[RecentProject, ...] = ()
    scheme: Scheme = Scheme.SYSTEM
    geometry: str = ""
    last_folders: dict[str, str] = Field(default_factory=dict)

    def with_recent(self, project: RecentProject) -> Settings:
        """With a project put first."""
        others = (other for other in self.recent if other.folder != project.folder)
        return self.edited(recent=(project, *others)[:_MOST_RECENT])

    def without_recent(self, folder: str) -> Settings:
        """With a project forgotten; its folder stays as it is."""
        return self.edited(recent=tuple(one for one in self.recent if one.folder != folder))

    def with_last_folder(self, kind: str, folder: str) -> Settings:
        """With the folder a kind of file dialog opens in next time."""
        return self.edited(last_folders={**self.last_folders, kind: folder})


class SettingsFile:
    """The settings, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.settings = _read(path)

    def keep(self, settings: Settings) -> None:
        """Replace the settings, in memory and on disk."""
        if settings == self.settings:
            return
        self.settings = settings
        # A read-only home must not keep anybody from working.
        with contextlib.suppress(OSError):
            write_atomic(self._path, settings.model_dump_json(indent=2) + "\n")


def _read(path: Path) -> Settings:
    try:
        return Settings.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Settings()
