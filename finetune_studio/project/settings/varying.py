"""How training pictures are varied at random."""

from __future__ import annotations

from finetune_studio.project.choices import Augmentation
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class VariationSettings(Value):
    """How training pictures are varied at random."""

    augmentation: Augmentation = setting(
        Augmentation.LIGHT,
        "Augmentation",
        "Varies training pictures at random. Use more when data are few.",
        "Regularization",
        task="image",
    )
    augmented_views: int = setting(
        4,
        "Augmented views",
        "How many variations of each picture the frozen layers see; epochs take them in turn. "
        "0 varies every epoch anew, and computes the frozen layers each time.",
        "Regularization",
        ge=0,
        le=1000,
        unit="per picture",
        task="image",
        advanced=True,
        only={"augmentation": ["light", "medium", "strong"]},
    )
