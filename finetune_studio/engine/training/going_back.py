"""Going back: a run takes up its best epoch again, and goes on with steps half as large.

The best epoch's checkpoint becomes the newest one; what came after it is trained again. So the
smaller rate is on disk before the first step is made with it, and going on from there, now or
after a crash, is going on from a checkpoint as always.
"""

from __future__ import annotations

from pathlib import Path

from finetune_studio.engine.training import checkpoint
from finetune_studio.engine.training.checkpoint import TrainerState
from finetune_studio.events.events import WentBack
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import prune, saved_epochs
from finetune_studio.runs.folder import RunFolder, run_folders, summarize

_SMALLER = 0.5


def go_back(run: RunFolder) -> tuple[TrainerState, WentBack]:
    """Make the best epoch the one to go on from, every rate halved.

    Returns:
        the state to go on from, and what to tell of it.

    Raises:
        ProblemError: no epoch is saved, the best one is damaged, or the disk is full.
    """
    newest, _ = checkpoint.newest_state(run)
    if newest is None:
        raise _nothing(run.path)
    factor = newest.plateau.factor * _SMALLER
    best = checkpoint.sound_state(run, newest.best_epoch)
    state = best.edited(plateau=best.plateau.edited(factor=factor))
    checkpoint.restate(run, state)
    kept = {epoch for epoch in saved_epochs(run.checkpoints) if epoch <= state.epoch}
    prune(run.checkpoints, kept)
    went = WentBack(epoch=state.epoch, step=state.step, left=newest.epoch, rate_factor=factor)
    return state, went


def run_to_go_back(folder: Path, name: str) -> RunFolder:
    """The run that goes on from its best epoch: the one of that name, or the newest that can.

    Raises:
        ProblemError: there is none.
    """
    for candidate in run_folders(folder):
        if name in ("", candidate.name):
            summary = summarize(candidate)
            if not summary.state.busy and 0 < summary.best_epoch < summary.planned_epochs:
                return RunFolder(candidate)
    raise _nothing(folder)


def _nothing(where: Path) -> ProblemError:
    return ProblemError.of(
        "There is no epoch to go back to.",
        "No epoch was finished yet, or the one that is kept is the last that was planned.",
        "Start a new run with half the learning rate.",
        where=str(where),
        code="nothing_to_go_back_to",
    )
