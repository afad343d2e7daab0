"""What a run learns from, before there is a model: read, divided, counted, told."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from finetune_studio.engine.training.material import Material, gather
from finetune_studio.engine.training.record import Record
from finetune_studio.events.events import Event, ProblemFound
from finetune_studio.project import storage
from finetune_studio.project.choices import Split, Task
from finetune_studio.project.cleaning import from_words
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.runs.folder import RunFolder

ROWS = "text,label,split\n" + "".join(
    f"<b>Film</b> {n},up,train\nbook {n},down,train\nFilm {n},up,validation\nplay {n},down,test\n"
    for n in range(3)
)


def gathered(folder: Path, cleaning: str) -> tuple[Material, list[Event]]:
    (folder / "texts.csv").write_text(ROWS, encoding="utf-8")
    data = DataChoice(path=str(folder / "texts.csv"))
    project = Project(task=Task.TEXT, data=data, cleaning=from_words(cleaning))
    run = RunFolder.create(folder)
    storage.save(project, run.path)
    events: list[Event] = []
    with closing(Record(run.events_file, events.append)) as record:
        return gather(run, data, record, lambda: False), events


@pytest.mark.parametrize(("cleaning", "told"), [("html", 1), ("lowercase", 0), ("none", 0)])
def test_texts_that_cleaning_makes_equal_across_parts_are_told(
    tmp_path: Path, cleaning: str, told: int
) -> None:
    _, events = gathered(tmp_path, cleaning)
    found = [one.problem for one in events if isinstance(one, ProblemFound)]
    leaks = [problem for problem in found if problem.code == "leak_cleaned"]
    assert len(leaks) == told
    assert all(problem.what.startswith("3 samples come again") for problem in leaks)


def test_labels_are_counted_part_by_part(tmp_path: Path) -> None:
    material, _ = gathered(tmp_path, "none")
    labels = ("down", "other", "up")
    counts = {part: material.counts_of(part, labels) for part in Split}
    assert counts == {Split.TRAIN: (3, 0, 3), Split.VALIDATION: (0, 0, 3), Split.TEST: (3, 0, 0)}
