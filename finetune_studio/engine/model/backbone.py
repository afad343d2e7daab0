"""A pretrained network as a library gives it, before it gets a head for new labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerFast

    from finetune_studio.engine.model.bundle import (
        Architecture,
        ImagePreprocessing,
        TextPreprocessing,
    )
    from finetune_studio.engine.model.known_heads import KnownHead


@dataclass(frozen=True)
class Backbone:
    """A network with what it was pretrained with.

    Attributes:
        module: a picture network with its original classifier, or a text encoder without one.
        licence: of the weights, where the library knows it.
        known: the head of a model that names labels already.
    """

    module: nn.Module
    preprocessing: ImagePreprocessing | TextPreprocessing
    architecture: Architecture
    tokenizer: PreTrainedTokenizerFast | None = None
    licence: str = ""
    known: KnownHead | None = None

    @property
    def transformer(self) -> bool:
        """Whether attention does the work."""
        attending = [m for m in self.module.modules() if "Attention" in type(m).__name__]
        return len(attending) > 1
