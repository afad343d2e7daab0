"""The import report: what training would get, said before it starts."""

from __future__ import annotations

import time
from itertools import accumulate
from pathlib import Path
from statistics import median

import numpy as np

from finetune_studio.engine.data.reading import locate, survey
from finetune_studio.engine.data.sample_sequence import SPLITS, Samples
from finetune_studio.engine.data.samples import Sample, TableFacts
from finetune_studio.engine.data.splitting import parts_of
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.descriptions import DataReport, LabelCount, Preview
from finetune_studio.project.choices import Split, Task
from finetune_studio.project.files import replace_atomic
from finetune_studio.project.project import DataChoice, SplitChoice

_PREVIEWS_A_LABEL = 200
_MOST_PREVIEWS = 20_000
# A report travels as one line of at most a megabyte.
_MOST_LABEL_CHARACTERS = 600_000
_CHARACTERS_BESIDE_NAME = 60
_PREVIEW_CHARACTERS = 500
_TEXTS_MEASURED = 2000


def inspect(
    choice: DataChoice,
    task: Task | None,
    split_choice: SplitChoice,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> DataReport:
    """Read the data through and report.

    Data that open and cannot be trained on yet come back with an error among the problems.

    Raises:
        ProblemError: the data cannot be opened.
        Stopped: a stop was asked for.
    """
    started = time.monotonic()
    found = survey(choice, task, cache, emit, stop_requested)
    samples = Samples.of(found.samples)
    parts = parts_of(samples, split_choice)
    path, _ = locate(choice)
    facts = found.table or TableFacts(columns=(), encoding=choice.encoding)
    return DataReport(
        path=str(path),
        task=found.task,
        kind=found.kind,
        samples=len(found.samples),
        labels=_counts(samples, parts),
        problems=found.problems,
        columns=facts.columns,
        text_column=facts.text_column,
        image_column=facts.image_column,
        label_column=facts.label_column,
        split_column=facts.split_column,
        delimiter=facts.delimiter,
        encoding=facts.encoding,
        own_splits=samples.divided,
        previews=str(_write_previews(samples, parts, cache)),
        median_tokens=_median_words(samples),
        seconds=time.monotonic() - started,
    )


def _counts(samples: Samples, parts: np.ndarray) -> tuple[LabelCount, ...]:
    counts = np.bincount(
        samples.codes.astype(np.int64) * len(SPLITS) + parts,
        minlength=len(samples.names) * len(SPLITS),
    ).reshape(-1, len(SPLITS))
    train, validation, test = (
        counts[:, SPLITS.index(part)].tolist()
        for part in (Split.TRAIN, Split.VALIDATION, Split.TEST)
    )
    totals = counts.sum(axis=1).tolist()
    places = {samples.names[place]: place for place, total in enumerate(totals) if total}
    return tuple(
        LabelCount(
            label=label,
            count=totals[place],
            train=train[place],
            validation=validation[place],
            test=test[place],
        )
        for label in _reportable(tuple(places))
        for place in (places[label],)
    )


def _reportable(labels: tuple[str, ...]) -> list[str]:
    """As many labels as a report can carry; what has more cannot be trained on anyway."""
    lengths = accumulate(len(label) + _CHARACTERS_BESIDE_NAME for label in labels)
    return [
        label
        for label, length in zip(labels, lengths, strict=True)
        if length < _MOST_LABEL_CHARACTERS
    ]


def _write_previews(samples: Samples, parts: np.ndarray, cache: Path) -> Path:
    shown = [
        _preview(samples[place], SPLITS[parts[place]]).model_dump_json()
        for place in _previewed(samples)
    ]
    file = cache / "previews.jsonl"
    text = "".join(f"{line}\n" for line in shown)
    replace_atomic(file, lambda temporary: _put(temporary, text))
    return file


def _previewed(samples: Samples) -> list[int]:
    """Places of the first samples of each label."""
    order, bounds = samples.by_label()
    within = np.arange(len(samples)) - bounds[samples.codes[order]]
    return np.sort(order[within < _PREVIEWS_A_LABEL])[:_MOST_PREVIEWS].tolist()


def _put(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def _preview(sample: Sample, part: Split) -> Preview:
    return Preview(
        label=sample.label,
        split=part,
        where=sample.where,
        path=sample.path,
        text=sample.text[:_PREVIEW_CHARACTERS],
    )


def _median_words(samples: Samples) -> int:
    """Of a few thousand texts spread over the data."""
    every = max(1, len(samples) // _TEXTS_MEASURED)
    texts = map(samples.text, range(0, len(samples), every))
    counts = [len(text.split()) for text in texts if text]
    return round(median(counts)) if counts else 0
