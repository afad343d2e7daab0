"""A worker that trains nothing but tells of a step as often as it is asked to.

    python tests/benchmarks/live/flood_worker.py EVENTS_A_SECOND SECONDS

It answers the first job it is given, writes every event into the run's file and sends every one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from finetune_studio.events import events as ev
from finetune_studio.events.commands import Run
from finetune_studio.events.descriptions import Figures
from finetune_studio.events.wire import event_line, parse_command
from finetune_studio.runs.event_log import EventLog

RUN = "2026-11-23-001"
_TICK_S = 0.01
_FIGURES = Figures(loss=0.5, accuracy=0.8, macro_f1=0.8, weighted_f1=0.8)


def main() -> None:
    """Wait for a job, flood, and say that it is done."""
    rate, seconds = int(sys.argv[1]), float(sys.argv[2])
    job = parse_command(sys.stdin.buffer.readline())
    assert isinstance(job, Run)
    folder = Path(job.arguments["folder"]) / "runs" / RUN
    with EventLog(folder / "events.jsonl") as log, FileIO(1, "wb") as pipe:
        pipe.write(event_line(ev.JobStarted(job=job.job)))
        _flood(log, pipe, str(folder), rate, seconds)
        pipe.write(event_line(ev.JobFinished(job=job.job)))


def _flood(log: EventLog, pipe: FileIO, folder: str, rate: int, seconds: float) -> None:
    total = round(rate * seconds)
    _tell(log, pipe, [ev.RunStarted(run=RUN, folder=folder, epochs=1)])
    _tell(log, pipe, [ev.EpochStarted(epoch=1, steps=total)])
    started = time.monotonic()
    told = 0
    while told < total:
        due = min(total, round((time.monotonic() - started) * rate))
        _tell(log, pipe, [_step(number, total) for number in range(told + 1, due + 1)])
        told = due
        time.sleep(_TICK_S)
    end = ev.RunFinished(run=RUN, best_epoch=1, figures=_FIGURES, epochs=1, seconds=seconds)
    _tell(log, pipe, [_epoch(total, seconds), end])


def _tell(log: EventLog, pipe: FileIO, events: Sequence[ev.Event]) -> None:
    events = [event.edited(at=time.time()) for event in events]
    for event in events:
        log.append(event)
    log.flush()
    pipe.write(b"".join(event_line(event) for event in events))


def _step(number: int, total: int) -> ev.StepFinished:
    return ev.StepFinished(
        step=number,
        epoch=1,
        loss=2.0 / (1 + number / 1000) + (number * 7919 % 101) / 1000,
        accuracy=0.5 + 0.4 * number / total,
        learning_rates={"head": 1e-3 * (1 - number / total), "backbone": 1e-4},
        gradient_norm=1.0,
        samples_per_second=160_000.0 + number % 97,
        memory=500_000_000,
        seconds_left=(total - number) / 5000,
    )


def _epoch(step: int, seconds: float) -> ev.EpochFinished:
    return ev.EpochFinished(
        epoch=1,
        step=step,
        train_loss=0.5,
        train_accuracy=0.8,
        val_loss=0.5,
        val_accuracy=0.8,
        val_macro_f1=0.8,
        learning_rates={"head": 0.0},
        seconds=seconds,
        best=True,
    )


if __name__ == "__main__":
    main()
