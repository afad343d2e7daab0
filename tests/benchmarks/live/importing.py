"""Importing a folder of pictures, then looking at the samples of every label."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from finetune_studio.project.checks import Step
from finetune_studio.ui.pages.data_page import DataPage
from tests.benchmarks.live.application import LiveWindow, live_window, wait
from tests.benchmarks.live.lag import LagMeter
from tests.benchmarks.live.row import Row, lag_row

_LABELS = 10
_SIDE_PX = 24
# Photographs among the thumbnails: reading them must not hold the window up.
_LARGE_EVERY = 100
_LARGE_PX = (3000, 2000)


def measured(arguments: argparse.Namespace) -> list[Row]:
    """One import into a new project."""
    with tempfile.TemporaryDirectory(prefix="finetune-studio-pictures-") as folder:
        _make_pictures(Path(folder), arguments.pictures)
        with live_window() as live:
            meter = LagMeter()
            started = time.perf_counter()
            meter.start()
            live.session.take_up_data(Path(folder))
            live.until(lambda: live.now.data_report is not None and live.is_idle, "imported")
            seconds = time.perf_counter() - started
            _look_at_every_label(live)
            lag = meter.stop()
    what = f"Lag while importing {arguments.pictures:,} pictures ({seconds:.1f} s) and browsing"
    return [lag_row(what, lag)]


def _look_at_every_label(live: LiveWindow) -> None:
    page = live.window.stack.page(Step.DATA)
    assert isinstance(page, DataPage)
    for name in page.report.samples.labels.shown_names:
        page.report.samples.labels.bar_selected.emit(name)
        wait(0.3)


def _make_pictures(folder: Path, count: int) -> None:
    random = np.random.default_rng(0)
    photograph = Image.effect_noise(_LARGE_PX, 60).convert("RGB")
    for label in range(_LABELS):
        (folder / f"label {label}").mkdir(parents=True)
    for number in range(count):
        file = folder / f"label {number % _LABELS}" / f"{number:06d}.jpg"
        if number // _LABELS % _LARGE_EVERY == 0:
            photograph.putpixel((0, 0), (number % 256, number // 256, 0))
            photograph.save(file, quality=60)
        else:
            pixels = random.integers(0, 255, (_SIDE_PX, _SIDE_PX, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(file)
