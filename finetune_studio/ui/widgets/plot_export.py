"""A plot leaves the window: as PNG, SVG or CSV, on disk or on the clipboard."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QMargins, QPoint, QRect
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from finetune_studio.project.problems import Problem

SUFFIXES = (".png", ".svg", ".csv")
FILE_FILTER = "PNG picture (*.png);;SVG drawing (*.svg);;CSV values (*.csv)"
_SCALE = 2
_MARGIN = 16

Rows = Sequence[Sequence[float | None]]


def picture(figure: QWidget) -> QImage:
    """The figure at twice its size on the screen."""
    image = QImage(_sheet(figure).size() * _SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(_SCALE)
    painter = QPainter(image)
    _draw(figure, painter)
    painter.end()
    return image


def save_png(figure: QWidget, path: Path) -> None:
    """Write the figure as a picture.

    Raises:
        OSError: the file cannot be written.
    """
    encoded = QByteArray()
    buffer = QBuffer(encoded)
    QImageWriter(buffer, QByteArray(b"png")).write(picture(figure))
    path.write_bytes(encoded.data())


def save_svg(figure: QWidget, path: Path) -> None:
    """Write the figure as a drawing that stays sharp at any size.

    Raises:
        OSError: the file cannot be written.
    """
    drawing = QByteArray()
    buffer = QBuffer(drawing)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(_sheet(figure).size())
    generator.setViewBox(_sheet(figure))
    painter = QPainter(generator)
    _draw(figure, painter)
    painter.end()
    path.write_bytes(drawing.data())


def not_written(path: Path, error: OSError) -> Problem:
    """What to tell when a file could not be written."""
    return Problem(
        what=f"{path.name} could not be written.",
        why=error.strerror or str(error),
        remedy="Choose another folder, or make room in this one.",
        where=str(path.parent),
    )


def as_csv(header: Sequence[str], rows: Rows) -> str:
    """The values as comma-separated lines; a curve without a value at a place leaves it empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([["" if value is None else repr(value) for value in row] for row in rows])
    return text.getvalue()


def copy_picture(figure: QWidget) -> None:
    """Put the figure on the clipboard."""
    QGuiApplication.clipboard().setImage(picture(figure))


def copy_values(header: Sequence[str], rows: Rows) -> None:
    """Put the values on the clipboard, set apart by tabs as spreadsheets like them."""
    lines = ["\t".join(header)]
    lines += ["\t".join("" if value is None else repr(value) for value in row) for row in rows]
    QGuiApplication.clipboard().setText("\n".join(lines))


def _sheet(figure: QWidget) -> QRect:
    return QRect(QPoint(0, 0), figure.size().grownBy(QMargins(*[_MARGIN] * 4)))


def _draw(figure: QWidget, painter: QPainter) -> None:
    painter.fillRect(_sheet(figure), figure.palette().base())
    place = QPoint(_MARGIN, _MARGIN)
    figure.render(painter, place, QRegion(), QWidget.RenderFlag.DrawChildren)
