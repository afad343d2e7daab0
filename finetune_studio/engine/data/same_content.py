"""Finding files of exactly equal content, reading only those of equal size."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from finetune_studio.engine.data.threads import in_threads
from finetune_studio.engine.stopping import StopRequested

_DIGEST_BYTES = 8
_TOGETHER = 8  # files


def text_digest(text: str) -> str:
    """What equal texts share: 16 hexadecimal digits."""
    # File names may hold bytes that are no text.
    content = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()


def equal_files(
    paths: Sequence[str],
    sizes: np.ndarray,
    chosen: np.ndarray,
    digests: list[str],
    stop_requested: StopRequested,
) -> list[str]:
    """For each chosen file a digest that equal files share; empty where no other is equal.

    Args:
        paths: of all files.
        sizes: of all files, in bytes, int64 [files].
        chosen: places of the files to compare.
        digests: of all files; those that are missing and needed are filled in.
        stop_requested: asked between files.
    """
    common = Counter(sizes[chosen].tolist())
    places = [place for place in chosen.tolist() if common[sizes[place]] > 1]
    missing = [place for place in places if not digests[place]]
    waiting = [paths[place] for place in missing]
    hashed = in_threads(_file_digest, waiting, stop_requested, together=_TOGETHER)
    for place, digest in zip(missing, hashed, strict=True):
        digests[place] = digest
    twice = Counter(digests[place] for place in places)
    equal = dict.fromkeys(place for place in places if twice[digests[place]] > 1)
    return [digests[place] if place in equal else "" for place in chosen.tolist()]


def _file_digest(path: str) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - called for many files of a large folder
            return hashlib.file_digest(
                file, lambda: hashlib.blake2b(digest_size=_DIGEST_BYTES)
            ).hexdigest()
    except OSError:
        return ""
