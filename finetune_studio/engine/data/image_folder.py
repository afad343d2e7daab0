"""A folder of pictures, one folder a label."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from finetune_studio.engine.data.content_marks import identified, marks_of_strings
from finetune_studio.engine.data.file_index import FileIndex, files_below
from finetune_studio.engine.data.file_types import looks_like_picture
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.looking_over import look_over
from finetune_studio.engine.data.picture_memory import PictureMemory
from finetune_studio.engine.data.same_content import text_digest
from finetune_studio.engine.data.sample_sequence import Samples, split_code
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.project.choices import Split


def read_image_folder(
    folder: Path, cache: Path, findings: Findings, emit: Emit, stop_requested: StopRequested
) -> Samples:
    """Every picture that can be opened, sorted by its path.

    Args:
        folder: holds a folder for each label.
        cache: folder of the project's cache, where it is kept which pictures open.
        findings: gets what was left out, and why.
        emit: hears of the progress.
        stop_requested: asked between pictures.
    """
    index = files_below(folder, looks_like_picture, findings, emit, stop_requested)
    memory = PictureMemory(cache, folder)
    usable, contents = look_over(index.paths(), index.names, memory, findings, emit, stop_requested)
    origin = _PictureFiles(index, dict(zip(usable.tolist(), contents, strict=True)))
    named = [
        content or text_digest(index.names[row])
        for row, content in zip(usable.tolist(), contents, strict=True)
    ]
    marks, identities, twins = identified(marks_of_strings(named), named.__getitem__)
    codes = index.codes[usable]
    splits = np.array([split_code(split) for split in index.splits], np.int8)
    return Samples(
        origin,
        usable,
        index.labels,
        codes,
        splits[codes] if len(codes) else np.empty(0, np.int8),
        marks,
        identities,
        twins,
    )


class _PictureFiles:
    """The files of a folder; see ``Origin``."""

    def __init__(self, index: FileIndex, contents: dict[int, str]) -> None:
        self._index = index
        self._contents = contents

    def sample(self, row: int, label: str, split: Split | None) -> Sample:
        """The sample of a row."""
        name = self._index.names[row]
        return Sample(
            key=name,
            label=label,
            where=name,
            path=self._index.path(name),
            split=split,
            content=self._contents[row],
        )

    def text(self, row: int) -> str:  # noqa: ARG002 - none has one
        """Pictures have none."""
        return ""
