"""One step of cleaning: whether it is on, what it is set to, and how many texts it changes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QSpinBox, QWidget

from finetune_studio.events.differences import StepEffect
from finetune_studio.project import wording
from finetune_studio.project.choices import CleaningKind
from finetune_studio.project.cleaning import LONGEST_WORD, MOST_REPEATS, CleaningStep
from finetune_studio.ui.widgets.calm_combo import CalmCombo
from finetune_studio.ui.widgets.text import caption

_PARAMETER_WIDTH = 112
_COUNT_WIDTH = 48
_INSET = 6
_HANDLING = ("removed", "named")


class CleaningRow(QWidget):
    """A step as the user decides on it.

    Signals:
        step_chosen: the step as it should be.
    """

    step_chosen = Signal(object)

    def __init__(self, step: CleaningStep, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = step.kind
        self._step = step
        self.box = QCheckBox(step.kind.title_text)
        self.box.setToolTip(step.kind.help_text)
        self.box.setAccessibleDescription(step.kind.help_text)
        self.box.clicked.connect(self._on_switched)
        self.parameter = self._made(step)
        self.count = caption()
        self.count.setFixedWidth(_COUNT_WIDTH)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(8)
        layout.addWidget(self.box, 1)
        if self.parameter is not None:
            self.parameter.setFixedWidth(_PARAMETER_WIDTH)
            layout.addWidget(self.parameter)
        layout.addWidget(self.count)
        self.show_step(step)

    def show_step(self, step: CleaningStep) -> None:
        """Show what is decided."""
        self._step = step
        self.box.setChecked(step.on)
        if isinstance(self.parameter, QLineEdit):
            if not self.parameter.hasFocus() or not self.parameter.isModified():
                self.parameter.setText(step.word)
        elif isinstance(self.parameter, QSpinBox):
            self.parameter.blockSignals(True)
            self.parameter.setValue(step.most)
            self.parameter.blockSignals(False)
        elif self.parameter is not None:
            self.parameter.setCurrentIndex(int(step.named))
        if self.parameter is not None:
            self.parameter.setEnabled(step.on)

    def show_effect(self, effect: StepEffect | None, looked_at: int) -> None:
        """Show how many texts the step changes, or would."""
        if effect is None or not looked_at:
            self.count.setText("")
            return
        self.count.setText(wording.whole(effect.changed) if effect.changed else "none")
        self.count.set_tone("text" if effect.on and effect.changed else "muted")
        verb = "changes" if effect.on else "would change"
        of = f"{wording.whole(effect.changed)} of {wording.plural(looked_at, 'text')} looked at"
        self.count.setToolTip(f"It {verb} {of}")

    def _made(self, step: CleaningStep) -> _Word | _Most | _Handling | None:
        name = step.kind.title_text
        if step.has_word:
            word = _Word(f"{name}: replaced by")
            word.editingFinished.connect(self._on_word_finished)
            return word
        if step.kind is CleaningKind.REPEATED:
            most = _Most(f"{name}: at most")
            most.valueChanged.connect(self._on_most_changed)
            return most
        if step.kind is CleaningKind.EMOJI:
            handling = _Handling(f"{name}: what becomes of them")
            handling.activated.connect(self._on_handling_chosen)
            return handling
        return None

    def _on_switched(self, checked: bool) -> None:
        self._choose(self._step.edited(on=checked))

    def _on_word_finished(self) -> None:
        assert isinstance(self.parameter, QLineEdit)
        self.parameter.setModified(False)
        self._choose(self._step.edited(word=self.parameter.text().strip()))

    def _on_most_changed(self, most: int) -> None:
        self._choose(self._step.edited(most=most))

    def _on_handling_chosen(self, index: int) -> None:
        self._choose(self._step.edited(named=bool(index)))

    def _choose(self, step: CleaningStep) -> None:
        if step != self._step:
            self.step_chosen.emit(step)


class _Word(QLineEdit):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.setMaxLength(LONGEST_WORD)
        self.setPlaceholderText("removed")
        self.setAccessibleName(name)
        self.setToolTip("What stands there instead; empty removes it")


class _Most(QSpinBox):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.setRange(1, MOST_REPEATS)
        self.setPrefix("at most ")
        self.lineEdit().setTextMargins(_INSET, 0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls; a passing wheel must not change a setting


class _Handling(CalmCombo):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.addItems(_HANDLING)
        self.setAccessibleName(name)
