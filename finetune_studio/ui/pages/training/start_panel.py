"""Before the first run: what will happen, and the button that lets it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from finetune_studio.events.data_words import target_words
from finetune_studio.project import wording
from finetune_studio.project.checks import Step, missing_for
from finetune_studio.project.choices import FreezePreset, Kept, Task
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import Project
from finetune_studio.project.settings.remembering import earlier_per_batch
from finetune_studio.ui.run_plan import RunPlan, run_plan
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.buttons import primary
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.fact_list import Fact, FactList
from finetune_studio.ui.widgets.problem_card import ProblemCard
from finetune_studio.ui.widgets.text import caption

_WIDTH = 480
_BUTTON_HEIGHT = 44
_FINDING_OUT = {"inspect": "reading the data …", "describe": "measuring the model …"}
_EARLIER_HELP = "So that what was learned before is not forgotten."
TIME_HELP = (
    "From the measured speed of the model on this computer, with frozen layers computed once "
    "where that pays, if it does not stop early."
)


class StartPanel(QWidget):
    """A summary of the run that is about to start.

    Signals:
        start_requested: the user pressed the button.
    """

    start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card = Card("Ready to train")
        self.facts = FactList("What will happen")
        self.start_button = primary("&Start training", "play")
        self.start_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.start_button.clicked.connect(self.start_requested)
        self.note = caption(wrap=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.problem = ProblemCard(Problem(what=""))
        self.problem.hide()
        self._card.body.addWidget(self.facts)
        self._card.body.addSpacing(12)
        self._card.body.addWidget(_held(self.start_button, _BUTTON_HEIGHT))
        self._card.body.addWidget(self.note)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (self.problem, self._card):
            widget.setFixedWidth(_WIDTH)
            column.addWidget(widget)
        column.addStretch(3)
        # Centred by alignment, wrapped text would get the height it needs at the page's width.
        layout = QHBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(column)
        layout.addStretch(1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Say what a run started now would do."""
        missing = missing_for(Step.TRAINING, snapshot.project, finished_runs=0)
        problem = snapshot.history.problem
        self._card.set_title("Not ready yet" if missing else "Ready to train")
        plan = run_plan(snapshot)
        self.facts.show_facts(summary(snapshot, plan))
        self.start_button.setEnabled(not missing)
        kept = plan.training.keep.epoch_words
        self.note.setText(missing or f"You can pause or stop at any time; the {kept} is kept.")
        self.problem.setVisible(problem is not None)
        if problem is not None and self.problem.problem != problem:
            self.problem.show_problem(problem)


def _held(widget: QWidget, height: int) -> QWidget:
    """The widget at a height that the style sheet's own rule for buttons would not allow."""
    holder = QWidget()
    holder.setFixedHeight(height)
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    return holder


def summary(snapshot: Snapshot, plan: RunPlan) -> list[Fact]:
    """What will happen, line by line; only what is known."""
    project, training = snapshot.project, plan.training
    lines = [Fact("Model", project.model.title if project.model else "not chosen")]
    lines.append(Fact("Data", _data_words(snapshot)))
    if project.earlier.path:
        lines.append(Fact("Earlier data", _earlier_words(training), _EARLIER_HELP))
    lines.append(Fact("Trains", _depth_words(project, plan)))
    if plan.timeline:
        rule = project.freeze.unfreezing
        lines.append(Fact("Unfreezing", rule.title_text.lower(), plan.timeline))
    length = wording.plural(training.epochs, "epoch")
    if plan.steps:
        length += f", {wording.plural(plan.steps, 'step')}"
    lines.append(Fact("Length", length))
    lines.append(
        Fact(
            "Optimizer",
            f"{training.optimizer.title_text}, {wording.rate(training.learning_rate)}",
            "The rule for each step, and the learning rate.",
        )
    )
    if training.keep is Kept.LAST:
        lines.append(Fact("Keeps", training.keep.title_text.lower()))
    else:
        lines.append(Fact("Keeps the epoch with best", training.best_metric.title_text.lower()))
    # Known a moment later than the rest; the lines are there from the start, or all would move.
    unknown = _not_known_yet(snapshot)
    time = wording.seconds(plan.seconds) if plan.seconds else unknown
    memory = wording.size(plan.memory) if plan.seconds else unknown
    lines.append(Fact("Time, about", time, TIME_HELP))
    lines.append(Fact("Memory, about", memory))
    return lines


def _not_known_yet(snapshot: Snapshot) -> str:
    """What stands in place of a figure: what is being done to know it."""
    for key, words in _FINDING_OUT.items():
        activity = snapshot.activity(key)
        if activity is not None and activity.busy:
            return words
    return wording.NO_VALUE


def _data_words(snapshot: Snapshot) -> str:
    report = snapshot.data_report
    if report is not None:
        noun = "picture" if snapshot.project.task is Task.IMAGE else "text"
        return f"{wording.plural(report.samples, noun)}, {target_words(report)}"
    return snapshot.project.data.path if snapshot.project.data else "not chosen"


def _earlier_words(training: Hyperparameters) -> str:
    count = earlier_per_batch(training.replay_share, training.batch_size)
    return f"{count} of {training.batch_size} samples a batch" if count else "only measured"


def _depth_words(project: Project, plan: RunPlan) -> str:
    preset = project.freeze.preset
    words = preset.title_text
    if preset is FreezePreset.LAST_BLOCKS:
        words = f"Head and {wording.plural(project.freeze.last_blocks, 'block')}"
    if plan.parameters:
        words += f", {wording.count(plan.trainable)} of {wording.count(plan.parameters)}"
    return words
