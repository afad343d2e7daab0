"""From an exception to a problem a person understands; the same wherever it is caught."""

from __future__ import annotations

import errno
import os
import re
import traceback

from finetune_studio.project.problems import Problem, ProblemError

# What libraries say. torch.OutOfMemoryError, a RuntimeError, says it too.
_SYSTEM_ERROR = re.compile(r"\bos error (\d+)\b")
_MEMORY_WORDS = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "alloc_cpu",
    "defaultcpuallocator",
    "cudnn_status_alloc_failed",
    "cublas_status_alloc_failed",
)


def problem_from_exception(error: BaseException) -> Problem:
    """What an exception means to the user; the traceback goes into ``detail``."""
    detail = "".join(traceback.format_exception(error))
    if isinstance(error, ProblemError):
        return error.problem.edited(detail=error.problem.detail or detail)
    if is_out_of_memory(error):
        return _out_of_memory(detail)
    if (system_error := as_os_error(error)) is not None:
        return _from_os_error(system_error, detail)
    return Problem(
        what="The work stopped because of a fault in the program.",
        why=f"{type(error).__name__}: {error}".strip(": ")[:500],
        remedy="Try again. If it happens again, send the details with a bug report.",
        code="fault",
        detail=detail,
    )


def as_os_error(error: BaseException) -> OSError | None:
    """What the operating system refused, where that is what an exception means.

    Libraries written in Rust (safetensors, tokenizers) tell its number in words only.
    """
    if isinstance(error, OSError):
        return error
    told = _SYSTEM_ERROR.search(str(error))
    return OSError(int(told[1]), os.strerror(int(told[1]))) if told else None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on a GPU or in the computer."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(w in str(error).lower() for w in _MEMORY_WORDS)


def _out_of_memory(detail: str) -> Problem:
    return Problem(
        what="Memory ran out.",
        why="The batch, the model and what training keeps of them do not fit together.",
        remedy="Choose a smaller batch size, freeze more layers, or take a smaller model.",
        code="out_of_memory",
        detail=detail,
    )


def _from_os_error(error: OSError, detail: str) -> Problem:
    place = str(error.filename or "")
    if error.errno == errno.ENOSPC:
        what, remedy = "The disk is full.", "Free some space, then try again."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what, remedy = (
            f"No permission for {place or 'a file'}.",
            "Make it accessible or choose another place.",
        )
    elif error.errno == errno.ENOENT:
        what, remedy = (
            f"{place or 'A file'} is not there.",
            "Put it back, connect its drive, or choose it again.",
        )
    else:
        what, remedy = "A file could not be read or written.", "Check the disk and try again."
    return Problem(
        what=what,
        why=f"{error.strerror or error}.",
        remedy=remedy,
        where=place,
        code="file_access",
        detail=detail,
    )
