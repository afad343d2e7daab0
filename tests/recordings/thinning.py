"""Recordings made small: fewer steps, fewer digits, nothing that only mattered on the day."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from finetune_studio.events import events as ev
from finetune_studio.events.wire import parse_event

MOST_STEPS = 160
_LEFT_OUT = (ev.Progress, ev.CheckpointSaved, ev.FrozenPartComputed)
_DIGITS = 5


def thinned(events: Iterable[ev.Event]) -> list[dict[str, Any]]:
    """The events worth keeping, as JSON-ready values without what is as by default."""
    kept = [event for event in events if not isinstance(event, _LEFT_OUT)]
    steps = sum(isinstance(event, ev.StepFinished) for event in kept)
    every = max(1, -(-steps // MOST_STEPS))
    return [
        _plain(event)
        for event in kept
        if not isinstance(event, ev.StepFinished) or event.step % every == 0
    ]


def write(events: Iterable[ev.Event], file: Path) -> None:
    """Write a recording."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(event, separators=(",", ":")) for event in thinned(events))
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read(file: Path) -> tuple[ev.AnyEvent, ...]:
    """The events of a recording."""
    return tuple(parse_event(line) for line in file.read_text(encoding="utf-8").splitlines())


def _plain(event: ev.Event) -> dict[str, Any]:
    fields = event.model_dump(mode="json", exclude_defaults=True)
    for name in ("at", "memory", "samples_per_second", "seconds_left", "trials"):
        fields.pop(name, None)
    if isinstance(event, ev.RunStarted):
        fields["folder"] = "runs/recorded"
    return {"event": type(event).__name__, **_rounded(fields)}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value
