"""What window.py measures, against its goals: panning a long curve, and the first paint."""

from __future__ import annotations

import argparse

from tests.benchmarks import window
from tests.benchmarks.live.row import Row


def panning(_arguments: argparse.Namespace) -> list[Row]:
    """Frames a second while half of a long curve is in view."""
    frames = window.frames_while_panning()
    what = f"Panning a curve of {window.POINTS:,} points"
    return [Row(what, "≥ 30 frames a second", f"{frames:.0f} frames a second", frames >= 30)]


def start(_arguments: argparse.Namespace) -> list[Row]:
    """From starting the process to its end after the first paint."""
    cold, warm = window.cold_start(), window.warm_start()
    return [
        Row("First paint, files not in memory", "≤ 1.2 s", f"{cold:.2f} s", cold <= 1.2),
        Row("First paint, files in memory", "≤ 0.8 s", f"{warm:.2f} s", warm <= 0.8),
    ]
