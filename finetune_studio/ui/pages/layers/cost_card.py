"""The card that answers: what trains, in how much memory, how long, and how much faster."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from finetune_studio.events.estimates import Estimate
from finetune_studio.project import wording
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.fact_list import Fact, FactList
from finetune_studio.ui.widgets.text import Text, big_number, caption, muted

_LEAST_SHOWN, _COARSE = 0.001, 0.1


def sentence(cost: Estimate, train_samples: int) -> str:
    """The whole card in one sentence, for the side list, the tooltip and screen readers."""
    trained = f"{wording.count(cost.trainable)} of {wording.count(cost.total)}"
    parts = [
        f"Trains {trained} ({share(cost)})",
        f"about {wording.size(cost.memory)}",
        duration(cost, train_samples),
        speedup(cost),
    ]
    return ", ".join(part for part in parts if part)


def share(cost: Estimate) -> str:
    """The share of the parameters that trains, with a decimal where a whole percent says little."""
    part = cost.trainable / cost.total if cost.total else 0.0
    if 0 < part < _LEAST_SHOWN:
        return f"under {wording.share(_LEAST_SHOWN)}"
    return wording.share(part, 1 if 0 < part < _COARSE else 0)


def duration(cost: Estimate, train_samples: int) -> str:
    """How long an epoch takes, or a sample while the number of samples is not known."""
    if not cost.seconds_per_sample:
        return ""
    if not train_samples:
        return f"about {wording.seconds(cost.seconds_per_sample)} a sample"
    return f"about {wording.seconds(cost.seconds_per_sample * train_samples)} an epoch"


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
        self._facts = FactList("Cost")
        self._speed = Text(wrap=True)
        self.body.addWidget(self._share)
        self.body.addWidget(self._parameters)
        self.body.addSpacing(8)
        self.body.addWidget(self._facts)
        self.body.addWidget(self._speed)
        self._note = caption(wrap=True)
        self.body.addWidget(self._note)

    def show_cost(self, cost: Estimate, train_samples: int, batch_size: int) -> None:
        """Show an estimate for so many training samples in batches of ``batch_size``."""
        self._share.setText(share(cost))
        self._parameters.setText(
            f"{wording.count(cost.trainable)} of {wording.count(cost.total)} parameters train"
        )
        self._facts.show_facts(
            (
                Fact("Memory", f"about {wording.size(cost.memory)}"),
                Fact("Time", duration(cost, train_samples) or "not measured"),
            )
        )
        self._speed.setText(speedup(cost).capitalize())
        self._note.setText(_note(train_samples, batch_size))
        self.setAccessibleDescription(sentence(cost, train_samples))


def _note(train_samples: int, batch_size: int) -> str:
    batches = f"with {wording.plural(batch_size, 'sample')} a batch"
    if not train_samples:
        return f"Measured on this computer, {batches}."
    return (
        f"Measured on this computer, {batches}, "
        f"for {wording.plural(train_samples, 'training sample')}."
    )
