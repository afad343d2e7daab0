from __future__ import annotations

import pytest
import torch
from torch import Tensor

from finetune_studio.engine.data.mixing import Mixing, mixing_for
from finetune_studio.project.hyperparameters import Hyperparameters

LABELS = 3


def pictures(count: int = 6, side: int = 20) -> tuple[Tensor, Tensor]:
    """Each of one grey of its own, so that one sees what comes from which."""
    greys = torch.arange(count, dtype=torch.float32)[:, None, None, None]
    return greys.expand(count, 3, side, side + 4).clone(), torch.arange(count) % LABELS


def one(**alphas: float) -> Mixing:
    mixing = mixing_for(Hyperparameters(**alphas, seed=5), LABELS)
    assert mixing is not None
    return mixing


def test_nothing_is_mixed_unless_asked() -> None:
    assert mixing_for(Hyperparameters(), LABELS) is None


def test_mixup_lays_two_pictures_over_one_another_by_the_share_of_their_labels() -> None:
    pixels, targets = pictures()
    mixed, wanted = one(mixup=1.0).mix(pixels, targets, epoch=2, batch=1)
    assert mixed.amax((1, 2, 3)).tolist() == mixed.amin((1, 2, 3)).tolist()  # every pixel alike
    torch.testing.assert_close(wanted.sum(1), torch.ones(6))
    for place, (grey, shares) in enumerate(zip(mixed[:, 0, 0, 0], wanted, strict=True)):
        partners = [p for p in range(6) if p != place and shares[p % LABELS] > 0]
        expected = {
            round(float(share * place + (1 - share) * p), 4)
            for p in partners
            for share in [shares[place % LABELS]]
        }
        alone = float(shares.max()) == 1.0  # mixed with itself, or with one of the same label
        assert alone or round(float(grey), 4) in expected


@pytest.mark.parametrize("batch", range(8))
def test_with_cutmix_the_share_of_a_label_is_the_area_of_its_picture(batch: int) -> None:
    pixels, _ = pictures()
    targets = torch.arange(6)
    mixed, wanted = Mixing(0.0, 1.0, labels=6, seed=5).mix(pixels, targets, epoch=1, batch=batch)
    for picture, shares in zip(mixed[:, 0], wanted, strict=True):
        areas = torch.stack([(picture == grey).float().mean() for grey in range(6)])
        torch.testing.assert_close(areas, shares)


def test_with_cutmix_the_pasted_piece_is_a_rectangle() -> None:
    pixels, targets = pictures()
    mixed, _ = one(cutmix=1.0).mix(pixels, targets, epoch=1, batch=0)
    foreign = mixed[:, 0] != pixels[:, 0]
    changed = [picture for picture in foreign if picture.any()]
    assert changed
    for picture in changed:
        rows, columns = picture.any(1).sum(), picture.any(0).sum()
        assert int(picture.sum()) == int(rows * columns)


def test_the_same_batch_of_the_same_epoch_is_mixed_alike_and_others_otherwise() -> None:
    pixels, targets = pictures()
    mixing = one(mixup=0.4, cutmix=1.0)
    first, again = (mixing.mix(pixels, targets, 3, 2) for _ in range(2))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], mixing.mix(pixels, targets, 3, 3)[0])
    assert not torch.equal(first[0], mixing.mix(pixels, targets, 4, 2)[0])


def test_with_both_on_some_batches_take_one_and_some_the_other() -> None:
    pixels, targets = pictures()
    mixing = one(mixup=1.0, cutmix=1.0)
    plain = [
        bool((mixed.amax((1, 2, 3)) == mixed.amin((1, 2, 3))).all())
        for mixed, _ in (mixing.mix(pixels, targets, 1, batch) for batch in range(40))
    ]
    assert 10 < sum(plain) < 30


def test_what_is_given_is_left_alone() -> None:
    pixels, targets = pictures()
    one(cutmix=1.0).mix(pixels, targets, 1, 0)
    assert torch.equal(pixels, pictures()[0])


def test_a_picture_alone_stays_what_it_is() -> None:
    pixels, targets = pictures(count=1)
    mixed, wanted = one(mixup=1.0).mix(pixels, targets, 1, 0)
    assert torch.equal(mixed, pixels)
    assert wanted.tolist() == [[1.0, 0.0, 0.0]]
