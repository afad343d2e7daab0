"""The classifier at the end of a network: taken off, and a new one put on for other labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Small enough that the first loss is that of guessing, log(labels), whatever the features' scale;
# not zero, so that layers below learn from the first step on.
_INITIAL_STD = 0.01


class ClassifierHead(nn.Module):
    """Dropout, then one linear layer.

    Shapes:
        features [..., width] -> logits [..., labels]
    """

    def __init__(self, width: int, labels: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, labels)

    def forward(self, features: Tensor) -> Tensor:
        """The logits of some features."""
        return self.linear(self.dropout(features))

    def start_from(self, generator: torch.Generator) -> None:
        """Draw the first weights."""
        with torch.no_grad():
            self.linear.weight.normal_(0.0, _INITIAL_STD, generator=generator)
            self.linear.bias.zero_()


def classifier_paths(module: nn.Module) -> tuple[str, ...]:
    """Where a picture network keeps the linear layers that name the labels.

    timm says so itself (some networks have two, whose answers it averages). In torchvision it is
    the last linear layer in the order of definition: ``fc``, ``classifier.6``, ``heads.head`` …
    """
    named = dict(module.named_modules())
    get_classifier: Callable[[], object] | None = getattr(module, "get_classifier", None)
    if get_classifier is not None:
        own = get_classifier()
        wanted = own if isinstance(own, (tuple, list)) else (own,)
        found = [path for path, part in named.items() if any(part is one for one in wanted)]
    else:
        found = [path for path, part in named.items() if isinstance(part, nn.Linear)][-1:]
    if not found or not all(isinstance(named[path], nn.Linear) for path in found):
        raise ProblemError.of(
            f"{type(module).__name__} has no classifier that could be replaced.",
            "Its last layer is no linear layer.",
            "Choose another model.",
            code="model_unsuitable",
        )
    return tuple(found)


def replace_classifiers(
    module: nn.Module, paths: Iterable[str], labels: int, dropout: float, seed: int
) -> None:
    """Put new heads in the place of linear layers, the same from the same seed."""
    generator = torch.Generator().manual_seed(seed)
    for path in paths:
        parent_path, _, name = path.rpartition(".")
        parent = module.get_submodule(parent_path)
        old = module.get_submodule(path)
        head = ClassifierHead(_width(old), labels, dropout)
        if not head.linear.weight.is_meta:
            head.start_from(generator)
        setattr(parent, name, head)
        _retire_dropout_before(parent, name)


def _width(layer: nn.Module) -> int:
    linear = layer.linear if isinstance(layer, ClassifierHead) else layer
    assert isinstance(linear, nn.Linear)
    return linear.in_features


def _retire_dropout_before(parent: nn.Module, name: str) -> None:
    """A dropout directly before the old classifier would double the new head's own."""
    names = [child for child, _ in parent.named_children()]
    before = names[names.index(name) - 1]
    if isinstance(parent, nn.Sequential) and isinstance(getattr(parent, before), nn.Dropout):
        setattr(parent, before, nn.Identity())
