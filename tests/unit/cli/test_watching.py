"""What the watchdog says at the command line, as it comes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from finetune_studio.cli.json_lines import JsonLines
from finetune_studio.cli.reports import show_runs
from finetune_studio.cli.terminal import Terminal
from finetune_studio.events import events as ev
from finetune_studio.events.history import replay
from finetune_studio.events.wire import parse_event
from tests.gui import made_up
from tests.recordings.thinning import read

ILL = Path(__file__).parents[2] / "recordings" / "ill"
EVENTS = read(ILL / "overfitting_texts.jsonl")


def over_again() -> ev.EpochFinished:
    """An epoch after which nothing is wrong any more."""
    last = replay(EVENTS).epochs[-1]
    return last.edited(epoch=26, step=last.step + 20, val_loss=0.1, val_accuracy=0.99, best=True)


def shown(*events: ev.Event) -> list[str]:
    terminal = Terminal()
    terminal.console = Console(file=io.StringIO(), width=200, highlight=False)
    for event in events:
        terminal.event(event)
    terminal.close()
    assert isinstance(terminal.console.file, io.StringIO)
    return terminal.console.file.getvalue().splitlines()


def test_a_finding_is_a_line_after_the_epoch_that_shows_it_and_told_once() -> None:
    lines = shown(*EVENTS[:-1])
    (place,) = (i for i, line in enumerate(lines) if "Overfitting since epoch" in line)
    assert lines[place].startswith("!")
    assert "Stop here" in lines[place]
    assert "Epoch" in lines[place - 1]


def test_what_is_over_is_said_too() -> None:
    lines = shown(*EVENTS[:-1], over_again())
    assert lines[-1].startswith("i No longer: overfitting since epoch")


def test_json_lines_have_findings_as_events(capsys: pytest.CaptureFixture[str]) -> None:
    lines = JsonLines()
    for event in (*EVENTS[:-1], over_again()):
        lines.event(event)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    made = [event for event in told if event["event"] == "FindingMade"]
    assert [event["finding"]["kind"] for event in made] == ["overfitting"]
    assert [event["event"] for event in told[-1:]] == ["FindingResolved"]
    assert parse_event(json.dumps(made[0])).event == "FindingMade"


def test_the_list_of_runs_says_what_stood_out() -> None:
    console = Console(file=io.StringIO(), width=200, highlight=False)
    run = made_up.runs()[0].edited(findings=replay(EVENTS).findings)
    show_runs([run], console)
    assert isinstance(console.file, io.StringIO)
    assert f"{run.name}: Overfitting since epoch" in console.file.getvalue()


def test_going_back_is_a_line() -> None:
    back = ev.WentBack(epoch=3, step=57, left=5, rate_factor=0.5)
    (line,) = shown(back)
    assert line.startswith("Back to epoch 3 from epoch 5")
