"""Which modules a sample passes before anything that trains, in which order, and how long it takes.

Whole modules only: of what lies ahead, the outermost ones in which nothing trains.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from finetune_studio.engine.prefix.halves import StoredValue, input_names, value_like
from finetune_studio.engine.stopwatch import finish
from finetune_studio.project.freeze_plan import covers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finetune_studio.engine.model.bundle import ModelBundle

_TOKEN_DIMS = 3  # [batch, tokens, width]
_PASSES = 2  # the first one also pays for what is only done once


@dataclass(frozen=True)
class Passed:
    """A module that was passed.

    Attributes:
        path: of it, in the network.
        value: what it gave; ``None`` when that is not one tensor of numbers, sample by sample.
        in_tuple: whether it gave it in a tuple of one.
        seconds: since the samples entered the network.
    """

    path: str
    value: StoredValue | None
    in_tuple: bool
    seconds: float


@dataclass
class Passage:
    """What some samples passed.

    Attributes:
        ahead: modules before the first that trains, in order, as far as each can be skipped.
        reached: seconds until that was entered.
        total: seconds of the whole forward pass.
    """

    ahead: list[Passed] = field(default_factory=list)
    reached: float | None = None
    total: float = 0.0


def follow(bundle: ModelBundle, paths: frozenset[str], inputs: dict[str, Tensor]) -> Passage:
    """Let samples pass the network, and watch.

    Args:
        bundle: frozen, in evaluation mode.
        paths: module or parameter paths of what trains.
        inputs: of a few samples, on the device.
    """
    with torch.inference_mode():
        for _ in range(_PASSES):
            watch = _Watch(bundle.module, paths, [inputs[name] for name in input_names(bundle)])
            passage = watch.follow()
    return passage


class _Watch:
    """Sees every module entered and left."""

    def __init__(self, module: nn.Module, paths: frozenset[str], inputs: Sequence[Tensor]) -> None:
        self._module = module
        self._inputs = inputs
        self._paths = paths
        self._mixed = _with_what_trains(module, paths)
        self._passage = Passage()
        self._calls = Counter[str]()
        self._inside = ""  # the frozen module that is being passed
        self._started = 0.0

    def follow(self) -> Passage:
        """What the inputs pass."""
        with ExitStack() as hooks:
            for path, part in self._module.named_modules():
                if path:
                    entered, left = partial(self._entered, path), partial(self._left, path)
                    hooks.enter_context(part.register_forward_pre_hook(entered))
                    hooks.enter_context(part.register_forward_hook(left))
            self._started = time.perf_counter()
            self._module(*self._inputs)
        self._passage.total = self._now()
        self._passage.ahead = list(takewhile(self._can_be_skipped, self._passage.ahead))
        return self._passage

    def _entered(self, path: str, *_: Any) -> None:
        self._calls[path] += 1
        if self._inside or self._passage.reached is not None:
            return
        if path not in self._mixed:
            self._inside = path
        elif covers(self._paths, path) or self._trains_itself(path):
            self._passage.reached = self._now()

    def _left(self, path: str, _part: nn.Module, _given: Any, answer: Any) -> None:
        if self._inside == path:
            self._inside = ""
            in_tuple = isinstance(answer, tuple) and len(answer) == 1
            value = self._value(answer[0] if in_tuple else answer)
            self._passage.ahead.append(Passed(path, value, in_tuple, self._now()))

    def _value(self, answer: Any) -> StoredValue | None:
        """What is known of an answer that can be stored, sample by sample or token by token."""
        if not isinstance(answer, Tensor) or not answer.is_floating_point():
            return None
        by_token = not self._inputs[0].is_floating_point()
        size = self._inputs[0].shape[: 1 + by_token]
        if answer.shape[: 1 + by_token] != size or (by_token and answer.ndim != _TOKEN_DIMS):
            return None
        return value_like(answer, 1 if by_token else None)

    def _can_be_skipped(self, passed: Passed) -> bool:
        return passed.value is not None and self._calls[passed.path] == 1

    def _trains_itself(self, path: str) -> bool:
        own = self._module.get_submodule(path).parameters(recurse=False)
        return any(parameter.requires_grad for parameter in own)

    def _now(self) -> float:
        finish(self._inputs[0].device)
        return time.perf_counter() - self._started


def _with_what_trains(module: nn.Module, paths: frozenset[str]) -> set[str]:
    """The paths of all modules that train, or have something in them that does."""
    trains = {name for name, part in module.named_modules() if name and covers(paths, name)}
    trains |= {name for name, one in module.named_parameters() if one.requires_grad}
    found = set[str]()
    for path in trains:
        names = path.split(".")
        found.update(".".join(names[:count]) for count in range(1, len(names) + 1))
    return found
