"""Looking pictures over once: what did not change since the last time is remembered, not opened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.picture_check import check_pictures
from finetune_studio.engine.data.picture_memory import PictureMemory, file_facts
from finetune_studio.engine.data.same_content import equal_files
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested


def look_over(
    paths: list[str],
    places: Sequence[str],
    memory: PictureMemory,
    findings: Findings,
    emit: Emit,
    stop_requested: StopRequested,
) -> tuple[np.ndarray, list[str]]:
    """Find the pictures that open, and those of equal content; tell the rest.

    Args:
        paths: of the files.
        places: what each is called in a finding, in the same order.
        memory: of the source the pictures belong to.
        findings: gets what was found.
        emit: hears of the progress.
        stop_requested: asked between pictures.

    Returns:
        Places of the pictures that can be used, int64 [usable]; and for each of these a digest
        that pictures of equal content share, empty where no other is equal.

    Raises:
        Stopped: a stop was asked for; what was looked over so far is remembered.
    """
    facts = file_facts(paths, stop_requested)
    found = memory.recall(facts)
    before = found.extent
    try:
        opens = check_pictures(paths, places, findings, emit, stop_requested, found)
        usable = np.flatnonzero(opens)
        contents = equal_files(paths, facts.sizes, usable, found.digests, stop_requested)
    finally:
        if found.extent != before:
            memory.remember(facts, found)
    return usable, contents
