"""How training pictures are varied at random."""

from __future__ import annotations

from typing import Any

from finetune_studio.project.choices import Augmentation
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value

_GROUP = "Augmentation"
_VARYING = [str(how) for how in Augmentation if how is not Augmentation.OFF]


def _number(default: float, title: str, help_text: str, **extra: Any) -> Any:
    """One of the numbers that custom augmentation is made of."""
    only = {"augmentation": ["custom"]}
    return setting(default, title, help_text, _GROUP, task="image", only=only, **extra)


class VariationSettings(Value):
    """How training pictures are varied at random.

    The numbers of custom augmentation are those of `variation.Variation`, by the same names; for
    the other choices `variation.PRESETS` has them.
    """

    augmentation: Augmentation = setting(
        Augmentation.LIGHT,
        "Augmentation",
        "Varies training pictures at random. Use more when data are few.",
        _GROUP,
        task="image",
    )
    augment_strength: float = setting(
        1.0,
        "Strength",
        "Scales all variation. Lower it when pictures lose what tells them apart, raise it when "
        "the model overfits.",
        _GROUP,
        ge=0,
        le=2,
        step=0.1,
        editor="slider",
        task="image",
        only={"augmentation": _VARYING},
    )
    augment_flip: float = _number(
        0.5,
        "Mirrored sideways",
        "The share of pictures that are mirrored. 0 where left and right matter, as in text.",
        ge=0,
        le=1,
    )
    augment_flip_vertical: float = _number(
        0.0,
        "Upside down",
        "The share of pictures that are turned upside down. For views from above or through a "
        "microscope.",
        ge=0,
        le=1,
    )
    augment_smallest_view: float = _number(
        0.9,
        "Smallest view",
        "The side of the smallest crop. Smaller crops make a model look at parts.",
        ge=0.1,
        le=1,
        unit="of side",
    )
    augment_shift: float = _number(
        0.05,
        "Shift",
        "How far a picture may move, beside what a crop leaves free.",
        ge=0,
        le=0.5,
        unit="of side",
        step=0.01,
    )
    augment_rotation: float = _number(
        0.0,
        "Rotation",
        "The farthest a picture is turned, either way. 180 where no side is up.",
        ge=0,
        le=180,
        unit="degrees",
        step=5.0,
    )
    augment_perspective: float = _number(
        0.0,
        "Perspective",
        "How far corners may move inward, as seen from the side.",
        ge=0,
        le=0.9,
        unit="of half side",
    )
    augment_brightness: float = _number(
        0.0,
        "Brightness",
        "The largest change of brightness, either way. For changing light.",
        ge=0,
        le=1,
    )
    augment_contrast: float = _number(
        0.0,
        "Contrast",
        "The largest change of contrast, either way. For other cameras and weather.",
        ge=0,
        le=1,
    )
    augment_colour: float = _number(
        0.0,
        "Colour",
        "The largest change of how strong colours are, either way; 1 goes down to grey.",
        ge=0,
        le=1,
    )
    augment_hue: float = _number(
        0.0,
        "Hue",
        "How far colours move around the colour circle. 0 where a label is told by its colour.",
        ge=0,
        le=0.5,
        unit="of circle",
    )
    augment_blur: float = _number(
        0.0,
        "Blur",
        "The strongest blur, as the deviation of a Gaussian; half of the pictures stay sharp.",
        ge=0,
        le=10,
        unit="pixels",
        step=0.5,
    )
    augment_erasing: float = _number(
        0.0,
        "Erased patch",
        "The share of pictures that lose a patch. Keeps a model from relying on one spot.",
        ge=0,
        le=1,
    )
    randaugment_operations: int = setting(
        2,
        "Operations",
        "How many random changes each picture gets.",
        _GROUP,
        ge=1,
        le=4,
        task="image",
        only={"augmentation": ["randaugment"]},
    )
    randaugment_magnitude: int = setting(
        9,
        "Magnitude",
        "How large each change is, from 0 to 30. More for larger models and more data.",
        _GROUP,
        ge=0,
        le=30,
        task="image",
        only={"augmentation": ["randaugment"]},
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
        only={"augmentation": _VARYING},
    )
