"""A tuned model's weights under the names its library gives them, so that others can load them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from finetune_studio.engine.model.heads import ClassifierHead
from finetune_studio.engine.model.text_classifier import TextClassifier

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def plain_state_dict(module: nn.Module) -> dict[str, Tensor]:
    """The state of a picture network as timm or torchvision would name it.

    Our head is dropout and a linear layer in the place of a linear layer: ``fc.linear.weight``
    goes back to ``fc.weight``.
    """
    heads = [path for path, part in module.named_modules() if isinstance(part, ClassifierHead)]
    plain = {}
    for name, value in module.state_dict().items():
        for head in heads:
            name = name.replace(f"{head}.linear.", f"{head}.", 1)  # noqa: PLW2901 - a name in steps
        plain[name] = value.detach().contiguous().clone()
    return plain


def encoder_and_head(module: nn.Module) -> tuple[PreTrainedModel, dict[str, Tensor]]:
    """The parts of a text classifier: the encoder, and the head's ``weight`` and ``bias``.

    Shapes: weight [labels, width], bias [labels].
    """
    if not isinstance(module, TextClassifier):
        raise TypeError(f"{type(module).__name__} is no text classifier")
    linear = module.head.linear
    head = {name: value.detach().contiguous() for name, value in linear.state_dict().items()}
    return module.encoder, head
