"""Thresholds that a user moved: kept beside a run's report, in the place of those it chose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from finetune_studio.project.files import write_atomic
from finetune_studio.runs.checkpoints import best_epoch, checkpoint_folder, facts_of
from finetune_studio.runs.folder import RunFolder

_FILE = "thresholds.json"


def read_moved(run: Path) -> dict[str, float]:
    """The moved thresholds by label; none where there are none, or they cannot be read."""
    try:
        found = json.loads((run / _FILE).read_text(encoding="utf-8"))
        moved = {str(label): float(value) for label, value in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return {label: value for label, value in moved.items() if 0.0 <= value <= 1.0}


def read_chosen(run: Path, labels: Sequence[str]) -> dict[str, float]:
    """The thresholds that were chosen on validation in the best epoch; none where not known."""
    checkpoints = RunFolder(run).checkpoints
    facts = facts_of(checkpoint_folder(checkpoints, best_epoch(checkpoints)))
    if facts is None or len(facts.thresholds) != len(labels):
        return {}
    return dict(zip(labels, facts.thresholds, strict=True))


def write_moved(run: Path, moved: Mapping[str, float]) -> None:
    """Keep moved thresholds; none takes them back.

    Raises:
        OSError: the run's folder cannot be written to.
    """
    if moved:
        write_atomic(run / _FILE, json.dumps(dict(moved), ensure_ascii=False, indent=2) + "\n")
    else:
        (run / _FILE).unlink(missing_ok=True)
