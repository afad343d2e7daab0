"""Tiny random models with everything an export needs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from finetune_studio.engine.model.bundle import (
    RECORD_FILE,
    Architecture,
    BundleRecord,
    ImagePreprocessing,
    ModelBundle,
    TextPreprocessing,
)
from finetune_studio.engine.model.sources import restore
from finetune_studio.project.choices import Task

LABELS = ("cat", "dog <b>", "élan")


@pytest.fixture(params=[("timm", "test_resnet"), ("torchvision", "resnet18")], ids=lambda p: p[1])
def picture_bundle(request: pytest.FixtureRequest, tmp_path: Path) -> ModelBundle:
    """A tiny random picture classifier whose answers differ from picture to picture."""
    library, name = request.param
    record = BundleRecord(
        id=f"{library}/{name}",
        title=name,
        task=Task.IMAGE,
        licence="MIT",
        labels=LABELS,
        transformer=False,
        architecture=Architecture(library=library, name=name, dropout=0.2),
        preprocessing=ImagePreprocessing(
            size=64, resize=72, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.25), interpolation="bicubic"
        ),
    )
    return _restored(record, tmp_path)


@pytest.fixture(params=[1, 2], ids=["one layer read", "two layers read"])
def text_bundle(request: pytest.FixtureRequest, tmp_path: Path) -> ModelBundle:
    """A tiny random BERT with a word tokenizer."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "film", "a", "the", "not"]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )
    folder = tmp_path / "bundle"
    fast.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
    )
    config.save_pretrained(folder)
    record = BundleRecord(
        id="transformers/tiny",
        title="Tiny",
        task=Task.TEXT,
        licence="MIT",
        labels=LABELS,
        transformer=True,
        architecture=Architecture(library="transformers", name="bert", layers_read=request.param),
        preprocessing=TextPreprocessing(max_tokens=12),
    )
    return _restored(record, tmp_path)


def _restored(record: BundleRecord, tmp_path: Path) -> ModelBundle:
    folder = tmp_path / "bundle"
    folder.mkdir(exist_ok=True)
    (folder / RECORD_FILE).write_text(record.model_dump_json())
    bundle = restore(folder)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, value in bundle.module.named_parameters():
            if "linear" in name:  # a head fresh from its start says the same of everything
                value.normal_(0, 0.5, generator=generator)
    return bundle
