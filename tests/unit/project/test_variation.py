"""Presets, custom numbers and the strength become one variation."""

from __future__ import annotations

import pytest

from finetune_studio.project.choices import Augmentation
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from finetune_studio.project.settings_path import with_setting
from finetune_studio.project.variation import (
    PRESETS,
    Variation,
    variation_of,
    with_augmentation,
    with_numbers_in_force,
)


@pytest.mark.parametrize("how", list(PRESETS))
def test_custom_starts_from_the_preset_that_was_in_force(how: Augmentation) -> None:
    before = Hyperparameters(augmentation=how)

    custom = with_augmentation(before, Augmentation.CUSTOM)

    assert custom.augmentation is Augmentation.CUSTOM
    assert variation_of(custom) == variation_of(before) == PRESETS[how]


def test_custom_starts_from_its_own_numbers_where_no_preset_was_in_force() -> None:
    before = Hyperparameters(augmentation=Augmentation.OFF, augment_rotation=45.0)

    custom = with_augmentation(before, Augmentation.CUSTOM)

    assert custom.augment_rotation == 45.0
    assert with_numbers_in_force(before) == before


def test_another_choice_leaves_the_numbers_of_custom_alone() -> None:
    before = Hyperparameters(augmentation=Augmentation.CUSTOM, augment_rotation=45.0)

    after = with_augmentation(before, Augmentation.STRONG)

    assert after.augment_rotation == 45.0
    assert variation_of(after) == PRESETS[Augmentation.STRONG]


def test_strength_scales_all_numbers() -> None:
    training = Hyperparameters(
        augmentation=Augmentation.CUSTOM,
        augment_smallest_view=0.8,
        augment_rotation=10.0,
        augment_blur=2.0,
        augment_erasing=0.4,
        augment_flip=0.2,
    )

    half = variation_of(training.edited(augment_strength=0.5))
    double = variation_of(training.edited(augment_strength=2.0))

    assert half is not None
    assert double is not None
    assert (half.smallest_view, double.smallest_view) == pytest.approx((0.9, 0.6))
    assert (half.rotation, double.rotation) == (5.0, 20.0)
    assert (half.blur, double.blur) == (1.0, 4.0)
    assert (half.erasing, double.erasing) == (0.2, 0.8)
    assert (half.flip, double.flip) == pytest.approx((0.1, 0.4))


def test_strength_stays_within_what_makes_sense() -> None:
    training = Hyperparameters(
        augmentation=Augmentation.CUSTOM,
        augment_strength=2.0,
        augment_flip=0.5,
        augment_flip_vertical=1.0,
        augment_smallest_view=0.1,
        augment_rotation=180.0,
        augment_perspective=0.9,
        augment_brightness=1.0,
        augment_hue=0.5,
        augment_erasing=1.0,
    )

    most = variation_of(training)

    assert most is not None
    assert (most.flip, most.flip_vertical) == (0.5, 1.0)
    assert 0 < most.smallest_view < 0.1
    assert most.perspective < 1
    assert (most.rotation, most.brightness, most.hue, most.erasing) == (180.0, 1.0, 0.5, 1.0)


def test_nothing_that_varies_is_no_variation() -> None:
    still = {name: 0.0 for name in Hyperparameters.model_fields if name.startswith("augment_")}
    still |= {"augment_strength": 1.0, "augment_smallest_view": 1.0}

    assert variation_of(Hyperparameters(augmentation=Augmentation.OFF)) is None
    assert variation_of(Hyperparameters(augment_strength=0.0)) is None
    assert variation_of(Hyperparameters(augmentation=Augmentation.CUSTOM, **still)) is None


def test_drawn_operations_come_beside_mirroring_and_small_shifts() -> None:
    trivial = variation_of(Hyperparameters(augmentation=Augmentation.TRIVIAL))
    several = variation_of(
        Hyperparameters(
            augmentation=Augmentation.RANDAUGMENT,
            randaugment_operations=3,
            randaugment_magnitude=15,
        )
    )

    assert trivial is not None
    assert trivial.operations is not None
    assert (trivial.operations.count, trivial.operations.magnitude) == (1, None)
    assert several is not None
    assert several.operations is not None
    assert (several.operations.count, several.operations.magnitude) == (3, 0.5)
    assert trivial.edited(operations=None) == PRESETS[Augmentation.LIGHT]
    assert several.edited(operations=None) == PRESETS[Augmentation.LIGHT]


def test_the_command_line_reaches_every_number() -> None:
    project = Project()
    for assignment in ("augmentation=custom", "augment_rotation=30", "augment_strength=0.5"):
        project = with_setting(project, f"training.{assignment}")

    assert variation_of(project.training) == Variation(
        flip=0.25, smallest_view=0.95, shift=0.025, rotation=15.0
    )


def test_custom_on_the_command_line_starts_from_the_preset_before() -> None:
    project = with_setting(Project(), "training.augmentation=strong")

    custom = with_setting(project, "training.augmentation=custom")

    assert variation_of(custom.training) == PRESETS[Augmentation.STRONG]
    assert custom.pinned == ("augmentation",)
