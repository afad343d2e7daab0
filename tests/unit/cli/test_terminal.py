from __future__ import annotations

import io

from rich.console import Console

from finetune_studio.cli.terminal import Terminal
from finetune_studio.events.events import (
    DataPrepared,
    EpochFinished,
    Event,
    ProblemFound,
    RunStarted,
)
from finetune_studio.project.problems import Problem, Severity


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
