"""The learning rate over the run that is planned, and what the run will take."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from finetune_studio.project import wording
from finetune_studio.project.schedule_curve import learning_rate_factor
from finetune_studio.ui.run_plan import RunPlan
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.fact_list import Fact, FactList
from finetune_studio.ui.widgets.schedule_plot import SchedulePlot
from finetune_studio.ui.widgets.text import caption

_POINTS = 400
# The shape is the same for any number of steps, so it can be drawn before they can be counted.
_ASSUMED_STEPS_PER_EPOCH = 100
_PLOT_HEIGHT = 220


class ScheduleCard(Card):
    """The curve, live, with a line in words below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Learning rate", parent=parent)
        self.plot = SchedulePlot()
        self.plot.setMinimumHeight(_PLOT_HEIGHT)
        self.line = caption(wrap=True)
        self.facts = FactList("What the run will take")
        self._plan: RunPlan | None = None
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.line)
        self.body.addSpacing(4)
        self.body.addWidget(self.facts)

    def show_plan(self, plan: RunPlan) -> None:
        """Draw the schedule of a plan."""
        if plan == self._plan:
            return
        self._plan = plan
        steps, rates, marks = _curve(plan)
        self.plot.show_schedule(steps, rates, marks)
        self.line.setText(_in_words(plan))
        self.facts.show_facts(_facts(plan))


def _curve(plan: RunPlan) -> tuple[list[int], list[float], list[int]]:
    training = plan.training
    per_epoch = plan.steps_per_epoch or _ASSUMED_STEPS_PER_EPOCH
    total = per_epoch * training.epochs
    count = min(total, _POINTS)
    steps = sorted({1 + round(i * (total - 1) / max(1, count - 1)) for i in range(count)})
    rates = [
        training.learning_rate
        * learning_rate_factor(
            training.schedule,
            step,
            total,
            training.warmup,
            per_epoch,
            training.step_every,
            training.step_factor,
        )
        for step in steps
    ]
    return steps, rates, [per_epoch * epoch for epoch in range(1, training.epochs)]


def _in_words(plan: RunPlan) -> str:
    if not plan.steps_per_epoch:
        return "The shape is right; steps are counted once the data are read."
    warm = round(plan.training.warmup * plan.steps)
    peak = wording.rate(plan.training.learning_rate)
    if not warm:
        return f"Starts at {peak}."
    return f"Climbs to {peak} in the first {wording.plural(warm, 'step')}."


def _facts(plan: RunPlan) -> list[Fact]:
    if not plan.steps_per_epoch:
        return []
    facts = [
        Fact("Samples", wording.whole(plan.train_samples), "Samples in the training split."),
        Fact(
            "Steps",
            wording.whole(plan.steps),
            "One step changes the weights once.",
        ),
        Fact(
            "Steps an epoch",
            wording.whole(plan.steps_per_epoch),
            "Samples divided by batch size and accumulation.",
        ),
    ]
    if plan.seconds_per_epoch:
        facts.append(
            Fact(
                "Time, about",
                wording.seconds(plan.seconds),
                "From the measured speed of the model on this computer, if it does not stop "
                "early. What stays frozen is computed once, so it is often less.",
            )
        )
        facts.append(Fact("Memory, about", wording.size(plan.memory)))
    return facts
