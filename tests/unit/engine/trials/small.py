"""A small picture model as a bundle, with a batch of noise."""

from __future__ import annotations

import torch
from torch import nn

from finetune_studio.engine.model.bundle import (
    Architecture,
    Block,
    ImagePreprocessing,
    ModelBundle,
)
from finetune_studio.engine.model.freezing import freeze
from finetune_studio.project.choices import Task
from tests.unit.engine.training.tiny import TinyBatch

ALL = frozenset({"0", "5"})
HEAD = frozenset({"5"})


def small_bundle(paths: frozenset[str] = ALL) -> ModelBundle:
    torch.manual_seed(3)
    module = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(8, 3),
    )
    freeze(module, paths)
    return ModelBundle(
        id="test/small",
        title="Small",
        task=Task.IMAGE,
        licence="",
        labels=("a", "b", "c"),
        module=module.eval(),
        blocks=(Block("Stem", ("0",)), Block("Head", ("5",))),
        preprocessing=ImagePreprocessing(size=8, resize=8, mean=(0, 0, 0), std=(1, 1, 1)),
        tokenizer=None,
        transformer=False,
        parameters=sum(p.numel() for p in module.parameters()),
        architecture=Architecture(library="timm", name="small"),
    )


def noise(samples: int = 6) -> TinyBatch:
    generator = torch.Generator().manual_seed(4)
    pixels = torch.randn(samples, 3, 8, 8, generator=generator)
    places = torch.arange(samples)
    return TinyBatch({"pixels": pixels}, places % 3, places)
