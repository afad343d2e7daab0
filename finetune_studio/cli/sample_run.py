"""A sample project trained from end to end without a window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from finetune_studio.cli.job import do
from finetune_studio.cli.reports import show_certificate, show_evaluation
from finetune_studio.cli.terminal import Terminal
from finetune_studio.events.events import EvaluationFinished, ModelExported, RunStarted
from finetune_studio.project.choices import ExportFormat
from finetune_studio.sample_project import make_sample_project


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def train_here(name: str) -> int:
    """Train, evaluate and export a sample in the terminal. Returns the exit code."""
    folder = make_sample_project(name)
    terminal = Terminal()
    terminal.console.print(f"No display: training the sample project in {folder}", soft_wrap=True)
    events = do("train", {"folder": str(folder), "resume": False}, terminal)
    run = next((Path(e.folder) for e in events if isinstance(e, RunStarted)), None)
    if run is None:
        return 1
    measured = do("evaluate", {"run": str(run)}, Terminal())
    for event in measured:
        if isinstance(event, EvaluationFinished):
            show_evaluation(event.report, terminal.console)
    out = run / "exports" / "onnx"
    exported = do(
        "export", {"run": str(run), "format": ExportFormat.ONNX.value, "out": str(out)}, Terminal()
    )
    for event in exported:
        if isinstance(event, ModelExported):
            show_certificate(event.certificate, terminal.console)
    terminal.console.print(f"Curves: {run / 'curves.png'}", soft_wrap=True)
    return 0
