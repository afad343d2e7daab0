"""Pictures vary, each in its own way, and in the same way every time."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn.functional import interpolate
from torchvision.transforms.v2 import functional as kernels

from finetune_studio.engine.data.augmentation import augment, vary
from finetune_studio.engine.data.augmentation_draws import Draws
from finetune_studio.engine.data.augmentation_operations import OPERATIONS
from finetune_studio.project.choices import Augmentation
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.variation import RandomOperations, Variation, variation_of

VARYING = [how for how in Augmentation if how is not Augmentation.OFF]
PRESETS = [Augmentation.LIGHT, Augmentation.MEDIUM, Augmentation.STRONG]
EVERYTHING = {
    "augment_flip_vertical": 0.5,
    "augment_rotation": 30.0,
    "augment_perspective": 0.4,
    "augment_brightness": 0.3,
    "augment_hue": 0.2,
    "augment_blur": 1.5,
    "augment_erasing": 0.5,
}


def pictures(count: int = 6, side: int = 24) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def smooth(count: int = 1, side: int = 32) -> torch.Tensor:
    """Pictures that hardly change from pixel to pixel, so that resampling costs nothing."""
    coarse = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    return interpolate(coarse, (side, side), mode="bicubic", align_corners=True).clamp(0, 1)


def variation(how: Augmentation, **settings: Any) -> Variation | None:
    if how is Augmentation.CUSTOM:
        settings = {**EVERYTHING, **settings}
    return variation_of(Hyperparameters(augmentation=how, **settings))


def varied(how: Augmentation, indices: list[int], *, seed: int = 1, epoch: int = 1) -> torch.Tensor:
    chosen = pictures()[indices]
    return augment(chosen, variation(how), seed=seed, epoch=epoch, indices=indices)


def drawing(**numbers: float | list[float] | list[list[float]]) -> Draws:
    """Draws in the middle of everything, but for those given, for one picture."""
    draws = Draws.of(torch.full((1, 35), 0.5))
    for name, value in numbers.items():
        getattr(draws, name).copy_(torch.tensor(value).expand_as(getattr(draws, name)))
    return draws


def one(picture: torch.Tensor, draws: Draws, **how: Any) -> torch.Tensor:
    return vary(picture.clone(), Variation(**how), draws)


def operated(picture: torch.Tensor, name: str, size: float, *, wide: bool = True) -> torch.Tensor:
    """A picture after one operation of the list, in the positive direction."""
    which = (list(OPERATIONS).index(name) + 0.5) / len(OPERATIONS)
    draws = drawing(operations=[[which, size, 0.9]] * 4)
    return one(picture, draws, operations=RandomOperations(count=1, wide=wide))


def test_off_changes_nothing() -> None:
    assert torch.equal(varied(Augmentation.OFF, [0, 1]), pictures()[[0, 1]])


@pytest.mark.parametrize("how", VARYING)
def test_no_strength_changes_nothing(how: Augmentation) -> None:
    nothing = variation(how, augment_strength=0.0)

    assert nothing is None
    assert torch.equal(augment(pictures(), nothing, seed=1, epoch=1, indices=range(6)), pictures())


@pytest.mark.parametrize("how", VARYING)
def test_pictures_vary_within_their_range_and_shape(how: Augmentation) -> None:
    result = varied(how, list(range(6)))

    assert result.shape == (6, 3, 24, 24)
    assert result.dtype == torch.float32
    assert result.min() >= 0
    assert result.max() <= 1
    assert not torch.equal(result, pictures())


@pytest.mark.parametrize("how", VARYING)
def test_a_picture_varies_alike_whatever_batch_it_is_in(how: Augmentation) -> None:
    together = varied(how, [0, 1, 2, 3, 4, 5])
    apart = torch.cat([varied(how, [4]), varied(how, [2, 0])])

    assert torch.allclose(together[[4, 2, 0]], apart, atol=1e-5)


@pytest.mark.parametrize("how", VARYING)
def test_seed_epoch_and_place_each_change_the_outcome(how: Augmentation) -> None:
    usual = varied(how, [0, 1, 2])

    assert not torch.allclose(usual, varied(how, [0, 1, 2], seed=2))
    assert not torch.allclose(usual, varied(how, [0, 1, 2], epoch=2))
    same = pictures()[[0, 0]]
    result = augment(same.clone(), variation(how), seed=1, epoch=1, indices=[0, 1])
    assert not torch.allclose(result[0], result[1])


def test_stronger_is_further_from_the_picture() -> None:
    ramp = torch.linspace(0, 1, 24).expand(64, 3, 24, 24).contiguous()

    def distance(how: Augmentation, strength: float) -> float:
        variation_there = variation(how, augment_strength=strength)
        result = augment(ramp.clone(), variation_there, seed=3, epoch=1, indices=range(64))
        return float((result - ramp).abs().mean())

    assert distance(Augmentation.MEDIUM, 1) < distance(Augmentation.STRONG, 1)
    for how in VARYING:
        assert distance(how, 0.3) < distance(how, 1)


@pytest.mark.parametrize("strength", [1.0, 2.0])
def test_about_half_of_the_pictures_are_mirrored(strength: float) -> None:
    ramp = torch.linspace(0, 1, 24).expand(200, 3, 24, 24).contiguous()

    light = variation(Augmentation.LIGHT, augment_strength=strength)
    result = augment(ramp, light, seed=5, epoch=1, indices=range(200))

    mirrored = (result[:, :, :, 0].mean(dim=(1, 2)) > 0.5).float().mean()
    assert 0.35 < mirrored < 0.65


@pytest.mark.parametrize(
    ("how", "pixels"),
    [
        (Augmentation.LIGHT, [0.4407945, 0.4341594, 0.4321922, 0.4325551]),
        (Augmentation.MEDIUM, [0.3990175, 0.428573, 0.4826485, 0.4289933]),
        (Augmentation.STRONG, [0.357815, 0.4111056, 0.5322633, 0.413247]),
    ],
)
def test_presets_vary_as_in_runs_of_earlier_versions(
    how: Augmentation, pixels: list[float]
) -> None:
    ramp = torch.linspace(0, 1, 3 * 16 * 16).view(1, 3, 16, 16).sin().expand(4, 3, 16, 16)

    result = augment(ramp.clone(), variation(how), seed=7, epoch=3, indices=range(4))

    assert result[:, 1, 5, 9].tolist() == pytest.approx(pixels, abs=1e-5)


def test_mirroring_is_a_flip() -> None:
    picture = pictures(1)

    sideways = one(picture, drawing(flip=0.1), flip=0.5)
    upside_down = one(picture, drawing(flip_vertical=0.1), flip_vertical=0.5)
    neither = one(picture, drawing(flip=0.9, flip_vertical=0.9), flip=0.5, flip_vertical=0.5)

    assert torch.allclose(sideways, picture.flip(3), atol=1e-5)
    assert torch.allclose(upside_down, picture.flip(2), atol=1e-5)
    assert torch.allclose(neither, picture, atol=1e-5)


def test_a_quarter_turn_is_a_quarter_turn() -> None:
    picture = pictures(1)

    result = one(picture, drawing(rotation=1.0), rotation=90.0)

    assert torch.allclose(result, torch.rot90(picture, 1, (2, 3)), atol=1e-4)


def test_a_crop_shows_the_middle_larger() -> None:
    picture = smooth()

    result = one(picture, drawing(view=0.0), smallest_view=0.5)

    middle = interpolate(picture[..., 8:24, 8:24], (32, 32), mode="bilinear")
    assert torch.allclose(result[..., 2:-2, 2:-2], middle[..., 2:-2, 2:-2], atol=1e-3)


def test_a_shift_moves_and_mirrors_the_border_outward() -> None:
    picture = pictures(1)

    result = one(picture, drawing(shift=[1.0, 0.5]), shift=0.25)

    assert torch.allclose(result[..., :21], picture[..., 3:], atol=1e-4)
    assert torch.allclose(result[..., 21:], picture[..., 21:].flip(3), atol=1e-4)


def test_perspective_is_torchvisions() -> None:
    picture, side = smooth(side=64), 64
    inward = torch.tensor([0.9, 0.3, 0.2, 0.8, 0.6, 0.5, 0.1, 0.7])

    result = one(picture, drawing(corners=inward.tolist()), perspective=0.4)

    corners = torch.tensor([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    moved = corners * (1 - 0.4 * inward.view(4, 2))
    to_pixels = [((points + 1) * side / 2).tolist() for points in (corners, moved)]
    expected = kernels.perspective(picture, *to_pixels)
    inside = kernels.perspective(torch.ones_like(picture), *to_pixels) == 1
    assert 0.5 < inside.float().mean() < 0.95
    assert torch.allclose(result[inside], expected[inside], atol=5e-3)


def test_perspective_goes_with_a_turn() -> None:
    picture = pictures(1)
    draws = drawing(corners=0.0, rotation=1.0)

    result = one(picture, draws, perspective=0.4, rotation=90.0)

    assert torch.allclose(result, torch.rot90(picture, 1, (2, 3)), atol=1e-3)


@pytest.mark.parametrize(
    ("name", "adjust"),
    [
        ("brightness", kernels.adjust_brightness),
        ("contrast", kernels.adjust_contrast),
        ("colour", kernels.adjust_saturation),
    ],
)
@pytest.mark.parametrize("draw", [0.0, 1.0])
def test_light_and_colour_change_as_in_torchvision(name: str, adjust: Any, draw: float) -> None:
    picture = 0.3 + 0.4 * pictures(1)

    result = one(picture, drawing(**{name: draw}), **{name: 0.3})

    assert torch.allclose(result, adjust(picture, 1.3 if draw else 0.7), atol=2e-3)


def test_hue_turns_colours_and_keeps_brightness_and_greys() -> None:
    picture = 0.4 + 0.2 * pictures(1)
    grey = picture.mean(dim=1, keepdim=True).expand_as(picture)
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)

    turned = one(picture, drawing(hue=1.0), hue=0.25)
    around = one(turned, drawing(hue=1.0), hue=0.25)
    back = one(turned, drawing(hue=0.0), hue=0.25)

    assert (turned - picture).abs().mean() > 0.03
    assert torch.allclose((turned * luma).sum(1), (picture * luma).sum(1), atol=1e-3)
    assert torch.allclose(one(grey.clone(), drawing(hue=1.0), hue=0.25), grey, atol=1e-3)
    assert torch.allclose(back, picture, atol=1e-4)
    chroma = picture - (picture * luma).sum(1, keepdim=True)
    opposite = around - (around * luma).sum(1, keepdim=True)
    assert torch.allclose(opposite, -chroma, atol=2e-3)


def test_hue_turns_the_way_torchvision_does() -> None:
    red = torch.tensor([0.7, 0.4, 0.4]).view(1, 3, 1, 1).expand(1, 3, 4, 4)

    result = one(red, drawing(hue=1.0), hue=1 / 3)

    expected = kernels.adjust_hue(red, 1 / 3)[0, :, 0, 0]
    assert result[0, :, 0, 0].argmax() == expected.argmax()


def test_blur_is_a_gaussian() -> None:
    picture = pictures(1)

    result = one(picture, drawing(blur=1.0), blur=1.5)

    expected = kernels.gaussian_blur(picture, [11, 11], [1.5, 1.5])
    assert torch.allclose(result, expected, atol=1e-4)
    assert torch.equal(one(picture, drawing(blur=0.5), blur=1.5), picture)


def test_erasing_takes_a_patch_of_the_size_that_was_drawn() -> None:
    picture = pictures(1, side=100)

    result = one(picture, drawing(erasing=0.1, patch=[0.5, 0.2, 0.8]), erasing=0.3)

    gone = (result == 0.5).all(dim=1)[0]
    assert float(gone.float().mean()) == pytest.approx(0.11, abs=0.01)
    rows, columns = gone.any(dim=1).nonzero(), gone.any(dim=0).nonzero()
    assert len(rows) == len(columns) == math.isqrt(int(gone.sum()))
    assert torch.equal(one(picture, drawing(erasing=0.9), erasing=0.3), picture)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("brightness", lambda p: kernels.adjust_brightness(p, 1 + 0.7 * 0.99)),
        ("colour", lambda p: kernels.adjust_saturation(p, 1 + 0.7 * 0.99)),
        ("contrast", lambda p: kernels.adjust_contrast(p, 1 + 0.7 * 0.99)),
        ("sharpness", lambda p: kernels.adjust_sharpness(p, 1 + 0.7 * 0.99)),
        ("posterize", lambda p: kernels.posterize(p, 4)),
        ("solarize", lambda p: kernels.solarize(p, 255 * 0.3)),
        ("autocontrast", kernels.autocontrast),
        ("equalize", kernels.equalize),
        ("identity", lambda p: p),
    ],
)
def test_operations_change_looks_as_torchvisions_do(name: str, expected: Any) -> None:
    levels = (40 + 160 * pictures(2, side=32)).to(torch.uint8)
    levels[levels == 76] = 77  # not on the edge where the two round differently

    for picture in levels:
        result = operated(picture[None].float() / 255, name, 0.7)
        wanted = expected(picture[None]).float() / 255
        assert torch.allclose(result, wanted, atol=1.5 / 255), name


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("shear across", {"shear": [math.degrees(math.atan(0.4 * 0.3)), 0.0]}),
        ("shear down", {"shear": [0.0, math.degrees(math.atan(0.4 * 0.3))]}),
        ("shift across", {"translate": [0.4 * 150 / 331 * 64, 0]}),
        ("shift down", {"translate": [0, 0.4 * 150 / 331 * 64]}),
        ("turn", {"angle": -0.4 * 30}),
    ],
)
def test_operations_move_as_torchvisions_do(name: str, arguments: dict[str, Any]) -> None:
    still = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]}
    bilinear = kernels.InterpolationMode.BILINEAR
    picture = smooth(side=64)

    result = operated(picture, name, 0.4, wide=False)

    where = {**still, **arguments, "interpolation": bilinear}
    inside = kernels.affine(torch.ones_like(picture), **where) == 1
    expected = kernels.affine(picture, **where)
    off = (result - expected)[inside].abs()
    mirrored = {
        key: [-value for value in values] if isinstance(values, list) else -values
        for key, values in arguments.items()
    }
    other_way = kernels.affine(picture, **{**where, **mirrored})
    assert min(off.max(), (result - other_way)[inside].abs().max()) < 0.03


def test_every_operation_comes_and_randaugment_does_as_many_as_asked() -> None:
    seen = {
        name
        for name in OPERATIONS
        if not torch.allclose(operated(smooth(), name, 0.8), smooth(), atol=1e-3)
    }
    assert seen == set(OPERATIONS) - {"identity"}

    dark, many = smooth(), RandomOperations(count=3, magnitude=0.3)
    which = (list(OPERATIONS).index("brightness") + 0.5) / len(OPERATIONS)
    draws = drawing(operations=[[which, 0.5, 0.1]] * 4)
    thrice = vary(dark.clone(), Variation(operations=many), draws)
    assert torch.allclose(thrice, dark * (1 - 0.3 * 0.9) ** 3, atol=1e-3)


def test_strength_scales_operations_and_how_often_those_without_a_size_come() -> None:
    which = (list(OPERATIONS).index("equalize") + 0.5) / len(OPERATIONS)
    half = Variation(operations=RandomOperations(count=1, wide=True, strength=0.5))

    often = vary(smooth(), half, drawing(operations=[[which, 0.4, 0.5]] * 4))
    seldom = vary(smooth(), half, drawing(operations=[[which, 0.6, 0.5]] * 4))

    assert not torch.allclose(often, smooth(), atol=1e-2)
    assert torch.allclose(seldom, smooth(), atol=1e-4)
    darker = (list(OPERATIONS).index("brightness") + 0.5) / len(OPERATIONS)
    result = vary(smooth(), half, drawing(operations=[[darker, 0.8, 0.1]] * 4))
    assert torch.allclose(result, smooth() * (1 - 0.4 * 0.99), atol=1e-3)
