"""Measuring what is forgotten: earlier samples are asked about together with the new ones."""

from __future__ import annotations

from dataclasses import fields

import torch
from torch import Tensor

from finetune_studio.engine.evaluation.answers import Answers
from finetune_studio.engine.evaluation.figures import figures_of
from finetune_studio.engine.model.outputs import Outputs
from finetune_studio.events.events import EarlierTaskScored


def parted(answers: Answers, first: int) -> tuple[Answers, Answers | None]:
    """Answers about new samples, and about earlier ones if there are any.

    Args:
        answers: about both, by place.
        first: place of the first earlier sample.
    """
    earlier = answers.indices >= first
    if not bool(earlier.any()):
        return answers, None
    return _of(answers, ~earlier), _of(answers, earlier)


def scored(
    answers: Answers, outputs: Outputs, labels: int, epoch: int, step: int
) -> EarlierTaskScored:
    """The figures of an earlier task, its labels among so many."""
    found = figures_of(answers, outputs, labels)
    return EarlierTaskScored(
        epoch=epoch,
        step=step,
        samples=len(answers.indices),
        loss=found.loss,
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
    )


def _of(answers: Answers, chosen: Tensor) -> Answers:
    columns = {field.name: getattr(answers, field.name) for field in fields(answers)}
    return Answers(
        **{
            name: column[chosen] if isinstance(column, torch.Tensor) else column
            for name, column in columns.items()
        }
    )
