"""Trouble, in the only form the user ever sees it: what happened, why, what to do."""

from __future__ import annotations

from enum import StrEnum

from finetune_studio.project.value import Value


class Severity(StrEnum):
    """How much a problem matters: an error stops the work, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Problem(Value):
    """Trouble shown to the user.

    Attributes:
        what: what happened, with the value in it.
        why: the cause, as far as it is known.
        remedy: what to do about it.
        where: the file, line, layer or field it is about; empty when it is about no one thing.
        severity: whether work can go on.
        code: a stable name of this kind of problem, for tests and for fixes.
        fix: the caption of a button that mends it (``DataChoice.leave_out`` gets the code).
        detail: what an engineer wants to see, one click away (a traceback, a list).
    """

    what: str
    why: str = ""
    remedy: str = ""
    where: str = ""
    severity: Severity = Severity.ERROR
    code: str = ""
    fix: str = ""
    detail: str = ""

    def text(self) -> str:
        """The three parts as one paragraph."""
        return " ".join(part for part in (self.what, self.why, self.remedy) if part)


class ProblemError(Exception):
    """The way a problem travels through code until somebody shows it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text())
        self.problem = problem

    @classmethod
    def of(
        cls, what: str, why: str = "", remedy: str = "", *, where: str = "", code: str = ""
    ) -> ProblemError:
        """An error from the three parts of a problem."""
        return cls(Problem(what=what, why=why, remedy=remedy, where=where, code=code))
