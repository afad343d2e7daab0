"""A number in a field: typed freely, checked at once, stepped with the arrow keys."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from finetune_studio.ui.widgets.calm_wheel import is_meant
from finetune_studio.ui.widgets.field_declaration import Declaration, FieldKind, number_text
from finetune_studio.ui.widgets.text import caption

_INSET = 6
_DECADE = (1.0, 2.0, 5.0, 10.0)
_SMALLEST_POWER = -6
_FIRST_ABOVE_ZERO = 1e-4


class NumberEditor(QAbstractSpinBox):
    """A number with its unit inside the field.

    What is typed is never mended silently: a text that is no allowed number stays, marked, with
    the reason, until it is corrected or Escape brings the last value back.

    Signals:
        committed: the user finished a new allowed value; carries it.
        objected: why the text is not allowed; empty once it is.
    """

    committed = Signal(object)
    objected = Signal(str)

    def __init__(self, declaration: Declaration, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._declaration = declaration
        self._value: float = 0
        self._objection = ""
        self._unit = caption(declaration.unit)
        self._unit.setParent(self.lineEdit())
        self._unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.lineEdit().setTextMargins(_INSET, 0, self._unit.sizeHint().width(), 0)
        self.lineEdit().installEventFilter(self)
        self.lineEdit().textEdited.connect(self._on_text_edited)
        self.editingFinished.connect(self._on_editing_finished)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(declaration.title)
        self.setAccessibleDescription(declaration.help)

    @property
    def value(self) -> float:
        """The last allowed value."""
        return self._value

    @property
    def objection(self) -> str:
        """Why the text in the field is not allowed; empty when it is."""
        return self._objection

    def show_value(self, value: Any) -> None:
        """Show a value that was decided elsewhere; a text being typed stays."""
        if value == self._value and self.lineEdit().text():
            return
        self._value = value
        self._write(value)

    def stepBy(self, steps: int) -> None:
        parsed, objection = self._parsed()
        start = self._value if objection else parsed
        value = stepped(self._declaration, start, steps)
        self._write(value)
        self._commit(value)

    def _parsed(self) -> tuple[float, str]:
        """The number in the field, and what speaks against it."""
        whole = self._declaration.kind is FieldKind.WHOLE
        text = self.lineEdit().text().replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
        try:
            value = _whole(text) if whole else _number(text)
        except (ValueError, OverflowError):
            example = number_text(self._value)
            kind = "a whole number" if whole else "a number"
            return 0.0, f"Write {kind}, such as {example}."
        return value, self._declaration.bounds.objection(value)

    def _write(self, value: float) -> None:
        self.lineEdit().setText(number_text(value))
        self._object("")

    def _object(self, objection: str) -> None:
        if objection == self._objection:
            return
        self._objection = objection
        self.setProperty("invalid", bool(objection))
        self.style().unpolish(self)
        self.style().polish(self)
        self.objected.emit(objection)

    def _commit(self, value: float) -> None:
        if value != self._value:
            self._value = value
            self.committed.emit(value)

    def _on_text_edited(self) -> None:
        self._object(self._parsed()[1])

    def _on_editing_finished(self) -> None:
        value, objection = self._parsed()
        if objection:
            self._object(objection)
            return
        self._write(value)
        self._commit(value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag
        up = stepped(self._declaration, self._value, 1) > self._value
        down = stepped(self._declaration, self._value, -1) < self._value
        return (flags.StepUpEnabled if up else flags.StepNone) | (
            flags.StepDownEnabled if down else flags.StepNone
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        if is_meant(self, event):
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._objection:
            self._write(self._value)
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.lineEdit() and event.type() == QEvent.Type.Resize:
            hint = self._unit.sizeHint()
            field = self.lineEdit().rect()
            top = (field.height() - hint.height()) // 2
            self._unit.setGeometry(field.right() - hint.width(), top, hint.width(), hint.height())
        return super().eventFilter(watched, event)


def stepped(declaration: Declaration, value: float, steps: int) -> float:
    """The value ``steps`` presses of an arrow key away, held within the bounds."""
    direction = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        moved = _one_step(declaration, value, direction)
        if declaration.bounds.objection(moved):
            edge = declaration.bounds.most if direction > 0 else declaration.bounds.least
            passed = edge is not None and (edge - value) * direction > 0
            return _typed(declaration, edge) if passed and edge is not None else value
        value = moved
    return value


def _one_step(declaration: Declaration, value: float, direction: int) -> float:
    if declaration.kind is FieldKind.WHOLE and declaration.logarithmic:
        return int(value) * 2 if direction > 0 else int(value) // 2
    if declaration.logarithmic:
        return _next_in_decade(value, direction)
    moved = (math.floor(value / declaration.step + 0.5) + direction) * declaration.step
    return _typed(declaration, round(moved, 9))


def _next_in_decade(value: float, direction: int) -> float:
    """The next of 1, 2, 5 times a power of ten; zero lies below the smallest."""
    if value <= 0:
        return _FIRST_ABOVE_ZERO if direction > 0 else value - 1
    power = math.floor(math.log10(value) + 1e-9)
    ladder = [float(f"{m}e{p}") for p in range(power - 1, power + 2) for m in _DECADE[:3]]
    if direction > 0:
        return next(rung for rung in ladder if rung > value * (1 + 1e-9))
    below = [rung for rung in ladder if rung < value * (1 - 1e-9)][-1]
    return below if below >= 10.0**_SMALLEST_POWER * (1 - 1e-9) else 0.0


def _typed(declaration: Declaration, value: float) -> float:
    return int(value) if declaration.kind is FieldKind.WHOLE else float(value)


def _whole(text: str) -> int:
    number = float(text.replace(",", "").replace("_", ""))
    if number != int(number):
        raise ValueError(text)
    return int(number)


def _number(text: str) -> float:
    # A lone comma is a decimal comma in most of the world; with a point it sets thousands apart.
    plain = text.replace(",", "") if "." in text else text.replace(",", ".")
    number = float(plain)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
