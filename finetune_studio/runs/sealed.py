"""Folders that appear whole or not at all, and show whether they still are what was written.

A sealed folder is written under another name, every file is flushed to the disk, a manifest with
the size and SHA-256 of each is written last, and only then does the folder get its name. What a
crash leaves behind is a folder whose name starts with a dot, which the next write removes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from finetune_studio.project.files import sync

MANIFEST = "manifest.json"
_CHUNK = 1 << 20


def write_sealed(folder: Path, write: Callable[[Path], None]) -> None:
    """Make ``folder`` with what ``write`` puts into the path it is given; replaces an old one.

    Raises:
        OSError: there is no room or no right to write; an old folder is untouched.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f".{folder.name}.part")
    replaced = folder.with_name(f".{folder.name}.old")
    for leftover in (unfinished, replaced):
        if leftover.exists():
            shutil.rmtree(leftover)
    unfinished.mkdir()
    try:
        write(unfinished)
        _seal(unfinished)
        if folder.exists():
            folder.rename(replaced)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        if replaced.exists() and not folder.exists():
            replaced.rename(folder)
        raise
    sync(folder.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def damage(folder: Path, only: Collection[str] = ()) -> str:
    """What is wrong with a sealed folder, in words; empty when it is as it was written.

    Args:
        folder: the sealed folder.
        only: names of the files that matter; all when empty.
    """
    try:
        recorded = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        for name in only or recorded:
            if _record(folder / name) != recorded[name]:
                return f"{name} is not what was written"
    except FileNotFoundError as error:
        return f"{Path(str(error.filename)).name} is missing"
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    except (ValueError, TypeError, KeyError):
        return f"{MANIFEST} is damaged"
    return ""


def _seal(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {path.relative_to(folder).as_posix(): _record(path) for path in files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for path in (*files, folder / MANIFEST):
        sync(path)
    for inner in {path.parent for path in files} | {folder}:
        sync(inner)


def _record(path: Path) -> dict[str, str | int]:
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return {"sha256": digest.hexdigest(), "size": size}
