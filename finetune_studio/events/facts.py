"""What an inspection of the data tells the recommendation."""

from __future__ import annotations

from finetune_studio.events.descriptions import DataReport
from finetune_studio.project.facts import Facts, facts_for
from finetune_studio.project.project import Project


def facts_of(project: Project, report: DataReport) -> Facts:
    """What is known of a project's model and of its data once they were inspected."""
    return facts_for(
        project,
        report.train_samples,
        (label.count for label in report.labels),
        report.target.kind,
        validation_samples=report.validation_samples,
    )
