"""The application: builds the long-lived objects, connects them, and runs the window."""

from __future__ import annotations

import locale
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from finetune_studio import places
from finetune_studio.project.problems import Problem
from finetune_studio.ui import wishes
from finetune_studio.ui.brand import app_icon
from finetune_studio.ui.collector import Collector
from finetune_studio.ui.crash_reports import CrashReports
from finetune_studio.ui.main_window import MainWindow
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.problem_dialog import ProblemDialog
from finetune_studio.ui.session import Session
from finetune_studio.ui.settings import SettingsFile
from finetune_studio.ui.theme import current_theme
from finetune_studio.worker.launcher import WorkerPool

EXIT_AFTER_START = "FINETUNE_STUDIO_EXIT_AFTER_START"


def main(*, sample: str = "", project: str = "") -> int:
    """Show the window, with a sample or the project in a folder open if one is named.

    Returns the exit code.
    """
    app = make_application(sys.argv[:1])
    studio = Studio(app)
    opened = wishes.OpenProject(project) if project else None
    studio.show(wishes.OpenSample(sample) if sample else opened)
    code = app.exec()
    studio.close()
    return code


def tour(out: Path, *, large: bool = False) -> int:
    """Walk every page of a sample project in both themes and write PNGs into a folder.

    It happens in a place of its own, which is gone afterwards: no project or setting is touched.

    Raises:
        ProblemError: something on the way failed.
    """
    from finetune_studio.ui.tour import run_tour

    with tempfile.TemporaryDirectory(prefix="finetune-studio-tour-") as home:
        os.environ[places.HOME_VARIABLE] = home
        studio = Studio(make_application(sys.argv[:1]))
        try:
            studio.session.look_around()
            run_tour(studio.session, studio.window, out.absolute(), large=large)
        finally:
            studio.close()
    return 0


def make_application(arguments: list[str]) -> QApplication:
    """The Qt application, sharp on every screen, with our name, icon and theme."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    app = QApplication(arguments)
    # Qt adopts the system's locale for C code too; a decimal comma breaks parsers there.
    locale.setlocale(locale.LC_NUMERIC, "C")
    app.setApplicationName("finetune-studio")
    app.setApplicationDisplayName("Finetune Studio")
    app.setDesktopFileName("finetune-studio")
    app.setWindowIcon(app_icon())
    current_theme().install(app)
    return app


class Studio(QObject):
    """Session, window and workers of one running application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        settings = SettingsFile(places.settings_file())
        current_theme().choose(settings.settings.scheme)
        self._first_wish: object | None = None
        self.workers = WorkerPool()
        self.session = Session(self.workers, settings, self)
        self.window = MainWindow(self.session, PAGES)
        self._collector = Collector(self)
        self._crashes = CrashReports(places.logs(), self)
        self._crashes.trouble_met.connect(self._on_trouble_met)
        self.window.first_painted.connect(self._on_first_painted)
        self.window.stack.built_ahead.connect(self._collector.set_aside)
        self._is_telling = False

    def show(self, first_wish: object | None = None) -> None:
        """Show the window; everything that takes time waits until it is painted."""
        self._first_wish = first_wish
        self._crashes.install()
        self._collector.start()
        self.window.show()

    def close(self) -> None:
        """End every worker and thread."""
        self.window.close()
        self.session.close()
        self._collector.stop()
        self._crashes.uninstall()
        self.window.deleteLater()

    def _on_first_painted(self) -> None:
        if os.environ.get(EXIT_AFTER_START):
            self.window.close()
            return
        if self._crashes.last_crash is not None:
            self._on_trouble_met(self._crashes.last_crash)
        if self._first_wish is not None:
            self.session.ask(self._first_wish)
        self.workers.warm()
        self.session.look_around()
        self.window.stack.build_ahead()

    def _on_trouble_met(self, problem: Problem) -> None:
        # Trouble in the dialog itself must not open dialog after dialog.
        if not self._is_telling:
            self._is_telling = True
            ProblemDialog(problem, self.window).exec()
            self._is_telling = False


# Imported when they are built: the first window waits for none of them, nor for plots.
def _model_page() -> Page:
    from finetune_studio.ui.pages.model_page import ModelPage

    return ModelPage()


def _data_page() -> Page:
    from finetune_studio.ui.pages.data_page import DataPage

    return DataPage()


def _layers_page() -> Page:
    from finetune_studio.ui.pages.layers_page import LayersPage

    return LayersPage()


def _hyperparameters_page() -> Page:
    from finetune_studio.ui.pages.hyperparameters_page import HyperparametersPage

    return HyperparametersPage()


def _training_page() -> Page:
    from finetune_studio.ui.pages.training_page import TrainingPage

    return TrainingPage()


def _evaluation_page() -> Page:
    from finetune_studio.ui.pages.evaluation_page import EvaluationPage

    return EvaluationPage()


def _export_page() -> Page:
    from finetune_studio.ui.pages.export_page import ExportPage

    return ExportPage()


PAGES: tuple[Callable[[], Page], ...] = (
    _model_page,
    _data_page,
    _layers_page,
    _hyperparameters_page,
    _training_page,
    _evaluation_page,
    _export_page,
)
