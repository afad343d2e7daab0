"""What one run says of the input."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.events.events import PredictionMade
from finetune_studio.project import wording
from finetune_studio.project.choices import Target
from finetune_studio.project.target import shown
from finetune_studio.ui.widgets.probability_bars import ProbabilityBars
from finetune_studio.ui.widgets.text import ElidedText, caption, heading

_NONE = "None of the labels"


class AnswerPanel(QWidget):
    """The run's name and its probabilities as bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = ElidedText(strong=True)
        self.state = caption(wrap=True)
        self.said = heading(wrap=True)
        self.said.hide()
        self.bars = ProbabilityBars(most=4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.run)
        layout.addWidget(self.state)
        layout.addWidget(self.said)
        layout.addWidget(self.bars)
        layout.addStretch(1)

    def show_answer(self, run: str, answer: PredictionMade | None, waiting: str) -> None:
        """Show a run's answer; while there is none, what is being waited for."""
        self.run.setText(run)
        if answer is None:
            self.state.setText(waiting)
            self.said.hide()
            self.bars.show_probabilities(())
            return
        self.state.setText(f"in {wording.seconds(answer.seconds)}" if answer.seconds else "")
        self.said.setText(_said(answer))
        self.said.setVisible(answer.target is not Target.LABEL)
        self.bars.setVisible(answer.target is not Target.NUMBER)
        self.bars.show_probabilities([(one.label, one.probability) for one in answer.probabilities])


def _said(answer: PredictionMade) -> str:
    """The labels that are given, or the number; of one label the bars say it all."""
    if answer.target is Target.NUMBER:
        return answer.label
    return shown(answer.label, answer.target) if answer.label else _NONE
