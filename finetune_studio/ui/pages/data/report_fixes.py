"""The buttons that mend what a reading found, as far as the user's word can."""

from __future__ import annotations

from collections.abc import Sequence

from finetune_studio.project.problems import Problem

OUTSIDE = "picture_outside"
"""The problem that is mended by trusting a table with pictures outside its folder."""

_ALLOW_OUTSIDE = "Allow pictures from outside"
_USE_AGAIN = "Use them again"
_KEEP_APART = "Keep them apart"


def with_its_fix(problem: Problem, left_out: Sequence[str]) -> Problem:
    """A problem with the caption of the button that mends it, or takes the mending back."""
    if problem.code == OUTSIDE:
        return problem.edited(fix=_ALLOW_OUTSIDE)
    if problem.code in left_out and not problem.fix:
        merged = problem.code == "label_spelling"
        return problem.edited(fix=_KEEP_APART if merged else _USE_AGAIN)
    return problem
