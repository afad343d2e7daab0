"""The tasks: which network, what of it trains, how long. The same for everybody."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.training.trial import Depth, Network, Task

_EPOCHS = {
    (Network.EFFICIENTNET, Depth.HEAD): 10,
    (Network.EFFICIENTNET, Depth.LAST): 5,
    (Network.EFFICIENTNET, Depth.ALL): 2,
    (Network.RESNET, Depth.HEAD): 10,
    (Network.RESNET, Depth.LAST): 5,
    (Network.RESNET, Depth.ALL): 2,
    (Network.MINILM, Depth.HEAD): 10,
    (Network.MINILM, Depth.LAST): 5,
    (Network.MINILM, Depth.ALL): 3,
}
_HEAD_RATE, _PICTURE_RATE, _TEXT_RATE = 2e-3, 3e-4, 1e-4
_QUICK_EPOCHS = 2


@dataclass(frozen=True)
class Material:
    """What was made ready beforehand: a table of pictures, one of texts, and the weights."""

    pictures: Path
    texts: Path
    weights: dict[Network, Path]


def tasks(material: Material, *, device: str, quick: bool) -> list[Task]:
    """All tasks, in the order of the table."""
    found = [
        Task(
            network=network,
            depth=depth,
            epochs=epochs,
            learning_rate=_rate(network, depth),
            seed=1,
            data=str(material.texts if network.reads_texts else material.pictures),
            weights=str(material.weights[network]),
            device=device,
        )
        for (network, depth), epochs in _EPOCHS.items()
    ]
    if quick:
        found = [
            dataclasses.replace(task, epochs=min(task.epochs, _QUICK_EPOCHS)) for task in found
        ]
    return found


def _rate(network: Network, depth: Depth) -> float:
    if depth is Depth.HEAD:
        return _HEAD_RATE
    return _TEXT_RATE if network.reads_texts else _PICTURE_RATE
