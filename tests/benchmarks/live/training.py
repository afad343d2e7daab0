"""Training the small sample: lag while pages are turned, stop, export, start with a warm worker."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from finetune_studio.events.events import StepFinished
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import ExportFormat
from finetune_studio.runs.folder import read_events
from finetune_studio.ui import wishes
from tests.benchmarks.live.application import LiveWindow, live_window, wait
from tests.benchmarks.live.lag import LagMeter
from tests.benchmarks.live.row import Row, lag_row

_TRAINING_S = 15.0
_WARM_UP_S = 10.0
_NO_IMPORT_S = 0.5
_OTHERS = (Step.MODEL, Step.DATA, Step.LAYERS, Step.HYPERPARAMETERS)


def measured(_arguments: argparse.Namespace) -> list[Row]:
    """Two runs, the second without a spare worker, and an export between them."""
    with live_window() as live:
        live.open_small_sample()
        live.window.go_to(Step.TRAINING)
        meter = LagMeter()
        wait(_WARM_UP_S)
        warm = _seconds_to_begin(live)
        meter.start()
        wait(_TRAINING_S)
        watching = meter.stop()
        meter.start()
        _turn_pages(live, _TRAINING_S)
        turning = meter.stop()
        stopping = _seconds_to_stop(live)
        live.until(lambda: bool(live.now.shown_run) and live.is_idle, "the run is listed")
        meter.start()
        _export(live)
        exporting = meter.stop()
        live.studio.workers.take()  # a run started now finds no spare worker
        cold = _seconds_to_begin(live)
        _seconds_to_stop(live)
    times = f"{warm[0]:.2f} s, {warm[1]:.1f} s to the first step"
    without = f"without a spare worker {cold[0]:.1f} and {cold[1]:.1f} s"
    return [
        lag_row("Lag while training, curves in view", watching),
        lag_row("Lag while training, a page turned every second", turning),
        lag_row("Lag while exporting", exporting),
        Row("Stop to stopped", "≤ 1 s", f"{stopping:.2f} s", stopping <= 1.0),
        Row(
            "Start to a run that begins",
            "no import",
            f"{times} ({without})",
            warm[0] < _NO_IMPORT_S,
        ),
    ]


def _seconds_to_begin(live: LiveWindow) -> tuple[float, float]:
    """To the run's first word and to its first step, by their own stamps.

    All imports lie before the first word; every run computes its frozen layers anew.
    """
    live.forget_stored_layers()
    started = time.time()
    live.session.ask(wishes.StartTraining())
    live.until(lambda: live.now.history.step_count > 0, "the first step")
    told = list(read_events(Path(live.now.history.folder)))
    step = next(event for event in told if isinstance(event, StepFinished))
    return told[0].at - started, step.at - started


def _seconds_to_stop(live: LiveWindow) -> float:
    started = time.perf_counter()
    live.session.ask(wishes.StopTraining())
    live.until(lambda: not live.now.history.state.busy, "stopped")
    return time.perf_counter() - started


def _turn_pages(live: LiveWindow, seconds: float) -> None:
    """Look at the curves for a while, at another page for a moment, and so on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for step in _OTHERS:
            live.window.go_to(Step.TRAINING)
            wait(1.5)
            live.window.go_to(step)
            wait(0.5)
    live.window.go_to(Step.TRAINING)


def _export(live: LiveWindow) -> None:
    live.window.go_to(Step.EXPORT)
    folder = Path(live.now.runs[0].folder) / "exports" / "onnx"
    live.session.ask(wishes.ExportRun(ExportFormat.ONNX, str(folder)))
    live.until(lambda: bool(live.now.certificates), "exported")
