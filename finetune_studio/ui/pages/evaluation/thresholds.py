"""Figures of several labels under thresholds that the user moves, from the stored predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from finetune_studio.events.descriptions import LabelFigures, SamplePrediction
from finetune_studio.project.target import parts_of


@dataclass(frozen=True)
class Answered:
    """What was said of samples, as columns.

    Attributes:
        wanted: which labels they have, bool [samples, labels].
        shares: the probability of each, float64 [samples, labels].
    """

    labels: tuple[str, ...]
    wanted: npt.NDArray[np.bool_]
    shares: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recounted:
    """Figures under some thresholds.

    Attributes:
        all_right: share of the samples with every label right.
    """

    labels: tuple[LabelFigures, ...]
    macro_f1: float
    micro_f1: float
    all_right: float


def answered(labels: Sequence[str], predictions: Sequence[SamplePrediction]) -> Answered:
    """The columns of stored predictions; those of other labels are passed over."""
    places = {label: place for place, label in enumerate(labels)}
    usable = [one for one in predictions if len(one.shares) == len(labels)]
    wanted = np.zeros((len(usable), len(labels)), np.bool_)
    for row, one in enumerate(usable):
        for part in parts_of(one.true):
            if part in places:
                wanted[row, places[part]] = True
    shares = np.array([one.shares for one in usable], np.float64).reshape(wanted.shape)
    return Answered(tuple(labels), wanted, shares)


def recounted(answers: Answered, thresholds: Mapping[str, float]) -> Recounted:
    """The figures when labels are given from these thresholds on."""
    cuts = np.array([thresholds[label] for label in answers.labels])
    given = answers.shares >= cuts
    both = (given & answers.wanted).sum(axis=0)
    named, support = given.sum(axis=0), answers.wanted.sum(axis=0)
    f1 = _share(2 * both, named + support)
    occurring = (named + support) > 0
    columns = (_share(both, named), _share(both, support), f1)
    rows = zip(
        answers.labels,
        *(column.tolist() for column in columns),
        support.tolist(),
        cuts.tolist(),
        strict=True,
    )
    return Recounted(
        labels=tuple(
            LabelFigures(label=label, precision=p, recall=r, f1=f, support=n, threshold=cut)
            for label, p, r, f, n, cut in rows
        ),
        macro_f1=float(f1[occurring].mean()) if occurring.any() else 1.0,
        micro_f1=float(2 * both.sum() / max(1, named.sum() + support.sum())),
        all_right=float((given == answers.wanted).all(axis=1).mean()) if len(given) else 0.0,
    )


def _share(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """0 of nothing is 0."""
    result: npt.NDArray[np.float64] = part / np.maximum(whole, 1)
    return result
