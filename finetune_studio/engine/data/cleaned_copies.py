"""Texts of different parts that become equal only once they are cleaned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finetune_studio.engine.data.cleaning import cleaned
from finetune_studio.engine.data.content_marks import identified, marks_of_strings
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.sample_sequence import SPLITS, Samples
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.project.choices import Split
from finetune_studio.project.cleaning import CleaningStep, active
from finetune_studio.project.problems import Problem

_TRAIN, _VALIDATION, _TEST = map(SPLITS.index, (Split.TRAIN, Split.VALIDATION, Split.TEST))


def cleaned_leaks(
    samples: Samples,
    parts: np.ndarray,
    steps: Sequence[CleaningStep],
    emit: Emit,
    stop_requested: StopRequested,
) -> tuple[Problem, ...]:
    """Tell of texts that a later part holds again, as a model reads them.

    Texts that are equal as they were read are told elsewhere.

    Args:
        samples: of all parts.
        parts: the place of each sample's part in ``SPLITS``, int8 [samples].
        steps: of the project.
        emit: hears of the progress.
        stop_requested: asked all the while.

    Raises:
        Stopped: a stop was asked for.
    """
    texts = [samples.text(place) for place in range(len(samples))] if active(steps) else []
    if not any(texts):
        return ()
    read = cleaned(texts, steps, emit, stop_requested)
    _, identities, shared = identified(marks_of_strings(read), read.__getitem__)
    shared = shared[[bool(read[place]) for place in shared.tolist()]]
    new = come_again(identities[shared], parts[shared])
    new &= ~come_again(samples.identities[shared], parts[shared])
    findings = Findings()
    places = shared[new].tolist()
    shown = (samples[place] for place in places)
    findings.add_many("leak_cleaned", len(places), ((one.where, f"“{one.label}”") for one in shown))
    return findings.problems()


def come_again(identities: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Who comes again in a later part, training being the first and test the last: bool [samples].

    Args:
        identities: equal for equal content, uint64 [samples].
        parts: places in ``SPLITS``, int8 [samples].
    """
    in_test = np.isin(identities, identities[parts == _TEST])
    later = np.isin(identities, identities[parts == _VALIDATION]) | in_test
    found: np.ndarray = (parts == _TRAIN) & later | (parts == _VALIDATION) & in_test
    return found
