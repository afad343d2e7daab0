"""Exit codes, and how trouble is said on stderr."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from finetune_studio.project.problems import Problem

FAILED = 1
BAD_INPUT = 2

# Trouble the user could not have avoided by asking differently. Everything else is bad input.
_FAILURES = frozenset(
    {
        "cannot_write",
        "checkpoint_not_saved",
        "disk_full",
        "export_disagrees",
        "fault",
        "file_access",
        "loss_not_finite",
        "offline",
        "out_of_memory",
        "report_not_saved",
        "run_folder",
        "server_trouble",
        "worker_crashed",
        "worker_ended",
        "worker_killed",
        "wrong_hash",
    }
)


def tell(problem: Problem) -> int:
    """Say a problem on stderr. Returns the exit code it means."""
    console = Console(stderr=True, highlight=False)
    console.print(Text(problem.what, style="bold"), soft_wrap=True)
    for part in (problem.why, problem.remedy):
        if part:
            console.print(Text(part), soft_wrap=True)
    if problem.code in _FAILURES:
        if problem.detail:
            console.print(Text(problem.detail, style="dim"), soft_wrap=True)
        return FAILED
    return BAD_INPUT
