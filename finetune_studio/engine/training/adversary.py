"""Texts learned a second time where the model is most easily misled.

Miyato, Dai and Goodfellow, Adversarial training methods for semi-supervised text classification
(2017): the vectors of the words are moved a little way along the gradient of the loss, and the
model has to answer rightly all the same. Here the way is measured over a whole batch, and a word
is moved alike wherever it stands in it, as is usual where BERT is tuned.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from finetune_studio.engine.model.text_classifier import TextClassifier
from finetune_studio.project.hyperparameters import Hyperparameters

_WORDS = "input_ids"
_TINY = 1e-12


class Adversary:
    """Moves the vectors of words to where the loss is higher, and back again.

    Attributes:
        reach: how far, as the length of all that is moved together.
    """

    def __init__(self, vectors: nn.Parameter, reach: float) -> None:
        self.reach = reach
        self._vectors = vectors

    def can_mislead(self, inputs: dict[str, Tensor]) -> bool:
        """Whether these inputs are words whose vectors learn; else nothing can be moved."""
        return _WORDS in inputs and self._vectors.requires_grad

    @contextmanager
    def misleading(self, inputs: dict[str, Tensor]) -> Iterator[None]:
        """The model inside as it errs most; afterwards the vectors are as before, to the bit.

        The gradient of the loss has to be there.
        """
        vectors, gradient = self._vectors.data, self._vectors.grad
        assert gradient is not None
        # Asking a GPU which words there are would wait for it; it moves them all as fast.
        on_cpu = vectors.device.type == "cpu"
        rows = inputs[_WORDS].unique() if on_cpu else slice(None)
        before = vectors[rows].clone()
        way = gradient[rows]
        vectors[rows] = before + way * (self.reach / (torch.linalg.vector_norm(way) + _TINY))
        try:
            yield
        finally:
            vectors[rows] = before


def adversary_for(training: Hyperparameters, module: nn.Module) -> Adversary | None:
    """Who misleads a model; ``None`` where nobody does, and where it reads no words."""
    if not training.adversarial or not isinstance(module, TextClassifier):
        return None
    words = module.encoder.get_input_embeddings()
    vectors = words.weight if isinstance(words, nn.Embedding) else None
    return Adversary(vectors, training.adversarial) if isinstance(vectors, nn.Parameter) else None
