"""The names people give to the three parts of their data."""

from __future__ import annotations

from finetune_studio.project.choices import Split

_NAMES = {
    Split.TRAIN: ("train", "training", "fit"),
    Split.VALIDATION: ("val", "valid", "validation", "dev", "development"),
    Split.TEST: ("test", "testing", "holdout", "hold-out"),
}
_BY_NAME = {name: split for split, names in _NAMES.items() for name in names}


def split_named(name: str) -> Split | None:
    """The split a folder's or cell's name stands for, if any."""
    return _BY_NAME.get(name.strip().casefold())
