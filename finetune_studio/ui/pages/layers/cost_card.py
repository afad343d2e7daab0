"""The card that answers: what trains, in how much memory, how long, and how much faster."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.events.estimates import Estimate
from finetune_studio.events.run_estimate import PhaseEstimate, RunEstimate
from finetune_studio.project import wording
from finetune_studio.project.choices import Adapters
from finetune_studio.ui.pages.layers.adapter_switch import AdapterSwitch
from finetune_studio.ui.pages.layers.shares import share
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.fact_list import Fact, FactList
from finetune_studio.ui.widgets.text import Text, big_number, caption, muted, plain_tooltip

_MOST_PHASES = 3
_WHOLE = "The frozen layers are computed once, and their output is stored."
_LATER = "These epochs start in the middle of the network, with what was stored."
_MEAN = "On average over these epochs; what stays frozen is computed once where that pays."
_RUN = "Training and validation, unless it stops early."


def sentence(run: RunEstimate, train_samples: int) -> str:
    """The whole card in one sentence, for the side list, the tooltip and screen readers."""
    cost = run.end
    trained = f"{wording.count(cost.trainable)} of {wording.count(cost.total)}"
    parts = [
        f"Trains {trained} ({share(cost)})",
        f"about {wording.size(run.memory)}",
        *(f"{fact.value} {fact.name.lower()}" for fact in times(run, train_samples)),
        "" if len(run.phases) > 1 else speedup(cost),
    ]
    return ", ".join(part for part in parts if part)


def times(run: RunEstimate, train_samples: int) -> list[Fact]:
    """How long epochs take, as far as they differ, or a sample while data are not known."""
    if not run.end.seconds_per_sample:
        return []
    if not train_samples:
        return [Fact("A sample", _about(run.end.seconds_per_sample))]
    if len(run.phases) == 1:
        return _of_one_phase(run.phases[0], train_samples)
    shown = run.phases
    if len(shown) > _MOST_PHASES:
        shown = (*shown[: _MOST_PHASES - 1], shown[-1])
    return [_of_phase(phase, train_samples) for phase in shown]


def speedup(cost: Estimate) -> str:
    """How the plan compares with training everything."""
    if cost.speedup < 1.05:
        return "as slow as training everything"
    return f"{wording.times(cost.speedup)} faster than training everything"


class CostCard(Card):
    """What the plan costs, live."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("What trains", parent=parent)
        self._share = big_number()
        self._parameters = muted(wrap=True)
        self.adapters = AdapterSwitch()
        self.facts = FactList("Cost")
        self._speed = Text(wrap=True)
        shares = QHBoxLayout()
        shares.setSpacing(12)
        shares.addWidget(self._share)
        shares.addWidget(self._parameters, 1)
        self.body.addLayout(shares)
        self.body.addWidget(self.adapters)
        self.body.addSpacing(4)
        self.body.addWidget(self.facts)
        self.body.addWidget(self._speed)
        self._note = caption("Measured on this computer")
        self.body.addWidget(self._note)

    def show_run(
        self, run: RunEstimate, train_samples: int, validation_samples: int, batch_size: int
    ) -> None:
        """Show an estimate for so many samples in batches of ``batch_size``."""
        cost = run.end
        self._share.setText(share(cost))
        gradual = len(run.phases) > 1
        what = "in the end" if gradual else "parameters"
        self._parameters.setText(
            f"{wording.count(cost.trainable)} of {wording.count(cost.total)} {what}"
        )
        facts = [Fact("Memory", f"about {wording.size(run.memory)}")]
        seconds = run.seconds(train_samples, validation_samples)
        if seconds:
            facts.append(Fact("Whole run", _about(seconds), _RUN))
        facts += times(run, train_samples) or [Fact("Time", "not measured")]
        self.facts.show_facts(facts)
        self._speed.setText(speedup(cost).capitalize())
        self._speed.setVisible(not gradual)
        self._note.setToolTip(plain_tooltip(_conditions(train_samples, batch_size)))
        self.setAccessibleDescription(sentence(run, train_samples))

    def show_adapters(self, choice: Adapters, other: RunEstimate | None) -> None:
        """Show whether adapters train, and a run's estimate if it were otherwise.

        Without one there is nothing to choose: only the head trains.
        """
        self.adapters.setVisible(other is not None)
        if other is not None:
            self.adapters.show_choice(choice, other)


def _of_one_phase(phase: PhaseEstimate, samples: int) -> list[Fact]:
    cost = phase.cost
    if not phase.stores:
        return [Fact("An epoch", _about(cost.seconds_per_sample * samples))]
    many = phase.whole > 1
    first = f"First {wording.plural(phase.whole, 'epoch')}" if many else "First epoch"
    each = " each" if many else ""
    return [
        Fact(first, _about(cost.seconds_per_sample * samples) + each, _WHOLE),
        Fact("Later epochs", _about(cost.later_seconds_per_sample * samples), _LATER),
    ]


def _of_phase(phase: PhaseEstimate, samples: int) -> Fact:
    length = phase.last - phase.first + 1
    name = f"Epoch {phase.first}" if length == 1 else f"Epochs {phase.first} to {phase.last}"
    mean = wording.seconds(phase.seconds_per_sample * samples / length)
    return Fact(name, mean if length == 1 else f"{mean} each", "" if length == 1 else _MEAN)


def _about(seconds: float) -> str:
    return f"about {wording.seconds(seconds)}"


def _conditions(train_samples: int, batch_size: int) -> str:
    batches = f"With {wording.plural(batch_size, 'sample')} a batch"
    if not train_samples:
        return f"{batches}."
    return f"{batches}, for {wording.plural(train_samples, 'training sample')}."
