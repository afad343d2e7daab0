"""What is gained by dividing a network somewhere, and which places are worth it.

The latest place leaves least to compute, but what is stored there can be larger than what is
stored earlier; reading it back would then take longer than computing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from finetune_studio.engine.prefix.halves import NotDivisible

# Gathering a batch from what is stored, a copy in memory included.
_READ_BYTES_PER_SECOND = 2e9
LEAST_SHARE = 0.1  # of a forward pass; less is not worth the trouble


@dataclass(frozen=True)
class Gain:
    """What a place to divide a network saves, and costs.

    Attributes:
        name: of the place in this network.
        bytes_per_sample: of what is stored.
        share: of the time of a forward pass that is saved.
    """

    name: str
    bytes_per_sample: float
    share: float


@dataclass(frozen=True)
class Room:
    """What is asked of a place to divide a network.

    Attributes:
        tokens: of a typical text.
        fits: whether so many bytes a sample can be stored.
        only: the name of the place to take, whatever it saves; empty is any.
    """

    tokens: float
    fits: Callable[[float], bool]
    only: str = ""


Place = TypeVar("Place", bound=Gain)


def share_saved(seconds: float, size: float, total: float) -> float:
    """Of a forward pass.

    Args:
        seconds: that a sample takes up to the place.
        size: bytes that are read instead.
        total: seconds that it takes through the whole network.
    """
    return (seconds - size / _READ_BYTES_PER_SECOND) / total if total else 0.0


def worthwhile(places: Iterable[Place], room: Room) -> list[Place]:
    """The places that save enough and can be stored, the best first.

    Args:
        places: to divide a network.
        room: for what is stored.

    Raises:
        NotDivisible: there is none.
    """
    enough = [
        place
        for place in places
        if place.name == room.only or (not room.only and place.share >= LEAST_SHARE)
    ]
    if not enough:
        raise NotDivisible("What lies before the first layer that trains takes next to no time.")
    fitting = [place for place in enough if room.fits(place.bytes_per_sample)]
    if not fitting:
        least = min(place.bytes_per_sample for place in enough)
        raise NotDivisible(f"There is no room for {least / 1e6:,.2f} MB a sample.")
    return sorted(fitting, key=lambda place: place.share, reverse=True)
