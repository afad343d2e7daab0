"""Write resources/samples/digits.zip anew from scikit-learn's copy of the UCI digits.

Run with scikit-learn at hand: ``python packaging/make_digits.py``. The same bytes come out.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

_TARGET = Path(__file__).resolve().parent.parent / "resources" / "samples" / "digits.zip"
_SIDE = 40  # pixels, margin included
_LEVELS = 32  # twice what the original holds, so that nothing but file size is lost


def _picture(ink: np.ndarray) -> bytes:
    """A PNG of dark ink on white with a margin. ``ink`` is 8 x 8 with values 0 to 16."""
    paper = 255 - np.round(np.pad(ink, 1) * 255 / 16).astype(np.uint8)
    large = Image.fromarray(paper).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    step = 255 / (_LEVELS - 1)
    few = np.round(np.round(np.asarray(large) / step) * step).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(few).save(file, "PNG", optimize=True)
    return file.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1998, 7, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    return entry


def main() -> None:
    """Write one folder a digit, numbered in the order of the original."""
    digits = load_digits()
    count: Counter[int] = Counter()
    with zipfile.ZipFile(_TARGET, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for ink, label in zip(digits.images, digits.target.tolist(), strict=True):
            count[label] += 1
            archive.writestr(
                _entry(f"{label}/{label}-{count[label]:03d}.png"),
                _picture(ink),
                zipfile.ZIP_DEFLATED,
                9,
            )
    print(f"{_TARGET}: {sum(count.values())} pictures, {_TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
