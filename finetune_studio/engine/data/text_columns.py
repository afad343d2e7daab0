"""Columns of texts as Arrow keeps them, cleaned as ``cleaning`` cleans one text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from finetune_studio.engine.data.text_cleaning import LONGEST_TEXT, clean_text

LONGEST_CELL = LONGEST_TEXT  # bytes; what is longer is cut, or refused by the row reader

# Bytes that white space can begin or end with, in UTF-8.
_BEGINS = np.zeros(256, np.bool_)
_ENDS = np.zeros(256, np.bool_)
for _letter in map(chr, range(0x3001)):
    if _letter.isspace():
        _BEGINS[_letter.encode()[0]] = True
        _ENDS[_letter.encode()[-1]] = True


def bounds_of(texts: pa.StringArray) -> np.ndarray:
    """Where each text begins and ends in the column's bytes: int32 [texts + 1]."""
    bounds = np.frombuffer(texts.buffers()[1], np.int32)
    return bounds[texts.offset : texts.offset + len(texts) + 1]


def bytes_of(texts: pa.StringArray) -> np.ndarray:
    """The bytes of all texts of a column: uint8 [bytes]."""
    data = texts.buffers()[2]
    if not len(texts) or data is None:
        return np.empty(0, np.uint8)
    bounds = bounds_of(texts)
    return np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]


def lengths_of(column: pa.Array) -> np.ndarray:
    """Bytes of each text, or of each different one: int32."""
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    bounds = bounds_of(texts)
    return bounds[1:] - bounds[:-1]


def stripped(texts: pa.StringArray) -> pa.StringArray:
    """The texts cleaned. They must be valid, and no longer than ``LONGEST_CELL``."""
    odd = np.flatnonzero(_may_have_spaces_around(texts))
    if not len(odd):
        return texts
    before = texts.take(pa.array(odd)).to_pylist()
    after = [clean_text(text) for text in before]
    changed = np.array([old != new for old, new in zip(before, after, strict=True)])
    if not changed.any():
        return texts
    mask = np.zeros(len(texts), np.bool_)
    mask[odd[changed]] = True
    new = [text for text, differs in zip(after, changed.tolist(), strict=True) if differs]
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(new, pa.string()))


def _may_have_spaces_around(texts: pa.StringArray) -> np.ndarray:
    bounds, data = bounds_of(texts), bytes_of(texts)
    if not len(data):
        return np.zeros(len(texts), np.bool_)
    starts, ends = bounds[:-1] - bounds[0], bounds[1:] - bounds[0] - 1
    # An empty text borrows a byte of its neighbour's and is looked at in vain.
    return _BEGINS[data[np.minimum(starts, len(data) - 1)]] | _ENDS[data[np.maximum(ends, 0)]]
