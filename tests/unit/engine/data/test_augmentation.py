"""Pictures vary, each in its own way, and in the same way every time."""

from __future__ import annotations

import pytest
import torch

from finetune_studio.engine.data.augmentation import augment
from finetune_studio.project.choices import Augmentation

VARYING = [Augmentation.LIGHT, Augmentation.MEDIUM, Augmentation.STRONG]


def pictures(count: int = 6) -> torch.Tensor:
    return torch.rand(count, 3, 24, 24, generator=torch.Generator().manual_seed(0))


def varied(how: Augmentation, indices: list[int], *, seed: int = 1, epoch: int = 1) -> torch.Tensor:
    chosen = pictures()[indices]
    return augment(chosen, how, seed=seed, epoch=epoch, indices=indices)


def test_off_changes_nothing() -> None:
    assert torch.equal(varied(Augmentation.OFF, [0, 1]), pictures()[[0, 1]])


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

    assert torch.allclose(together[[4, 2, 0]], apart, atol=1e-6)


def test_seed_epoch_and_place_each_change_the_outcome() -> None:
    usual = varied(Augmentation.MEDIUM, [0, 1])

    assert not torch.allclose(usual, varied(Augmentation.MEDIUM, [0, 1], seed=2))
    assert not torch.allclose(usual, varied(Augmentation.MEDIUM, [0, 1], epoch=2))
    same = pictures()[[0, 0]]
    result = augment(same.clone(), Augmentation.MEDIUM, seed=1, epoch=1, indices=[0, 1])
    assert not torch.allclose(result[0], result[1])


def test_stronger_is_further_from_the_picture() -> None:
    smooth = torch.linspace(0, 1, 24).expand(64, 3, 24, 24).contiguous()
    far = [
        (augment(smooth.clone(), how, seed=3, epoch=1, indices=range(64)) - smooth).abs().mean()
        for how in VARYING
    ]

    assert far[1] < far[2]


def test_about_half_of_the_pictures_are_mirrored() -> None:
    ramp = torch.linspace(0, 1, 24).expand(200, 3, 24, 24).contiguous()

    result = augment(ramp, Augmentation.LIGHT, seed=5, epoch=1, indices=range(200))

    mirrored = (result[:, :, :, 0].mean(dim=(1, 2)) > 0.5).float().mean()
    assert 0.35 < mirrored < 0.65
