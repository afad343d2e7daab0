"""The guards of conftest.py bite: each leftover fails the test that left it, and only that test."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"

_LEAVES = {
    "thread": "threading.Thread(target=time.sleep, args=(2,), daemon=True).start()",
    "process": "keep.append(subprocess.Popen(['sleep', '60']))",
    "file": "Path(__file__).with_name('left.txt').write_text('x')",
    "temporary": "tempfile.mkdtemp()",
    "timer": "keep.append(QTimer()); keep[-1].start(50)",
    "qthread": "keep.append(Slow()); keep[-1].start()",
}
_CLEAN = {
    "joined": "one = threading.Thread(target=time.time); one.start(); one.join()",
    "waited": "subprocess.run(['true'], check=True)",
    "relative": "Path('here.txt').write_text('x')",
    "stopped": "timer = QTimer(); timer.start(50); timer.stop()",
}
_HEAD = """
import atexit, subprocess, tempfile, threading, time
from pathlib import Path
from PySide6.QtCore import QThread, QTimer

keep = []

class Slow(QThread):
    def run(self):
        time.sleep(1)

# Qt ends a process that forgets a running thread.
atexit.register(lambda: [one.wait() for one in keep if isinstance(one, QThread)])

"""


def test_each_leftover_fails_the_test_that_left_it_and_no_other(
    pytester: pytest.Pytester,
) -> None:
    repository = pytester.mkdir("repository")
    (repository / "tests").mkdir()
    patient = CONFTEST.read_text(encoding="utf-8")
    hasty = patient.replace("_GRACE_S = 3.0", "_GRACE_S = 0.3")
    (repository / "tests" / "conftest.py").write_text(hasty, encoding="utf-8")
    bodies = {**_LEAVES, **_CLEAN}
    tests = "\n".join(f"def test_{name}(qapp):\n    {body}\n" for name, body in bodies.items())
    (repository / "tests" / "test_leaving.py").write_text(_HEAD + tests, encoding="utf-8")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", str(repository))
    result.assert_outcomes(passed=len(bodies), errors=len(_LEAVES))
    blamed = {
        line.rpartition("::test_")[2].partition(" ")[0]
        for line in result.outlines
        if line.startswith("ERROR ") and "::test_" in line
    }
    assert blamed == set(_LEAVES)
