"""Where a run divided its network, kept for when it goes on.

What a place saves is timed, and times differ: a run that went on might divide its network elsewhere
than before, and its numbers would then differ in their last bits.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from finetune_studio.project.files import write_atomic
from finetune_studio.project.value import Value


class Decision(Value):
    """What was decided on the frozen layers of a phase.

    Attributes:
        first_epoch: of the phase.
        paths: module or parameter paths of what trains in it.
        place: where the network was divided; empty when it was not.
        reason: in words, why it was not.
    """

    first_epoch: int
    paths: tuple[str, ...]
    place: str = ""
    reason: str = ""


class _Kept(Value):
    decisions: tuple[Decision, ...] = Field(default=())


class Decisions:
    """A run's decisions, in a file of its folder."""

    def __init__(self, file: Path | None) -> None:
        """Nothing is read yet; without a file nothing is kept."""
        self._file = file

    def before(self, first_epoch: int, paths: frozenset[str]) -> Decision | None:
        """What was decided earlier."""
        for decision in self._kept().decisions:
            if (decision.first_epoch, frozenset(decision.paths)) == (first_epoch, paths):
                return decision
        return None

    def keep(self, decision: Decision) -> None:
        """Write a decision down.

        Raises:
            OSError: the disk is full or fails.
        """
        if self._file is not None:
            kept = _Kept(decisions=(*self._kept().decisions, decision))
            write_atomic(self._file, kept.model_dump_json(indent=2) + "\n")

    def _kept(self) -> _Kept:
        if self._file is None:
            return _Kept()
        try:
            return _Kept.model_validate_json(self._file.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return _Kept()
