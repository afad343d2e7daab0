"""Telling which character separates a table's columns.

``csv.Sniffer`` takes exponential time on some inputs; this counts fields instead.
"""

from __future__ import annotations

import csv
import re
from collections import Counter

CANDIDATES = (",", ";", "\t", "|")
_RECORDS = 200
_DECLARED = re.compile(r"\Asep=(.)\r?\n")


def declared_delimiter(start: str) -> str:
    """The delimiter a spreadsheet wrote into the first line (``sep=;``), if it did."""
    found = _DECLARED.match(start)
    return found.group(1) if found else ""


def detect_delimiter(sample: str, prefer: str = ",") -> str:
    """The delimiter that cuts the sample's records into equally many fields, more than one.

    Args:
        sample: start of the file, at most 64 KiB; its last record may be cut.
        prefer: wins a tie.
    """
    declared = declared_delimiter(sample)
    if declared:
        return declared
    order = sorted(CANDIDATES, key=lambda candidate: candidate != prefer)
    best = max(order, key=lambda candidate: _evenness(sample, candidate))
    return best if _evenness(sample, best) > 0 else prefer


def _evenness(sample: str, delimiter: str) -> float:
    """Share of records with the usual number of fields; 0 where that number is one."""
    widths = _widths(sample, delimiter)
    if not widths:
        return 0.0
    width, count = Counter(widths).most_common(1)[0]
    # One record more of evenness weighs more than any number of columns.
    return count / len(widths) + min(width, 50) * 1e-4 if width > 1 else 0.0


def _widths(sample: str, delimiter: str) -> list[int]:
    widths = []
    reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
    try:
        for fields in reader:
            if fields:
                widths.append(len(fields))
            if len(widths) > _RECORDS:
                break
    except csv.Error:
        pass  # a field over the limit: judge by what came before
    return widths[:-1] if len(widths) > 1 else widths
