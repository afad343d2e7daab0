"""Undo and redo over whole project values: nothing to invert, nothing to forget."""

from __future__ import annotations

import time
from collections.abc import Callable

from finetune_studio.project.project import Project

_MOST = 200
_ONE_GESTURE_S = 0.8


class UndoStack:
    """The projects before and after the one in force.

    Edits of the same fields in quick succession (a dragged slider, a held arrow key) are one
    step back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._past: list[Project] = []
        self._future: list[Project] = []
        self._gesture: frozenset[str] = frozenset()
        self._last_edit = float("-inf")

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to go back to."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether anything was undone and not overwritten since."""
        return bool(self._future)

    def push(self, before: Project, after: Project) -> None:
        """Remember that one project took another's place."""
        now = self._clock()
        fields = changed_fields(before, after)
        same_gesture = fields == self._gesture and now - self._last_edit < _ONE_GESTURE_S
        if not (same_gesture and self._past):
            self._past.append(before)
            del self._past[:-_MOST]
        self._future.clear()
        self._gesture, self._last_edit = fields, now

    def undo(self, current: Project) -> Project:
        """The project before; the same one when there is none."""
        return self._step(self._past, self._future, current)

    def redo(self, current: Project) -> Project:
        """The project that was undone last; the same one when there is none."""
        return self._step(self._future, self._past, current)

    def _step(self, source: list[Project], target: list[Project], current: Project) -> Project:
        if not source:
            return current
        target.append(current)
        self._gesture = frozenset()
        return source.pop()


def changed_fields(before: Project, after: Project) -> frozenset[str]:
    """The names of what differs, hyperparameters one by one: ``training.epochs``, ``freeze``."""
    names = {
        name
        for name in type(before).model_fields
        if name != "training" and getattr(before, name) != getattr(after, name)
    }
    one, other = before.training, after.training
    names |= {
        f"training.{name}"
        for name in type(one).model_fields
        if getattr(one, name) != getattr(other, name)
    }
    return frozenset(names)
