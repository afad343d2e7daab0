"""Everything an inspection found: how it was read, the split, the samples, the problems."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import DataReport
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.project.project import Project
from finetune_studio.ui.pages.data.cleaning_card import CleaningCard
from finetune_studio.ui.pages.data.earlier_card import EarlierCard
from finetune_studio.ui.pages.data.reader_options import ReaderOptions
from finetune_studio.ui.pages.data.report_fixes import with_its_fix
from finetune_studio.ui.pages.data.samples_view import SamplesView
from finetune_studio.ui.pages.data.split_card import SplitCard
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.problem_card import ProblemList

_NARROW = 900  # in pixels; below, the cards on reading and splitting stand below each other


class ReportView(QScrollArea):
    """A report, with everything in it that the user can decide.

    Signals:
        option_chosen: a field of `DataChoice` and its new value.
        fractions_chosen: validation and test, as fractions of one.
        fix_requested: the code of a problem whose samples are to be left out, or used again.
    """

    option_chosen = Signal(str, object)
    fractions_chosen = Signal(float, float)
    fix_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.options = ReaderOptions()
        self.split = SplitCard()
        self.samples = SamplesView()
        self.cleaning = CleaningCard()
        self.earlier = EarlierCard()
        self.problems = ProblemList()
        # The card has grown before what is scrolled has.
        self._reveal = QTimer(self, singleShot=True, interval=0)
        self._reveal.timeout.connect(self._on_reveal)
        self._reading = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.options.option_chosen.connect(self.option_chosen)
        self.split.fractions_chosen.connect(self.fractions_chosen)
        self.problems.fix_requested.connect(self.fix_requested)
        self.earlier.grown.connect(self._reveal.start)
        self._build()

    def show_report(
        self, project: Project, report: DataReport, trouble: Sequence[Problem] = ()
    ) -> None:
        """Show a report on the project's data; ``trouble`` ended an attempt to read them again."""
        if project.data is not None:
            self.options.show_options(project.data, report)
        self.split.show_split(project.split, report)
        self.samples.show_report(report)
        left_out = project.data.leave_out if project.data is not None else ()
        found = [with_its_fix(problem, left_out) for problem in report.problems]
        self._show_problems([*trouble, *found])

    def show_cleaning(self, snapshot: Snapshot) -> None:
        """Show how texts are cleaned; pictures are not."""
        self.cleaning.setVisible(snapshot.project.task is Task.TEXT)
        self.cleaning.show_cleaning(snapshot)

    def _show_problems(self, problems: Sequence[Problem]) -> None:
        """Show what is wrong below the samples, or above all else where it holds the work up."""
        is_grave = any(problem.severity is Severity.ERROR for problem in problems)
        self._column.removeWidget(self.problems)
        place = 0 if is_grave else self._column.indexOf(self.samples) + 1
        self._column.insertWidget(place, self.problems)
        self.problems.show_problems(problems)

    def _build(self) -> None:
        content = QWidget()
        content.setObjectName("scroll-content")
        self._reading.setSpacing(16)
        self._reading.addWidget(self.options, 4)
        self._reading.addWidget(self.split, 5)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(16)
        self._column.addLayout(self._reading)
        self._column.addWidget(self.samples, 1)
        self._column.addWidget(self.problems)
        self._column.addWidget(self.cleaning)
        self._column.addWidget(self.earlier)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _on_reveal(self) -> None:
        self.ensureWidgetVisible(self.earlier, 0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.viewport().width() >= _NARROW
        direction = QBoxLayout.Direction
        self._reading.setDirection(direction.LeftToRight if beside else direction.TopToBottom)
