"""What the user's word does to the hyperparameters: pinned, or back to the recommendation."""

from __future__ import annotations

from finetune_studio.project.choices import Augmentation
from finetune_studio.project.facts import Facts
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from finetune_studio.project.recommendation import reasons, recommended
from finetune_studio.project.variation import with_augmentation
from finetune_studio.ui.widgets.field_form import Advice


def advice(project: Project, facts: Facts) -> dict[str, Advice]:
    """What to say of each setting's recommended value.

    Settings whose recommendation depends on the circumstances always get a word; the others only
    once they were changed, so that there is a way back.
    """
    values = recommended(project, facts) if facts.train_samples else {}
    why = reasons(project, facts)
    named = [*values, *(name for name in project.pinned if name not in values)]
    return {
        name: Advice(
            value=values.get(name, default_of(name)),
            reason=why.get(name, "") if name in values else "",
            is_used=name not in project.pinned,
        )
        for name in named
    }


def with_value(project: Project, name: str, value: object) -> Project:
    """The project with a setting decided by the user.

    Raises:
        pydantic.ValidationError: the value is out of bounds.
    """
    pinned = project.pinned if name in project.pinned else (*project.pinned, name)
    if isinstance(value, Augmentation):
        training = with_augmentation(project.training, value)
    else:
        training = project.training.edited(**{name: value})
    return project.edited(training=training, pinned=pinned)


def with_recommended(project: Project, facts: Facts, *names: str) -> Project:
    """The project with settings that follow the recommendation again."""
    values = recommended(project, facts) if facts.train_samples else {}
    back = {name: values.get(name, default_of(name)) for name in names}
    return project.edited(
        training=project.training.edited(**back),
        pinned=tuple(name for name in project.pinned if name not in names),
    )


def default_of(name: str) -> object:
    """What a setting is when nothing is known."""
    return Hyperparameters.model_fields[name].default
