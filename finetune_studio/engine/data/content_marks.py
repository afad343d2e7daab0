"""A number for each text that equal texts share, worked out for thousands at a time.

A mark looks at five places of a text, eight bytes each: all of it up to 40 bytes. Texts that
differ only in between, near copies mostly, get the same mark; those few are told apart by a digest
of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

import numpy as np
import pyarrow as pa

from finetune_studio.engine.data.same_content import text_digest

_WORD = 8  # bytes
_STEPS = 2  # 2**2 steps from the first word to the last
_TIE_BITS = np.uint64(16)  # the lowest bits of a mark, for texts that would share one
_TIES = np.uint64((1 << 16) - 1)
_FACTORS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_SPREAD, _FIRST, _SECOND = (np.uint64(factor) for factor in _FACTORS)
_CHUNK = 10_000
_CELL_BITS = 8
_PIECE = 32 * 1024  # numbers; so few stay in the processor's cache, and so does scratch space


def marks_of(texts: pa.StringArray | pa.BinaryArray) -> np.ndarray:
    """One mark for each text, the lowest sixteen bits zero: uint64 [texts]."""
    bounds = np.frombuffer(texts.buffers()[1], np.int32)
    bounds = bounds[texts.offset : texts.offset + len(texts) + 1].astype(np.intp)
    starts, lengths = bounds[:-1], bounds[1:] - bounds[:-1]
    words = _words(texts.buffers()[2])
    marks = lengths.astype(np.uint64) * _SPREAD
    steps = np.maximum(lengths - _WORD, 0)  # from the first word to the last, in fourths
    places = np.minimum(starts, len(words) - 1) << _STEPS
    short = np.flatnonzero(lengths < _WORD)
    for _ in range(2**_STEPS + 1):
        found = words[places >> _STEPS]
        if len(short):
            found[short] = _shortened(words, starts[short], lengths[short])
        marks ^= found
        marks *= _FIRST
        marks.byteswap(inplace=True)  # the best mixed bits are the highest
        places += steps
    return _mixed(marks) & ~_TIES


def marks_of_strings(texts: Iterable[str]) -> np.ndarray:
    """Like :func:`marks_of`, from Python's strings."""
    waiting = iter(texts)
    found = [np.empty(0, np.uint64)]
    while chunk := list(islice(waiting, _CHUNK)):
        # File names may hold bytes that are no text.
        raw = [text.encode("utf-8", "surrogatepass") for text in chunk]
        found.append(marks_of(pa.array(raw, pa.binary())))
    return np.concatenate(found)


def identified(
    marks: np.ndarray, content: Callable[[int], str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tell texts apart that share a mark and are not equal.

    Args:
        marks: of all texts, uint64 [texts].
        content: the text at a place; asked for those only that share a mark.

    Returns:
        Marks that differ for different texts, but for chance in sixteen bits where five places
        were not enough; numbers that are equal for equal texts only; and the places of texts
        that share a mark. uint64 [texts], uint64 [texts], int64 [shared].
    """
    shared = shared_places(marks)
    if not len(shared):
        return marks, marks, shared
    digests = np.fromiter(
        (int(text_digest(content(place)), 16) for place in shared.tolist()), np.uint64
    )
    order = np.lexsort((digests, marks[shared]))
    ordered, exact = marks[shared][order], digests[order]
    groups = np.concatenate(([0], np.cumsum(ordered[1:] != ordered[:-1])))
    firsts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    mixed = exact != exact[firsts][groups]
    in_mixed = np.bincount(groups, weights=mixed)[groups] > 0
    apart = shared[order[in_mixed]]
    if not len(apart):
        return marks, marks, shared
    marks, identities = marks.copy(), marks.copy()
    identities[apart] = exact[in_mixed]
    marks[apart] |= exact[in_mixed] & _TIES
    return marks, identities, shared


def shared_places(numbers: np.ndarray) -> np.ndarray:
    """Places of the numbers that come more than once, in order: int64 [places].

    Args:
        numbers: spread evenly, uint64.
    """
    found = np.zeros(len(numbers), np.bool_)
    rows = np.arange(len(numbers), dtype=np.int32)
    # Each number writes its place into a cell. Who does not find it there was overwritten: by an
    # equal one, or by chance, and then goes on among the few others like it. Quicker than sorting.
    while len(rows):
        bits = np.uint64(64 - max(_CELL_BITS, len(rows).bit_length() + 1))
        among = numbers if len(rows) == len(numbers) else numbers[rows]
        cells = (among >> bits).astype(np.intp)
        written = np.zeros(int(cells.max()) + 1, np.int32)
        written[cells] = rows
        others = written[cells]
        lost = np.flatnonzero(others != rows)
        rows, others = rows[lost], others[lost]
        equal = numbers[rows] == numbers[others]
        found[rows[equal]] = found[others[equal]] = True
        rows = rows[~equal]
    return np.flatnonzero(found)


def ranks(marks: np.ndarray, seed: int) -> np.ndarray:
    """The marks shuffled by a seed, each by itself: uint64 [marks] (Steele et al., 2014)."""
    seeded = _mixed(np.array([seed % 2**64], np.uint64))
    found = np.empty_like(marks)
    for start in range(0, len(marks), _PIECE):
        piece = marks[start : start + _PIECE]
        mixed = _mixed((piece >> _TIE_BITS) + seeded)
        found[start : start + _PIECE] = (mixed & ~_TIES) | (piece & _TIES)
    return found


def _mixed(numbers: np.ndarray) -> np.ndarray:
    mixed = numbers + _SPREAD
    for shift, factor in ((30, _FIRST), (27, _SECOND)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= factor
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _words(data: pa.Buffer | None) -> np.ndarray:
    """The eight bytes from each byte on, as numbers; a short buffer is filled up."""
    raw = np.frombuffer(data, np.uint8) if data is not None and data.size else np.empty(0, np.uint8)
    if len(raw) < _WORD:
        raw = np.concatenate((raw, np.zeros(_WORD - len(raw), np.uint8)))
    return np.ndarray((len(raw) - _WORD + 1,), np.uint64, raw, strides=(1,))


def _shortened(words: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Texts shorter than a word, without what follows them."""
    places = np.minimum(starts, len(words) - 1)
    beyond = ((starts - places) * 8).astype(np.uint64)
    shifted = np.where(
        beyond < 64, words[places] >> np.minimum(beyond, np.uint64(63)), np.uint64(0)
    )
    return shifted & ((np.uint64(1) << (lengths * 8).astype(np.uint64)) - np.uint64(1))
