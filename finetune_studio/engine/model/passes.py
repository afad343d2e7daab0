"""One batch through a model and back, watched part by part."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.stopwatch import Step, Stopwatch, finish

if TYPE_CHECKING:
    from torch import nn


@dataclass
class Pass:
    """One pass forward, perhaps backward too. Times are seconds for one sample.

    Attributes:
        seconds: spent in a module.
        started: from the start of the pass until a module was first entered.
        left: from the start of the backward pass until it had left a block, by the block's place.
        shapes: of a module's output for one sample.
        forward, total: of the forward pass, and of all.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    left: dict[int, float] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    forward: float = 0.0
    total: float = 0.0

    def scaled(self, factor: float) -> Pass:
        """The same with every time multiplied."""
        return Pass(
            seconds={path: factor * spent for path, spent in self.seconds.items()},
            started={path: factor * since for path, since in self.started.items()},
            left={place: factor * since for place, since in self.left.items()},
            shapes=self.shapes,
            forward=factor * self.forward,
            total=factor * self.total,
        )


class Timer:
    """Times passes of one batch.

    Attributes:
        size: samples in it.
        disturbed: whether other programs disturbed the last pass.
    """

    def __init__(self, bundle: ModelBundle, compute: Compute, inputs: dict[str, Tensor]) -> None:
        self.size = len(next(iter(inputs.values())))
        self.disturbed = False
        self._bundle = bundle
        self._compute = compute
        self._inputs = inputs
        self._targets = torch.arange(self.size, device=compute.device) % len(bundle.labels)
        self._place_of = {path: i for i, block in enumerate(bundle.blocks) for path in block.paths}

    def passed(self, *, learning: bool, frozen: bool = False) -> Pass:
        """One pass; ``learning`` in training mode and back again.

        Through what is ``frozen`` gradients pass on, as far as the second block, and end there.
        """
        noted = Pass()
        self._bundle.module.train(learning and not frozen).requires_grad_(not frozen)
        watch = Stopwatch(self._compute)
        if learning:
            self._learn(noted, frozen=frozen)
        else:
            self._look(noted)
        step = watch.step()
        noted.total, self.disturbed = step.wall, step.disturbed
        for parameter in self._bundle.module.parameters():
            parameter.grad = None
        return noted.scaled(_calm(step) / self.size)

    def _look(self, noted: Pass) -> None:
        with torch.inference_mode():
            self._forward(noted)

    def _learn(self, noted: Pass, *, frozen: bool) -> None:
        loss = functional.cross_entropy(self._forward(noted, frozen=frozen), self._targets)
        begun = time.perf_counter()
        loss.backward()
        self._leave(noted, 0)
        noted.left = {place: at - begun for place, at in noted.left.items()}

    def _leave(self, noted: Pass, place: int) -> None:
        finish(self._compute.device)
        noted.left[place] = time.perf_counter()

    def _watch_border(self, noted: Pass, place: int, inputs: tuple[Any, ...]) -> None:
        """Note when the gradient of what a block is given is there: the block has been left."""
        for value in inputs:
            if isinstance(value, Tensor) and value.requires_grad:
                value.register_hook(lambda _: self._leave(noted, place))
                return

    def _forward(self, noted: Pass, *, frozen: bool = False) -> Tensor:
        entered: dict[str, float] = {}
        passed = {0}

        def enter(path: str, inputs: tuple[Any, ...]) -> None:
            finish(self._compute.device)
            entered[path] = time.perf_counter()
            noted.started.setdefault(path, entered[path] - start)
            place = self._place_of.get(path, 0)
            if place not in passed:
                if frozen and len(passed) == 1:
                    _let_learn(inputs)
                passed.add(place)
                self._watch_border(noted, place, inputs)

        def leave(path: str, output: Any) -> None:
            finish(self._compute.device)
            spent = time.perf_counter() - entered[path]
            noted.seconds[path] = noted.seconds.get(path, 0.0) + spent
            first = output[0] if isinstance(output, tuple) and output else output
            if isinstance(first, Tensor):
                noted.shapes[path] = tuple(first.shape[1:])

        with watched(self._bundle.module, enter, leave), self._compute.numbers():
            start = time.perf_counter()
            logits = self._bundle(self._inputs)
            finish(self._compute.device)
            noted.forward = time.perf_counter() - start
        return logits


def _let_learn(inputs: tuple[Any, ...]) -> None:
    """Ask for the gradient of what a block is given, as if something below it trained."""
    value = next(one for one in inputs if isinstance(one, Tensor) and one.is_floating_point())
    value.requires_grad_()


def _calm(step: Step) -> float:
    """What to multiply times with that other programs have stretched."""
    return step.seconds / step.wall if step.wall else 1.0


@contextmanager
def watched(module: nn.Module, enter: Any, leave: Any) -> Iterator[None]:
    """Call back when a module is entered (path, inputs) and left (path, output)."""
    handles = []
    for path, part in module.named_modules():
        handles.append(
            part.register_forward_pre_hook(
                lambda _m, args, named, path=path: enter(path, (*args, *named.values())),
                with_kwargs=True,
            )
        )
        handles.append(
            part.register_forward_hook(lambda _m, _i, output, path=path: leave(path, output))
        )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
