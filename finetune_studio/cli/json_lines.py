"""Events as JSON lines on stdout, and nothing else there."""

from __future__ import annotations

import json
import sys
from typing import Any

from finetune_studio.cli.watching import Watching
from finetune_studio.events.events import Event, plain


class JsonLines:
    """Prints every event as one line of JSON, and what the watchdog says of it after it."""

    def __init__(self) -> None:
        self._watching = Watching()

    def event(self, event: Event) -> None:
        """Print one event."""
        write_json(plain(event))
        for told in self._watching.take(event):
            write_json(plain(told))

    def close(self) -> None:
        """Nothing to tidy up."""


def write_json(value: Any) -> None:
    """Print one JSON value on a line of its own, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
