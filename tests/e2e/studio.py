"""What a command answered, and the kinds of fixture that run one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its stdout as JSON lines; fails when anything else is there."""
        return [json.loads(line) for line in self.out.splitlines()]

    def only(self, name: str) -> dict[str, Any]:
        """The one event of a name."""
        found = [event for event in self.events if event["event"] == name]
        assert len(found) == 1, f"{len(found)} events called {name}\n{self.err}"
        return found[0]


Studio = Callable[..., Said]
Receiver = Callable[..., str]
