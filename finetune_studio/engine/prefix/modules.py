"""The way to divide a network that most plans allow: behind one of its modules.

No tracing is needed, which takes seconds and memory: the network's own code runs, its first
modules skipped. Whether nothing else passes from there on is found out by trying.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import TextPreprocessing
from finetune_studio.engine.prefix.early_exit import answer_of
from finetune_studio.engine.prefix.halves import Halves, NotDivisible, feature_names, input_names
from finetune_studio.engine.prefix.passage import Passage, Passed, follow
from finetune_studio.engine.prefix.skipping import Shortened
from finetune_studio.engine.prefix.worth import LEAST_SHARE, Gain, Room, share_saved, worthwhile
from finetune_studio.project.freeze_plan import covers

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle

_TRIED = 4  # places
_ROUNDING = 2e-2  # as bfloat16 has it; anything else that passed would make it no number at all
_FEATURE = feature_names(1)[0]


@dataclass(frozen=True)
class Behind(Gain):
    """A place to divide a network: behind the last of some modules."""

    skipped: tuple[Passed, ...]


def divide_behind_module(
    bundle: ModelBundle,
    paths: frozenset[str],
    inputs: dict[str, Tensor],
    compute: Compute,
    room: Room,
) -> tuple[Halves, bool]:
    """Divide a network behind the module where that saves most.

    Args:
        bundle: frozen.
        paths: module or parameter paths of what trains.
        inputs: of a few samples, on the device.
        compute: in what numbers.
        room: for what is stored.

    Returns:
        The halves, and whether they save about as much as any others could.

    Raises:
        NotDivisible: it cannot be divided so, or nothing is gained by it.
    """
    bundle.module.eval()
    with compute.numbers():
        passage = follow(bundle, paths, inputs)
        places = list(_places(passage, len(next(iter(inputs.values()))), room.tokens))
        for place in worthwhile(places, room)[:_TRIED]:
            half = _SecondHalf(bundle, place.skipped)
            if _agrees(bundle, half, inputs):
                most = share_saved(passage.reached or 0.0, 0.0, passage.total)
                return _halves(bundle, paths, place, half), most - place.share < LEAST_SHARE
    raise NotDivisible("More than one value passes from what is frozen to what trains.")


def _places(passage: Passage, samples: int, tokens: float) -> Sequence[Behind]:
    found = []
    for number, passed in enumerate(passage.ahead, start=1):
        assert passed.value is not None
        size = passed.value.bytes_of(tokens)
        share = share_saved(passed.seconds / samples, size, passage.total / samples)
        found.append(Behind(f"behind {passed.path}", size, share, tuple(passage.ahead[:number])))
    return found


class _SecondHalf:
    """Inputs and stored values, by name, to logits."""

    def __init__(self, bundle: ModelBundle, skipped: Sequence[Passed]) -> None:
        self._shortened = Shortened(bundle.module, skipped)
        self._bundle = bundle
        self._last = bundle.module.get_submodule(skipped[-1].path)
        self.overwrites = False

    def __call__(self, given: dict[str, Tensor]) -> Tensor:
        stored = given[_FEATURE]
        if self.overwrites:  # what is stored is not the network's to change
            stored = stored.clone()
        logits: Tensor = self._shortened(stored, self._inputs(given, stored))
        return logits.float()

    def before(self, inputs: dict[str, Tensor]) -> tuple[Tensor]:
        """What is stored of some samples."""
        names = input_names(self._bundle)
        return (answer_of(self._bundle.module, self._last, [inputs[name] for name in names]),)

    def _inputs(self, given: dict[str, Tensor], stored: Tensor) -> list[Tensor]:
        """Texts, whose masks are needed all along; of pictures nothing but their size."""
        prepared = self._bundle.preprocessing
        if isinstance(prepared, TextPreprocessing):
            return [given[name] for name in input_names(self._bundle)]
        side = prepared.size
        return [stored.new_full((), math.nan).expand(len(stored), 3, side, side)]


def _agrees(bundle: ModelBundle, half: _SecondHalf, inputs: dict[str, Tensor]) -> bool:
    """Whether a half answers as the network does, for texts of more than one length."""
    tried = [inputs]
    if isinstance(bundle.preprocessing, TextPreprocessing):
        shorter = next(iter(inputs.values())).shape[1] // 2 + 1
        tried.append({name: tensor[:, :shorter] for name, tensor in inputs.items()})
    try:
        return all(_agrees_on(bundle, half, each) for each in tried)
    except Exception:  # noqa: BLE001 - foreign code whose first modules do nothing raises anything
        return False


def _agrees_on(bundle: ModelBundle, half: _SecondHalf, inputs: dict[str, Tensor]) -> bool:
    with torch.inference_mode():
        (stored,) = half.before(inputs)
        kept = stored.clone()
        answers = half({**inputs, _FEATURE: stored})
        half.overwrites |= not torch.equal(kept, stored)
        expected = bundle(inputs)
    return torch.allclose(answers, expected, rtol=_ROUNDING, atol=_ROUNDING)


def _halves(bundle: ModelBundle, paths: frozenset[str], place: Behind, half: _SecondHalf) -> Halves:
    passed = place.skipped[-1]
    assert passed.value is not None
    tensors = bundle.module.state_dict(keep_vars=True).items()
    return Halves(
        prefix=half.before,
        training=half,
        evaluation=half,
        values=(passed.value,),
        state=tuple(tensor for name, tensor in tensors if not covers(paths, name)),
        signature=f"{place.name} of {bundle.record().model_dump_json()}",
        share=place.share,
        place=place.name,
    )
