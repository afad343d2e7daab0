"""What a forward pass keeps in memory for the backward pass, part by part."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.passes import watched

Inputs = dict[str, Tensor]


def kept_bytes(bundle: ModelBundle, compute: Compute, one: Inputs, two: Inputs) -> dict[str, int]:
    """Bytes autograd keeps of one sample, by module, when everything trains.

    The difference between two samples and one: what does not grow with the batch is no part of it.
    """
    of_one, of_two = (_kept(bundle, compute, inputs) for inputs in (one, two))
    return {path: max(0, size - of_one.get(path, 0)) for path, size in of_two.items()}


def _kept(bundle: ModelBundle, compute: Compute, inputs: Inputs) -> dict[str, int]:
    own = {tensor.untyped_storage().data_ptr() for tensor in bundle.module.state_dict().values()}
    kept: dict[str, int] = {}
    inside = [""]

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            # What is kept stays alive until the pass ends, so an address is counted once.
            own.add(storage.data_ptr())
            kept[inside[-1]] = kept.get(inside[-1], 0) + storage.nbytes()
        # An output that holds on to its own making would never be freed.
        return tensor.detach()

    def enter(path: str, _inputs: Any) -> None:
        inside.append(path)

    def leave(_path: str, _output: Any) -> None:
        inside.pop()

    saving = torch.autograd.graph.saved_tensors_hooks(pack, _same)
    hooks = watched(bundle.module, enter, leave)
    with torch.enable_grad(), saving, hooks, compute.numbers():
        logits = bundle(inputs)
    del logits
    return kept


def _same(tensor: Tensor) -> Tensor:
    return tensor
