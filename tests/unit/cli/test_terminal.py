from __future__ import annotations

import io

from rich.console import Console

from finetune_studio.cli.terminal import Terminal
from finetune_studio.events.descriptions import Trial
from finetune_studio.events.events import (
    ComputeChosen,
    DataPrepared,
    EpochFinished,
    Event,
    FrozenPartComputed,
    FrozenPartPlanned,
    ModelPrepared,
    ProblemFound,
    RunStarted,
    StepFinished,
)
from finetune_studio.project.problems import Problem, Severity
from tests.gui import made_up


def _shown(*events: Event) -> str:
    terminal = Terminal()
    terminal.console = Console(file=io.StringIO(), width=200, highlight=False)
    for event in events:
        terminal.event(event)
    terminal.close()
    written = terminal.console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def test_an_epoch_is_a_line_with_its_figures() -> None:
    epoch = EpochFinished(
        epoch=2,
        step=20,
        train_loss=0.5,
        train_accuracy=0.8,
        val_loss=0.6,
        val_accuracy=0.75,
        val_macro_f1=0.7,
        learning_rates={"head": 1e-3},
        seconds=3.0,
        best=True,
    )
    data = DataPrepared(train=8, validation=1, test=1, steps_per_epoch=10, epochs=5)
    text = _shown(RunStarted(run="r", folder="/x", epochs=8), data, epoch)
    assert "Epoch   2 of 5" in text
    assert "75.0%" in text
    assert "best" in text


def test_words_of_the_user_are_never_taken_for_markup() -> None:
    problem = Problem(what="[red]label[/red] has [/] one sample", severity=Severity.WARNING)
    assert "[red]label[/red] has [/] one sample" in _shown(ProblemFound(problem=problem))


def test_frozen_layers_and_ways_to_compute_are_told_as_they_become_known() -> None:
    trials = tuple(
        Trial(memory_format="contiguous", precision=name, threads=2, seconds=time, chosen=best)
        for name, time, best in (("fp32", 2.0, False), ("bf16", 1.0, True))
    )
    text = _shown(
        ComputeChosen(device="cpu", precision="bf16", threads=2, trials=trials),
        FrozenPartPlanned(used=True, reason="", size=14_000_000, place="disk"),
        FrozenPartComputed(part="training", samples=1437, seconds=3.2),
        FrozenPartComputed(part="validation", samples=180, seconds=0.4, reused=True),
    )
    assert "in bfloat16, 2 threads; chosen from 2 timed ways:" in text
    assert text.index("bfloat16: 1.0 s, chosen") < text.index("float32: 2.0 s")
    assert "14 MB on disk" in text
    assert "1,437 training samples, in 3.2 s" in text
    assert "180 validation samples, known from an earlier run" in text


def test_a_run_ends_with_what_it_saved() -> None:
    events = made_up.recording(8)
    assert "an epoch took 1.4 s instead of 26 s. Saved 2 min 55 s in all." in _shown(*events)


def test_where_the_last_epoch_is_kept_none_is_called_the_best() -> None:
    told = made_up.recording(2, end="open")
    prepared = next(event for event in told if isinstance(event, ModelPrepared))
    told[told.index(prepared)] = prepared.edited(keep="last")
    lines = [line for line in _shown(*told).splitlines() if line.startswith("Epoch")]
    assert len(lines) == 2
    assert not any("best" in line for line in lines)


def test_the_bar_follows_time_where_epochs_differ() -> None:
    data = DataPrepared(train=8, validation=1, test=1, steps_per_epoch=10, epochs=5)
    half = StepFinished(step=25, epoch=3, loss=1, accuracy=0, learning_rates={})
    terminal = Terminal()
    terminal.console = Console(file=io.StringIO(), width=200)
    for event in (RunStarted(run="r", folder="/x", epochs=5), data, half):
        terminal.event(event)
    (task,) = terminal._bar.tasks
    assert task.completed == 25
    terminal.event(half.edited(share=0.1))
    assert task.completed == 5
    terminal.close()
