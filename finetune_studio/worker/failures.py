"""From the exit code of a worker to a problem a person understands."""

from __future__ import annotations

import signal

from finetune_studio.project.problems import Problem


def problem_from_exit(code: int, log: str) -> Problem:
    """What the end of a worker that said no last word means.

    Args:
        code: as `subprocess.Popen.returncode` has it, negative for a signal.
        log: the end of the worker's log, for ``detail``.
    """
    if code == -signal.SIGKILL:
        return Problem(
            what="The worker was ended from outside.",
            why="Most often the system does this when memory runs out.",
            remedy="Close other programs, choose a smaller batch size or model, then resume.",
            code="worker_killed",
            detail=log,
        )
    if code < 0:
        return Problem(
            what="The worker crashed.",
            why=f"It was ended by {_signal_name(-code)}, often a fault in a driver or a library.",
            remedy="Resume. If it happens again, choose the processor as the device.",
            code="worker_crashed",
            detail=log,
        )
    return Problem(
        what="The worker ended without finishing.",
        why=f"It left with exit code {code}.",
        remedy="Try again. The details hold the end of its log.",
        code="worker_ended",
        detail=log,
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
