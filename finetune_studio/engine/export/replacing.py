"""A folder that appears whole or not at all, and replaces only what we wrote ourselves."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finetune_studio.project.problems import ProblemError

CERTIFICATE = "certificate.json"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a folder to write into; it takes the target's place when the block ends well.

    Raises:
        ProblemError: the target holds something that is no earlier export, or cannot be made.
    """
    _refuse_to_lose_anything(target)
    working = _working_folder(target)
    try:
        yield working
        _put_in_place(working, target)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _refuse_to_lose_anything(target: Path) -> None:
    if not target.exists():
        return
    if target.is_dir() and (not any(target.iterdir()) or (target / CERTIFICATE).is_file()):
        return
    raise ProblemError.of(
        f"{target} holds something else already.",
        "An export replaces only an earlier export.",
        "Choose an empty or a new folder.",
        where=str(target),
        code="export_folder_used",
    )


def _working_folder(target: Path) -> Path:
    # Also what exports into the same place left that were killed before they could tidy up.
    for left in target.parent.glob(f"{glob.escape(f'.{target.name}.part-')}*"):
        shutil.rmtree(left, ignore_errors=True)
    working = target.with_name(f".{target.name}.part-{os.getpid()}")
    try:
        working.mkdir(parents=True)
    except OSError as error:
        raise ProblemError.of(
            f"{target} cannot be made.",
            f"{error.strerror or error}: {error.filename or target.parent}.",
            "Choose a folder that can be written to.",
            where=str(target),
            code="export_folder_closed",
        ) from error
    return working


def _put_in_place(working: Path, target: Path) -> None:
    for file in working.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
    old = target.with_name(f".{target.name}.old-{os.getpid()}")
    if target.exists():
        target.rename(old)
    working.rename(target)
    shutil.rmtree(old, ignore_errors=True)
