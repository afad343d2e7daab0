from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune_studio.engine.data.loaders import Batch
from finetune_studio.engine.data.order import batches_of, shuffled
from finetune_studio.engine.data.pieces import cut, lengths_of_pieces, pieces, texts_at_once
from finetune_studio.engine.data.tokens import padding_share
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.step import Stepper
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.training.tiny import BLOCKS, CPU

LENGTHS = [2, 3, 3, 4, 5, 6, 9, 11, 12]
TOKENS = {"input_ids": 1, "attention_mask": 1, "feature_0": 2}


class Reader(nn.Module):
    """Takes the mean of what its tokens stand for; padding says nothing."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.body = nn.Embedding(20, 8)
        self.head = nn.Linear(8, 3)
        self.seen: list[tuple[int, ...]] = []

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        ids, mask = inputs["input_ids"], inputs["attention_mask"].unsqueeze(-1)
        self.seen.append(tuple(ids.shape))
        logits: Tensor = self.head((self.body(ids) * mask).sum(1) / mask.sum(1))
        return logits


@pytest.fixture
def batch() -> Batch:
    """Nine texts, the shortest first."""
    rows = [torch.arange(1, length + 1) for length in LENGTHS]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    inputs = {
        "input_ids": ids,
        "attention_mask": (ids > 0).long(),
        "feature_0": torch.randn(9, 4, 12),
        "feature_1": torch.randn(9, 12),  # as long by chance
    }
    places = torch.arange(9)
    return Batch(inputs, places % 3, places, TOKENS)


def test_a_piece_has_no_padding_that_none_of_its_texts_needs(batch: Batch) -> None:
    found = cut(batch, slice(0, 4))

    assert {name: tuple(tensor.shape) for name, tensor in found.items()} == {
        "input_ids": (4, 4),
        "attention_mask": (4, 4),
        "feature_0": (4, 4, 4),
        "feature_1": (4, 12),
    }
    assert torch.equal(found["input_ids"], batch.inputs["input_ids"][:4, :4])
    assert torch.equal(cut(batch, slice(8, 9))["feature_0"], batch.inputs["feature_0"][8:])


def test_pictures_are_cut_into_samples_alone() -> None:
    pixels = torch.randn(4, 3, 5, 5)
    places = torch.arange(4)
    assert torch.equal(
        cut(Batch({"pixels": pixels}, places, places), slice(1, 3))["pixels"], pixels[1:3]
    )


def test_a_processor_takes_a_quarter_of_the_texts_and_a_graphics_card_all() -> None:
    assert [texts_at_once(count, "cpu") for count in (32, 16, 9, 2)] == [8, 4, 4, 4]
    assert texts_at_once(32, "cuda") == 32
    assert pieces(9, 4) == [slice(0, 4), slice(4, 8), slice(8, 12)]


def test_pieces_of_drawn_batches_pad_little() -> None:
    lengths = [3 + place % 60 for place in range(960)]
    batches = [
        sorted(lengths[place] for place in places)
        for places in batches_of(shuffled(960, seed=1, epoch=1), 16)
    ]

    whole = padding_share(batches)
    divided = padding_share(piece for one in batches for piece in lengths_of_pieces(one, "cpu"))

    assert whole > 0.35
    assert divided < 0.2
    assert padding_share(lengths_of_pieces(batches[0], "cuda")) == padding_share(batches[:1])


def test_a_step_in_pieces_is_the_step_of_the_whole_batch(batch: Batch) -> None:
    reader, whole = Reader(), Reader()
    optimizer = build_optimizer(reader, BLOCKS, Hyperparameters(weight_decay=0))
    stepper = Stepper(reader, reader, optimizer, CPU)

    stepper.begin(seed=0, samples=9, rate=0.1)
    stepper.gather(batch)

    functional.cross_entropy(whole(dict(batch.inputs)), batch.targets).backward()
    assert reader.seen == [(4, 4), (4, 11), (1, 12)]
    assert stepper.at_once == 4
    for one, other in zip(reader.parameters(), whole.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-5, atol=1e-7)
