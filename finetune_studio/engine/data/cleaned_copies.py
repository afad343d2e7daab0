"""What is found in texts only once they are cleaned: as a model reads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finetune_studio.engine.data.cleaning import cleaned
from finetune_studio.engine.data.content_marks import identified, marks_of_strings
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.sample_sequence import Samples
from finetune_studio.engine.data.twins import come_again, contradict, repeat
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.project.cleaning import CleaningStep, active
from finetune_studio.project.problems import Problem, Severity


def cleaned_texts(
    samples: Samples, steps: Sequence[CleaningStep], emit: Emit, stop_requested: StopRequested
) -> list[str]:
    """Every text as a model reads it; none where no step is on, or where there are no texts.

    Raises:
        Stopped: a stop was asked for.
    """
    texts = [samples.text(place) for place in range(len(samples))] if active(steps) else []
    return cleaned(texts, steps, emit, stop_requested) if any(texts) else []


def cleaned_leaks(
    samples: Samples,
    parts: np.ndarray,
    steps: Sequence[CleaningStep],
    emit: Emit,
    stop_requested: StopRequested,
) -> tuple[Problem, ...]:
    """Tell of texts that a later part holds again, as a model reads them.

    Args:
        samples: of all parts.
        parts: the place of each sample's part in ``SPLITS``, int8 [samples].
        steps: of the project.
        emit: hears of the progress.
        stop_requested: asked all the while.

    Raises:
        Stopped: a stop was asked for.
    """
    findings = Findings()
    _Copies(samples, parts, cleaned_texts(samples, steps, emit, stop_requested)).leaks(findings)
    return findings.problems()


def found_once_cleaned(
    samples: Samples, parts: np.ndarray, texts: Sequence[str]
) -> tuple[Problem, ...]:
    """Tell of texts that are emptied, contradict, come again or are copies as a model reads them.

    Args:
        samples: of all parts.
        parts: the place of each sample's part in ``SPLITS``, int8 [samples].
        texts: of the samples, cleaned; none where nothing is.
    """
    findings = Findings()
    copies = _Copies(samples, parts, texts)
    for tell in (copies.conflicts, copies.leaks, copies.copies):
        tell(findings)
    emptied = [place for place, text in enumerate(texts) if not text]
    findings.add_many("text_emptied", len(emptied), ((samples[one].where, "") for one in emptied))
    problems = findings.problems()
    if not texts or len(emptied) < len(texts):
        return problems
    return tuple(problem.edited(severity=Severity.ERROR) for problem in problems)


class _Copies:
    """Texts that become equal; those that are equal as they were read are told elsewhere."""

    def __init__(self, samples: Samples, parts: np.ndarray, texts: Sequence[str]) -> None:
        _, identities, shared = identified(marks_of_strings(texts), texts.__getitem__)
        self._places = shared[[bool(texts[place]) for place in shared.tolist()]]
        self._now, self._before = identities[self._places], samples.identities[self._places]
        self._codes, self._parts = samples.codes[self._places], parts[self._places]
        self._samples = samples

    def conflicts(self, findings: Findings) -> None:
        """Tell of equal texts that are called otherwise."""
        new = contradict(self._now, self._codes) & ~contradict(self._before, self._codes)
        self._tell("conflict_cleaned", new, findings)

    def leaks(self, findings: Findings) -> None:
        """Tell of texts that a later part holds again."""
        new = come_again(self._now, self._parts) & ~come_again(self._before, self._parts)
        self._tell("leak_cleaned", new, findings)

    def copies(self, findings: Findings) -> None:
        """Tell of texts that their own part holds before, called alike."""
        place = (self._parts, self._codes)
        new = repeat(*place, self._now) & ~repeat(*place, self._before)
        self._tell("duplicate_cleaned", new, findings)

    def _tell(self, code: str, which: np.ndarray, findings: Findings) -> None:
        places = self._places[which].tolist()
        shown = (self._samples[place] for place in places)
        findings.add_many(code, len(places), ((one.where, f"“{one.label}”") for one in shown))
