"""The watchdog at the command line: what it says is told as it comes."""

from __future__ import annotations

from finetune_studio.events.events import Event, FindingMade, FindingResolved
from finetune_studio.events.finding import Finding
from finetune_studio.events.history import RunHistory
from finetune_studio.events.watchdog import changes


class Watching:
    """Follows a run.

    Attributes:
        run: what is known of it.
    """

    def __init__(self) -> None:
        self.run = RunHistory()

    def take(self, event: Event) -> tuple[FindingMade | FindingResolved, ...]:
        """What the watchdog has to say now that an event has happened."""
        before, self.run = self.run, self.run.after(event)
        if before.findings is self.run.findings:
            return ()
        new, gone = changes(before.findings, self.run.findings)
        return (
            *(FindingMade(finding=finding, at=event.at) for finding in new),
            *(FindingResolved(finding=finding, at=event.at) for finding in gone),
        )


def words(event: FindingMade | FindingResolved) -> str:
    """A line for a person."""
    finding = event.finding
    if isinstance(event, FindingResolved):
        return f"No longer: {finding.title}."
    return finding_line(finding)


def finding_line(finding: Finding) -> str:
    """A finding as one line."""
    return " ".join(part for part in (finding.what, finding.why, finding.remedy) if part)
