"""The data: how many samples there are to learn from, and which are kept to be asked about."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.training.preparation import flat_picture, picture_files, read_texts
from tests.benchmarks.training.trial import Network

_VALIDATION_SHARE = 0.15
_TEST_SHARE = 0.25
_TESTED_TEXTS = 1000
_TESTED_DIGITS = 20  # of each label

Labelled = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """Data somebody brings along, and the network they would pick for it.

    Attributes:
        name: what the table calls it.
        texts: samples to learn from, where the data are texts; 0 is all but those asked about.
        each: pictures of every label to learn from; 0 is all but those asked about.
    """

    name: str
    network: Network
    source: Path
    texts: int = 0
    each: int = 0


@dataclass(frozen=True)
class Tables:
    """The same samples for us and for the others.

    Attributes:
        ours: with the splits ``train``, ``validation`` and ``test``.
        theirs: without validation samples, which nobody else chooses an epoch by; the samples
            asked about are called ``validation``, for that is what the others report on.
        training: samples to learn from.
    """

    ours: Path
    theirs: Path
    training: int


def tables(subject: Subject, folder: Path, seed: int) -> Tables:
    """Divide a subject's data, another way for every seed, and write both tables."""
    folder.mkdir(parents=True, exist_ok=True)
    column = "text" if subject.network.reads_texts else "picture"
    divide = _texts if subject.network.reads_texts else _pictures
    known, asked = divide(subject, folder, random.Random(seed))
    count = max(len({label for _, label in known}), round(_VALIDATION_SHARE * len(known)))
    watched, learned = known[:count], known[count:]
    ours, theirs = folder / f"ours-{seed}.csv", folder / f"theirs-{seed}.csv"
    _write(ours, column, {"train": learned, "validation": watched, "test": asked})
    _write(theirs, column, {"train": learned, "validation": asked})
    return Tables(ours, theirs, len(learned))


def _texts(
    subject: Subject, folder: Path, chance: random.Random
) -> tuple[list[Labelled], list[Labelled]]:
    del folder
    rows = read_texts(subject.source)
    chance.shuffle(rows)
    asked, rest = rows[:_TESTED_TEXTS], rows[_TESTED_TEXTS:]
    return rest[: subject.texts or None], asked


def _pictures(
    subject: Subject, folder: Path, chance: random.Random
) -> tuple[list[Labelled], list[Labelled]]:
    by_label: dict[str, list[Path]] = defaultdict(list)
    for file in picture_files(subject.source):
        by_label[file.parent.name].append(file)
    known: list[Labelled] = []
    asked: list[Labelled] = []
    for label, files in sorted(by_label.items()):
        chance.shuffle(files)
        kept = _TESTED_DIGITS if subject.each else round(_TEST_SHARE * len(files))
        asked += [(_copied(file, folder), label) for file in files[:kept]]
        learned = files[kept:][: subject.each or None]
        known += [(_copied(file, folder), label) for file in learned]
    chance.shuffle(known)
    return known, asked


def _copied(file: Path, folder: Path) -> str:
    """A picture without transparency, so that everybody sees the same."""
    copy = folder / "pictures" / f"{file.parent.name}-{file.name}"
    if not copy.exists():
        copy.parent.mkdir(exist_ok=True)
        flat_picture(file).save(copy, quality=95)
    return str(copy)


def _write(file: Path, column: str, parts: dict[str, list[Labelled]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column, "label", "split"])
        writer.writerows((*row, part) for part, rows in parts.items() for row in rows)
