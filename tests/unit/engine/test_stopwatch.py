from __future__ import annotations

import time

import psutil
import pytest

from finetune_studio.engine.compute import choose
from finetune_studio.engine.stopwatch import Step, Stopwatch
from finetune_studio.project.choices import Device

ONE_THREAD = choose(Device.CPU, threads=1)


class Machine:
    """Clocks that a test moves: on the wall, of this process, and of all processes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = self.own = self.others = 0.0
        monkeypatch.setattr(time, "perf_counter", lambda: self.wall)
        monkeypatch.setattr(time, "process_time", lambda: self.own)
        kind = type("Times", (), {})

        def times() -> object:
            found = kind()
            found.user, found.system = self.own + self.others, 0.0  # type: ignore[attr-defined]
            return found

        monkeypatch.setattr(psutil, "cpu_times", times)

    def step(self, *, wall: float, own: float, others: float = 0.0) -> Step:
        watch = Stopwatch(ONE_THREAD)
        self.wall, self.own, self.others = wall, own, others
        return watch.step()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_undisturbed_a_step_takes_what_the_clock_says(machine: Machine) -> None:
    assert machine.step(wall=2.0, own=1.5) == Step(2.0, disturbed=False, wall=2.0)


def test_a_little_of_other_programs_is_no_disturbance(machine: Machine) -> None:
    assert not machine.step(wall=2.0, own=2.0, others=0.3).disturbed


def test_a_disturbed_step_is_judged_by_its_own_time(machine: Machine) -> None:
    assert machine.step(wall=5.0, own=2.0, others=4.0) == Step(2.0, disturbed=True, wall=5.0)
