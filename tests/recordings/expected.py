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
        "several_plain",
        "several_uneven_weighted",
        "several_long_warm_up",
        "several_noisy_small",
        "several_constant_even_chances",
        "numbers_plain",
        "numbers_noisy_small",
        "numbers_outliers_huber",
        "numbers_constant",
        "numbers_long_warm_up",
        "resnet_mixed",
        "texts_focal_weighted",
    }
)
# The illness, and the epoch by which it has to be found.
ILL: dict[str, tuple[FindingKind, int]] = {
    "diverged": (FindingKind.DIVERGED, 5),
    "label_never_predicted": (FindingKind.LABEL_NEVER_PREDICTED, 8),
    "not_learning_random_labels": (FindingKind.NOT_LEARNING, 5),
    "not_learning_rate_too_low": (FindingKind.NOT_LEARNING, 4),
    "overfitting_digits": (FindingKind.OVERFITTING, 15),
    "overfitting_reviews_by_lot": (FindingKind.OVERFITTING, 8),
    "overfitting_texts": (FindingKind.OVERFITTING, 20),
    "plateau_head": (FindingKind.PLATEAU, 25),
    "rate_too_high_after_warm_up": (FindingKind.RATE_TOO_HIGH, 4),
    "rate_too_high_digits": (FindingKind.RATE_TOO_HIGH, 1),
    "rate_too_high_texts": (FindingKind.RATE_TOO_HIGH, 1),
    "validation_too_small": (FindingKind.VALIDATION_TOO_SMALL, 3),
    "overfitting_several": (FindingKind.OVERFITTING, 30),
    "plateau_several_head": (FindingKind.PLATEAU, 25),
    "rate_too_high_several": (FindingKind.RATE_TOO_HIGH, 2),
    "not_learning_several": (FindingKind.NOT_LEARNING, 9),
    "label_never_predicted_several": (FindingKind.LABEL_NEVER_PREDICTED, 10),
    "validation_too_small_several": (FindingKind.VALIDATION_TOO_SMALL, 3),
    "overfitting_numbers": (FindingKind.OVERFITTING, 30),
    "plateau_numbers_head": (FindingKind.PLATEAU, 25),
    "rate_too_high_numbers": (FindingKind.RATE_TOO_HIGH, 2),
    "not_learning_numbers": (FindingKind.NOT_LEARNING, 5),
    "validation_too_small_numbers": (FindingKind.VALIDATION_TOO_SMALL, 3),
    "overfitting_smoothed": (FindingKind.OVERFITTING, 25),
    "overfitting_weighted": (FindingKind.OVERFITTING, 25),
}
