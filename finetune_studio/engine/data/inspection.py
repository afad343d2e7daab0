"""The import report: what training would get, said before it starts."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from finetune_studio.engine.data.cleaned_copies import cleaned_texts, found_once_cleaned
from finetune_studio.engine.data.distribution import Distribution, distribution
from finetune_studio.engine.data.findings import in_order
from finetune_studio.engine.data.label_groups import alike
from finetune_studio.engine.data.reading import locate, survey
from finetune_studio.engine.data.sample_sequence import SPLITS, Samples
from finetune_studio.engine.data.samples import Sample, TableFacts
from finetune_studio.engine.data.splitting import parts_of
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.descriptions import DataReport, Preview
from finetune_studio.project.choices import Split, Target, Task
from finetune_studio.project.cleaning import CleaningStep
from finetune_studio.project.files import replace_atomic
from finetune_studio.project.project import DataChoice, SplitChoice
from finetune_studio.project.target import TargetReading
from finetune_studio.project.target import shown as as_shown

_PREVIEWS_A_LABEL = 200
_MOST_PREVIEWS = 20_000
_KEPT_PREVIEWS = 8
_PREVIEW_CHARACTERS = 500
_TEXTS_MEASURED = 2000


def inspect(
    choice: DataChoice,
    task: Task | None,
    split_choice: SplitChoice,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    cleaning: Sequence[CleaningStep] = (),
) -> DataReport:
    """Read the data through and report; what is found in texts is of the texts as cleaned.

    Data that open and cannot be trained on yet come back with an error among the problems.

    Raises:
        ProblemError: the data cannot be opened.
        Stopped: a stop was asked for.
    """
    started = time.monotonic()
    found = survey(choice, task, cache, emit, stop_requested)
    samples = Samples.of(found.samples)
    parts = parts_of(alike(samples, found.target.kind), split_choice)
    texts = cleaned_texts(samples, cleaning, emit, stop_requested)
    shown = distribution(samples, parts, found.target)
    path, _ = locate(choice)
    facts = found.table or TableFacts(columns=(), encoding=choice.encoding)
    return DataReport(
        path=str(path),
        task=found.task,
        kind=found.kind,
        samples=len(found.samples),
        labels=shown.bars,
        problems=in_order((*found.problems, *found_once_cleaned(samples, parts, texts))),
        columns=facts.columns,
        text_column=facts.text_column,
        image_column=facts.image_column,
        label_column=facts.label_column,
        split_column=facts.split_column,
        delimiter=facts.delimiter,
        encoding=facts.encoding,
        own_splits=samples.divided,
        previews=str(_write_previews(samples, parts, cache, found.target, shown)),
        median_tokens=_median_words(len(samples), texts.__getitem__ if texts else samples.text),
        seconds=time.monotonic() - started,
        target=found.target,
        divided=_divided(parts),
        unlabelled=_unlabelled(samples, found.target),
        cleaned=bool(texts),
    )


def _divided(parts: np.ndarray) -> tuple[int, int, int]:
    counts = np.bincount(parts, minlength=len(SPLITS)).tolist()
    train, validation, test = (
        counts[SPLITS.index(part)] for part in (Split.TRAIN, Split.VALIDATION, Split.TEST)
    )
    return train, validation, test


def _unlabelled(samples: Samples, target: TargetReading) -> int:
    return samples.counts()[""] if target.kind is Target.LABELS else 0


def _write_previews(
    samples: Samples, parts: np.ndarray, cache: Path, target: TargetReading, bars: Distribution
) -> Path:
    by_bar = target.kind is not Target.LABEL
    shown = [
        _preview(
            samples[place],
            SPLITS[parts[place]],
            target,
            bars.groups[samples.codes[place]] if by_bar else (),
        ).model_dump_json()
        for place in _previewed(samples, bars)
    ]
    text = "".join(f"{line}\n" for line in shown)
    # A report may be shown again after other data were looked at: each keeps a file of its own.
    file = cache / f"previews-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}.jsonl"
    replace_atomic(file, lambda temporary: _put(temporary, text))
    _forget_old_previews(cache)
    return file


def _forget_old_previews(cache: Path) -> None:
    files = sorted(cache.glob("previews*.jsonl"), key=lambda file: file.stat().st_mtime)
    for file in files[:-_KEPT_PREVIEWS]:
        file.unlink(missing_ok=True)


def _previewed(samples: Samples, bars: Distribution) -> list[int]:
    """Places of the first samples of each bar."""
    first = {name: group[0] if group else "" for name, group in _pairs(samples, bars)}
    samples = samples.relabelled(first)
    order, bounds = samples.by_label()
    begins = (order[start:end][:_PREVIEWS_A_LABEL] for start, end in pairwise(bounds.tolist()))
    return sorted(place for begin in begins for place in begin.tolist())[:_MOST_PREVIEWS]


def _pairs(samples: Samples, bars: Distribution) -> Iterator[tuple[str, tuple[str, ...]]]:
    return zip(samples.names, bars.groups, strict=True)


def _put(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def _preview(
    sample: Sample, part: Split, target: TargetReading, groups: tuple[str, ...]
) -> Preview:
    return Preview(
        label=as_shown(sample.label, target.kind, target.unit),
        split=part,
        where=sample.where,
        path=sample.path,
        text=sample.text[:_PREVIEW_CHARACTERS],
        groups=groups,
    )


def _median_words(count: int, text: Callable[[int], str]) -> int:
    """Of a few thousand texts spread over the data."""
    every = max(1, count // _TEXTS_MEASURED)
    counts = [len(read.split()) for read in map(text, range(0, count, every)) if read]
    return round(median(counts)) if counts else 0
