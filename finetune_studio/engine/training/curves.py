"""A run's curves as a picture, for those who trained without a window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from finetune_studio.events.history import RunHistory
from finetune_studio.events.main_figure import main_of, main_value, validation_of
from finetune_studio.project.files import write_atomic

# Colour-blind safe (Okabe and Ito 2008).
_TRAINING, _VALIDATION = "#0072B2", "#D55E00"
_TEXT, _MUTED, _GRID, _PAPER = "#1B2330", "#5B6675", "#E4E8EE", "#FFFFFF"
_SIZE = (1280, 960)
_LEFT, _RIGHT, _TOP, _GAP = 90, 40, 70, 90
_MOST_POINTS = 2000

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class _Panel:
    """One plot: where it lies on the picture, and the values at its edges."""

    box: tuple[float, float, float, float]
    last_epoch: float
    low: float
    high: float

    def place(self, epoch: float, value: float) -> tuple[float, float]:
        left, top, right, bottom = self.box
        x = left + (right - left) * epoch / max(self.last_epoch, 1e-9)
        y = bottom - (bottom - top) * (value - self.low) / max(self.high - self.low, 1e-12)
        return x, min(max(y, top), bottom)


def draw_curves(history: RunHistory, file: Path) -> None:
    """Write loss over accuracy, training and validation, as a PNG.

    Raises:
        OSError: the file cannot be written.
    """
    image = Image.new("RGB", _SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    per_epoch = max(1, history.steps_per_epoch)
    steps = [step / per_epoch for step in history.curve.steps[: history.step_count]]
    height = (_SIZE[1] - _TOP - 2 * _GAP) / 2
    for index, (title, training, validation, unit) in enumerate(_series(history, steps)):
        top = _TOP + index * (height + _GAP)
        box = (_LEFT, top, _SIZE[0] - _RIGHT, top + height)
        _plot(draw, box, title, (training, validation), unit, history)
    _legend(draw, history)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    write_atomic(file, buffer.getvalue())


def _series(history: RunHistory, steps: list[float]) -> list[tuple[str, Points, Points, str]]:
    count = history.step_count
    losses = list(zip(steps, history.curve.losses[:count], strict=True))
    shares = list(zip(steps, history.curve.accuracies[:count], strict=True))
    return [
        ("Loss (nats)", _thinned(losses), [(e.epoch, e.val_loss) for e in history.epochs], ""),
        _main_series(history, _thinned(shares)),
    ]


def _main_series(history: RunHistory, training: Points) -> tuple[str, Points, Points, str]:
    """The main figure of what is learned, in percent where it is a share."""
    main = main_of(history.target)
    factor = 100 if main.is_share else 1
    reached = [(e.epoch, factor * main_value(validation_of(e))) for e in history.epochs]
    unit = "%" if main.is_share else history.unit
    title = f"{main.name} ({unit})" if unit else main.name
    return title, [(x, factor * y) for x, y in training], reached, unit


def _thinned(points: list[tuple[float, float]]) -> Points:
    """Means of equal stretches: what a curve of millions of points looks like from afar."""
    width = max(1, math.ceil(len(points) / _MOST_POINTS))
    parts = (points[start : start + width] for start in range(0, len(points), width))
    return [
        (sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)) for part in parts
    ]


def _plot(
    draw: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    title: str,
    curves: tuple[Points, Points],
    unit: str,
    history: RunHistory,
) -> None:
    values = [y for curve in curves for _, y in curve if math.isfinite(y)]
    low, high = (0.0, 100.0) if unit == "%" else (0.0, max(values, default=1.0) * 1.05)
    last = max([x for curve in curves for x, _ in curve] or [1.0])
    panel = _Panel(box, last, low, high)
    _axes(draw, panel, title, unit)
    for curve, colour, width in ((curves[0], _TRAINING, 2), (curves[1], _VALIDATION, 4)):
        points = [panel.place(x, y) for x, y in curve if math.isfinite(y)]
        if len(points) > 1:
            draw.line(points, fill=colour, width=width, joint="curve")
    for epoch, value in curves[1]:
        if math.isfinite(value):
            x, y = panel.place(epoch, value)
            radius = 8 if epoch == history.best_epoch else 5
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_VALIDATION)


def _axes(draw: ImageDraw.ImageDraw, panel: _Panel, title: str, unit: str) -> None:
    left, top, right, bottom = panel.box
    draw.text((left, top - 34), title, fill=_TEXT, font=ImageFont.load_default(22))
    small = ImageFont.load_default(18)
    for part in range(5):
        value = panel.low + (panel.high - panel.low) * part / 4
        y = panel.place(0, value)[1]
        draw.line((left, y, right, y), fill=_GRID, width=1)
        text = f"{value:.0f}" if unit == "%" else f"{value:.3g}"
        draw.text((left - 12, y), text, fill=_MUTED, font=small, anchor="rm")
    stride = max(1, math.ceil(panel.last_epoch / 12))
    for epoch in range(0, math.floor(panel.last_epoch) + 1, stride):
        x = panel.place(epoch, panel.low)[0]
        draw.text((x, bottom + 8), str(epoch), fill=_MUTED, font=small, anchor="mt")
    draw.text(((left + right) / 2, bottom + 34), "Epoch", fill=_MUTED, font=small, anchor="mt")


def _legend(draw: ImageDraw.ImageDraw, history: RunHistory) -> None:
    font = ImageFont.load_default(18)
    x = float(_SIZE[0] - _RIGHT)
    entries = [("validation", _VALIDATION), ("training", _TRAINING)]
    if history.best_epoch:
        entries.insert(0, (f"{history.keep.epoch_words} {history.best_epoch}", _VALIDATION))
    for text, colour in entries:
        width = draw.textlength(text, font=font)
        draw.text((x - width, 18), text, fill=_TEXT, font=font)
        draw.line((x - width - 34, 30, x - width - 10, 30), fill=colour, width=4)
        x -= width + 60
