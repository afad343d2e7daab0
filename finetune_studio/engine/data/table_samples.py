"""From a table's rows to samples; every row that is left out is told with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from finetune_studio.engine.data.cleaning import (
    LONGEST_TEXT,
    clean_text,
    holds_impossible,
)
from finetune_studio.engine.data.columns import ChosenColumns
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.glued_rows import GluedRows
from finetune_studio.engine.data.label_cells import LabelCells
from finetune_studio.engine.data.looking_over import look_over
from finetune_studio.engine.data.picture_memory import PictureMemory
from finetune_studio.engine.data.picture_paths import PictureFile
from finetune_studio.engine.data.row_source import Row, RowSource
from finetune_studio.engine.data.same_content import text_digest
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.data.split_names import split_named
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.project.choices import Split

FindPicture = Callable[[str], PictureFile]  # from a cell

_BEAT = 2000  # rows between two looks at the clock and the stop request


class _Labelled(NamedTuple):
    """A row whose label is there. ``content`` is its text or path, cleaned."""

    row: Row
    where: str
    content: str
    label: str
    split: Split | None


class TableSamples:
    """Reads the samples of one table.

    Args:
        source: the table.
        chosen: its columns.
        cells: reads what a row's sample is.
        findings: gets what was left out, and why.
        emit: hears of the progress.
        stop_requested: asked every few thousand rows.
    """

    def __init__(
        self,
        source: RowSource,
        chosen: ChosenColumns,
        cells: LabelCells,
        findings: Findings,
        emit: Emit,
        stop_requested: StopRequested,
    ) -> None:
        self._source = source
        self._chosen = chosen
        self._cells = cells
        self._findings = findings
        self._emit = emit
        self._stop_requested = stop_requested

    def texts(self) -> list[Sample]:
        """One sample for each row with a text and a label."""
        seen: Counter[str] = Counter()
        samples: list[Sample] = []
        glued = GluedRows(self._chosen.label or 0, self._source.delimiter)
        for row, where, text, label, split in self._labelled(self._chosen.text or 0):
            digest = text_digest(text)
            seen[digest] += 1
            key = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
            if self._source.quoted:
                glued.look_at(len(samples), row.values)
            samples.append(
                Sample(key=key, label=label, where=where, text=text, split=split, content=digest)
            )
        return self._without_glued(samples, glued)

    def pictures(self, find: FindPicture, memory: PictureMemory) -> list[Sample]:
        """One sample for each row with a label whose picture is there and opens.

        Args:
            find: the file that a cell names.
            memory: of the table, where it is kept which pictures open.
        """
        found = list(self._found(find))
        places = {file.path: row.where for row, file in found}
        paths = list(places)
        usable, contents = look_over(
            paths,
            list(places.values()),
            memory,
            self._findings,
            self._emit,
            self._stop_requested,
        )
        digests = {
            paths[place]: content for place, content in zip(usable.tolist(), contents, strict=True)
        }
        kept = [(row, file) for row, file in found if file.path in digests]
        return self._picture_samples(kept, digests)

    def _picture_samples(
        self, kept: list[tuple[_Labelled, PictureFile]], digests: dict[str, str]
    ) -> list[Sample]:
        seen: Counter[str] = Counter()
        samples = []
        for row, file in kept:
            seen[row.content] += 1
            again = seen[row.content]
            samples.append(
                Sample(
                    key=row.content if again == 1 else f"{row.content} ({again})",
                    label=row.label,
                    where=row.where,
                    path=file.path,
                    split=row.split,
                    content=digests[file.path] or file.name,
                )
            )
        return samples

    def _found(self, find: FindPicture) -> Iterator[tuple[_Labelled, PictureFile]]:
        for row in self._labelled(self._chosen.image or 0):
            file = find(row.content)
            if file.refused:
                self._findings.add(file.refused, row.where, row.content)
            else:
                yield row, file

    def _labelled(self, column: int) -> Iterator[_Labelled]:
        """Rows with a label and content in ``column``; progress and stop on the way."""
        meter = Meter(self._emit, "Reading the table", self._source.size)
        empty = "row_without_text" if self._chosen.text == column else "row_without_picture"
        done = 0
        for count, row in enumerate(self._source.rows(self._findings)):
            if count % _BEAT == 0:
                check(self._stop_requested)
                meter.advance(row.done - done)
                done = row.done
            where = _where(self._source.place, row)
            read = self._cells.of_row(row.values)
            if read.code and read.usable:
                self._findings.add(read.code, where, read.note)
            content = self._content(row.values[column] or "", where)
            if not content:
                self._findings.add(empty, where)
            elif not read.usable:
                self._findings.add(read.code, where, read.note)
            elif not self._source.lossless and "\ufffd" in f"{content}{read.label}":
                self._findings.add("row_undecodable", where)
            else:
                yield _Labelled(row, where, content, read.label, self._split(row, where))
        meter.done()

    def _content(self, raw: str, where: str) -> str:
        if holds_impossible(raw):
            self._findings.add("characters_replaced", where)
        if len(raw) > LONGEST_TEXT:
            self._findings.add("text_long", where)
        return clean_text(raw)

    def _split(self, row: Row, where: str) -> Split | None:
        if self._chosen.split is None:
            return None
        name = row.values[self._chosen.split] or ""
        split = split_named(name)
        if split is None and name.strip():
            self._findings.add("split_unknown", where, f"“{name.strip()[:40]}”")
        return split

    def _without_glued(self, samples: list[Sample], glued: GluedRows) -> list[Sample]:
        suspects = set(glued.suspects([sample.label for sample in samples]))
        for place in sorted(suspects):
            self._findings.add("row_ambiguous", samples[place].where)
        if not suspects:
            return samples
        return [sample for place, sample in enumerate(samples) if place not in suspects]


def _where(place: str, row: Row) -> str:
    return f"{place} {row.number} of {row.within}" if row.within else f"{place} {row.number}"
