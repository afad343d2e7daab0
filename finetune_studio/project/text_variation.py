"""How far training texts are varied."""

from __future__ import annotations

from finetune_studio.project.settings.text_varying import TextVariationSettings
from finetune_studio.project.value import Value


class TextVariation(Value):
    """How much of a text is varied.

    Attributes:
        word_dropout: share of the words that are left out.
        word_masking: share of the words that are hidden behind the model's mask.
        word_swap: share of the words that change places.
        spelling_noise: share of the words that get a slip.
        views: how many variations of a text frozen layers see in turn; 0 is one for each epoch.
    """

    word_dropout: float = 0.0
    word_masking: float = 0.0
    word_swap: float = 0.0
    spelling_noise: float = 0.0
    views: int = 0


def text_variation_of(training: TextVariationSettings) -> TextVariation | None:
    """What training texts go through; ``None`` when they stay as they are."""
    losses = training.word_dropout or training.word_masking
    if not (losses or training.word_swap or training.spelling_noise):
        return None
    return TextVariation(
        word_dropout=training.word_dropout,
        word_masking=training.word_masking,
        word_swap=training.word_swap,
        spelling_noise=training.spelling_noise,
        views=training.text_views,
    )
