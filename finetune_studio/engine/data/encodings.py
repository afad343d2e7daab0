"""Telling how a text file is encoded, from at most 64 KiB of it."""

from __future__ import annotations

import codecs
from pathlib import Path

from charset_normalizer import from_bytes

_SAMPLE_BYTES = 64 * 1024
_BLOCK_BYTES = 1024 * 1024
# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MANY_ZEROS = 0.3
_FEWEST_PAIRS = 4
_FALLBACK = "cp1252"
# Names that cover the same bytes and more: Windows programs write the wider sets.
_WIDER = {
    "ascii": "utf-8",
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "big5": "cp950",
    "euc_kr": "cp949",
}


def detect_encoding(path: Path, *, whole: bool = True) -> str:
    """The likely encoding of a text file, as Python names it.

    A byte-order mark decides; then UTF-8, if the whole file is valid; then a guess from the
    64 KiB where UTF-8 first fails, since what comes before is plain ASCII. Where not the whole
    file is looked through, UTF-8 is a guess too, after the first mebibyte.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
        known = _by_bytes(head)
        if known:
            return known
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        offset = 0
        while block := file.read(_BLOCK_BYTES):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                file.seek(max(0, offset + error.start - _SAMPLE_BYTES // 4))
                return _guess(file.read(_SAMPLE_BYTES))
            if not whole:
                break
            offset += len(block)
    return "utf-8"


def decode(content: bytes, encoding: str = "", *, cut: bool = False) -> str | None:
    """The text of a small file; ``None`` when it is none.

    Args:
        content: of the file, or its start.
        encoding: to read it in; empty to find out.
        cut: whether the file goes on, perhaps in the middle of a character.
    """
    chosen = encoding or _by_bytes(content) or "utf-8"
    text = _try(content, chosen, cut=cut)
    if text is None and not encoding and chosen == "utf-8":
        text = _try(content, _guess(content), cut=cut)
    return None if text is None or _looks_binary(text) else text


def is_encoding(name: str) -> bool:
    """Whether Python knows an encoding of text by that name."""
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - there is no public way
    except LookupError:
        return False


def _try(content: bytes, encoding: str, *, cut: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(content, final=not cut)
    except (UnicodeError, LookupError):
        return None


def _by_bytes(head: bytes) -> str:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    pairs = len(head) // 2
    if pairs >= _FEWEST_PAIRS:
        even = head[0 : 2 * pairs : 2].count(0) / pairs
        odd = head[1 : 2 * pairs : 2].count(0) / pairs
        # Latin text in UTF-16 has a zero in every other byte.
        if odd > _MANY_ZEROS and even < odd / 4:
            return "utf-16-le"
        if even > _MANY_ZEROS and odd < even / 4:
            return "utf-16-be"
    return ""


def _guess(sample: bytes) -> str:
    best = from_bytes(sample[:_SAMPLE_BYTES]).best()
    if best is None:
        return _FALLBACK
    # Relatives of the fallback that give the same text are not worth a surprise.
    if str(best) == sample[:_SAMPLE_BYTES].decode(_FALLBACK, "replace"):
        return _FALLBACK
    return _WIDER.get(best.encoding, best.encoding)


def _looks_binary(text: str) -> bool:
    odd = sum(letter < " " and letter not in "\t\r\n\f\x1b\x00" for letter in text[:4096])
    return odd > 0.1 * min(len(text), 4096)
