"""What the watchdog should say of each recording; read by tests that have no torch."""

from __future__ import annotations

from finetune_studio.events.finding import FindingKind

HEALTHY = frozenset(
    {
        "digits_head",
        "digits_one_cycle",
        "resnet_sgd_steps",
        "reviews_head",
        "reviews_overconfident",
        "reviews_two_blocks",
        "texts_constant_small_batches",
        "texts_long_warm_up",
        "texts_noisy_small",
        "texts_one_cycle",
        "texts_restarts_smoothed",
        "texts_six_labels",
        "texts_uneven",
    }
)
# The illness, and the epoch by which it has to be found.
ILL: dict[str, tuple[FindingKind, int]] = {
    "diverged": (FindingKind.DIVERGED, 5),
    "label_never_predicted": (FindingKind.LABEL_NEVER_PREDICTED, 8),
    "not_learning_random_labels": (FindingKind.NOT_LEARNING, 5),
    "not_learning_rate_too_low": (FindingKind.NOT_LEARNING, 4),
    "overfitting_digits": (FindingKind.OVERFITTING, 15),
    "overfitting_texts": (FindingKind.OVERFITTING, 20),
    "plateau_head": (FindingKind.PLATEAU, 25),
    "rate_too_high_after_warm_up": (FindingKind.RATE_TOO_HIGH, 4),
    "rate_too_high_digits": (FindingKind.RATE_TOO_HIGH, 1),
    "rate_too_high_texts": (FindingKind.RATE_TOO_HIGH, 1),
    "validation_too_small": (FindingKind.VALIDATION_TOO_SMALL, 3),
}
