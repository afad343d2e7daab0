"""What one forward pass of a model takes, module by module: time, shapes, memory for backward."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle

if TYPE_CHECKING:
    from torch import nn

_BATCH = 2
_TOKENS = 64  # a typical text; the time of a layer grows about linearly with it
_MOST_PASSES = 3
_ENOUGH_SECONDS = 1.0


@dataclass
class Pass:
    """One forward pass, by module path. Times are seconds for one sample.

    Attributes:
        seconds: spent in a module.
        started: from the start of the pass until a module was first entered.
        shapes: of a module's output for one sample.
        total: of the whole pass.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    total: float = 0.0


@dataclass(frozen=True)
class Measurement:
    """Several passes, quickest first, and what a backward pass would need.

    Attributes:
        kept: bytes a sample's backward pass needs, by the innermost module that made them.
    """

    passes: tuple[Pass, ...]
    kept: dict[str, int]


def example_inputs(bundle: ModelBundle, batch: int) -> dict[str, Tensor]:
    """Inputs of the right shape and range, the same every time."""
    preprocessing = bundle.preprocessing
    generator = torch.Generator().manual_seed(0)
    if isinstance(preprocessing, ImagePreprocessing):
        side = preprocessing.size
        return {"pixels": torch.randn(batch, 3, side, side, generator=generator)}
    assert bundle.tokenizer is not None
    shape = (batch, min(_TOKENS, preprocessing.max_tokens))
    tokens = torch.randint(len(bundle.tokenizer), shape, generator=generator)
    return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}


def measure(bundle: ModelBundle) -> Measurement:
    """Run a model a few times; it is left as it was.

    Several passes, since other programs disturb single ones; no more than about a second, or two
    passes of a slow model.
    """
    device = next(bundle.module.parameters()).device
    example = example_inputs(bundle, _BATCH)
    inputs = {name: tensor.to(device) for name, tensor in example.items()}
    with _still(bundle.module):
        kept = _kept(bundle, inputs)
        passes = [_pass(bundle, inputs)]
        while len(passes) < _MOST_PASSES and _spent(passes) < _ENOUGH_SECONDS:
            passes.append(_pass(bundle, inputs))
    return Measurement(tuple(sorted(passes, key=lambda one: one.total)), kept)


def _spent(passes: list[Pass]) -> float:
    return sum(one.total * _BATCH for one in passes)


@contextmanager
def _still(module: nn.Module) -> Iterator[None]:
    """Evaluation mode with every gradient asked for, and afterwards as before."""
    training = [(part, part.training) for part in module.modules()]
    wanted = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
    module.eval().requires_grad_(requires_grad=True)
    try:
        yield
    finally:
        for part, mode in training:
            part.training = mode
        for parameter, trains in wanted:
            parameter.requires_grad_(trains)


def _pass(bundle: ModelBundle, inputs: dict[str, Tensor]) -> Pass:
    noted = Pass()
    entered: dict[str, float] = {}

    def enter(path: str) -> None:
        entered[path] = time.perf_counter()
        noted.started.setdefault(path, (entered[path] - start) / _BATCH)

    def leave(path: str, output: Any) -> None:
        spent = (time.perf_counter() - entered[path]) / _BATCH
        noted.seconds[path] = noted.seconds.get(path, 0.0) + spent
        first = output[0] if isinstance(output, tuple) and output else output
        if isinstance(first, Tensor):
            noted.shapes[path] = tuple(first.shape[1:])

    with torch.inference_mode(), _watched(bundle.module, enter, leave):
        start = time.perf_counter()
        bundle(inputs)
        noted.total = (time.perf_counter() - start) / _BATCH
    return noted


def _kept(bundle: ModelBundle, inputs: dict[str, Tensor]) -> dict[str, int]:
    """Bytes autograd keeps of one sample, by module, when everything trains."""
    own = {tensor.untyped_storage().data_ptr() for tensor in bundle.module.state_dict().values()}
    kept: dict[str, int] = {}
    inside = [""]

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            # What is kept stays alive until the pass ends, so an address is counted once.
            own.add(storage.data_ptr())
            kept[inside[-1]] = kept.get(inside[-1], 0) + storage.nbytes() // _BATCH
        return tensor

    def leave(_path: str, _output: Any) -> None:
        inside.pop()

    saving = torch.autograd.graph.saved_tensors_hooks(pack, _same)
    with torch.enable_grad(), saving, _watched(bundle.module, inside.append, leave):
        logits = bundle(inputs)
    del logits
    return kept


def _same(tensor: Tensor) -> Tensor:
    return tensor


@contextmanager
def _watched(module: nn.Module, enter: Any, leave: Any) -> Iterator[None]:
    """Call back when a module is entered (its path) and left (its path, its output)."""
    handles = []
    for path, part in module.named_modules():
        handles.append(part.register_forward_pre_hook(lambda *_, path=path: enter(path)))
        handles.append(
            part.register_forward_hook(lambda _m, _i, output, path=path: leave(path, output))
        )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
