"""The learning rate over the run that is planned, and what the run will take."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from finetune_studio.project import wording
from finetune_studio.project.rate_plan import RatePlan
from finetune_studio.ui.pages.hyperparameters.schedule_words import in_words
from finetune_studio.ui.run_plan import RunPlan
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.fact_list import Fact, FactList
from finetune_studio.ui.widgets.rate_key import RateKey
from finetune_studio.ui.widgets.schedule_plot import RateCurve, SchedulePlot
from finetune_studio.ui.widgets.text import caption, plain_tooltip

_POINTS = 400
# The shape is the same for any number of steps, so it can be drawn before they can be counted.
_ASSUMED_STEPS_PER_EPOCH = 100
_PLOT_HEIGHT = 150  # on the smallest screen, below a key of many rates


class ScheduleCard(Card):
    """The curve, live, with a line in words below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Learning rate", parent=parent)
        self.plot = SchedulePlot()
        self.plot.setMinimumHeight(_PLOT_HEIGHT)
        self.find_button = secondary("Find a learning rate…", "search")
        self.key = RateKey()
        self.line = caption(wrap=True)
        self.facts = FactList("What the run will take")
        self._plan: RunPlan | None = None
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.key)
        self.body.addWidget(self.line)
        self.body.addWidget(self.find_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addSpacing(4)
        self.body.addWidget(self.facts)

    def show_obstacle(self, why: str) -> None:
        """Say why no rate can be found now; nothing when one can."""
        self.find_button.setEnabled(not why)
        self.find_button.setToolTip(plain_tooltip(why) if why else "")

    def show_plan(self, plan: RunPlan) -> None:
        """Draw the schedule of a plan."""
        if plan == self._plan:
            return
        self._plan = plan
        self.plot.show_curves(_curves(plan), _marks(plan))
        self.key.show_entries(_key(plan))
        self.line.setText(in_words(plan))
        self.facts.show_facts(_facts(plan))


def _marks(plan: RunPlan) -> list[int]:
    per_epoch = plan.steps_per_epoch or _ASSUMED_STEPS_PER_EPOCH
    return [per_epoch * epoch for epoch in range(1, plan.training.epochs)]


def _curves(plan: RunPlan) -> list[RateCurve]:
    """The rate of each part from the epoch in which it begins to train."""
    per_epoch = plan.steps_per_epoch or _ASSUMED_STEPS_PER_EPOCH
    rates = RatePlan(plan.training, per_epoch, restarts=plan.restarts)
    count = min(rates.steps, _POINTS)
    found = {1 + round(i * (rates.steps - 1) / max(1, count - 1)) for i in range(count)}
    heights = [(step, rates.rate(step)) for step in sorted(found)]
    curves = []
    for part in plan.parts:
        first = per_epoch * (part.first_epoch - 1)
        drawn = [(step, part.factor * height) for step, height in heights if step > first]
        curves.append(RateCurve(part.title, *([list(c) for c in zip(*drawn, strict=True)])))
    return curves


def _key(plan: RunPlan) -> list[tuple[str, str]]:
    if len(plan.parts) < 2:
        return []
    peak = plan.training.learning_rate
    return [(part.title, wording.rate(peak * part.factor)) for part in plan.parts]


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
    if plan.seconds:
        facts.append(
            Fact(
                "Time, about",
                wording.seconds(plan.seconds),
                "From the measured speed of the model on this computer, with frozen layers "
                "computed once where that pays, if it does not stop early.",
            )
        )
        facts.append(Fact("Memory, about", wording.size(plan.memory)))
    return facts
