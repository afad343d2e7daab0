"""A folder of text files, one folder a label."""

from __future__ import annotations

from pathlib import Path

from finetune_studio.engine.data.cleaning import holds_impossible
from finetune_studio.engine.data.encodings import decode
from finetune_studio.engine.data.file_index import files_below
from finetune_studio.engine.data.file_types import TEXT_SUFFIXES, suffix_of
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.same_content import text_digest
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.data.text_cleaning import LONGEST_TEXT, clean_text
from finetune_studio.engine.data.threads import in_threads
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested

_TOGETHER = 8  # files
_MOST_BYTES = 4 * LONGEST_TEXT  # a character takes at most four bytes


def read_text_folder(
    folder: Path, encoding: str, findings: Findings, emit: Emit, stop_requested: StopRequested
) -> list[Sample]:
    """Every text that is one, sorted by its path.

    Args:
        folder: holds a folder for each label.
        encoding: of every file; empty to find out for each.
        findings: gets what was left out, and why.
        emit: hears of the progress.
        stop_requested: asked between texts.
    """
    index = files_below(folder, _is_text, findings, emit, stop_requested)
    meter = Meter(emit, "Reading texts", len(index), "texts")
    samples = []
    raw = in_threads(_read, index.paths(), stop_requested, together=_TOGETHER)
    for name, code, content in zip(index.names, index.codes.tolist(), raw, strict=True):
        text = _decoded(name, content, encoding, findings)
        if text:
            samples.append(
                Sample(
                    key=name,
                    label=index.labels[code],
                    where=name,
                    text=text,
                    split=index.splits[code],
                    content=text_digest(text),
                )
            )
        meter.advance()
    meter.done()
    return samples


def _is_text(name: str) -> bool:
    return suffix_of(name) in TEXT_SUFFIXES


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - called for every file of a large folder
            return file.read(_MOST_BYTES + 1)
    except OSError:
        return None


def _decoded(name: str, content: bytes | None, encoding: str, findings: Findings) -> str | None:
    cut = content is not None and len(content) > _MOST_BYTES
    raw = None if content is None else decode(content[:_MOST_BYTES], encoding, cut=cut)
    if raw is None:
        findings.add("text_undecodable", name)
        return None
    if holds_impossible(raw):
        findings.add("characters_replaced", name)
    if cut or len(raw) > LONGEST_TEXT:
        findings.add("text_long", name)
    text = clean_text(raw)
    if not text:
        findings.add("text_empty", name)
    return text
