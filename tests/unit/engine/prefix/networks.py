"""Small networks of many kinds, made at random, as bundles; and batches of made-up samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import timm
import torch
import torchvision
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

from finetune_studio.engine.data.loaders import Batches
from finetune_studio.engine.model.bundle import (
    Architecture,
    Block,
    ImagePreprocessing,
    ModelBundle,
    TextPreprocessing,
)
from finetune_studio.engine.model.text_classifier import TextClassifier
from finetune_studio.project.choices import Task

LABELS = ("a", "b", "c")
MOST_TOKENS = 16
_VOCABULARY = 50


def picture_bundle(module: nn.Module, size: int) -> ModelBundle:
    plain = (0.5, 0.5, 0.5)
    return ModelBundle(
        id="test",
        title="Test",
        task=Task.IMAGE,
        licence="",
        labels=LABELS,
        module=module,
        blocks=(Block("Network", ("",)),),
        preprocessing=ImagePreprocessing(size=size, resize=size, mean=plain, std=plain),
        tokenizer=None,
        transformer=False,
        parameters=0,
        architecture=Architecture(library="timm", name="test"),
    )


def text_bundle(encoder: nn.Module, layers_read: int = 1) -> ModelBundle:
    classifier = TextClassifier(encoder, len(LABELS), 0.1, layers_read)  # type: ignore[arg-type]
    bundle = picture_bundle(classifier, 32)
    bundle.task = Task.TEXT
    bundle.preprocessing = TextPreprocessing(max_tokens=MOST_TOKENS)
    return bundle


def resnet() -> ModelBundle:
    return picture_bundle(ResNet(BasicBlock, [1, 1, 1, 1], num_classes=3), 32)


def squeezenet() -> ModelBundle:
    return picture_bundle(torchvision.models.squeezenet1_1(num_classes=3), 64)


def timm_network(name: str, size: int) -> ModelBundle:
    return picture_bundle(timm.create_model(name, num_classes=3, drop_path_rate=0.2), size)


def vision_transformer() -> ModelBundle:
    return picture_bundle(VisionTransformer(32, 8, 3, 2, 24, 48, dropout=0.1, num_classes=3), 32)


def swin() -> ModelBundle:
    return picture_bundle(
        SwinTransformer(
            [2, 2], 12, [1, 1], [2, 2], [4, 4], stochastic_depth_prob=0.3, num_classes=3
        ),
        32,
    )


def bert(layers_read: int = 1) -> ModelBundle:
    config = BertConfig(
        vocab_size=_VOCABULARY,
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=MOST_TOKENS,
    )
    return text_bundle(BertModel(config, add_pooling_layer=False), layers_read)


def distilbert() -> ModelBundle:
    config = DistilBertConfig(
        vocab_size=_VOCABULARY,
        dim=16,
        n_layers=2,
        n_heads=2,
        hidden_dim=32,
        max_position_embeddings=MOST_TOKENS,
    )
    return text_bundle(DistilBertModel(config))


@dataclass
class MadeUpPictures:
    """A source of random pictures; augmentation, if on, adds a constant that grows each epoch."""

    pixels: Tensor
    varied: bool
    asked: list[int | None]

    by_token = False

    def inputs(self, places: Sequence[int], epoch: int | None) -> dict[str, Tensor]:
        self.asked.append(epoch)
        added = 0.1 * epoch if epoch and self.varied else 0.0
        return {"pixels": self.pixels[torch.as_tensor(places)] + added}

    def ready(self, epoch: int | None) -> None:
        """Nothing to do."""

    def lengths(self, places: Sequence[int], epoch: int | None) -> list[int]:
        return [1] * len(places)

    def identity(self, places: Sequence[int], view: int) -> str:
        return f"{self.pixels.sum()}:{list(places)}:{view}"


@dataclass
class MadeUpTexts:
    """A source of random tokens."""

    tokens: list[np.ndarray]
    asked: list[int | None]

    by_token = True

    def inputs(self, places: Sequence[int], epoch: int | None) -> dict[str, Tensor]:
        self.asked.append(epoch)
        rows = [torch.from_numpy(self.tokens[place]) for place in places]
        ids = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        return {"input_ids": ids, "attention_mask": (ids != 0).long()}

    def ready(self, epoch: int | None) -> None:
        """Nothing to do."""

    def lengths(self, places: Sequence[int], epoch: int | None) -> list[int]:
        return [len(self.tokens[place]) for place in places]

    def identity(self, places: Sequence[int], view: int) -> str:
        return str([self.tokens[place].tolist() for place in places])


def made_up(
    bundle: ModelBundle, samples: int, *, seed: int = 0, batch_size: int = 4, varied: bool = False
) -> Batches:
    """Batches of random samples that suit a bundle."""
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(len(LABELS), (samples,), generator=generator)
    source: MadeUpPictures | MadeUpTexts
    if isinstance(bundle.preprocessing, ImagePreprocessing):
        side = bundle.preprocessing.size
        pixels = torch.randn(samples, 3, side, side, generator=generator)
        source = MadeUpPictures(pixels, varied, [])
    else:
        random = np.random.default_rng(seed)
        lengths = random.integers(3, MOST_TOKENS, samples)
        source = MadeUpTexts([random.integers(1, _VOCABULARY, n) for n in lengths], [])
    return Batches(source, targets, range(samples), batch_size=batch_size, seed=seed)
