"""A network without its first modules: what they said comes from elsewhere.

The network's own code runs, with the modules that were passed before replaced by stand-ins. The
last of them answers with what was stored of it, those before it with numbers that are none: should
anything behind still depend on them, no number comes out at the end, and that is seen.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

if TYPE_CHECKING:
    from finetune_studio.engine.prefix.passage import Passed


class Shortened:
    """A network that begins behind some of its modules. Its parameters are the network's own."""

    def __init__(self, module: nn.Module, skipped: Sequence[Passed]) -> None:
        """Nothing of the network is changed.

        Args:
            module: the network.
            skipped: its first modules, in order; what the last one gave will be handed in.
        """
        self._stored: Tensor | None = None
        self._copies: list[tuple[nn.Module, nn.Module]] = []
        self._module = self._without(module, "", {one.path: one for one in skipped})
        self._last = skipped[-1].path

    def __call__(self, stored: Tensor, inputs: Sequence[Tensor]) -> Any:
        """What the network answers.

        Args:
            stored: what the last skipped module gave, [batch, ...].
            inputs: what the network takes.
        """
        for own, original in self._copies:
            own.training = original.training
        self._stored = stored
        try:
            return self._module(*inputs)
        finally:
            self._stored = None

    def _without(self, module: nn.Module, path: str, skipped: dict[str, Passed]) -> nn.Module:
        """The module with stand-ins in it; all that holds none stays the network's own."""
        children = dict(module.named_children())
        for name, child in children.items():
            below = f"{path}.{name}" if path else name
            if below in skipped:
                children[name] = self._stand_in(child, skipped[below])
            elif any(one.startswith(f"{below}.") for one in skipped):
                children[name] = self._without(child, below, skipped)
        own = copy.copy(module)  # with the same parameters
        own._modules = {**module._modules, **children}  # noqa: SLF001 - as copy() has no depth of one
        self._copies.append((own, module))
        return own

    def _stand_in(self, module: nn.Module, passed: Passed) -> nn.Module:
        """The module as others see it, but with an answer at hand."""
        own = copy.copy(module)

        def answer(*_: Any, **__: Any) -> Any:
            assert self._stored is not None
            tensor = self._stored if passed.path == self._last else _none(passed, self._stored)
            return (tensor,) if passed.in_tuple else tensor

        own.forward = answer
        return own


def _none(passed: Passed, stored: Tensor) -> Tensor:
    """No numbers, of as many samples as are stored, and of as many tokens."""
    assert passed.value is not None
    shape = list(passed.value.shape)
    if passed.value.tokens is not None:
        shape[passed.value.tokens] = stored.shape[1 + passed.value.tokens]
    nothing = stored.new_full((), math.nan, dtype=passed.value.dtype)
    return nothing.expand(len(stored), *shape)
