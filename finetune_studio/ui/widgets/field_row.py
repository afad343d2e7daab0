"""One setting of a form: its name, its field, where its value comes from, and what is wrong."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.ui.widgets.chip import RecommendedChip
from finetune_studio.ui.widgets.choice_editor import ChoiceEditor, SwitchEditor
from finetune_studio.ui.widgets.field_declaration import Declaration, FieldKind
from finetune_studio.ui.widgets.number_editor import NumberEditor
from finetune_studio.ui.widgets.slider_editor import SliderEditor
from finetune_studio.ui.widgets.text import body, caption

_EDITOR_HEIGHT = 32


class FieldRow(QWidget):
    """A setting.

    Signals:
        edited: the user decided on a value; carries the field's name and the value.
        moved: a slider is dragged; carries the field's name and the value it passes.
        reset_requested: the user wants the recommended value; carries the field's name.
        attended: the row came under the eye, by focus or by the pointer.
        unattended: the pointer left it.
        objected: what is typed became wrong or right; carries the field's name and the reason.
    """

    edited = Signal(str, object)
    moved = Signal(str, object)
    reset_requested = Signal(str)
    attended = Signal()
    unattended = Signal()
    objected = Signal(str, str)

    def __init__(self, declaration: Declaration, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.declaration = declaration
        self._reason = ""
        self._unused = ""
        self._title = body(declaration.title)
        self.chip = RecommendedChip()
        self.editor = _editor(declaration)
        self._objection = caption(tone="problem", wrap=True)
        self._objection.hide()
        self._title.setBuddy(self.editor)
        self._focused: QWidget = self.editor.focusProxy() or self.editor
        self._focused.installEventFilter(self)
        self.editor.committed.connect(self._on_committed)
        self.chip.reset_requested.connect(self._on_reset_requested)
        if isinstance(self.editor, NumberEditor):
            self.editor.objected.connect(self._on_objected)
        if isinstance(self.editor, SliderEditor):
            self.editor.moved.connect(self._on_moved)
        self._build()

    @property
    def help(self) -> str:
        """What the setting does, why it is off, and why its recommended value is what it is."""
        return " ".join(
            part for part in (self._unused, self.declaration.help, self._reason) if part
        )

    @property
    def objection(self) -> str:
        """Why what is typed is not stored; empty when it is."""
        return self._objection.text()

    def show_value(self, value: object, unused: str, target: str) -> None:
        """Show a value, why it has no effect when it has none, and what suits the target."""
        if isinstance(self.editor, ChoiceEditor):
            self.editor.offer_for(target)
        self.editor.show_value(value)
        self._unused = unused
        self.editor.setEnabled(not unused)
        self._title.setEnabled(not unused)
        self._explain()

    def show_recommendation(self, text: str, reason: str, *, shown: bool, is_used: bool) -> None:
        """Say whether the value is the recommended one and why; ``shown`` puts the chip there."""
        self._reason = reason
        self.chip.show_recommendation(text, is_used)
        self.chip.setVisible(shown)
        self._explain()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.chip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.editor)
        layout.addWidget(self._objection)
        self._title.setMinimumHeight(self.chip.sizeHint().height())
        self.editor.setFixedHeight(_EDITOR_HEIGHT)

    def _explain(self) -> None:
        self.editor.setAccessibleDescription(self.help)

    def _on_committed(self, value: object) -> None:
        self.edited.emit(self.declaration.name, value)

    def _on_moved(self, value: object) -> None:
        self.moved.emit(self.declaration.name, value)

    def _on_reset_requested(self) -> None:
        self.reset_requested.emit(self.declaration.name)

    def _on_objected(self, objection: str) -> None:
        self._objection.setText(objection)
        self._objection.setVisible(bool(objection))
        self.objected.emit(self.declaration.name, objection)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._focused and event.type() == QEvent.Type.FocusIn:
            self.attended.emit()
        return super().eventFilter(watched, event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.attended.emit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.unattended.emit()


def _editor(
    declaration: Declaration,
) -> NumberEditor | ChoiceEditor | SwitchEditor | SliderEditor:
    if declaration.kind is FieldKind.CHOICE:
        return ChoiceEditor(declaration)
    if declaration.kind is FieldKind.SWITCH:
        return SwitchEditor(declaration)
    if declaration.slides:
        return SliderEditor(declaration)
    return NumberEditor(declaration)
