"""The inputs a model takes: from pictures by way of pixels, from texts by way of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from finetune_studio.engine.data.augmentation import augment
from finetune_studio.engine.data.cache import Pixels
from finetune_studio.engine.data.cleaning import cleaned
from finetune_studio.engine.data.order import batches_of, bucketed, shuffled
from finetune_studio.engine.data.pictures import load_pixels, normalise
from finetune_studio.engine.data.tokens import padded, tokenize
from finetune_studio.events.events import Event
from finetune_studio.project.variation import Variation

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from finetune_studio.engine.model.bundle import ImagePreprocessing, TextPreprocessing


class Source(Protocol):
    """Gives the inputs of some samples; in an epoch of training, varied for that epoch."""

    def inputs(self, places: Sequence[int], epoch: int | None) -> dict[str, Tensor]:
        """What the model takes for the samples at these places."""
        ...

    def ready(self, epoch: int | None) -> None:
        """Do beforehand what the inputs of an epoch need; of ``None``, the samples as they are."""
        ...

    @property
    def by_token(self) -> bool:
        """Whether samples are as long as their tokens are many; else all are alike."""
        ...

    def lengths(self, places: Sequence[int], epoch: int | None) -> list[int]:
        """Tokens of some samples as they are in an epoch; 1 of each where all are alike."""
        ...

    def identity(self, places: Sequence[int], view: int) -> str:
        """Names the content of some samples as they are varied in an epoch; 0: as they are."""
        ...


class PictureSource:
    """Cached pixels, varied and normalised."""

    def __init__(
        self,
        pixels: Pixels,
        preprocessing: ImagePreprocessing,
        variation: Variation | None,
        seed: int,
    ) -> None:
        self._pixels = pixels
        self._preprocessing = preprocessing
        self._variation = variation
        self._seed = seed

    def inputs(self, places: Sequence[int], epoch: int | None) -> dict[str, Tensor]:
        """Normalised pixels."""
        pixels = torch.from_numpy(self._pixels.read(places))
        if epoch is not None and self._variation is not None:
            pixels = augment(
                pixels.float().div_(255),
                self._variation,
                seed=self._seed,
                epoch=epoch,
                indices=places,
            )
        return {"pixels": normalise(pixels, self._preprocessing)}

    def ready(self, epoch: int | None) -> None:
        """All is ready: the pixels are decoded."""

    @property
    def by_token(self) -> bool:
        """All pictures are alike."""
        return False

    def lengths(self, places: Sequence[int], epoch: int | None) -> list[int]:  # noqa: ARG002
        """All pictures are alike, in every epoch."""
        return [1] * len(places)

    def identity(self, places: Sequence[int], view: int) -> str:
        """By the files and the preprocessing, and by what varies them."""
        files = ",".join(self._pixels.identities[place] for place in places)
        how = self._variation.model_dump_json() if self._variation else ""
        varied = f"{how}:{self._seed}:{view}:{list(places)}" if view else ""
        return f"{self._preprocessing.model_dump_json()}:{files}:{varied}"


def planned(
    source: Source, positions: Sequence[int], size: int, seed: int, epoch: int
) -> list[list[int]]:
    """The batches of an epoch, as places of samples: shuffled, texts of similar length together."""
    if source.by_token:
        batches = bucketed(source.lengths(positions, epoch), size, seed, epoch)
    else:
        batches = batches_of(shuffled(len(positions), seed, epoch), size)
    return [[positions[place] for place in batch] for batch in batches]


def picture_inputs(paths: Sequence[str], preprocessing: ImagePreprocessing) -> dict[str, Tensor]:
    """Pictures as a model takes them, by the same path as training.

    Raises:
        ProblemError: one of them cannot be opened.
    """
    pixels = np.stack([load_pixels(path, preprocessing) for path in paths])
    return {"pixels": normalise(torch.from_numpy(pixels), preprocessing)}


def text_inputs(
    texts: Sequence[str], tokenizer: PreTrainedTokenizerFast, preprocessing: TextPreprocessing
) -> dict[str, Tensor]:
    """Texts as a model takes them, by the same path as training."""
    ready = cleaned(texts, preprocessing.cleaning, _unheard, _never)
    tokens = tokenize(ready, tokenizer, preprocessing.max_tokens, _unheard, _never)
    return padded([tokens.of(place) for place in range(len(ready))], tokenizer)


def _unheard(event: Event) -> None:
    """Progress nobody watches."""


def _never() -> bool:
    return False
