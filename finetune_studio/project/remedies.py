"""What can be done about an illness of a run, and what of it is an edit of the project."""

from __future__ import annotations

from collections.abc import Callable

from finetune_studio.project.choices import Balancing, Choice, FreezePreset
from finetune_studio.project.project import Project

_MOST_DROPOUT = 0.5
_MOST_VALIDATION = 0.3
_HIGHEST_RATE = 10.0


class Remedy(Choice):
    """One thing to do. The first two are done to the running worker, the others to the project."""

    GO_BACK = (
        "go_back",
        "Go back and halve the rate",
        "Takes up the weights of the best epoch and goes on with steps half as large.",
    )
    STOP = "stop", "Stop here", "Ends the run and keeps what it reached."
    HALVE_RATE = (
        "halve_rate",
        "Halve the learning rate",
        "Counts for the next run.",
    )
    RAISE_RATE = (
        "raise_rate",
        "Use ten times the learning rate",
        "Counts for the next run.",
    )
    UNFREEZE = (
        "unfreeze",
        "Unfreeze one block more",
        "Counts for the next run: one more block of the model learns.",
    )
    FREEZE = (
        "freeze",
        "Freeze one block more",
        "Counts for the next run: one block less of the model learns.",
    )
    MORE_DROPOUT = (
        "more_dropout",
        "Raise dropout",
        "Counts for the next run: more features are hidden from the head at each step.",
    )
    WEIGH_LABELS = (
        "weigh_labels",
        "Weigh rare labels more",
        "Counts for the next run: each label counts the same, however rare it is.",
    )
    MORE_VALIDATION = (
        "more_validation",
        "Validate on more samples",
        "Counts for the next run: a larger share of the samples is kept for validation.",
    )
    LOOK_AT_DATA = "look_at_data", "Look at the data", "Shows the samples of each label."


def remedied(project: Project, remedy: Remedy, blocks: int = 0) -> Project | None:
    """The project after a remedy; ``None`` when it is no edit, or nothing is left to edit.

    Args:
        project: as it is.
        remedy: what to do.
        blocks: of the model, the head among them; 0 when not known.
    """
    edit = _EDITS.get(remedy)
    after = edit(project, blocks) if edit is not None else None
    return None if after == project else after


def taken(trained: Project, project: Project, remedy: Remedy) -> bool:
    """Whether what a remedy edits is otherwise by now than a run had it.

    Taken twice it would be too much: what the first time does is not known before the next run.
    """
    what = _EDITED.get(remedy)
    return what is not None and what(trained) != what(project)


def _with_training(project: Project, **values: object) -> Project:
    """Edited and pinned, or the recommendation would take it back."""
    pinned = dict.fromkeys((*project.pinned, *values))
    return project.edited(training=project.training.edited(**values), pinned=tuple(pinned))


def _half_rate(project: Project, _blocks: int) -> Project:
    return _with_training(project, learning_rate=_rounded(project.training.learning_rate / 2))


def _higher_rate(project: Project, _blocks: int) -> Project:
    rate = min(_HIGHEST_RATE, project.training.learning_rate * 10)
    return _with_training(project, learning_rate=_rounded(rate))


def _unfrozen(project: Project, blocks: int) -> Project | None:
    plan = project.freeze
    if plan.preset is FreezePreset.HEAD:
        deeper = plan.edited(preset=FreezePreset.LAST_BLOCKS, last_blocks=1)
    elif plan.preset is FreezePreset.LAST_BLOCKS:
        deeper = plan.edited(last_blocks=plan.last_blocks + 1)
    else:
        return None
    if blocks and deeper.last_blocks >= blocks - 1:
        deeper = deeper.edited(preset=FreezePreset.EVERYTHING)
    return project.edited(freeze=deeper)


def _frozen(project: Project, blocks: int) -> Project | None:
    plan = project.freeze
    if plan.preset is FreezePreset.EVERYTHING and blocks > 2:
        shallower = plan.edited(preset=FreezePreset.LAST_BLOCKS, last_blocks=blocks - 2)
    elif plan.preset is FreezePreset.LAST_BLOCKS and plan.last_blocks > 1:
        shallower = plan.edited(last_blocks=plan.last_blocks - 1)
    elif plan.preset is FreezePreset.LAST_BLOCKS:
        shallower = plan.edited(preset=FreezePreset.HEAD)
    else:
        return None
    return project.edited(freeze=shallower)


def _more_dropout(project: Project, _blocks: int) -> Project:
    dropout = min(_MOST_DROPOUT, max(project.training.dropout, 0.1) + 0.1)
    return _with_training(project, dropout=max(project.training.dropout, round(dropout, 2)))


def _weighed(project: Project, _blocks: int) -> Project | None:
    if project.training.balancing is not Balancing.OFF:
        return None
    return _with_training(project, balancing=Balancing.WEIGHTS)


def _more_validation(project: Project, _blocks: int) -> Project | None:
    split = project.split
    most = min(_MOST_VALIDATION, 0.9 - split.test)
    larger = round(min(most, split.validation * 2), 2)
    if larger <= split.validation:
        return None
    return project.edited(split=split.edited(validation=larger))


def _rounded(rate: float) -> float:
    return float(f"{rate:.3g}")


_EDITS: dict[Remedy, Callable[[Project, int], Project | None]] = {
    Remedy.HALVE_RATE: _half_rate,
    Remedy.RAISE_RATE: _higher_rate,
    Remedy.UNFREEZE: _unfrozen,
    Remedy.FREEZE: _frozen,
    Remedy.MORE_DROPOUT: _more_dropout,
    Remedy.WEIGH_LABELS: _weighed,
    Remedy.MORE_VALIDATION: _more_validation,
}

_EDITED: dict[Remedy, Callable[[Project], object]] = {
    Remedy.HALVE_RATE: lambda project: project.training.learning_rate,
    Remedy.RAISE_RATE: lambda project: project.training.learning_rate,
    Remedy.UNFREEZE: lambda project: project.freeze,
    Remedy.FREEZE: lambda project: project.freeze,
    Remedy.MORE_DROPOUT: lambda project: project.training.dropout,
    Remedy.WEIGH_LABELS: lambda project: project.training.balancing,
    Remedy.MORE_VALIDATION: lambda project: project.split.validation,
}
