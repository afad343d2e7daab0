"""Folders whose names say more than one label: ``beach+sunset``, or an age in years."""

from __future__ import annotations

import numpy as np

from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.label_cells import cells_for
from finetune_studio.engine.data.number_cells import decimal_of, unit_of
from finetune_studio.engine.data.sample_sequence import Samples
from finetune_studio.engine.data.target_detection import separator_of
from finetune_studio.project.choices import Target
from finetune_studio.project.project import DataChoice
from finetune_studio.project.target import TargetReading


def from_folders(
    samples: Samples, choice: DataChoice, findings: Findings
) -> tuple[Samples, TargetReading]:
    """The samples of label folders, read as the user decided; one label a folder otherwise.

    Samples of folders whose names cannot be read so are left out, and told.
    """
    reading = _reading(samples.names, choice)
    if reading.kind is Target.LABEL:
        return samples, reading
    cells = cells_for(reading, (0,), choice.leave_out)
    reads = {name: cells.of_cell(name) for name in samples.names}
    counts = samples.counts()
    for name, read in reads.items():
        if not read.usable and counts[name]:
            findings.add(read.code, f"folder “{name}”", count=counts[name], samples=counts[name])
    usable = np.array([reads[name].usable for name in samples.names], np.bool_)
    kept = samples.taken(usable[samples.codes]) if len(samples) else samples
    return kept.relabelled({name: read.label for name, read in reads.items()}), reading


def _reading(names: tuple[str, ...], choice: DataChoice) -> TargetReading:
    if choice.target is Target.NUMBER:
        unit = choice.number_unit or unit_of(names)
        return TargetReading(kind=Target.NUMBER, decimal=decimal_of(names), unit=unit, decided=True)
    if choice.target is Target.LABELS:
        separator = choice.label_separator or separator_of(names, sure=False)
        return TargetReading(kind=Target.LABELS, separator=separator, decided=True)
    return TargetReading(decided=choice.target is not None)
