"""Collecting what is found while reading, and saying it: one problem a kind, however many."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice

from finetune_studio.engine.data.finding_kinds import KINDS, FindingKind
from finetune_studio.project.problems import Problem, Severity

_LISTED = 100
_LONGEST_LINE = 300
_AGREEING = {
    "are": ("is", "are"),
    "have": ("has", "have"),
    "move": ("moves", "move"),
    "lie": ("lies", "lie"),
    "hold": ("holds", "hold"),
    "name": ("names", "name"),
    "point": ("points", "point"),
    "come": ("comes", "come"),
    "stand": ("stands", "stand"),
    "their": ("its", "their"),
}


@dataclass
class _Tally:
    count: int = 0
    left_out: int = 0
    listed: list[str] = field(default_factory=list)
    first: str = ""
    first_note: str = ""


class Findings:
    """What was found, counted by kind; only the first hundred places of a kind are kept."""

    def __init__(self, leave_out: Collection[str] = ()) -> None:
        self._leave_out = frozenset(leave_out)
        self._tallies: dict[str, _Tally] = {}
        self._others: list[Problem] = []

    def leaves_out(self, code: str) -> bool:
        """Whether the user asked to leave out what is found of this kind."""
        return code in self._leave_out

    def add(
        self, code: str, where: str, note: str = "", *, count: int = 1, samples: int = 1
    ) -> None:
        """Count one finding.

        Args:
            code: the kind's, in ``finding_kinds``.
            where: file or line.
            note: what is particular about this one.
            count: how many things it stands for.
            samples: how many samples leaving it out would cost.
        """
        tally = self._tallies.setdefault(code, _Tally())
        if not tally.count:
            tally.first, tally.first_note = where[:_LONGEST_LINE], note[:_LONGEST_LINE]
        tally.count += count
        tally.left_out += samples
        if len(tally.listed) < _LISTED:
            tally.listed.append((f"{where}: {note}" if note else where)[:_LONGEST_LINE])

    def add_many(self, code: str, count: int, places: Iterable[tuple[str, str]]) -> None:
        """Count many findings of a kind; only the first (where, note) are asked for."""
        listed = list(islice(places, _LISTED))
        for where, note in listed:
            self.add(code, where, note)
        if count > len(listed):
            self.add(code, "", count=count - len(listed), samples=count - len(listed))

    def take_over(self, other: Findings) -> None:
        """Add what others found, of kinds that were not met here yet."""
        self._tallies |= other._tallies
        self._others += other._others

    def add_problem(self, problem: Problem) -> None:
        """Add a problem that is about the data as a whole."""
        self._others.append(problem)

    def count(self, code: str) -> int:
        """How many things of a kind were found."""
        tally = self._tallies.get(code)
        return tally.count if tally else 0

    def problems(self) -> tuple[Problem, ...]:
        """Everything found, errors first, then warnings, then notes."""
        found = [self._problem(KINDS[code], tally) for code, tally in self._tallies.items()]
        return in_order([*self._others, *found])

    def _problem(self, kind: FindingKind, tally: _Tally) -> Problem:
        left_out = kind.fixable and self.leaves_out(kind.code)
        sentence = _filled(kind.fixed if left_out else kind.what, kind.noun, tally.count)
        return Problem(
            what=_with_first(sentence, tally),
            why="" if left_out else kind.why,
            remedy="" if left_out else kind.remedy,
            where=tally.first,
            severity=Severity.NOTE if left_out else kind.severity,
            code=kind.code,
            fix=_caption(tally.left_out) if kind.fixable and not left_out else "",
            detail=_detail(tally),
        )


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Errors first, then warnings, then notes."""
    order = list(Severity)
    return tuple(sorted(problems, key=lambda problem: order.index(problem.severity)))


def counted(count: int, noun: tuple[str, str]) -> str:
    """``1 row`` or ``1,200 rows``."""
    return f"{count:,} {noun[0] if count == 1 else noun[1]}"


def _filled(sentence: str, noun: tuple[str, str], count: int) -> str:
    forms = {name: pair[0] if count == 1 else pair[1] for name, pair in _AGREEING.items()}
    return sentence.format(things=counted(count, noun), **forms)


def _with_first(sentence: str, tally: _Tally) -> str:
    if not tally.first:
        return sentence
    lead = tally.first if tally.count == 1 else f"first: {tally.first}"
    note = f", {tally.first_note}" if tally.first_note else ""
    return f"{sentence[:-1]} ({lead}{note})."


def _caption(samples: int) -> str:
    return f"Leave out {counted(samples, ('sample', 'samples'))}"


def _detail(tally: _Tally) -> str:
    rest = tally.count - len(tally.listed)
    lines = [*tally.listed, f"and {rest:,} more"] if rest > 0 else tally.listed
    return "\n".join(lines) if tally.count > 1 else ""
