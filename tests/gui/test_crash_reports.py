"""What nobody caught is told: from slots, from threads, and at the next start."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finetune_studio.project.problems import Problem
from finetune_studio.ui.crash_reports import CrashReports


@pytest.fixture
def told(tmp_path: Path) -> tuple[CrashReports, list[Problem]]:
    crashes = CrashReports(tmp_path)
    problems: list[Problem] = []
    crashes.trouble_met.connect(problems.append)
    return crashes, problems


def test_an_exception_in_the_window_is_told_with_its_traceback(
    told: tuple[CrashReports, list[Problem]],
) -> None:
    crashes, problems = told
    try:
        raise ValueError("three is not four")
    except ValueError as error:
        crashes._on_exception(type(error), error, error.__traceback__)
    assert "three is not four" in problems[0].why
    assert "test_crash_reports.py" in problems[0].detail


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_exception_in_a_thread_is_told_in_the_window(
    qtbot: QtBot, told: tuple[CrashReports, list[Problem]]
) -> None:
    crashes, problems = told
    crashes.install()
    try:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    finally:
        crashes.uninstall()
    qtbot.waitUntil(lambda: bool(problems))
    assert "ZeroDivisionError" in problems[0].why


def test_ctrl_c_is_no_trouble(
    told: tuple[CrashReports, list[Problem]], capsys: pytest.CaptureFixture[str]
) -> None:
    crashes, problems = told
    crashes._on_exception(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert problems == []


def test_a_hard_crash_is_told_at_the_next_start(qapp: QApplication, tmp_path: Path) -> None:
    program = (
        "import faulthandler, pathlib, sys\n"
        "from finetune_studio.ui.crash_reports import CrashReports\n"
        f"crashes = CrashReports(pathlib.Path({str(tmp_path)!r}))\n"
        "crashes.install()\n"
        "faulthandler._sigsegv()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode != 0
    crash = CrashReports(tmp_path).last_crash
    assert crash.code == "crashed"
    assert "Segmentation fault" in crash.detail or "egmentation" in crash.detail
    assert CrashReports(tmp_path).last_crash is None


def test_an_orderly_end_leaves_no_report(qapp: QApplication, tmp_path: Path) -> None:
    crashes = CrashReports(tmp_path)
    crashes.install()
    crashes.uninstall()
    assert CrashReports(tmp_path).last_crash is None
    assert list(tmp_path.glob("crash*")) == []


def test_a_folder_that_cannot_be_written_to_keeps_nobody_from_working(
    qapp: QApplication, tmp_path: Path
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be", encoding="utf-8")
    crashes = CrashReports(tmp_path / "logs")
    crashes.install()
    crashes.uninstall()
