"""Finding files of exactly equal content, reading only those of equal size."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from finetune_studio.engine.data.threads import in_threads
from finetune_studio.engine.stopping import StopRequested

_DIGEST_BYTES = 8


def text_digest(text: str) -> str:
    """What equal texts share: 16 hexadecimal digits."""
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def equal_files(
    paths: Sequence[str], sizes: Sequence[int], stop_requested: StopRequested
) -> list[str]:
    """For each file a digest that equal files share; empty where no other is of the same size."""
    common = Counter(sizes)
    places = [place for place, size in enumerate(sizes) if common[size] > 1]
    digests = [""] * len(paths)
    hashed = in_threads(_file_digest, [paths[place] for place in places], stop_requested)
    for place, digest in zip(places, hashed, strict=True):
        digests[place] = digest
    twice = Counter(digests)
    return [digest if twice[digest] > 1 else "" for digest in digests]


def _file_digest(path: str) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - called for many files of a large folder
            return hashlib.file_digest(
                file, lambda: hashlib.blake2b(digest_size=_DIGEST_BYTES)
            ).hexdigest()
    except OSError:
        return ""
