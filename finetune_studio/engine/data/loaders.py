"""Samples to batches, for training (shuffled, varied) and for looking at them (in order).

Everything depends on (seed, epoch, place of the sample): a run that goes on at batch 17 of epoch
3 sees what it would have seen. There are no loader processes; the pixel cache makes them needless.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from finetune_studio.engine.compute import PIXELS
from finetune_studio.engine.data.cache import open_pixels
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.inputs import PictureSource, Source, planned
from finetune_studio.engine.data.mixing import Mixing
from finetune_studio.engine.data.order import batches_of, drawn_evenly
from finetune_studio.engine.data.replaying import Replay
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.data.text_source import open_texts
from finetune_studio.engine.data.tokens import padding_share
from finetune_studio.engine.model.bundle import ImagePreprocessing
from finetune_studio.engine.model.outputs import Outputs
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.events import ProblemFound
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.text_variation import TextVariation
from finetune_studio.project.variation import Variation

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle


@dataclass(frozen=True, slots=True)
class Batch:
    """Some samples as a model takes them.

    Attributes:
        inputs: by the model's names: ``pixels`` float32 [batch, 3, h, w], or ``input_ids`` and
            ``attention_mask`` int64 [batch, tokens].
        targets: as `Outputs.targets` makes them; of mixed pictures the share of each label,
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
        replay: Replay | None = None,
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
            replay: puts earlier samples among those of training.
        """
        self.positions = tuple(positions)
        first = replay.first if replay is not None else len(targets)
        self._new = tuple(place for place in self.positions if place < first)
        self._earlier = tuple(place for place in self.positions if place >= first)
        self._replay = replay if self._earlier else None
        self._new_per_batch = self._replay.new_per_batch if self._replay else batch_size
        self.batches_per_epoch = -(-len(self._new) // self._new_per_batch)
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
        return padding_share(self._source.lengths(places, 1) for places in self._plan(1))

    @property
    def new_samples(self) -> int:
        """Samples that are no earlier ones."""
        return len(self._new)

    @property
    def samples_per_epoch(self) -> int:
        """Samples of all batches of an epoch of training."""
        return len(self._new) + self._replayed

    @property
    def source(self) -> Source:
        """Where the inputs come from."""
        return self._source

    def label_counts(self, labels: int) -> list[int]:
        """Samples of each of so many labels; nothing where numbers are learned."""
        if self._targets.is_floating_point():
            own = self._targets[list(self.positions)]
            return [int(count) for count in own.sum(0).tolist()] if own.ndim > 1 else []
        counts = torch.bincount(self._targets[list(self._new)], minlength=labels)
        if self._replay is not None:  # each counts as often as an epoch draws it on average
            earlier = torch.bincount(self._targets[list(self._earlier)], minlength=labels)
            counts = counts + (earlier * self._replayed / len(self._earlier)).round().long()
        of_each: list[int] = counts.tolist()
        return of_each

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
            replay=self._replay,
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
        return self._made(self._plan(epoch), epoch, start_batch)

    def in_order(self) -> Iterator[Batch]:
        """All samples in their own order, as they are."""
        return self._made(batches_of(self.positions, self._batch_size), None)

    @property
    def _replayed(self) -> int:
        """Earlier samples in the batches of an epoch."""
        return self._replay.draws(len(self._new)) if self._replay is not None else 0

    def _plan(self, epoch: int) -> list[list[int]]:
        """The batches of an epoch of training, as places of samples."""
        size = self._new_per_batch
        plan = planned(self._source, self._drawn(epoch), size, self._seed, epoch)
        if self._replay is None:
            return plan
        labels = self._targets[list(self._earlier)].tolist() if self._evenly else ()
        source = self._source
        lengths = (lambda places: source.lengths(places, epoch)) if source.by_token else None
        return self._replay.joined(plan, self._earlier, epoch, labels=labels, lengths=lengths)

    def _drawn(self, epoch: int) -> Sequence[int]:
        """Places of the new samples of an epoch of training, before they are shuffled."""
        if not self._evenly or self._targets.is_floating_point():
            return self._new
        labels = self._targets[list(self._new)].tolist()
        return [self._new[place] for place in drawn_evenly(labels, self._seed, epoch)]

    def _made(self, plan: list[list[int]], epoch: int | None, start: int = 0) -> Iterator[Batch]:
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
    text_variation: TextVariation | None = None,
    evenly: bool = False,
    mixing: Mixing | None = None,
    replay: Replay | None = None,
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
        text_variation: of texts, in training only.
        evenly: whether training draws as many samples of each label.
        mixing: of pictures with one another, in training only.
        replay: of earlier samples, which stand behind the others.
        cache: folder of the project's cache.
        emit: hears of the progress, and of samples that turn out unusable.
        stop_requested: asked between samples.

    Raises:
        ProblemError: a sample has a label the model does not know.
        Stopped: a stop was asked for.
    """
    targets = _targets(samples, labels, bundle.outputs)
    preprocessing = bundle.preprocessing
    left_out: Collection[int]
    source: Source
    if isinstance(preprocessing, ImagePreprocessing):
        paths = [sample.path for sample in samples]
        pixels = open_pixels(paths, preprocessing, cache, emit, stop_requested)
        left_out = pixels.unreadable
        _tell_unreadable(samples, pixels.unreadable, emit)
        source = PictureSource(pixels, preprocessing, variation, seed)
    else:
        assert bundle.tokenizer is not None
        source, left_out = open_texts(
            samples,
            bundle.tokenizer,
            preprocessing,
            text_variation,
            seed=seed,
            cache=cache,
            emit=emit,
            stop_requested=stop_requested,
        )
    positions = [place for place in range(len(samples)) if place not in left_out]
    return Batches(
        source,
        targets,
        positions,
        batch_size=batch_size,
        seed=seed,
        evenly=evenly,
        mixing=mixing if isinstance(source, PictureSource) else None,
        replay=replay,
    )


def _targets(samples: Sequence[Sample], labels: tuple[str, ...], outputs: Outputs) -> Tensor:
    try:
        return outputs.targets([sample.label for sample in samples], labels)
    except KeyError as error:
        (unknown,) = error.args
        first = next(sample for sample in samples if unknown in sample.label)
        raise ProblemError.of(
            f"The model knows no label “{unknown}”.",
            f"It knows {', '.join(labels[:10])}{' and more' if len(labels) > 10 else ''}.",
            "Use data with the same labels, or train again with these.",
            where=first.where,
            code="label_unknown",
        ) from error


def _tell_unreadable(samples: Sequence[Sample], unreadable: dict[int, str], emit: Emit) -> None:
    findings = Findings()
    for place, reason in unreadable.items():
        findings.add("picture_damaged", samples[place].where, reason)
    for problem in findings.problems():
        emit(ProblemFound(problem=problem))


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
