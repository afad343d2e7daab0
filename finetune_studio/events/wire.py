"""Events and commands as one JSON line each: the only thing that crosses between processes."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from finetune_studio.events.commands import AnyCommand
from finetune_studio.events.events import AnyEvent, Event

LONGEST_LINE = 1 << 20

_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


class WireError(ValueError):
    """A line that is not a message of ours."""


def event_line(event: Event) -> bytes:
    """One event as a line of JSON."""
    return event.model_dump_json().encode("utf-8") + b"\n"


def parse_event(line: bytes | str) -> AnyEvent:
    """The event a line says.

    Raises:
        WireError: it is too long, no JSON, or no event we know.
    """
    if len(line) > LONGEST_LINE:
        raise WireError(f"a line of {len(line)} bytes is longer than {LONGEST_LINE}")
    try:
        return _EVENT.validate_json(line)
    except ValidationError as error:
        raise WireError(str(error)) from error


def command_line(command: AnyCommand) -> bytes:
    """One command as a line of JSON."""
    return command.model_dump_json().encode("utf-8") + b"\n"


def parse_command(line: bytes | str) -> AnyCommand:
    """The command a line says.

    Raises:
        WireError: it is too long, no JSON, or no command we know.
    """
    if len(line) > LONGEST_LINE:
        raise WireError(f"a line of {len(line)} bytes is longer than {LONGEST_LINE}")
    try:
        return _COMMAND.validate_json(line)
    except ValidationError as error:
        raise WireError(str(error)) from error
