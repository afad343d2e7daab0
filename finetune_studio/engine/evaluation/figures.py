"""The figures of answers, whatever kind they are of."""

from __future__ import annotations

from finetune_studio.engine.evaluation import metrics, quantities, several_labels
from finetune_studio.engine.evaluation.answers import Answers
from finetune_studio.engine.model.outputs import Outputs
from finetune_studio.events.descriptions import Figures
from finetune_studio.project.choices import Target


def figures_of(answers: Answers, outputs: Outputs, label_count: int) -> Figures:
    """The headline numbers.

    Args:
        answers: of a model.
        outputs: what they mean; its thresholds decide who gets which of several labels.
        label_count: labels there are.
    """
    targets, predicted, losses = answers.targets, answers.predicted, answers.losses
    if outputs.kind is Target.LABEL:
        return metrics.figures(targets, predicted, losses, label_count)
    if outputs.kind is Target.NUMBER:
        true, answered = (outputs.told(numbers.double()) for numbers in (targets, predicted))
        return quantities.figures(true, answered, losses, outputs.unit)
    assert answers.shares is not None
    given = several_labels.given(answers.shares, outputs.thresholds_of(label_count))
    return several_labels.figures(targets, given, losses)


def with_thresholds(outputs: Outputs, answers: Answers) -> Outputs:
    """The outputs with the thresholds that suit these answers best; as they are otherwise."""
    if outputs.kind is not Target.LABELS or answers.shares is None:
        return outputs
    chosen = several_labels.best_thresholds(answers.targets, answers.shares)
    return outputs.edited(thresholds=chosen)


def given_counts(answers: Answers, outputs: Outputs, label_count: int) -> tuple[int, ...]:
    """How often each label was given; nothing where numbers are learned."""
    if outputs.kind is Target.NUMBER:
        return ()
    if outputs.kind is Target.LABEL:
        return metrics.given_counts(answers.predicted, label_count)
    assert answers.shares is not None
    given = several_labels.given(answers.shares, outputs.thresholds_of(label_count))
    counts: list[int] = given.sum(0).tolist()
    return tuple(counts)
