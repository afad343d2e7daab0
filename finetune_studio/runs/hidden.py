"""Which findings of a run the user does not want to see any more; kept in the run's folder."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from finetune_studio.events.finding import FindingKind
from finetune_studio.project.files import write_atomic

_FILE = "hidden_findings.json"


def hidden_findings(folder: Path) -> frozenset[FindingKind]:
    """What was hidden in a run; nothing where that cannot be read."""
    try:
        names = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return frozenset(FindingKind(name) for name in names)
    except (OSError, ValueError, TypeError):
        return frozenset()


def hide_findings(folder: Path, kinds: Iterable[FindingKind]) -> None:
    """Remember exactly these kinds as hidden; a folder that cannot be written to forgets."""
    with contextlib.suppress(OSError):
        write_atomic(folder / _FILE, json.dumps(sorted(kinds)) + "\n")
