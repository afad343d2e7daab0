"""Whether quotation marks and line ends stand where all readers agree on what they mean.

Fast readers take what they find: a quotation mark that is missing or stands in the wrong place
moves text into other rows, silently. Outside of quotes a mark may only open a field, and inside
only close it or stand twice. Where that holds, all readers agree on the rows.
"""

from __future__ import annotations

import numpy as np

QUOTE, NEWLINE, RETURN = 0x22, 0x0A, 0x0D


def beside_quotes(delimiter: str) -> np.ndarray:
    """Which bytes may stand before an opening mark and after a closing one: bool [256]."""
    beside = np.zeros(256, np.bool_)
    beside[[QUOTE, NEWLINE, RETURN, *delimiter.encode()]] = True
    return beside


def quotes_fit(
    content: np.ndarray, marks: np.ndarray, beside: np.ndarray, *, inside: bool = False
) -> bool:
    """Whether each mark has neighbours it may have.

    Args:
        content: bytes; before the first is the last.
        marks: places of all quotation marks to be looked at, none of them last.
        beside: see `beside_quotes`.
        inside: whether the first of them is inside quotes.
    """
    opening, closing = marks[inside::2], marks[not inside :: 2]
    return bool(beside[content[opening - 1]].all() and beside[content[closing + 1]].all())


def returns_fit(content: np.ndarray, returns: np.ndarray) -> bool:
    """Whether a newline follows each of these places, none of them last."""
    return not np.any(content[returns + 1] != NEWLINE)
