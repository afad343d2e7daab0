"""A folder of pictures, one folder a label."""

from __future__ import annotations

from pathlib import Path

from finetune_studio.engine.data.file_types import looks_like_picture
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.label_folders import LabelledFile, files_below
from finetune_studio.engine.data.picture_check import check_pictures
from finetune_studio.engine.data.same_content import equal_files
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested


def read_image_folder(
    folder: Path, findings: Findings, emit: Emit, stop_requested: StopRequested
) -> list[Sample]:
    """Every picture that can be opened, sorted by its path."""
    files = files_below(folder, looks_like_picture, findings, stop_requested)
    usable = check_pictures(
        [file.path for file in files],
        [file.relative for file in files],
        findings,
        emit,
        stop_requested,
    )
    kept = [file for file, opens in zip(files, usable, strict=True) if opens]
    contents = equal_files(
        [file.path for file in kept], [file.size for file in kept], stop_requested
    )
    return [_sample(file, content) for file, content in zip(kept, contents, strict=True)]


def _sample(file: LabelledFile, content: str) -> Sample:
    return Sample(
        key=file.relative,
        label=file.label,
        where=file.relative,
        path=file.path,
        split=file.split,
        content=content,
    )
