"""What is said on the curves: where an illness began, and where training was sent back to."""

from __future__ import annotations

from finetune_studio.events.finding import FindingKind
from finetune_studio.events.history import RunHistory
from finetune_studio.events.watchdog import current
from finetune_studio.ui.widgets.plot_remarks import Remark


def remarks(history: RunHistory, hidden: frozenset[FindingKind]) -> list[Remark]:
    """The remarks on a run's curves, from left to right."""
    found = [
        Remark(finding.step, finding.kind.words)
        for finding in current(history.findings)
        if finding.step and finding.kind not in hidden
    ]
    # Sent back to one epoch again, only the last time counts: the words would lie on each other.
    back = {
        went.step: Remark(
            went.step, f"back to epoch {went.epoch}, rate × {went.rate_factor:g}", "accent"
        )
        for went in history.went_back
    }
    return sorted([*found, *back.values()], key=lambda remark: remark.x)
