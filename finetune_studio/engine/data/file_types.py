"""What a file really is, by its first bytes, and which names are taken for pictures."""

from __future__ import annotations

import os

PICTURE_SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif"),
        *(".tif", ".tiff", ".avif", ".ppm", ".pgm", ".pbm", ".pnm", ".mpo"),
        # Known to be pictures, so that they are named as unreadable instead of passed over.
        *(".heic", ".heif", ".svg", ".psd", ".eps", ".jp2", ".ico", ".raw", ".cr2", ".nef", ".dng"),
    }
)
TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet"})
TEXT_SUFFIXES = frozenset({".txt", ".text"})

_SEPARATORS = "/" if os.sep == "/" else "/\\"
_HEAD_BYTES = 512
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypavis", "AVIF"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"),
    (4, b"ftyp", "video"),
    (0, b"%PDF", "PDF document"),
    (0, b"%!PS", "PostScript"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript"),
    (0, b"PK\x03\x04", "ZIP archive or Office document"),
    (0, b"PK\x05\x06", "ZIP archive or Office document"),
    (0, b"\x1f\x8b", "gzip archive"),
    (0, b"Rar!", "RAR archive"),
    (0, b"7z\xbc\xaf", "7z archive"),
    (0, b"\xd0\xcf\x11\xe0", "old Office document"),
    (0, b"SQLite format 3", "database"),
    (0, b"8BPS", "Photoshop file"),
    (0, b"\x00\x00\x00\x0cjP", "JPEG 2000"),
    (0, b"\x00\x00\x01\x00", "icon"),
    (0, b"PAR1", "Parquet table"),
)
_MARKUP = ((b"<svg", "SVG drawing"), (b"<!doctype html", "web page"), (b"<html", "web page"))
# What is a picture to people, although it cannot be read here.
UNSUPPORTED = frozenset({"HEIC", "SVG drawing", "Photoshop file", "JPEG 2000", "icon"})


def suffix_of(name: str) -> str:
    """The ending of a file name in lower case, however it is written: ``.JPG``, ``x.jpeg.``."""
    # Far cheaper than pathlib, and asked for every file of a large folder.
    last = name.rstrip(". ").rstrip(_SEPARATORS)
    last = last[max(map(last.rfind, _SEPARATORS)) + 1 :]
    dot = last.rfind(".")
    return last[dot:].lower() if dot > 0 else ""


def looks_like_picture(name: str) -> bool:
    """Whether a file should be opened as a picture: by its ending, or because it has none."""
    suffix = suffix_of(name)
    return not suffix or suffix in PICTURE_SUFFIXES


def real_type(head: bytes) -> str:
    """What a file is, for people; empty when it is not known.

    Args:
        head: the first bytes of the file.
    """
    for offset, magic, name in _MAGIC:
        if head.startswith(magic, offset):
            return name
    start = head[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for tag, name in _MARKUP:
        if start.startswith(tag) or (start.startswith((b"<?xml", b"<!--")) and tag in start):
            return name
    return ""


def head_of(path: str) -> bytes:
    """The first bytes of a file, enough for :func:`real_type`."""
    with open(path, "rb") as file:  # noqa: PTH123 - called for every file of a large folder
        return file.read(_HEAD_BYTES)
