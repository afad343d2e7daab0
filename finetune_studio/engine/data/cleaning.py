"""What is done to texts and labels before anything looks at them.

Reading does as little as possible (`clean_text`). The steps a project decides on come after
reading and before tokens: `cleaned` in training and evaluation, `cleaner_of` in prediction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from finetune_studio.engine.data.text_cleaning import LONGEST_TEXT, Clean, clean_text, cleaner
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.project.cleaning import CleaningStep, active

__all__ = [
    "LONGEST_LABEL",
    "LONGEST_TEXT",
    "clean_label",
    "clean_text",
    "cleaned",
    "cleaner_of",
    "holds_impossible",
]

LONGEST_LABEL = 200  # characters
_SURROGATE = re.compile("[\ud800-\udfff]")
_CHUNK = 1000  # texts


def cleaner_of(steps: Iterable[CleaningStep]) -> Clean:
    """What cleans one text by the steps that are on."""
    return cleaner(step.model_dump(mode="json") for step in active(steps))


def cleaned(
    texts: Sequence[str], steps: Sequence[CleaningStep], emit: Emit, stop_requested: StopRequested
) -> list[str]:
    """Texts as a model reads them.

    Args:
        texts: as they were read.
        steps: of the model.
        emit: hears of the progress, where there are steps.
        stop_requested: asked every thousand texts.

    Raises:
        Stopped: a stop was asked for.
    """
    clean = cleaner_of(steps)
    if not active(steps):
        return [clean(text) for text in texts]
    meter = Meter(emit, "Cleaning texts", len(texts), "texts")
    result: list[str] = []
    for start in range(0, len(texts), _CHUNK):
        check(stop_requested)
        result += [clean(text) for text in texts[start : start + _CHUNK]]
        meter.advance(len(result) - start)
    meter.done()
    return result


def holds_impossible(text: str) -> bool:
    """Whether cleaning has to take out characters that cannot be in a text."""
    return "\x00" in text or (not text.isascii() and _SURROGATE.search(text) is not None)


def clean_label(label: str) -> str:
    """The label without spaces around it, and as one line."""
    return " ".join(label.split()) if "\n" in label or "\r" in label else label.strip()
