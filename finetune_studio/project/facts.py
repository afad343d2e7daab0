"""What recommendations rest on: the data's size and labels, the model's kind and size."""

from __future__ import annotations

from collections.abc import Iterable

from finetune_studio.project.choices import Target, Task
from finetune_studio.project.model_catalog import entry_for
from finetune_studio.project.project import Project
from finetune_studio.project.value import Value

_UNEVEN = 3.0
# Small encoders take, and need, larger steps than the BERTs that 2e-5 to 5e-5 is said of.
_SMALL = 40_000_000


class Facts(Value):
    """What the recommendation needs to know beside the project.

    Attributes:
        train_samples: samples in the training split.
        label_counts: samples of each label, any order; none where numbers are learned.
        target: what is learned of each sample.
        validation_samples: samples in the validation split.
        transformer: whether the backbone is a transformer.
        parameters: of the backbone; 0 when not known.
    """

    train_samples: int = 0
    label_counts: tuple[int, ...] = ()
    transformer: bool = False
    parameters: int = 0
    target: Target = Target.LABEL
    validation_samples: int = 0

    @property
    def small(self) -> bool:
        """Whether the backbone is known to be a small one."""
        return 0 < self.parameters < _SMALL

    @property
    def uneven(self) -> bool:
        """Whether the largest label has more than three times the samples of the smallest."""
        return self.unevenness > _UNEVEN

    @property
    def unevenness(self) -> float:
        """How many times the samples of the smallest label the largest has; 1 when not known."""
        counts = [count for count in self.label_counts if count]
        return max(counts) / min(counts) if counts else 1.0

    @property
    def to_balance(self) -> bool:
        """Whether labels with few samples want help. Of several labels each has its threshold."""
        return self.uneven and self.target is Target.LABEL


def facts_for(
    project: Project,
    train_samples: int,
    label_counts: Iterable[int],
    target: Target = Target.LABEL,
    *,
    validation_samples: int = 0,
) -> Facts:
    """What is known of a project's model, with what is known of its data."""
    entry = entry_for(project.model.id) if project.model else None
    return Facts(
        train_samples=train_samples,
        label_counts=() if target is Target.NUMBER else tuple(label_counts),
        transformer=entry.transformer if entry else project.task is Task.TEXT,
        parameters=entry.parameters if entry else 0,
        target=target,
        validation_samples=validation_samples,
    )
