"""The quick way to divide a network: where one module, and only it, trains and answers.

That is training the head, by far the most common plan. No tracing is needed: what enters the
module is what has to be stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from finetune_studio.engine.prefix.early_exit import input_of
from finetune_studio.engine.prefix.halves import (
    Halves,
    NotDivisible,
    feature_names,
    input_names,
    value_like,
)

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle


def divide_before_module(
    bundle: ModelBundle, paths: frozenset[str], inputs: dict[str, Tensor]
) -> Halves:
    """Divide a network before the one module that holds all that trains.

    Args:
        bundle: frozen, in evaluation mode.
        paths: module paths of what trains.
        inputs: of a few samples, on the device.

    Raises:
        NotDivisible: there is no such module, or something else happens behind it.
    """
    module = bundle.module
    path = _common(paths)
    if not path or path not in dict(module.named_modules()):
        raise NotDivisible("What trains is spread over several modules.")
    part = module.get_submodule(path)
    feature = _only_input(bundle, part, inputs)
    name, names = feature_names(1)[0], input_names(bundle)
    inside = {id(tensor) for tensor in part.state_dict(keep_vars=True).values()}
    state = [t for t in module.state_dict(keep_vars=True).values() if id(t) not in inside]

    def prefix(given: dict[str, Tensor]) -> tuple[Tensor, ...]:
        return (input_of(module, part, [given[each] for each in names]),)

    def rest(given: dict[str, Tensor]) -> Tensor:
        logits: Tensor = part(given[name])
        return logits.float()

    return Halves(
        prefix,
        training=rest,
        evaluation=rest,
        values=(value_like(feature),),
        state=tuple(state),
        signature=f"before {path} of {bundle.record().model_dump_json()}",
        share=1.0,
        place=f"before {path}",
    )


def _common(paths: frozenset[str]) -> str:
    """The innermost module path above all of some."""
    split = [path.split(".") for path in paths]
    shared: list[str] = []
    for names in zip(*split, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return ".".join(shared)


def _only_input(bundle: ModelBundle, part: nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    """What enters the module when it is entered once, and its answer is the network's.

    Raises:
        NotDivisible: it is otherwise.
    """
    entered: list[tuple[Any, ...]] = []
    answers: list[Any] = []
    hooks = (
        part.register_forward_pre_hook(lambda _part, given: entered.append(given)),
        part.register_forward_hook(lambda _part, _given, answer: answers.append(answer)),
    )
    try:
        with torch.inference_mode():
            logits = bundle.module(*(inputs[name] for name in input_names(bundle)))
    finally:
        for hook in hooks:
            hook.remove()
    if len(entered) != 1 or answers[0] is not logits:
        raise NotDivisible("Something happens behind what trains.")
    samples = len(next(iter(inputs.values())))
    given = entered[0]
    flat = 2 if "input_ids" in inputs else given[0].ndim if given else 0
    if len(given) != 1 or len(given[0]) != samples or given[0].ndim != flat:
        raise NotDivisible("What trains takes more than the features of each sample.")
    feature: Tensor = given[0]
    return feature
