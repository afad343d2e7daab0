"""Fewer steps than were told, for those who watch; the run's file has all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from finetune_studio.events.events import AnyEvent, StepFinished

MOST_STEPS_A_SECOND = 100


def thinned(events: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
    """The events of a job as they come, without steps that follow each other too fast to be seen.

    The last step before any other event is always kept. Steps without a time are kept.
    """
    held: StepFinished | None = None
    kept_at = 0.0
    for event in events:
        if not isinstance(event, StepFinished):
            if held is not None:
                yield held
        elif event.at and 0 <= event.at - kept_at < 1 / MOST_STEPS_A_SECOND:
            held = event
            continue
        else:
            kept_at = event.at
        held = None
        yield event
    if held is not None:
        yield held
