"""A worker that floods the window with steps, through the real pipe."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from unittest.mock import patch

import psutil

from finetune_studio.project.checks import Step
from finetune_studio.runs.folder import read_history
from finetune_studio.ui import wishes
from tests.benchmarks.live.application import live_window, wait
from tests.benchmarks.live.lag import LagMeter
from tests.benchmarks.live.row import Row, lag_row

EVENTS_A_SECOND = 5_000
_WORKER = Path(__file__).with_name("flood_worker.py")


def measured(arguments: argparse.Namespace) -> list[Row]:
    """Memory before and after, and what is on disk in the end."""
    seconds: float = arguments.flood_seconds
    command = [sys.executable, str(_WORKER), str(EVENTS_A_SECOND), str(seconds)]
    with live_window() as live:
        live.open_small_sample()
        live.window.go_to(Step.TRAINING)
        live.studio.workers.take()  # the next worker is started by the patched command
        wait(1.0)
        process = psutil.Process()
        before, meter = process.memory_info().rss, LagMeter()
        meter.start()
        with patch("finetune_studio.worker.launcher._command", lambda *, warm: command):
            live.session.ask(wishes.StartTraining())
            live.until(lambda: live.now.history.outcome is not None, "flooded")
        lag, grown = meter.stop(), process.memory_info().rss - before
        live.until(lambda: not live.session.is_training, "ended")
        shown = live.now.history.step_count
        kept = read_history(Path(live.now.history.folder)).step_count
    sent = round(EVENTS_A_SECOND * seconds)
    counts = f"{kept:,} of {sent:,} on disk ({shown:,} in the window)"
    speed = f"{EVENTS_A_SECOND:,} events a second for {seconds:.0f} s"
    return [
        Row(f"Growth by {speed}", "< 30 MB", f"{grown / 1e6:.0f} MB", grown < 30e6),
        Row("None of them is lost", "all on disk", counts, kept == sent),
        lag_row("Lag meanwhile", lag),
    ]
