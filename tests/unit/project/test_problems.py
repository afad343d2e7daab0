from __future__ import annotations

from finetune_studio.project.problems import Problem, ProblemError, Severity


def test_a_problem_reads_as_one_paragraph_without_gaps() -> None:
    problem = Problem(what="It broke.", remedy="Mend it.")
    assert problem.text() == "It broke. Mend it."
    assert problem.severity is Severity.ERROR


def test_an_error_carries_its_problem_and_says_it() -> None:
    error = ProblemError.of("It broke.", "It fell.", "Mend it.", where="shelf", code="fallen")
    assert str(error) == error.problem.text() == "It broke. It fell. Mend it."
    assert (error.problem.where, error.problem.code) == ("shelf", "fallen")
