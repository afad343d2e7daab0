"""The watchdog: what a run's curves say in plain words, with one remedy each.

It only speaks. Every illness is judged at the end of each epoch, and too large steps within one;
what no longer holds is kept as resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from finetune_studio.events.finding import Finding, FindingKind
from finetune_studio.events.illnesses import fitting, learning, measuring

if TYPE_CHECKING:
    from finetune_studio.events.history import RunHistory

Findings = tuple[Finding, ...]

_ILLNESSES: tuple[Callable[[RunHistory], Finding | None], ...] = (
    learning.diverged,
    learning.rate_too_high,
    learning.not_learning,
    fitting.overfitting,
    fitting.plateau,
    measuring.label_never_predicted,
    measuring.validation_too_small,
)
# What explains another illness takes its place.
_EXPLAINED_BY = {
    FindingKind.RATE_TOO_HIGH: (FindingKind.DIVERGED,),
    FindingKind.NOT_LEARNING: (FindingKind.RATE_TOO_HIGH,),
    FindingKind.OVERFITTING: (FindingKind.RATE_TOO_HIGH,),
    FindingKind.PLATEAU: (
        FindingKind.RATE_TOO_HIGH,
        FindingKind.NOT_LEARNING,
        FindingKind.OVERFITTING,
    ),
    FindingKind.LABEL_NEVER_PREDICTED: (FindingKind.RATE_TOO_HIGH, FindingKind.NOT_LEARNING),
}


def found_now(history: RunHistory) -> Findings:
    """What is wrong with a run as it stands, the gravest first."""
    found: dict[FindingKind, Finding] = {}
    for illness in _ILLNESSES:
        finding = illness(history)
        if finding is not None and not any(
            other in found for other in _EXPLAINED_BY.get(finding.kind, ())
        ):
            found[finding.kind] = finding
    return tuple(found.values())


def findings_after(history: RunHistory) -> Findings:
    """What was found before and is found now, newest first.

    What has gone is marked resolved; what something graver explains by now is dropped.
    """
    now = {finding.kind: finding for finding in found_now(history)}
    explained = {kind for kind, causes in _EXPLAINED_BY.items() if now.keys() & set(causes)}
    kept: list[Finding] = []
    for old in history.findings:
        if old.kind in explained:
            continue
        new = now.pop(old.kind, None)
        if new is not None and not old.resolved:
            kept.append(_since_before(old, new))
        elif new is not None:
            now[old.kind] = new
        else:
            kept.append(old if old.resolved else old.edited(resolved=max(1, history.epoch)))
    fresh = [finding.edited(noticed=max(1, history.epoch)) for finding in now.values()]
    return (*fresh, *kept)


def findings_within_epoch(history: RunHistory) -> Findings:
    """What was found before, and large steps if these are new; all else waits for the epoch's end.

    Steps come by the thousand, so this looks at the last of them and at nothing else.
    """
    known = {finding.kind for finding in current(history.findings)}
    if FindingKind.RATE_TOO_HIGH in known:
        return history.findings
    found = learning.overshooting(history)
    if found is None:
        return history.findings
    others = (finding for finding in history.findings if finding.kind is not found.kind)
    return (found.edited(noticed=max(1, history.epoch)), *others)


def current(findings: Iterable[Finding]) -> Findings:
    """Those that still hold."""
    return tuple(finding for finding in findings if not finding.resolved)


def changes(before: Findings, after: Findings) -> tuple[Findings, Findings]:
    """What is new, and what has been resolved, between two states of a run."""
    had = {finding.kind for finding in current(before)}
    has = {finding.kind for finding in current(after)}
    new = tuple(finding for finding in current(after) if finding.kind not in had)
    gone = tuple(f for f in after if f.resolved and f.kind in had and f.kind not in has)
    return new, gone


def _since_before(old: Finding, new: Finding) -> Finding:
    """The new words; since when stays as it was first told."""
    words = new.what if new.epoch == old.epoch else old.what
    since = {"epoch": old.epoch, "step": old.step, "noticed": old.noticed}
    if new.edited(**since, what=words) == old:
        return old
    return new.edited(**since, what=words)
