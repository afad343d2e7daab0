"""Texts to tokens once; tokens to batches, padded no further than the longest of each batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from finetune_studio.engine.data.token_file import TokenFile, batch_of, key_of
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_CHUNK = 1000  # texts


class Tokens:
    """The tokens of many texts, four bytes each, in memory or mapped from a file.

    Attributes:
        lengths: tokens of each text, special ones included.
        cut: how many texts were longer than the model reads.
    """

    def __init__(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Take batches of a thousand texts each, the last perhaps of fewer."""
        columns = [batch.column(0) for batch in batches]
        self._ids = [column.values.to_numpy() for column in columns]
        self._bounds = [column.offsets.to_numpy() for column in columns]
        self.lengths: list[int] = [
            length for bounds in self._bounds for length in np.diff(bounds).tolist()
        ]
        self.cut = sum(batch.column(1).true_count for batch in batches)

    def of(self, place: int) -> np.ndarray:
        """The tokens of one text: int32 [tokens]."""
        chunk, within = divmod(place, _CHUNK)
        start, end = self._bounds[chunk][within : within + 2]
        return self._ids[chunk][start:end]


def tokenize(
    texts: Sequence[str],
    tokenizer: PreTrainedTokenizerFast,
    max_tokens: int,
    emit: Emit,
    stop_requested: StopRequested,
    cache: Path | None = None,
) -> Tokens:
    """Turn texts into tokens, cut at ``max_tokens``.

    Args:
        texts: cleaned.
        tokenizer: of the model.
        max_tokens: what the model reads of a text, special tokens included.
        emit: hears of the progress.
        stop_requested: asked every thousand texts.
        cache: folder of the project's cache, where they are kept; without it in memory.

    Raises:
        Stopped: a stop was asked for.
    """

    def made() -> Iterator[pa.RecordBatch]:
        return _made(texts, tokenizer, max_tokens, emit, stop_requested)

    check(stop_requested)
    if cache is None:
        return Tokens(list(made()))
    file = TokenFile(cache, key_of(texts, tokenizer, max_tokens))
    kept = file.read()
    if kept is None:
        with suppress(OSError):  # no room, or not writable: in memory then
            file.write(made())
        kept = file.read()
    return Tokens(list(made()) if kept is None else kept)


def padding_share(lengths: Iterable[Sequence[int]]) -> float:
    """Share of padding among the tokens of an epoch.

    Args:
        lengths: of the texts of each batch, in tokens.
    """
    tokens = places = 0
    for batch in lengths:
        tokens += sum(batch)
        places += len(batch) * max(batch, default=0)
    return 1 - tokens / places if places else 0.0


def _made(
    texts: Sequence[str],
    tokenizer: PreTrainedTokenizerFast,
    max_tokens: int,
    emit: Emit,
    stop_requested: StopRequested,
) -> Iterator[pa.RecordBatch]:
    meter = Meter(emit, "Turning texts into tokens", len(texts), "texts")
    for start in range(0, len(texts), _CHUNK):
        check(stop_requested)
        chunk = list(texts[start : start + _CHUNK])
        encoded = tokenizer(
            chunk,
            truncation=True,
            max_length=max_tokens,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        cut = [bool(encoding.overflowing) for encoding in encoded.encodings or ()]
        yield batch_of(encoded["input_ids"], cut)
        meter.advance(len(chunk))
    meter.done()


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
