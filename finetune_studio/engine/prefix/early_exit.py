"""A forward pass that ends early: where a module is entered, or where it has answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle


class _Reached(Exception):  # noqa: N818 - the way out of a forward pass
    """It is there."""


def input_of(module: nn.Module, part: nn.Module, inputs: Sequence[Tensor]) -> Tensor:
    """What enters a part of a network, as its first argument.

    Args:
        module: the network.
        part: of it.
        inputs: what the network takes.
    """

    def catch(_part: nn.Module, given: tuple[Tensor, ...]) -> None:
        caught.append(given[0])
        raise _Reached

    caught: list[Tensor] = []
    _run_until(module, inputs, part.register_forward_pre_hook(catch))
    return caught[0]


def answer_of(module: nn.Module, part: nn.Module, inputs: Sequence[Tensor]) -> Tensor:
    """What a part of a network answers, if in a tuple, then as the first.

    Args:
        module: the network.
        part: of it.
        inputs: what the network takes.
    """

    def catch(_part: nn.Module, _given: Any, answer: Any) -> None:
        caught.append(answer[0] if isinstance(answer, tuple) else answer)
        raise _Reached

    caught: list[Tensor] = []
    _run_until(module, inputs, part.register_forward_hook(catch))
    return caught[0]


def _run_until(module: nn.Module, inputs: Sequence[Tensor], hook: RemovableHandle) -> None:
    try:
        module(*inputs)
    except _Reached:
        pass
    finally:
        hook.remove()
