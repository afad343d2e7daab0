"""Timing some ways against one another, as far as a budget goes.

Every way is warmed up and timed once, the most promising first, until the budget is spent; those
near the fastest are then timed in turns, so that whatever disturbs the machine disturbs all alike.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from finetune_studio.engine.memory import release_cached
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.engine.stopwatch import Step
from finetune_studio.engine.trials.bench import Bench
from finetune_studio.engine.trials.budget import Budget
from finetune_studio.engine.trials.ways import Way
from finetune_studio.events.descriptions import Trial
from finetune_studio.events.events import Progress
from finetune_studio.project.choices import Precision
from finetune_studio.project.faults import is_out_of_memory

NOT_TIMED, DIFFERS, NO_MEMORY = "not timed: the run is short", "its loss differs", "out of memory"
DISTURBED = "other programs were busy meanwhile"
# Mean difference of a sample's loss from that in float32, in nats or as a share of it.
TOLERANCES = {Precision.FP32: 1e-3, Precision.FP16: 0.01, Precision.BF16: 0.05}
_ROUNDS = 3
_NEAR = 1.3
_SAME = 1.05  # what timings of the same thing differ by
_COST = 2.5  # steps that a way takes which nothing is known of
_HOPELESS = 3.0
_PHASE = "Timing ways to compute"


class Timing:
    """What is known of some ways, and finding out more.

    Attributes:
        known: trials by what they tried.
        compile_seconds: it took to compile the model; 0 when that was not tried.
    """

    def __init__(
        self,
        bench: Bench,
        budget: Budget,
        known: dict[Way, Trial],
        emit: Emit,
        stop_requested: StopRequested,
    ) -> None:
        self.known = dict(known)
        self.compile_seconds = 0.0
        self._timed: set[Way] = set()
        self._bench = bench
        self._budget = budget
        self._emit = emit
        self._stop_requested = stop_requested
        if quickest := self._quickest(tuple(known)):
            budget.timed(quickest)

    @property
    def learned(self) -> bool:
        """Whether anything was timed here."""
        return bool(self._timed)

    def compare(self, ways: Sequence[Way]) -> Way | None:
        """Time those of some ways that nothing is known of; the best of all, if any is known."""
        missing = [way for way in ways if way not in self.known]
        best = self.best(ways)
        if missing:
            # What was timed on another day is timed again, beside what it is compared with.
            old = best is not None and best not in self._timed
            tried = self._time([best, *missing] if best and old else missing)
            self._take_turns([best, *tried] if best and not old else tried)
        return self.best(ways)

    def best(self, ways: Sequence[Way]) -> Way | None:
        """The fastest of some ways; of equally fast ones the most exact, then the first."""
        near = self._near(ways, _SAME)
        return min(near, key=lambda way: way.precision is not Precision.FP32, default=None)

    def try_compiled(self, plain: Way, compiled: Way, guess: float) -> Way:
        """The better of a way and of the same one compiled, which has to repay compiling.

        ``guess`` is how many seconds compiling may take, as long as nobody has tried.
        """
        if compiled not in self.known and self._budget.allows(2 * _COST, guess):
            self._tell(0, 1)
            started = time.perf_counter()
            self._try(compiled)
            self.compile_seconds = time.perf_counter() - started
            self._take_turns([plain, compiled])
        saved = self._budget.saved(self._seconds(plain), self._seconds(compiled))
        return compiled if saved > max(guess, self.compile_seconds) else plain

    def _time(self, ways: Sequence[Way]) -> list[Way]:
        """Try ways one after another; those there was time for."""
        tried: list[Way] = []
        for number, way in enumerate(ways):
            if not (self._budget.allows(_COST) if self._budget.quickest else self._budget.opens):
                break
            self._tell(number, len(ways))
            self._try(way)
            tried.append(way)
        return tried

    def _take_turns(self, ways: Sequence[Way]) -> None:
        for _ in range(_ROUNDS):
            near = self._contenders(ways)
            if len(near) < 2 or not self._budget.allows(_NEAR * len(near)):
                return
            for way in near:
                self._take(way, self._step(way))

    def _try(self, way: Way) -> None:
        """Warm up and time a way; note what it says and takes, or why it does neither."""
        self._timed.add(way)
        try:
            step = self._step(way)
            if not self._budget.quickest:
                self._budget.begin()
            loss, agrees = self._agreement(way)
            if not agrees:
                self.known[way] = way.trial(loss=loss, note=DIFFERS)
                return
            slow = step.seconds > _HOPELESS * (self._budget.quickest or step.seconds)
            if way.compiled or not slow:  # the first step of a compiled model compiles it
                step = self._step(way)
            self.known[way] = _noted(way.trial(loss=loss), step)
            self._budget.timed(step.seconds)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self.known[way] = way.trial(note=NO_MEMORY)
        release_cached(self._bench.compute.device)

    def _step(self, way: Way) -> Step:
        check(self._stop_requested)
        return self._bench.step(way)

    def _agreement(self, way: Way) -> tuple[float, bool]:
        """The loss in a way, and whether it is that of float32."""
        exact, found = self._bench.exact_losses(), self._bench.losses(way)
        allowed = TOLERANCES[way.precision] * max(1.0, float(exact.mean()))
        return float(found.mean()), float((found - exact).abs().mean()) <= allowed

    def _take(self, way: Way, step: Step) -> None:
        """Keep a timing that is better: undisturbed, or else shorter."""
        known = self.known[way]
        better = step.seconds < self._seconds(way)
        if known.note == DISTURBED and not step.disturbed:
            better = True
        elif known.note != DISTURBED and step.disturbed:
            better = False
        if better:
            self.known[way] = _noted(known, step)
            self._budget.timed(step.seconds)

    def _near(self, ways: Sequence[Way], factor: float) -> list[Way]:
        most = self._quickest(ways) * factor
        return [way for way in ways if self._seconds(way) <= most]

    def _contenders(self, ways: Sequence[Way]) -> list[Way]:
        """Ways that may be the fastest; of one that was disturbed much less is known."""
        unsure = set(self._near(ways, _HOPELESS)) - set(self._undisturbed(ways))
        near = unsure.union(self._near(ways, _NEAR))
        return [way for way in ways if way in near]

    def _undisturbed(self, ways: Sequence[Way]) -> list[Way]:
        return [way for way in ways if (t := self.known.get(way)) and t.note != DISTURBED]

    def _seconds(self, way: Way) -> float:
        trial = self.known.get(way)
        return trial.seconds if trial and trial.seconds is not None else float("inf")

    def _quickest(self, ways: Sequence[Way]) -> float:
        """Seconds of the fastest of some ways; 0 when none was timed."""
        quickest = min(map(self._seconds, ways), default=float("inf"))
        return quickest if quickest < float("inf") else 0.0

    def _tell(self, done: int, total: int) -> None:
        self._emit(Progress(phase=_PHASE, done=done, total=total, unit="ways"))


def _noted(trial: Trial, step: Step) -> Trial:
    return trial.edited(seconds=step.seconds, note=DISTURBED if step.disturbed else "")
