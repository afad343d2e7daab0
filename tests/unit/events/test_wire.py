from __future__ import annotations

import math
import random

import pytest

from finetune_studio.events import commands
from finetune_studio.events import events as ev
from finetune_studio.events.wire import (
    LONGEST_LINE,
    WireError,
    command_line,
    event_line,
    parse_command,
    parse_event,
)
from finetune_studio.project.problems import Problem

STEP = ev.StepFinished(
    step=3, epoch=1, loss=0.25, accuracy=0.5, learning_rates={"head": 1e-3}, seconds_left=None
)


@pytest.mark.parametrize(
    "event",
    [
        STEP,
        ev.JobStarted(job="train", pid=7),
        ev.ProblemFound(problem=Problem(what="„ß\u2028\n\x00“ <b>&amp;</b>")),
        ev.Progress(phase="x", done=1.5, total=3, seconds_left=0.1),
        ev.StepFinished(step=1, epoch=1, loss=math.inf, accuracy=0, learning_rates={}),
    ],
)
def test_an_event_is_one_line_and_comes_back_as_it_was(event: ev.AnyEvent) -> None:
    line = event_line(event)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert parse_event(line) == event


@pytest.mark.parametrize(
    "command",
    [
        commands.Run(job="train", arguments={"folder": "/x", "deep": [1, {"a": None}]}),
        commands.Stop(),
        commands.Pause(),
        commands.Continue(),
        commands.GoBack(),
    ],
)
def test_a_command_is_one_line_and_comes_back_as_it_was(command: commands.Run) -> None:
    assert parse_command(command_line(command)) == command


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"event": "Nonsense"}',
        b'{"event": "StepFinished"}',
        b'{"event": "JobStarted", "job": 3}',
        b'{"event": "JobStarted", "job": "x", "extra": 1}',
        b"\xff\xfe\x00",
        b'{"event":' * 5000,
        b"[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(WireError):
        parse_event(line)
    with pytest.raises(WireError):
        parse_command(line)


def test_a_line_too_long_is_refused_unread() -> None:
    with pytest.raises(WireError, match="longer than"):
        parse_event(b" " * (LONGEST_LINE + 1))


def test_random_changes_are_refused_or_still_an_event() -> None:
    dice = random.Random(1)
    line = event_line(STEP)
    for _ in range(3000):
        changed = bytearray(line)
        for _ in range(dice.randrange(1, 4)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        try:
            parse_event(bytes(changed))
        except WireError:
            continue


def test_plain_values_name_the_event_first() -> None:
    plain = ev.plain(STEP)
    assert next(iter(plain.items())) == ("event", "StepFinished")
    assert plain["learning_rates"] == {"head": 1e-3}
