"""Reads what the model said of each sample, from the file an evaluation wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from finetune_studio.events.descriptions import SamplePrediction
from finetune_studio.project.target import parts_of

MOST_SHOWN = 500
_MOST_SEARCHED = 50_000


def cell_samples(
    file: Path, true: str, predicted: str, most: int = MOST_SHOWN
) -> tuple[SamplePrediction, ...]:
    """The samples of one cell of the matrix, the surest first; none where the file has gone.

    Args:
        file: one `SamplePrediction` a line.
        true: label of the cell's row.
        predicted: label of its column.
        most: how many are kept; of more, the first in the file.
    """
    found: list[SamplePrediction] = []
    for prediction in _matching(file, true, predicted):
        found.append(prediction)
        if len(found) == most:
            break
    return tuple(sorted(found, key=lambda prediction: -prediction.probability))


def first_samples(file: Path, most: int) -> tuple[SamplePrediction, ...]:
    """The first samples of a file; none where it has gone."""
    found: list[SamplePrediction] = []
    try:
        with file.open("rb") as lines:
            for line in lines:
                prediction = _parsed(line)
                if prediction is not None:
                    found.append(prediction)
                if len(found) == most:
                    break
    except OSError:
        return ()
    return tuple(found)


def samples_with(
    file: Path, one: str, other: str, most: int = MOST_SHOWN
) -> tuple[SamplePrediction, ...]:
    """Samples that truly have both of two labels; none where the file has gone."""
    found = first_samples(file, _MOST_SEARCHED)
    both = {one, other}
    return tuple(sample for sample in found if both <= set(parts_of(sample.true)))[:most]


def _matching(file: Path, true: str, predicted: str) -> Iterator[SamplePrediction]:
    # Most lines are ruled out by their raw text, which is far quicker than reading each as JSON.
    hints = [_hint(true), _hint(predicted)]
    try:
        with file.open("rb") as lines:
            for line in lines:
                if all(any(form in line for form in forms) for forms in hints):
                    prediction = _parsed(line)
                    if prediction and (prediction.true, prediction.predicted) == (true, predicted):
                        yield prediction
    except OSError:
        return


def _hint(label: str) -> tuple[bytes, bytes]:
    return (
        json.dumps(label, ensure_ascii=False).encode("utf-8"),
        json.dumps(label).encode("utf-8"),
    )


def _parsed(line: bytes) -> SamplePrediction | None:
    try:
        return SamplePrediction.model_validate_json(line)
    except ValidationError:
        return None
