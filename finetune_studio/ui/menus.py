"""The menus, and with them every shortcut. Each entry is a row of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from finetune_studio.ui.decisions import NAMES
from finetune_studio.ui.theme import Scheme

SCHEMES = {Scheme.SYSTEM: "Follow the &system", Scheme.LIGHT: "&Light", Scheme.DARK: "&Dark"}


@dataclass(frozen=True)
class Entry:
    """One line of a menu.

    Attributes:
        key: what tests and the window call it.
        text: with the mnemonic marked by ``&``.
        shortcut: in Qt's portable notation; empty for none.
    """

    key: str
    text: str
    shortcut: str = ""


SEPARATOR = Entry("", "")
MENUS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "&File",
        (
            Entry("new", "&New project …", "Ctrl+N"),
            Entry("open", "&Open project …", "Ctrl+O"),
            SEPARATOR,
            Entry("rename", "&Rename project …", "F2"),
            Entry("show_folder", "Show project &folder"),
            Entry("close_project", "&Close project", "Ctrl+W"),
            SEPARATOR,
            Entry("quit", "&Quit", "Ctrl+Q"),
        ),
    ),
    (
        "&Edit",
        (
            Entry("undo", "&Undo", "Ctrl+Z"),
            Entry("redo", "&Redo", "Ctrl+Shift+Z"),
        ),
    ),
    (
        "&Go",
        (
            *(
                Entry(f"step_{number}", f"&{number} {name}", f"Ctrl+{number}")
                for number, name in enumerate(NAMES, start=1)
            ),
            SEPARATOR,
            Entry("primary", "Press the &main button", "Ctrl+Return"),
        ),
    ),
    ("&View", (Entry("full_screen", "&Full screen", "F11"),)),
    (
        "&Help",
        (
            Entry("keyboard", "&Keyboard", "F1"),
            Entry("about", "&About Finetune Studio"),
        ),
    ),
)

_OF_PROJECT = {"rename", "show_folder", "close_project", "primary"}


class Menus(QObject):
    """Builds the menu bar of a window and keeps its actions by key.

    Signals:
        step_requested: the user wants to go to a step; carries its index.
    """

    step_requested = Signal(int)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.actions: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        for title, entries in MENUS:
            self._add_menu(title, entries)
        self.schemes = self._add_schemes(self._menus["&View"])

    def connect_actions(self, slots: dict[str, Callable[[], object]]) -> None:
        """Connect actions, by key, to bound methods of the window."""
        for key, slot in slots.items():
            self.actions[key].triggered.connect(slot)

    def show_possible(self, *, is_open: bool, can_undo: bool, can_redo: bool) -> None:
        """Allow what makes sense now."""
        for key, action in self.actions.items():
            if key in _OF_PROJECT or key.startswith("step_"):
                action.setEnabled(is_open)
        self.actions["undo"].setEnabled(can_undo)
        self.actions["redo"].setEnabled(can_redo)

    def choose_scheme(self, scheme: Scheme) -> None:
        """Tick a theme without choosing it."""
        for action in self.schemes.actions():
            action.setChecked(action.data() == scheme.value)

    def _add_menu(self, title: str, entries: tuple[Entry, ...]) -> None:
        menu = self._window.menuBar().addMenu(title)
        self._menus[title] = menu
        for entry in entries:
            if entry is SEPARATOR:
                menu.addSeparator()
                continue
            action = menu.addAction(entry.text)
            if entry.shortcut:
                action.setShortcut(QKeySequence(entry.shortcut))
            if entry.key.startswith("step_"):
                action.setData(int(entry.key.removeprefix("step_")) - 1)
                action.triggered.connect(self._on_step_triggered)
            self.actions[entry.key] = action

    def _on_step_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.step_requested.emit(action.data())

    def _add_schemes(self, menu: QMenu) -> QActionGroup:
        group = QActionGroup(self._window)
        themes = menu.addMenu("&Theme")
        for scheme, text in SCHEMES.items():
            action = themes.addAction(text)
            action.setCheckable(True)
            action.setData(scheme.value)
            group.addAction(action)
        return group


def keyboard_map() -> tuple[tuple[str, str], ...]:
    """Every shortcut with what it does, for the Help menu."""
    listed = [
        (entry.text.replace("&", "").removesuffix(" …"), entry.shortcut)
        for _, entries in MENUS
        for entry in entries
        if entry.shortcut
    ]
    return (*listed, *_EVERYWHERE)


_EVERYWHERE = (
    ("Go to the next control", "Tab"),
    ("Choose what has the focus", "Space"),
    ("Move the frost line, a slider or a list", "Arrow keys"),
)
