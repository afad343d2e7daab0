"""Opens what was exported, the way its receiver would, and compares it with the trained model."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.events.events import PredictionMade

# fp32 on two runtimes: sums in another order, through a softmax.
TOLERANCE = 1e-3

Predict = Callable[[list[str]], list[dict[str, float]]]


@dataclass(frozen=True)
class Comparison:
    """What the comparison showed.

    Attributes:
        samples: compared.
        agreement: share on which both name the same label.
        largest_difference: between two probabilities of the same label.
    """

    samples: int
    agreement: float
    largest_difference: float

    @property
    def passed(self) -> bool:
        """Whether the export may be handed over."""
        return self.samples > 0 and self.largest_difference <= TOLERANCE


def compare(
    folder: Path,
    inputs: Sequence[str],
    expected: Sequence[PredictionMade],
    emit: Emit,
    stop_requested: StopRequested,
) -> Comparison:
    """Run the export's own `predict.py` on real samples.

    Args:
        folder: the export.
        inputs: paths of pictures, or texts.
        expected: what the trained model says of each.
        emit: is told how far it got.
        stop_requested: is asked between two samples.

    Raises:
        Stopped: a stop was asked for.
    """
    predict: Predict = _load(folder / "predict.py").predict
    meter = Meter(emit, "Comparing the export with the trained model", len(inputs), "samples")
    same, largest = 0, 0.0
    for value, trained in zip(inputs, expected, strict=True):
        check(stop_requested)
        exported = predict([value])[0]
        largest = max(largest, _difference(exported, trained))
        same += max(exported, key=exported.__getitem__) == trained.label
        meter.advance()
    meter.done()
    return Comparison(len(inputs), same / max(1, len(inputs)), largest)


def _difference(exported: dict[str, float], trained: PredictionMade) -> float:
    shares = {share.label: share.probability for share in trained.probabilities}
    if shares.keys() != exported.keys():
        return 1.0
    return max(abs(shares[label] - exported[label]) for label in shares)


def _load(script: Path) -> ModuleType:
    """Run the script we have just written, as a module of its own."""
    name = "_exported_predict"
    spec = importlib.util.spec_from_file_location(name, script)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{script} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    written = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # no __pycache__ in what is handed over
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module
