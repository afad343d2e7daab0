"""Samples to batches, for training (shuffled, varied) and for looking at them (in order).

Everything depends on (seed, epoch, place of the sample): a run that goes on at batch 17 of epoch
3 sees what it would have seen. There are no loader processes; the pixel cache makes them needless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from finetune_studio.engine.compute import PIXELS
from finetune_studio.engine.data.cache import open_pixels
from finetune_studio.engine.data.findings import Findings, counted
from finetune_studio.engine.data.inputs import PictureSource, Source, TextSource
from finetune_studio.engine.data.mixing import Mixing
from finetune_studio.engine.data.order import batches_of, drawn_evenly
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.data.tokens import Tokens, padding_share, tokenize
from finetune_studio.engine.model.bundle import ImagePreprocessing
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.events import ProblemFound
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.variation import Variation

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle


@dataclass(frozen=True, slots=True)
class Batch:
    """Some samples as a model takes them.

    Attributes:
        inputs: by the model's names: ``pixels`` float32 [batch, 3, h, w], or ``input_ids`` and
            ``attention_mask`` int64 [batch, tokens].
        targets: places of the labels, int64 [batch]; of mixed pictures the share of each label,
            float32 [batch, labels].
        indices: places of the samples among those the batches were made of, int64 [batch].
    """

    inputs: dict[str, Tensor]
    targets: Tensor
    indices: Tensor


class Batches:
    """The batches of some samples, as often as needed.

    Attributes:
        positions: places of the samples that can be used. A picture whose damage shows only when
            it is decoded is missing here, and was told as a problem.
        batches_per_epoch: the last batch counts although it may be smaller.
    """

    def __init__(
        self,
        source: Source,
        targets: Tensor,
        positions: Sequence[int],
        *,
        batch_size: int,
        seed: int,
        evenly: bool = False,
        mixing: Mixing | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            source: gives the inputs.
            targets: of all samples, by place.
            positions: places of the samples that can be used.
            batch_size: samples in a batch.
            seed: of the order of training.
            evenly: training draws as many samples of each label, instead of each sample once.
            mixing: of the pictures of training with one another.
        """
        self.positions = tuple(positions)
        self.batches_per_epoch = -(-len(self.positions) // batch_size)
        self._source = source
        self._targets = targets
        self._batch_size = batch_size
        self._seed = seed
        self._evenly = evenly
        self._mixing = mixing

    def __len__(self) -> int:
        """Samples that can be used."""
        return len(self.positions)

    @property
    def padding(self) -> float | None:
        """Share of padding among the tokens of the first epoch; ``None`` for pictures."""
        if not self._source.by_token:
            return None
        plan = self._source.plan(self._drawn(1), self._batch_size, self._seed, 1)
        return padding_share(map(self._source.lengths, plan))

    @property
    def source(self) -> Source:
        """Where the inputs come from."""
        return self._source

    def label_counts(self, labels: int) -> list[int]:
        """Samples of each of so many labels."""
        of_each = torch.bincount(self._targets[list(self.positions)], minlength=labels)
        counts: list[int] = of_each.tolist()
        return counts

    def taken_from(self, source: Source) -> Batches:
        """The same batches with inputs from elsewhere."""
        return Batches(
            source,
            self._targets,
            self.positions,
            batch_size=self._batch_size,
            seed=self._seed,
            evenly=self._evenly,
            mixing=self._mixing,
        )

    def ready(self, epoch: int | None) -> None:
        """Do beforehand what takes long; ``None`` before going through them in order.

        Raises:
            Stopped: a stop was asked for.
        """
        self._source.ready(epoch)

    def training(self, epoch: int, start_batch: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, in its order and varied for it.

        Args:
            epoch: any number; equal numbers give equal batches.
            start_batch: leave out as many from the start, as a run that goes on does.
        """
        plan = self._source.plan(self._drawn(epoch), self._batch_size, self._seed, epoch)
        return self._made(plan, epoch, start_batch)

    def in_order(self) -> Iterator[Batch]:
        """All samples in their own order, as they are."""
        return self._made(batches_of(self.positions, self._batch_size), None)

    def _drawn(self, epoch: int) -> Sequence[int]:
        """Places of the samples of an epoch of training, before they are shuffled."""
        if not self._evenly:
            return self.positions
        labels = self._targets[list(self.positions)].tolist()
        return [self.positions[place] for place in drawn_evenly(labels, self._seed, epoch)]

    def _made(
        self, plan: list[list[int]], epoch: int | None, start: int = 0
    ) -> Iterator[Batch]:
        def make(number: int) -> Batch:
            indices = torch.tensor(plan[number], dtype=torch.int64)
            inputs, targets = self._source.inputs(plan[number], epoch), self._targets[indices]
            if epoch is not None and self._mixing is not None:
                pixels, targets = self._mixing.mix(inputs[PIXELS], targets, epoch, number)
                inputs = {**inputs, PIXELS: pixels}
            return Batch(inputs, targets, indices)

        numbers = range(start, len(plan))
        return _one_ahead(numbers, make) if _has_accelerator() else map(make, numbers)


def make_batches(  # noqa: PLR0913 - each is one fact, and all are needed
    samples: Sequence[Sample],
    labels: tuple[str, ...],
    bundle: ModelBundle,
    *,
    batch_size: int,
    seed: int,
    variation: Variation | None = None,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> Batches:
    """Prepare samples for a model: pixels into the cache, or texts into tokens.

    Args:
        samples: in an order that gives each its place.
        labels: in the model's order.
        bundle: the model; only its preprocessing and tokenizer are used.
        batch_size: samples in a batch.
        seed: of the order and of what varies.
        variation: of pictures, in training only.
        cache: folder of the project's cache.
        emit: hears of the progress, and of samples that turn out unusable.
        stop_requested: asked between samples.

    Raises:
        ProblemError: a sample has a label the model does not know.
        Stopped: a stop was asked for.
    """
    targets = _targets(samples, labels)
    preprocessing = bundle.preprocessing
    unreadable: dict[int, str] = {}
    source: Source
    if isinstance(preprocessing, ImagePreprocessing):
        paths = [sample.path for sample in samples]
        pixels = open_pixels(paths, preprocessing, cache, emit, stop_requested)
        unreadable = pixels.unreadable
        _tell_unreadable(samples, unreadable, emit)
        source = PictureSource(pixels, preprocessing, variation, seed)
    else:
        assert bundle.tokenizer is not None
        texts = [sample.text for sample in samples]
        most = preprocessing.max_tokens
        tokens = tokenize(texts, bundle.tokenizer, most, emit, stop_requested, cache)
        _tell_cut(tokens, len(texts), most, emit)
        source = TextSource(tokens, bundle.tokenizer)
    positions = [place for place in range(len(samples)) if place not in unreadable]
    return Batches(source, targets, positions, batch_size=batch_size, seed=seed)


def _targets(samples: Sequence[Sample], labels: tuple[str, ...]) -> Tensor:
    places = {label: place for place, label in enumerate(labels)}
    for sample in samples:
        if sample.label not in places:
            raise ProblemError.of(
                f"The model knows no label “{sample.label}”.",
                f"It knows {', '.join(labels[:10])}{' and more' if len(labels) > 10 else ''}.",
                "Use data with the same labels, or train again with these.",
                where=sample.where,
                code="label_unknown",
            )
    return torch.tensor([places[sample.label] for sample in samples], dtype=torch.int64)


def _tell_unreadable(samples: Sequence[Sample], unreadable: dict[int, str], emit: Emit) -> None:
    findings = Findings()
    for place, reason in unreadable.items():
        findings.add("picture_damaged", samples[place].where, reason)
    for problem in findings.problems():
        emit(ProblemFound(problem=problem))


def _tell_cut(tokens: Tokens, count: int, most: int, emit: Emit) -> None:
    if tokens.cut:
        what = f"{counted(tokens.cut, ('text', 'texts'))} of {count:,} cut at {most} tokens."
        note = Problem(
            what=what,
            why="The model reads no further.",
            remedy="Raise the longest text in tokens if the end of a text matters.",
            severity=Severity.NOTE,
            code="texts_cut",
        )
        emit(ProblemFound(problem=note))


def _has_accelerator() -> bool:
    """Whether making the next batch meanwhile helps: on a processor both would share the cores."""
    return torch.cuda.is_available() or torch.backends.mps.is_available()


def _one_ahead(numbers: Sequence[int], make: Callable[[int], Batch]) -> Iterator[Batch]:
    """Make each batch while the one before it is used. The thread ends with the iteration."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        coming = [pool.submit(make, number) for number in numbers[:1]]
        for number in numbers[1:]:
            coming.append(pool.submit(make, number))
            yield coming.pop(0).result()
        if coming:
            yield coming.pop(0).result()
