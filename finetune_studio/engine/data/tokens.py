"""Texts to tokens once; tokens to batches, padded no further than the longest of each batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from finetune_studio.engine.data.cleaning import clean_text
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_CHUNK = 1000


class Tokens:
    """The tokens of many texts, flat in memory: four bytes a token.

    Attributes:
        lengths: tokens of each text, special ones included.
        cut: how many texts were longer than the model reads.
    """

    def __init__(self, ids: np.ndarray, lengths: np.ndarray, cut: int) -> None:
        self._ids = ids
        self._starts = np.concatenate(([0], np.cumsum(lengths)))
        self.lengths: list[int] = lengths.tolist()
        self.cut = cut

    def of(self, place: int) -> np.ndarray:
        """The tokens of one text: int32 [tokens]."""
        return self._ids[self._starts[place] : self._starts[place + 1]]


def tokenize(
    texts: Sequence[str],
    tokenizer: PreTrainedTokenizerFast,
    max_tokens: int,
    emit: Emit,
    stop_requested: StopRequested,
) -> Tokens:
    """Turn texts into tokens, cut at ``max_tokens``.

    Raises:
        Stopped: a stop was asked for.
    """
    meter = Meter(emit, "Turning texts into tokens", len(texts), "texts")
    parts = [np.empty(0, np.int32)]
    lengths: list[int] = []
    cut = 0
    for start in range(0, len(texts), _CHUNK):
        check(stop_requested)
        chunk = [clean_text(text) for text in texts[start : start + _CHUNK]]
        encoded = tokenizer(chunk, truncation=True, max_length=max_tokens)
        parts.extend(np.asarray(ids, np.int32) for ids in encoded["input_ids"])
        lengths.extend(len(ids) for ids in encoded["input_ids"])
        cut += sum(bool(encoding.overflowing) for encoding in encoded.encodings or ())
        meter.advance(len(chunk))
    meter.done()
    return Tokens(np.concatenate(parts), np.asarray(lengths, np.int64), cut)


def padded(rows: Sequence[np.ndarray], tokenizer: PreTrainedTokenizerFast) -> dict[str, Tensor]:
    """A batch as a text model takes it.

    Args:
        rows: tokens of each text.
        tokenizer: knows the padding token, and whether the model wants segments.

    Returns:
        ``input_ids``, ``attention_mask`` and perhaps ``token_type_ids``, int64 [batch, tokens].
    """
    longest = max(1, *(len(row) for row in rows))
    ids = np.full((len(rows), longest), tokenizer.pad_token_id or 0, np.int64)
    mask = np.zeros((len(rows), longest), np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        mask[place, : len(row)] = 1
    inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
    if "token_type_ids" in tokenizer.model_input_names:
        inputs["token_type_ids"] = torch.zeros_like(inputs["input_ids"])
    return inputs
