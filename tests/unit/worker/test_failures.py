from __future__ import annotations

import signal

import pytest

from finetune_studio.worker.failures import problem_from_exit


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (-signal.SIGKILL, "worker_killed"),
        (-signal.SIGSEGV, "worker_crashed"),
        (7, "worker_ended"),
        (0, "worker_ended"),
    ],
)
def test_every_way_to_die_has_a_cause_in_plain_words(code: int, expected: str) -> None:
    problem = problem_from_exit(code, "the end of the log")
    assert problem.code == expected
    assert problem.remedy
    assert problem.detail == "the end of the log"
