from __future__ import annotations

import errno
import signal

import pytest

from finetune_studio.project.problems import ProblemError
from finetune_studio.worker.failures import problem_from_exception, problem_from_exit


def test_a_problem_is_passed_on_with_its_own_words() -> None:
    error = ProblemError.of(
        "The CSV has no label column.", "It has 2 columns.", "Choose one.", code="x"
    )
    problem = problem_from_exception(error)
    assert (problem.what, problem.code) == ("The CSV has no label column.", "x")
    assert "ProblemError" in problem.detail


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_memory_that_ran_out_is_named_with_what_to_do(error: Exception) -> None:
    problem = problem_from_exception(error)
    assert problem.code == "out_of_memory"
    assert "batch size" in problem.remedy


def test_a_full_disk_is_named_with_its_file() -> None:
    problem = problem_from_exception(OSError(errno.ENOSPC, "No space left on device", "/data/run"))
    assert problem.what == "The disk is full."
    assert problem.where == "/data/run"


def test_a_fault_keeps_its_traceback_for_the_report_but_not_for_the_sentence() -> None:
    problem = problem_from_exception(ZeroDivisionError("division by zero"))
    assert "Traceback" not in problem.text()
    assert "ZeroDivisionError" in problem.detail


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
