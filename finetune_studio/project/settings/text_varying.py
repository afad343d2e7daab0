"""How training texts are varied at random."""

from __future__ import annotations

from typing import Any

from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value

_GROUP = "Text variation"


def _share(title: str, help_text: str) -> Any:
    return setting(
        0.0, title, help_text, _GROUP, ge=0, le=0.9, step=0.05, unit="of words", task="text"
    )


class TextVariationSettings(Value):
    """How training texts are varied at random; the texts of validation never are."""

    word_dropout: float = _share(
        "Word dropout",
        "Leaves words out at random, so that none is relied on. Keep it low: a missing word can "
        "turn what a text says.",
    )
    word_masking: float = _share(
        "Word masking",
        "Hides words at random behind the mask the model was pretrained with, so that none is "
        "relied on. A model that knows no mask has them left out.",
    )
    word_swap: float = _share(
        "Word swap",
        "Lets words change places at random. Keep it low where their order matters.",
    )
    spelling_noise: float = _share(
        "Spelling noise",
        "Puts a slip of the hand into words at random. Helps where people will type in haste.",
    )
    adversarial: float = setting(
        0.0,
        "Adversarial words",
        "Learns each batch again with its words moved this far to where the model errs most. 0.5 "
        "is usual; takes twice the time. Only where embeddings train.",
        _GROUP,
        ge=0,
        le=5,
        step=0.1,
        task="text",
        advanced=True,
    )
    text_views: int = setting(
        4,
        "Varied texts",
        "How many variations of each text the frozen layers see; epochs take them in turn. "
        "0 varies every epoch anew, and computes the frozen layers each time.",
        _GROUP,
        ge=0,
        le=1000,
        unit="per text",
        task="text",
        advanced=True,
    )
