"""Which metrics can pick the best epoch, by what is learned of each sample."""

from __future__ import annotations

from finetune_studio.project.choices import Metric, Target
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project

SAMPLES_HAVE = {
    Target.LABEL: "one label",
    Target.LABELS: "several labels",
    Target.NUMBER: "a number",
}
"""What each sample has, by what is learned of it."""

WHERE = "training.best_metric"


def fitting(target: Target) -> tuple[Metric, ...]:
    """The metrics that are measured for a kind of target."""
    return tuple(metric for metric in Metric if metric.suits(target))


def require_fit(metric: Metric, target: Target) -> None:
    """Let pass only a metric that is measured for a kind of target.

    Raises:
        ProblemError: it is not; it names those that are.
    """
    if metric.suits(target):
        return
    known = ", ".join(metric.value for metric in fitting(target))
    raise ProblemError.of(
        f"“{metric.title_text}” cannot pick the best epoch where a sample has "
        f"{SAMPLES_HAVE[target]}.",
        "It is not measured there.",
        f"Choose one of {known}.",
        where=WHERE,
        code="setting_unfit",
    )


def require_chosen_fits(project: Project) -> None:
    """Refuse a metric that was chosen and does not fit what is learned, as far as that is known.

    Raises:
        ProblemError: it does not fit.
    """
    target = project.data.target if project.data is not None else None
    if target is not None and "best_metric" in project.pinned:
        require_fit(project.training.best_metric, target)
