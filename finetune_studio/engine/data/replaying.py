"""Earlier samples in every batch, so that a model sees them while it learns new ones.

Which ones come when follows from seed and epoch: their draws go through all of them shuffled, then
through them shuffled anew, from epoch to epoch without a break, as in `order.drawn_evenly`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from finetune_studio.engine.data.order import drawn_evenly, mixed, stream

_REPLAY = 3  # sets these seeds apart from those of order, of steps and of mixing


@dataclass(frozen=True)
class Replay:
    """How earlier samples are put beside new ones.

    Attributes:
        first: place from which on samples are earlier ones.
        per_batch: earlier samples of a full batch.
        batch_size: of new and earlier samples together.
        seed: of the run.
    """

    first: int
    per_batch: int
    batch_size: int
    seed: int

    @property
    def new_per_batch(self) -> int:
        """New samples of a full batch."""
        return self.batch_size - self.per_batch

    def beside(self, new: int) -> int:
        """How many earlier samples stand beside so many new ones, of which a batch may be full."""
        return round(new * self.per_batch / self.new_per_batch)

    def draws(self, new: int) -> int:
        """How many earlier samples an epoch with so many new ones draws."""
        full, rest = divmod(new, self.new_per_batch)
        return full * self.per_batch + self.beside(rest)

    def joined(
        self,
        plan: Sequence[Sequence[int]],
        earlier: Sequence[int],
        epoch: int,
        *,
        labels: Sequence[int] = (),
        lengths: Callable[[Sequence[int]], list[int]] | None = None,
    ) -> list[list[int]]:
        """The batches of an epoch with earlier samples in them.

        Args:
            plan: the batches of new samples, as places.
            earlier: places of the earlier samples.
            epoch: counted from 1.
            labels: of the earlier samples, where as many of each are to be drawn.
            lengths: tokens of samples, where short ones belong together.
        """
        counts = [self.beside(len(batch)) for batch in plan]
        drawn = self._drawn(earlier, sum(counts), epoch, labels)
        order = list(range(len(plan)))
        if lengths is not None:
            drawn = [place for _, place in sorted(zip(lengths(drawn), drawn, strict=True))]
            order.sort(key=lambda number: (max(lengths(plan[number])), number))
        bounds = pairwise(accumulate((counts[number] for number in order), initial=0))
        beside = {
            number: drawn[start:end] for number, (start, end) in zip(order, bounds, strict=True)
        }
        return [
            self._shuffled([*batch, *beside[number]], epoch, number)
            for number, batch in enumerate(plan)
        ]

    def _drawn(
        self, earlier: Sequence[int], count: int, epoch: int, labels: Sequence[int]
    ) -> list[int]:
        seed = mixed(self.seed, _REPLAY)
        if labels:
            return [earlier[place] for place in drawn_evenly(labels, seed, epoch, count)]
        return stream(earlier, (epoch - 1) * count, epoch * count, seed)

    def _shuffled(self, batch: list[int], epoch: int, number: int) -> list[int]:
        """So that pieces of a batch, too, hold both."""
        chance = random.Random(mixed(self.seed, epoch, number, _REPLAY))  # noqa: S311 - no secret
        return chance.sample(batch, len(batch))
