"""How long the window takes: to its first paint, to draw a long run, and to move through it.

    .venv/bin/python tests/benchmarks/window.py

Each figure is the median of interleaved rounds against a named baseline in the same run: the first
paint against a bare Qt window of one label, a curve of a million points against pyqtgraph drawing
every point. Machines differ and are noisy; the ratio is what to compare.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
POINTS = 1_000_000
FRAMES = 100

_BARE = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
application = QApplication([])
label = QLabel("bare")
label.show()
QTimer.singleShot(0, application.quit)
application.exec()
"""


def main() -> None:
    """Run every benchmark and print a Markdown table."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows = [
        ("First paint", "a bare Qt window", *_interleaved(_our_window, _bare_window)),
        (f"{POINTS:,} points, one more", "pyqtgraph, every point", *_curves()),
    ]
    print("| What | Ours | Baseline | Seconds | Ratio |\n|---|---|---|---|---|")
    for what, baseline, ours, theirs in rows:
        print(f"| {what} | {ours:.3f} s | {baseline} | {theirs:.3f} s | {ours / theirs:.2f} |")
    print(f"\nPanning a curve of {POINTS:,} points: {frames_while_panning():.0f} frames a second.")


def frames_while_panning() -> float:
    """Frames a second while a window on half of a long curve moves along it."""
    application = _application()
    steps, losses = _long_curve()
    from finetune_studio.ui.widgets.metric_plot import Kind, MetricPlot

    plot = MetricPlot("Loss", "Loss")
    plot.add_curve("Training", Kind.TRAINING)
    plot.set_curve("Training", steps, losses)
    plot.resize(800, 400)
    plot.show()
    view = plot.canvas.plotItem.getViewBox()
    started = time.perf_counter()
    for frame in range(FRAMES):
        left = POINTS / 2 * frame / FRAMES
        view.setRange(xRange=(left, left + POINTS / 2), padding=0.0)
        application.processEvents()  # paints
    return FRAMES / (time.perf_counter() - started)


def warm_start() -> float:
    """Seconds of the whole process of a window that closes after its first paint; a median."""
    times = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        _our_window()
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def cold_start() -> float:
    """The same once, after the system was asked to forget the files of all that is imported."""
    for folder in (Path(sys.prefix), Path(sys.base_prefix), ROOT / "finetune_studio"):
        for file in folder.rglob("*.*"):
            if file.suffix in {".so", ".py", ".pyc", ".ttf", ".svg"} or ".so." in file.name:
                _forget(file)
    started = time.perf_counter()
    _our_window()
    return time.perf_counter() - started


def _forget(file: Path) -> None:
    if not hasattr(os, "posix_fadvise"):
        return
    with contextlib.suppress(OSError):
        handle = os.open(file, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def _interleaved(ours: Callable[[], None], theirs: Callable[[], None]) -> tuple[float, float]:
    """Medians of both, in seconds; one round of each beforehand fills the caches."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS + 1):
        for kept, work in zip(times, (ours, theirs), strict=True):
            started = time.perf_counter()
            work()
            kept.append(time.perf_counter() - started)
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


def _our_window() -> None:
    _start([sys.executable, "-m", "finetune_studio"], {"FINETUNE_STUDIO_EXIT_AFTER_START": "1"})


def _bare_window() -> None:
    _start([sys.executable, "-c", _BARE], {})


def _start(command: list[str], extra: dict[str, str]) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | extra
    subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)


def _application() -> QApplication:
    sys.path.insert(0, str(ROOT))
    from PySide6.QtWidgets import QApplication

    from finetune_studio.ui.theme import current_theme

    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    application = QApplication([])
    current_theme().install(application)
    return application


def _long_curve() -> tuple[Any, Any]:
    import numpy as np

    return np.arange(float(POINTS)), np.random.default_rng(0).random(POINTS)


def _curves() -> tuple[float, float]:
    _application()
    import pyqtgraph

    from finetune_studio.ui.widgets.metric_plot import Kind, MetricPlot

    steps, losses = _long_curve()
    ours = MetricPlot("Loss", "Loss")
    ours.add_curve("Training", Kind.TRAINING)
    ours.set_curve("Training", steps, losses)
    theirs = pyqtgraph.PlotWidget()
    line = theirs.plot(steps, losses)
    for widget in (ours, theirs):
        widget.resize(800, 400)
        widget.show()

    def extend() -> None:
        ours.append("Training", POINTS + extend.calls, 0.5)  # type: ignore[attr-defined]
        extend.calls += 1  # type: ignore[attr-defined]
        ours.refresh()
        ours.grab()

    def redraw() -> None:
        line.setData(steps, losses)
        theirs.grab()

    extend.calls = 0  # type: ignore[attr-defined]
    return _interleaved(extend, redraw)


if __name__ == "__main__":
    main()
