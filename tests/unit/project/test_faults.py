from __future__ import annotations

import errno

import pytest

from finetune_studio.project.faults import (
    as_os_error,
    is_out_of_memory,
    problem_from_exception,
)
from finetune_studio.project.problems import ProblemError


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


def test_what_the_system_refused_is_understood_where_a_library_tells_it_in_words() -> None:
    """As safetensors and tokenizers do, which are written in Rust."""
    words = "Error while serializing: I/O error: No space left on device (os error 28)"
    assert problem_from_exception(Exception(words)).what == "The disk is full."
    assert as_os_error(ValueError("the os error was 28 times larger")) is None


def test_a_fault_keeps_its_traceback_for_the_report_but_not_for_the_sentence() -> None:
    problem = problem_from_exception(ZeroDivisionError("division by zero"))
    assert "Traceback" not in problem.text()
    assert "ZeroDivisionError" in problem.detail


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_each_way_of_saying_that_memory_ran_out_is_understood(error: Exception) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("out of memory"),
        RuntimeError("CUDA error: device-side assert triggered"),
    ],
)
def test_other_trouble_is_not_taken_for_it(error: Exception) -> None:
    assert not is_out_of_memory(error)
