"""What the frozen layers say, as inputs of the layers that train."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.data.inputs import Source
from finetune_studio.engine.data.order import batches_of
from finetune_studio.engine.memory import release_cached
from finetune_studio.engine.model.folding import Folding
from finetune_studio.engine.pieces import in_pieces
from finetune_studio.engine.prefix.halves import StoredValue, feature_names, named
from finetune_studio.engine.prefix.shelf import Shelf, digest
from finetune_studio.engine.prefix.store import FeatureStore
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import Stopped, StopRequested, check
from finetune_studio.events.events import FrozenPartComputed

# Samples at once. What a processor computes for more no longer fits into its caches: a picture
# costs EfficientNet-Lite0 a sixth more at 32 than at 16. A text is smaller: MiniLM needs a seventh
# more at 16 than at 32, and no less at 64.
_PICTURES_AT_ONCE = {"cpu": 16}
_TEXTS_AT_ONCE = {"cpu": 32}
_AT_ONCE_ELSEWHERE = 64
_NOTED_EVERY_S = 15.0

Part = Literal["training", "validation"]


@dataclass(frozen=True)
class Frozen:
    """The frozen layers of a run, and what they need to answer.

    Attributes:
        prefix: their forward pass.
        values: what it gives.
        key: names everything their answers depend on but the samples.
    """

    prefix: Folding[tuple[Tensor, ...]]
    values: tuple[StoredValue, ...]
    compute: Compute
    shelf: Shelf
    key: str
    emit: Emit
    stop_requested: StopRequested

    def answers(
        self, inputs: dict[str, Tensor], at_once: int = 0
    ) -> tuple[tuple[Tensor, ...], int]:
        """What they say of a batch, and how many samples at once fit; 0 is not known.

        Raises:
            ProblemError: not even one sample fits.
        """
        return in_pieces(
            self._forward,
            inputs,
            self.compute.device,
            at_once=at_once,
            what="computing the frozen layers",
        )

    def _forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, ...]:
        with torch.inference_mode(), self.compute.numbers():
            return self.prefix(self.compute.moved(inputs))


class FeatureSource:
    """A source whose inputs have already passed the frozen layers."""

    def __init__(
        self, source: Source, frozen: Frozen, positions: Sequence[int], part: Part, views: int
    ) -> None:
        """Nothing is computed yet.

        Args:
            source: gives what the frozen layers take.
            frozen: the frozen layers.
            positions: places of the samples that are used.
            part: which samples these are, for those who watch.
            views: augmented views of each that are taken in turn; 0 when nothing is varied.
        """
        self._source = source
        self._frozen = frozen
        self._positions = tuple(positions)
        self._part = part
        self._views = views
        at_once = _TEXTS_AT_ONCE if source.by_token else _PICTURES_AT_ONCE
        self._at_once = at_once.get(frozen.compute.device.type, _AT_ONCE_ELSEWHERE)
        self._names = feature_names(len(frozen.values))
        self._row = {place: row for row, place in enumerate(self._positions)}
        self._stores: dict[int, FeatureStore] = {}

    def ready(self, epoch: int | None) -> None:
        """Compute what the samples of an epoch need, unless it is there.

        Raises:
            Stopped: a stop was asked for; what is computed stays for the next time.
            ProblemError: a sample cannot be read, or not even one fits into memory.
        """
        view = self._view(epoch)
        if view not in self._stores:
            self._stores[view] = self._filled(view)

    def inputs(self, places: Sequence[int], epoch: int | None) -> dict[str, Tensor]:
        """Stored values, and of texts the tokens too."""
        self.ready(epoch)
        features = self._stores[self._view(epoch)].gather([self._row[place] for place in places])
        given = named(self._names, features)
        if self._source.by_token:
            given.update(self._source.inputs(places, self._view(epoch) or None))
        return given

    @property
    def by_token(self) -> bool:
        """Whether samples differ in length."""
        return self._source.by_token

    def lengths(self, places: Sequence[int], epoch: int | None) -> list[int]:
        """As the source has it in the view that the epoch takes."""
        return self._source.lengths(places, self._view(epoch) or None)

    def identity(self, places: Sequence[int], view: int) -> str:
        """As the source has it."""
        return self._source.identity(places, view)

    def _view(self, epoch: int | None) -> int:
        """Which view an epoch takes, from 1; 0 is the samples as they are."""
        return 0 if epoch is None or not self._views else (epoch - 1) % self._views + 1

    def _filled(self, view: int) -> FeatureStore:
        store, reused = self._opened(view), True
        if not store.complete:
            with self._frozen.prefix:
                self._fill(store, view)
            release_cached(self._frozen.compute.device)  # the layers that train need far less
            reused = False
        if store.size * max(1, self._views) <= self._frozen.shelf.memory:
            store.take_into_memory()
        self._frozen.emit(
            FrozenPartComputed(
                part=self._part,
                samples=len(self._positions),
                seconds=store.seconds,
                view=view,
                reused=reused,
            )
        )
        return store

    def _opened(self, view: int) -> FeatureStore:
        lengths = torch.tensor(
            self._source.lengths(self._positions, view or None), dtype=torch.int64
        )
        samples = self._source.identity(self._positions, view)
        key = digest((), self._frozen.key, samples, str(self._at_once))
        return self._frozen.shelf.open(key, self._frozen.values, lengths)

    def _fill(self, store: FeatureStore, view: int) -> None:
        meter = Meter(
            self._frozen.emit, self._phase(view), len(self._positions) - store.done, "samples"
        )
        before, started = store.seconds, time.monotonic()
        noted, fitting = started, 0
        try:
            for places in batches_of(self._order(view)[store.done :], self._at_once):
                check(self._frozen.stop_requested)
                inputs = self._source.inputs(places, view or None)
                values, fitting = self._frozen.answers(inputs, fitting)
                store.put([self._row[place] for place in places], values)
                store.seconds = before + time.monotonic() - started
                meter.advance(len(places))
                if time.monotonic() - noted > _NOTED_EVERY_S:
                    store.note(finished=False)
                    noted = time.monotonic()
        except Stopped:
            store.note(finished=False)
            raise
        meter.done()
        store.note(finished=True)

    def _order(self, view: int) -> list[int]:
        """The samples, texts of similar length together; the same every time."""
        lengths = self._source.lengths(self._positions, view or None)
        rows = sorted(range(len(self._positions)), key=lambda row: lengths[row])
        return [self._positions[row] for row in rows]

    def _phase(self, view: int) -> str:
        if not view:
            return "Computing the frozen layers once"
        return f"Computing the frozen layers once, view {view} of {self._views}"
