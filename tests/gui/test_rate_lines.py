from __future__ import annotations

from typing import Any

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.history import RunHistory, replay
from finetune_studio.events.step_curve import StepCurve
from finetune_studio.ui.pages.training.machine_view import MachineView
from finetune_studio.ui.pages.training.rate_lines import between_words, in_words, rate_lines
from tests.gui import made_up

BLOCKS = tuple(f"Layer {number}" for number in range(1, 13))


def factors(**changed: float) -> dict[str, float]:
    found = {name: 2.6 ** (number - 11) for number, name in enumerate(BLOCKS)}
    return {**found, "head": 1.0, **changed}


def told(groups: dict[str, float], first: int = 1, count: int = 8) -> list[ev.StepFinished]:
    """Steps whose rate falls to nothing."""
    return [
        ev.StepFinished(
            step=step,
            epoch=1,
            loss=1.0,
            accuracy=0.5,
            learning_rates={
                name: 1e-3 * factor * (1 - step / 8) for name, factor in groups.items()
            },
        )
        for step in range(first, first + count)
    ]


def curve(groups: dict[str, float]) -> StepCurve:
    found = StepCurve()
    for step in told(groups):
        found.append(step)
    return found


@pytest.mark.parametrize("groups", [{}, {"head": 1.0}, {"backbone": 1.0, "head": 1.0}])
def test_equal_rates_are_one_line(groups: dict[str, float]) -> None:
    (line,) = rate_lines(curve(groups), 8)
    assert (line.name, line.group) == ("Learning rate", "")
    assert in_words((line,)) == between_words((line,)) == ""


def test_a_few_groups_are_all_named_from_the_head_down() -> None:
    lines = rate_lines(curve({"backbone": 1.0, "head": 10.0}), 8)
    assert [line.name for line in lines] == ["Head", "Backbone"]
    assert all(line.named for line in lines)
    assert len({line.color_index for line in lines}) == 2


def test_of_many_groups_the_head_the_highest_and_the_lowest_are_named() -> None:
    lines = rate_lines(curve(factors(head=0.5)), 8)
    assert len(lines) == 13
    named = {line.name for line in lines if line.named}
    assert named == {"Head", "Layer 12", "Layer 1"}
    assert between_words(lines) == "10 between"
    assert "Layer 5" in in_words(lines)


def test_a_head_that_is_the_highest_is_named_once() -> None:
    lines = rate_lines(curve(factors()), 8)
    assert [line.name for line in lines if line.named] == ["Head", "Layer 1"]


def shown(view: MachineView, history: RunHistory) -> dict[str, int]:
    view.show_history(history)
    return {name: len(one.curve) for name, one in view.rate.canvas.drawn.items()}


def test_lines_are_added_as_layers_wake_and_begin_where_they_do(qtbot: Any) -> None:
    view = MachineView()
    qtbot.addWidget(view)
    view.show()
    begun = ev.RunStarted(run="r", folder="/r", epochs=2)
    history = replay([begun, *told({"head": 1.0}, count=4)])
    assert shown(view, history) == {"Learning rate": 4}
    for event in told(factors(), first=5, count=4):
        history = history.after(event)
    drawn = shown(view, history)
    assert drawn["Head"] == 8
    assert {drawn[name] for name in BLOCKS} == {4}
    assert list(view.rate.legend.values) == ["Head", "Layer 1", "11 between"]
    assert "Layer 7" in view.rate.legend.toolTip()
    for event in told(factors(), first=9, count=2):
        history = history.after(event)
    assert shown(view, history)["Layer 3"] == 6


def test_recorded_runs_from_before_are_drawn_as_one_line(qtbot: Any) -> None:
    view = MachineView()
    qtbot.addWidget(view)
    view.show()
    assert shown(view, replay(made_up.recording(2, end="open"))) == {"Learning rate": 38}
    other = replay([ev.RunStarted(run="s", folder="/s", epochs=2), *told({"a": 1.0, "head": 3.0})])
    assert shown(view, other) == {"Head": 8, "a": 8}
    assert view.rate.table()[0][0] == "Step"
