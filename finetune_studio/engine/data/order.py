"""Which sample comes when, and what chance it meets: from (seed, epoch, sample) and nothing else.

So a run can go on in the middle of an epoch, on any machine, with the same samples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch

_WINDOW = 50  # batches whose texts are sorted by length together


def mixed(seed: int, *parts: int) -> int:
    """One seed for torch from several numbers; similar numbers give unrelated seeds."""
    text = ":".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def shuffled(count: int, seed: int, epoch: int) -> list[int]:
    """A permutation of ``range(count)``."""
    generator = torch.Generator().manual_seed(mixed(seed, epoch))
    return torch.randperm(count, generator=generator).tolist()


def drawn_evenly(
    labels: Sequence[int], seed: int, epoch: int, draws: int | None = None
) -> list[int]:
    """As many places as there are samples, as many of each label; rare ones come repeatedly.

    The draws of a run take the labels in turn. The draws of a label go through its samples
    shuffled, then through them shuffled anew, from epoch to epoch without a break: over a run each
    of its samples is drawn as often as any other, one time more or less.

    Args:
        labels: of each sample.
        seed: of the run.
        epoch: counted from 1.
        draws: of each epoch; by default as many as there are samples.
    """
    draws = len(labels) if draws is None else draws
    members: dict[int, list[int]] = {}
    for place, label in enumerate(labels):
        members.setdefault(label, []).append(place)
    first, count = (epoch - 1) * draws, len(members)
    drawn: list[int] = []
    for turn, label in enumerate(sorted(members)):
        begin, end = (-((turn - drawn_so_far) // count) for drawn_so_far in (first, first + draws))
        drawn.extend(stream(members[label], begin, end, mixed(seed, label)))
    return drawn


def stream(members: Sequence[int], begin: int, end: int, seed: int) -> list[int]:
    """A stretch of an endless row of some samples, each round of them in another order."""
    size = len(members)
    rounds = {
        number: shuffled(size, seed, number) for number in range(begin // size, -(-end // size))
    }
    return [members[rounds[draw // size][draw % size]] for draw in range(begin, end)]


def batches_of(order: Sequence[int], size: int) -> list[list[int]]:
    """The order cut into batches; the last one may be smaller."""
    return [list(order[start : start + size]) for start in range(0, len(order), size)]


def bucketed(lengths: Sequence[int], size: int, seed: int, epoch: int) -> list[list[int]]:
    """Shuffled batches of samples of similar length, so that little is padded.

    Samples are shuffled, sorted by length within windows of fifty batches, cut into batches, and
    the full batches shuffled again. A smaller batch stays last. Of which length its samples are is
    drawn: left over at the end, they would be the longest in every epoch, and weigh more than all
    others, whose batches are full.
    """
    order = shuffled(len(lengths), seed, epoch)
    window = size * _WINDOW
    left_over = len(order) % size
    batches: list[list[int]] = []
    last: list[list[int]] = []
    for start in range(0, len(order), window):
        near = sorted(order[start : start + window], key=lambda place: lengths[place])
        if left_over and start + window >= len(order):
            begin = size * shuffled(len(near) // size + 1, mixed(seed, epoch), 1)[0]
            last = [near[begin : begin + left_over]]
            del near[begin : begin + left_over]
        batches.extend(batches_of(near, size))
    again = shuffled(len(batches), mixed(seed, epoch), 0)
    return [batches[place] for place in again] + last
