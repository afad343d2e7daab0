"""Where a run stands, in a word."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    NONE = "none"
    PREPARING = "preparing"
    TRAINING = "training"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def busy(self) -> bool:
        """Whether a worker is at it."""
        return self in (RunState.PREPARING, RunState.TRAINING, RunState.PAUSED)
