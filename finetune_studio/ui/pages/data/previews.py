"""The previews an inspection left on disk, read a label at a time."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from finetune_studio.events.descriptions import Preview


def read(file: Path, label: str, most: int = 200) -> tuple[Preview, ...]:
    """The first previews of a bar; none when the file is gone. Damaged lines are passed over.

    A file can hold hundreds of thousands of lines, of which one label owns a few: a line that
    does not contain the label's letters is not parsed.
    """
    spellings = tuple(json.dumps(label, ensure_ascii=plain).encode() for plain in (False, True))
    found: list[Preview] = []
    try:
        with file.open("rb") as lines:
            for line in lines:
                if any(spelling in line for spelling in spellings):
                    preview = _parsed(line)
                    if preview is not None and label in (preview.groups or (preview.label,)):
                        found.append(preview)
                if len(found) == most:
                    break
    except OSError:
        return ()
    return tuple(found)


def _parsed(line: bytes) -> Preview | None:
    try:
        return Preview.model_validate_json(line)
    except ValidationError:
        return None
