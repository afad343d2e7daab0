"""What is done to a text or a label before anything looks at it: as little as possible.

Training and prediction both go through here, so a text means the same to both.
"""

from __future__ import annotations

import re

LONGEST_TEXT = 100_000  # characters; no model here reads further
LONGEST_LABEL = 200  # characters
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUL_TO_SPACE = {0: " "}


def clean_text(text: str) -> str:
    """The text without what cannot be in one (NUL, lone surrogates), spaces around, or excess."""
    if "\x00" in text:
        text = text.translate(_NUL_TO_SPACE)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text[:LONGEST_TEXT].strip()


def holds_impossible(text: str) -> bool:
    """Whether cleaning has to take out characters that cannot be in a text."""
    return "\x00" in text or (not text.isascii() and _SURROGATE.search(text) is not None)


def clean_label(label: str) -> str:
    """The label without spaces around it, and as one line."""
    return " ".join(label.split()) if "\n" in label or "\r" in label else label.strip()
