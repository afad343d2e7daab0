"""How far pictures are varied: the presets and the user's own numbers, times the strength."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from finetune_studio.project.choices import Augmentation
from finetune_studio.project.settings.varying import VariationSettings
from finetune_studio.project.value import Value

_PREFIX = "augment_"
_MOST_MAGNITUDE = 30
_HALF = 0.5
_SMALLEST_VIEW = 0.08
_FARTHEST = {
    "shift": 0.5,
    "rotation": 180.0,
    "perspective": 0.95,
    "brightness": 1.0,
    "contrast": 1.0,
    "colour": 1.0,
    "hue": 0.5,
    "blur": 20.0,
    "erasing": 1.0,
}
_Settings = TypeVar("_Settings", bound=VariationSettings)


class RandomOperations(Value):
    """Operations drawn from a list for each picture.

    Attributes:
        count: of each picture, one after the other.
        wide: whether they range as far as TrivialAugment's, or as RandAugment's.
        magnitude: of all, as a share of their range; ``None`` draws each anew.
        strength: what magnitudes, and the chance of operations without one, are scaled by.
    """

    count: int
    wide: bool = False
    magnitude: float | None = None
    strength: float = 1.0


class Variation(Value):
    """How far each variation goes.

    Attributes:
        flip, flip_vertical: chance of being mirrored sideways, and upside down.
        smallest_view: side of the smallest crop, as a share of the picture's.
        shift: share of the side.
        rotation: degrees, either way.
        perspective: how far corners move inward, as a share of half the side.
        brightness, contrast, colour: largest relative change.
        hue: largest turn of the colours, as a share of the circle.
        blur: largest deviation of the Gaussian, in pixels.
        erasing: chance that a patch is erased.
        operations: drawn from a list, on top of all that; ``None`` for none.
    """

    flip: float = 0.0
    flip_vertical: float = 0.0
    smallest_view: float = 1.0
    shift: float = 0.0
    rotation: float = 0.0
    perspective: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    colour: float = 0.0
    hue: float = 0.0
    blur: float = 0.0
    erasing: float = 0.0
    operations: RandomOperations | None = None

    @property
    def moves(self) -> bool:
        """Whether pictures are mirrored, cropped, shifted, turned or tilted."""
        sizes = (self.flip, self.flip_vertical, self.shift, self.rotation, self.perspective)
        return any(sizes) or self.smallest_view < 1 or self.operations is not None

    def scaled(self, strength: float) -> Variation:
        """The same times a strength, each within what makes sense.

        Strength alone never mirrors more than half of the pictures, since a mirror image that
        always comes is no variation.
        """
        if strength == 1:
            return self
        sizes = {
            name: min(most, getattr(self, name) * strength) for name, most in _FARTHEST.items()
        }
        return Variation(
            **sizes,
            flip=_chance(self.flip, strength),
            flip_vertical=_chance(self.flip_vertical, strength),
            smallest_view=max(_SMALLEST_VIEW, 1 - (1 - self.smallest_view) * strength),
            operations=self.operations and self.operations.edited(strength=strength),
        )


class PreviewChoice(Value):
    """What of augmentation to show.

    Attributes:
        pictures: how many.
        variations: of each.
        which: another number chooses other pictures.
        chance: another number varies them in other ways.
        side: of the square picture the model sees; 0 for the catalogue's.
    """

    pictures: int = 4
    variations: int = 4
    which: int = 0
    chance: int = 0
    side: int = 0


_LIGHT = Variation(flip=0.5, smallest_view=0.9, shift=0.05)
PRESETS: Mapping[Augmentation, Variation] = {
    Augmentation.LIGHT: _LIGHT,
    Augmentation.MEDIUM: Variation(
        flip=0.5,
        smallest_view=0.7,
        shift=0.08,
        rotation=12.0,
        brightness=0.2,
        contrast=0.2,
        colour=0.1,
    ),
    Augmentation.STRONG: Variation(
        flip=0.5,
        smallest_view=0.5,
        shift=0.1,
        rotation=20.0,
        brightness=0.4,
        contrast=0.4,
        colour=0.5,
        erasing=0.3,
    ),
}
_NUMBERS = tuple(name for name in Variation.model_fields if name != "operations")


def variation_of(training: VariationSettings) -> Variation | None:
    """What training pictures go through; ``None`` when they stay as they are."""
    if training.augmentation is Augmentation.OFF or not training.augment_strength:
        return None
    variation = _chosen(training).scaled(training.augment_strength)
    return None if variation == Variation() else variation


def with_numbers_in_force(training: _Settings) -> _Settings:
    """The settings with the numbers of custom augmentation at those of the preset in force."""
    preset = PRESETS.get(training.augmentation)
    return training if preset is None else training.edited(**_as_settings(preset))


def with_augmentation(training: _Settings, how: Augmentation) -> _Settings:
    """The settings with another choice; custom starts from the numbers that were in force."""
    before = with_numbers_in_force(training) if how is Augmentation.CUSTOM else training
    return before.edited(augmentation=how)


def _chosen(training: VariationSettings) -> Variation:
    match training.augmentation:
        case Augmentation.TRIVIAL:
            return _LIGHT.edited(operations=RandomOperations(count=1, wide=True))
        case Augmentation.RANDAUGMENT:
            magnitude = training.randaugment_magnitude / _MOST_MAGNITUDE
            operations = RandomOperations(
                count=training.randaugment_operations, magnitude=magnitude
            )
            return _LIGHT.edited(operations=operations)
        case Augmentation.CUSTOM:
            return Variation(**{name: getattr(training, _PREFIX + name) for name in _NUMBERS})
        case preset:
            return PRESETS[preset]


def _as_settings(variation: Variation) -> dict[str, Any]:
    return {_PREFIX + name: getattr(variation, name) for name in _NUMBERS}


def _chance(chance: float, strength: float) -> float:
    return min(chance * strength, max(chance, _HALF))
