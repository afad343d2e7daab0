from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.cli import exits
from finetune_studio.cli.sample_run import has_display
from finetune_studio.cli.targets import usable_run
from finetune_studio.events.events import EpochFinished, RunStarted
from finetune_studio.events.wire import event_line
from finetune_studio.project import storage
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.project import Project


def _run(project: Path, name: str, *, epochs: int) -> Path:
    folder = project / "runs" / name
    storage.save(Project(), folder)
    lines = [event_line(RunStarted(run=name, folder=str(folder), epochs=3))]
    for epoch in range(1, epochs + 1):
        figures = {"train_loss": 1.0, "train_accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5}
        end = EpochFinished(
            epoch=epoch,
            step=epoch,
            val_macro_f1=0.5,
            learning_rates={},
            seconds=1.0,
            best=epoch == 1,
            **figures,
        )
        lines.append(event_line(end))
    (folder / "events.jsonl").write_bytes(b"".join(lines))
    return folder


def test_a_project_means_its_newest_run_that_has_an_epoch(tmp_path: Path) -> None:
    project = tmp_path / "p"
    storage.save(Project(), project)
    _run(project, "2026-11-22-001", epochs=2)
    wanted = _run(project, "2026-11-23-001", epochs=1)
    _run(project, "2026-11-23-002", epochs=0)
    assert usable_run(project) == wanted


def test_a_run_means_itself(tmp_path: Path) -> None:
    storage.save(Project(), tmp_path / "p")
    older = _run(tmp_path / "p", "2026-11-22-001", epochs=2)
    _run(tmp_path / "p", "2026-11-23-001", epochs=1)
    assert usable_run(older) == older


def test_a_run_without_an_epoch_is_refused(tmp_path: Path) -> None:
    storage.save(Project(), tmp_path / "p")
    with pytest.raises(ProblemError, match="holds no trained model"):
        usable_run(_run(tmp_path / "p", "2026-11-23-001", epochs=0))


@pytest.mark.parametrize(
    ("code", "expected"),
    [("data_missing", 2), ("setting_value", 2), ("fault", 1), ("out_of_memory", 1)],
)
def test_bad_input_and_failure_have_codes_of_their_own(
    code: str, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exits.tell(Problem(what="What.", why="Why.", remedy="Remedy.", code=code)) == expected
    assert capsys.readouterr().err.split() == ["What.", "Why.", "Remedy."]


def test_a_display_is_what_x11_and_wayland_announce(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert has_display()
