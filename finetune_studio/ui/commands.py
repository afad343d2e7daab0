"""What the menus can do that is no page's business: projects, their folder, help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from finetune_studio.ui import wishes
from finetune_studio.ui.help_dialogs import AboutDialog, KeyboardDialog
from finetune_studio.ui.new_project_dialog import NewProjectDialog
from finetune_studio.ui.session import Session


class Commands(QObject):
    """Asks what has to be asked in a dialog, and tells the session."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window

    def slots(self) -> dict[str, Callable[[], None]]:
        """The commands by the keys of their menu entries."""
        return {
            "new": self.new_project,
            "open": self.open_project,
            "rename": self.rename_project,
            "show_folder": self.show_folder,
            "close_project": self._session.close_project,
            "undo": self._session.undo,
            "redo": self._session.redo,
            "keyboard": self.show_keyboard,
            "about": self.show_about,
        }

    def new_project(self) -> None:
        """Ask for a name, a place and a task, and make a project."""
        dialog = NewProjectDialog(self._window)
        if dialog.exec():
            self._session.ask(dialog.wish())
        dialog.deleteLater()

    def open_project(self) -> None:
        """Ask for a project folder and open it."""
        settings = self._session.settings
        start = settings.last_folders.get("projects", "")
        folder = QFileDialog.getExistingDirectory(self._window, "Open a project folder", start)
        if folder:
            self._session.remember(settings.with_last_folder("projects", str(Path(folder).parent)))
            self._session.ask(wishes.OpenProject(folder))

    def rename_project(self) -> None:
        """Ask for another name."""
        project = self._session.snapshot.project
        name, agreed = QInputDialog.getText(
            self._window, "Rename project", "Name", text=project.name
        )
        if agreed and name.strip():
            self._session.edit(project.edited(name=name.strip()))

    def forget_project(self, folder: str) -> None:
        """Take a project off the list of recent ones."""
        self._session.remember(self._session.settings.without_recent(folder))

    def show_folder(self) -> None:
        """Show the project's folder in the system's file manager."""
        folder = self._session.snapshot.folder
        if folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def show_keyboard(self) -> None:
        """Show every shortcut."""
        self._show(KeyboardDialog(self._window))

    def show_about(self) -> None:
        """Show what this program is."""
        self._show(AboutDialog(self._session.snapshot.machine, self._window))

    def _show(self, dialog: KeyboardDialog | AboutDialog) -> None:
        dialog.exec()
        dialog.deleteLater()
