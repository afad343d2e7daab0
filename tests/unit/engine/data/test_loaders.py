"""Batches: all samples, the right labels, and the same again whenever they are asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from finetune_studio.engine.data import loaders
from finetune_studio.engine.data.inputs import picture_inputs, text_inputs
from finetune_studio.engine.data.loaders import (
    Batch,
    Batches,
    make_batches,
)
from finetune_studio.engine.data.mixing import Mixing
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.model.bundle import ImagePreprocessing, TextPreprocessing
from finetune_studio.engine.model.outputs import ONE_OF_THEM
from finetune_studio.events.events import Event, ProblemFound
from finetune_studio.project.choices import Augmentation
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.settings.varying import VariationSettings
from finetune_studio.project.variation import PRESETS, variation_of

HALF = (0.5, 0.5, 0.5)
PICTURES = ImagePreprocessing(size=16, resize=16, mean=HALF, std=HALF)
TEXTS = TextPreprocessing(max_tokens=8)
WORDS = ("good film", "bad", "good good good film", "film", "bad bad")


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Batches]:
    """Make batches of two with a fake bundle."""

    def make_them(
        samples: list[Sample], bundle: Any, events: list[Event] | None = None, **options: Any
    ) -> Batches:
        told: list[Event] = [] if events is None else events
        chosen = {"batch_size": 2, "seed": 3, "cache": tmp_path / "cache", **options}
        return make_batches(
            samples, ("cat", "dog"), bundle, emit=told.append, stop_requested=bool, **chosen
        )

    return make_them


@pytest.fixture
def photos(photo_folder: Path) -> list[Sample]:
    paths = sorted(photo_folder.rglob("*.png"))
    return [
        Sample(key=path.name, label=path.parent.name, where=path.name, path=str(path))
        for path in paths
    ]


@pytest.fixture
def texts() -> list[Sample]:
    return [
        Sample(key=str(place), label=("cat", "dog")[place % 2], where=f"line {place}", text=text)
        for place, text in enumerate(WORDS)
    ]


@pytest.fixture
def image_bundle() -> Any:
    return SimpleNamespace(preprocessing=PICTURES, tokenizer=None, outputs=ONE_OF_THEM)


@pytest.fixture
def text_bundle(tokenizer: PreTrainedTokenizerFast) -> Any:
    return SimpleNamespace(preprocessing=TEXTS, tokenizer=tokenizer, outputs=ONE_OF_THEM)


def same(one: list[Batch], other: list[Batch]) -> bool:
    return len(one) == len(other) and all(
        torch.equal(a.indices, b.indices)
        and torch.equal(a.targets, b.targets)
        and all(torch.equal(a.inputs[name], b.inputs[name]) for name in a.inputs)
        for a, b in zip(one, other, strict=True)
    )


def test_in_order_gives_every_picture_as_it_is(
    photos: list[Sample], make: Callable[..., Batches], image_bundle: Any
) -> None:
    batches = make(photos, image_bundle, batch_size=3, variation=PRESETS[Augmentation.STRONG])

    found = list(batches.in_order())

    assert [len(batch.indices) for batch in found] == [3, 3, 2]
    assert batches.batches_per_epoch == 3
    pixels = torch.cat([batch.inputs["pixels"] for batch in found])
    expected = picture_inputs([sample.path for sample in photos], PICTURES)["pixels"]
    assert torch.equal(pixels, expected)
    assert torch.cat([batch.targets for batch in found]).tolist() == [0] * 4 + [1] * 4


def test_what_varies_a_picture_is_part_of_the_name_of_its_views(
    photos: list[Sample], make: Callable[..., Batches], image_bundle: Any
) -> None:
    training = Hyperparameters(augmentation=Augmentation.CUSTOM)
    others = [
        training.edited(**{name: 0.3})
        for name in VariationSettings.model_fields
        if name.startswith("augment_")
    ]
    others += [
        training.edited(augmentation=Augmentation.RANDAUGMENT),
        training.edited(augmentation=Augmentation.RANDAUGMENT, randaugment_magnitude=3),
        training.edited(augmentation=Augmentation.RANDAUGMENT, randaugment_operations=1),
        training.edited(augmentation=Augmentation.TRIVIAL),
    ]
    sources = [
        make(photos, image_bundle, variation=variation_of(settings)).source
        for settings in (training, *others)
    ]

    assert len({source.identity([0, 1], 1) for source in sources}) == len(sources)
    assert len({source.identity([0, 1], 0) for source in sources}) == 1


@pytest.mark.parametrize("how", [Augmentation.OFF, Augmentation.MEDIUM])
def test_an_epoch_can_be_taken_up_in_the_middle(
    photos: list[Sample], make: Callable[..., Batches], image_bundle: Any, how: Augmentation
) -> None:
    batches = make(photos, image_bundle, variation=PRESETS.get(how))
    whole = list(batches.training(2))

    assert sorted(torch.cat([batch.indices for batch in whole]).tolist()) == list(range(8))
    assert all(batch.targets[0] == int(batch.indices[0] >= 4) for batch in whole)
    again = make(photos, image_bundle, variation=PRESETS.get(how))
    assert same(list(again.training(2, start_batch=2)), whole[2:])
    assert not same(list(batches.training(3)), whole)


def test_text_batches_are_bucketed_and_repeat(
    texts: list[Sample], make: Callable[..., Batches], text_bundle: Any
) -> None:
    batches = make(texts, text_bundle)

    whole = list(batches.training(1))

    assert sorted(torch.cat([batch.indices for batch in whole]).tolist()) == list(range(5))
    assert [len(batch.indices) for batch in whole] == [2, 2, 1]
    assert same(list(make(texts, text_bundle).training(1, start_batch=1)), whole[1:])
    assert next(iter(batches.in_order())).inputs["input_ids"].shape == (2, 4)


def test_prediction_sees_what_training_saw(
    texts: list[Sample],
    make: Callable[..., Batches],
    text_bundle: Any,
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    batch = next(iter(make(texts, text_bundle).in_order()))

    inputs = text_inputs([f" {WORDS[0]} ", WORDS[1]], tokenizer, TEXTS)

    assert all(torch.equal(inputs[name], batch.inputs[name]) for name in batch.inputs)


def test_a_picture_that_does_not_decode_is_passed_over_and_told(
    photos: list[Sample], make: Callable[..., Batches], image_bundle: Any
) -> None:
    damaged = Path(photos[2].path)
    damaged.write_bytes(damaged.read_bytes()[:300])
    events: list[Event] = []

    batches = make(photos, image_bundle, events)

    assert batches.positions == (0, 1, 3, 4, 5, 6, 7)
    assert len(batches) == 7
    assert 2 not in torch.cat([batch.indices for batch in batches.training(1)]).tolist()
    told = [event.problem for event in events if isinstance(event, ProblemFound)]
    assert [(problem.code, problem.where) for problem in told] == [("picture_damaged", "2.png")]


def test_texts_that_are_cut_are_told(
    texts: list[Sample], make: Callable[..., Batches], tokenizer: PreTrainedTokenizerFast
) -> None:
    events: list[Event] = []

    make(
        texts,
        SimpleNamespace(
            preprocessing=TextPreprocessing(max_tokens=4),
            tokenizer=tokenizer,
            outputs=ONE_OF_THEM,
        ),
        events,
    )

    told = [event.problem.what for event in events if isinstance(event, ProblemFound)]
    assert told == ["1 text of 5 cut at 4 tokens."]


def test_a_label_the_model_does_not_know_is_a_problem(
    make: Callable[..., Batches], image_bundle: Any
) -> None:
    with pytest.raises(ProblemError, match="no label “bird”"):
        make([Sample(key="1", label="bird", where="line 1")], image_bundle)


def test_one_batch_ahead_gives_the_same_and_leaves_no_thread(
    photos: list[Sample],
    make: Callable[..., Batches],
    image_bundle: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batches = make(photos, image_bundle, variation=PRESETS[Augmentation.LIGHT])
    plain = list(batches.training(1))
    monkeypatch.setattr(loaders, "_has_accelerator", lambda: True)

    assert same(list(batches.training(1)), plain)
    for _ in batches.training(1):
        break
    assert not [thread for thread in threading.enumerate() if "batches" in thread.name]


def test_no_samples_are_no_batches(make: Callable[..., Batches], image_bundle: Any) -> None:
    batches = make([], image_bundle)

    assert (batches.batches_per_epoch, list(batches.training(1)), list(batches.in_order())) == (
        0,
        [],
        [],
    )


def test_no_epoch_after_the_first_opens_a_picture(
    make: Callable[..., Batches], photos: list[Sample], image_bundle: Any
) -> None:
    batches = make(photos, image_bundle, variation=PRESETS[Augmentation.STRONG])
    first = [batch.inputs["pixels"] for batch in batches.training(1)]
    for sample in photos:
        Path(sample.path).unlink()

    again = [batch.inputs["pixels"] for batch in batches.training(1)]

    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert len(list(batches.training(2))) == 4


def test_texts_tell_their_share_of_padding_and_pictures_none(
    make: Callable[..., Batches],
    texts: list[Sample],
    text_bundle: Any,
    photos: list[Sample],
    image_bundle: Any,
) -> None:
    batches = make(texts, text_bundle)
    masks = [batch.inputs["attention_mask"] for batch in batches.training(1)]
    places, tokens = (
        sum(int(part) for part in parts)
        for parts in ([mask.numel() for mask in masks], [mask.sum() for mask in masks])
    )

    assert batches.padding == pytest.approx(1 - tokens / places)
    assert make(photos, image_bundle).padding is None


def test_an_even_epoch_draws_rare_labels_more_often_and_can_be_taken_up_in_the_middle(
    photos: list[Sample], make: Callable[..., Batches], image_bundle: Any
) -> None:
    uneven = photos[:5]  # four cats, one dog
    batches = make(uneven, image_bundle, evenly=True)
    whole = list(batches.training(2))

    drawn = torch.cat([batch.targets for batch in whole]).tolist()
    assert sorted(drawn) in ([0, 0, 0, 1, 1], [0, 0, 1, 1, 1])
    assert len(whole) == batches.batches_per_epoch
    again = make(uneven, image_bundle, evenly=True)
    assert same(list(again.training(2, start_batch=1)), whole[1:])
    assert torch.cat([batch.indices for batch in batches.in_order()]).tolist() == list(range(5))


def test_an_even_epoch_of_texts_keeps_texts_of_similar_length_together(
    texts: list[Sample], make: Callable[..., Batches], text_bundle: Any
) -> None:
    uneven = [text for text in texts if text.label == "cat"] + texts[1:2]
    batches = make(uneven, text_bundle, evenly=True)
    targets = torch.cat([batch.targets for batch in batches.training(1)])
    assert targets.sum() == 2
    assert batches.padding is not None


def test_mixed_pictures_want_shares_of_labels_and_only_in_training(
    photos: list[Sample], make: Callable[..., Batches], image_bundle: Any
) -> None:
    mixing = Mixing(mixup=1.0, cutmix=1.0, labels=2, seed=3)
    batches = make(photos, image_bundle, batch_size=3, mixing=mixing)
    whole = list(batches.training(2))

    assert [tuple(batch.targets.shape) for batch in whole] == [(3, 2), (3, 2), (2, 2)]
    plain = make(photos, image_bundle, batch_size=3)
    assert not same(whole, list(plain.training(2)))
    again = make(photos, image_bundle, batch_size=3, mixing=mixing)
    assert same(list(again.training(2, start_batch=1)), whole[1:])
    assert same(list(batches.in_order()), list(plain.in_order()))


def test_texts_are_never_mixed(
    texts: list[Sample], make: Callable[..., Batches], text_bundle: Any
) -> None:
    mixing = Mixing(mixup=1.0, cutmix=1.0, labels=2, seed=3)
    mixed = make(texts, text_bundle, mixing=mixing)
    assert same(list(mixed.training(1)), list(make(texts, text_bundle).training(1)))
