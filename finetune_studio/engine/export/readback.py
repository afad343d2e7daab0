"""Opens what was exported, the way its receiver would, and compares it with the trained model."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.events.events import PredictionMade
from finetune_studio.project.choices import Target
from finetune_studio.project.target import joined

# fp32 on two runtimes: sums in another order, through a softmax.
TOLERANCE = 1e-3

_BESIDE = ("text_cleaning", "answer_words")

Predict = Callable[[list[str]], list[dict[str, float]]]


@dataclass(frozen=True)
class Comparison:
    """What the comparison showed.

    Attributes:
        samples: compared.
        agreement: share on which both name the same label, the same labels or the same number.
        largest_difference: between two probabilities of the same label, or between two numbers as
            a share of their spread.
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
        same += _names(exported, trained)
        meter.advance()
    meter.done()
    return Comparison(len(inputs), same / max(1, len(inputs)), largest)


def _difference(exported: dict[str, float], trained: PredictionMade) -> float:
    """Between probabilities; between numbers, as a share of their spread."""
    if not all(map(math.isfinite, exported.values())):
        return math.inf
    if trained.target is Target.NUMBER:
        return abs(_only(exported) - trained.value) / trained.spread
    shares = {share.label: share.probability for share in trained.probabilities}
    if shares.keys() != exported.keys():
        return 1.0
    return max(abs(shares[label] - exported[label]) for label in shares)


def _names(exported: dict[str, float], trained: PredictionMade) -> bool:
    """Whether both name the same label, the same labels, or nearly the same number."""
    if trained.target is Target.NUMBER:
        return _difference(exported, trained) <= TOLERANCE
    if trained.target is Target.LABELS:
        thresholds = {share.label: share.threshold for share in trained.probabilities}
        given = (label for label, share in exported.items() if share >= thresholds.get(label, 2.0))
        return joined(given) == trained.label
    return max(exported, key=exported.__getitem__) == trained.label


def _only(exported: dict[str, float]) -> float:
    return next(iter(exported.values()), math.inf)


def _load(script: Path) -> ModuleType:
    """Run the script we have just written, as a module of its own, from its own folder."""
    name = "_exported_predict"
    spec = importlib.util.spec_from_file_location(name, script)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{script} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    written = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # no __pycache__ in what is handed over
    sys.path.insert(0, str(script.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(script.parent))
        for name in _BESIDE:
            sys.modules.pop(name, None)  # the next export brings its own
        sys.dont_write_bytecode = written
    return module
