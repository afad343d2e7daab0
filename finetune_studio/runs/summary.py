"""One run in a line: what lists and comparisons show."""

from __future__ import annotations

from finetune_studio.events.descriptions import Figures
from finetune_studio.events.finding import Finding
from finetune_studio.events.forgetting import Forgetting
from finetune_studio.events.history import RunState
from finetune_studio.events.savings import Savings
from finetune_studio.project.choices import Kept
from finetune_studio.project.value import Value


class RunSummary(Value):
    """One run in a line.

    Attributes:
        name: the run's folder name, ``2026-11-23-001``.
        folder: its path.
        best_epoch: the one that is kept.
        keep: which that is.
        figures: of the kept epoch on validation; ``None`` before the first epoch.
        resumable: whether `train --resume` can go on with it.
        seconds: of training so far.
        findings: of the watchdog that hold to the end, newest first.
        savings: what computing the frozen layers once gained; ``None`` when they were not.
        forgetting: of an earlier task; ``None`` where there is none.
    """

    name: str
    folder: str
    state: RunState
    started_at: float = 0.0
    model_title: str = ""
    epochs: int = 0
    planned_epochs: int = 0
    best_epoch: int = 0
    keep: Kept = Kept.BEST
    figures: Figures | None = None
    resumable: bool = False
    seconds: float = 0.0
    savings: Savings | None = None
    forgetting: Forgetting | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it has an epoch to evaluate, predict with and export."""
        return self.best_epoch > 0
