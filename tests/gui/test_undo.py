"""Undo over whole projects: gestures are one step, the future ends with a new edit."""

from __future__ import annotations

import pytest

from finetune_studio.project.project import Project
from finetune_studio.ui.undo import UndoStack, changed_fields


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def epochs(number: int) -> Project:
    project = Project()
    return project.edited(training=project.training.edited(epochs=number))


def test_a_dragged_value_is_one_step_back(clock: Clock) -> None:
    stack = UndoStack(clock)
    for number in range(2, 30):
        stack.push(epochs(number), epochs(number + 1))
        clock.now += 0.1
    assert stack.undo(epochs(30)) == epochs(2)
    assert not stack.can_undo


def test_slow_edits_of_one_field_are_steps_of_their_own(clock: Clock) -> None:
    stack = UndoStack(clock)
    stack.push(epochs(2), epochs(3))
    clock.now += 5
    stack.push(epochs(3), epochs(4))
    assert stack.undo(epochs(4)) == epochs(3)
    assert stack.undo(epochs(3)) == epochs(2)


def test_quick_edits_of_two_fields_are_two_steps(clock: Clock) -> None:
    stack = UndoStack(clock)
    renamed = epochs(3).edited(name="Numbers")
    stack.push(epochs(2), epochs(3))
    stack.push(epochs(3), renamed)
    assert stack.undo(renamed) == epochs(3)


def test_an_edit_after_undo_ends_the_future(clock: Clock) -> None:
    stack = UndoStack(clock)
    stack.push(epochs(2), epochs(3))
    stack.undo(epochs(3))
    stack.push(epochs(2), epochs(9))
    assert not stack.can_redo


def test_with_nothing_to_undo_everything_stays(clock: Clock) -> None:
    assert UndoStack(clock).undo(epochs(5)) == epochs(5)


def test_changes_are_named_down_to_the_hyperparameter() -> None:
    assert changed_fields(epochs(2), epochs(3).edited(name="n")) == {"name", "training.epochs"}
