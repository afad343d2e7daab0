"""Whole projects in miniature: a random BERT or ResNet on disk, and a few dozen samples.

Also a program that trains a project in a process that can be killed: it imports everything once,
then makes a copy of itself for every line ``PROJECT`` or ``PROJECT --resume`` and says the copy's
number.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from PIL import Image
from safetensors.torch import save

from finetune_studio.engine.stopping import Control
from finetune_studio.engine.training.run import train
from finetune_studio.events.events import Event
from finetune_studio.project import storage
from finetune_studio.project.choices import ModelSource, Optimizer, Task
from finetune_studio.project.freeze_plan import FreezePlan, FreezePreset
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import DataChoice, ModelChoice, Project

WORDS = ("good", "fine", "bad", "poor", "odd", "plain", "film", "book", "the", "a", "was", "is")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def write_bert(folder: Path, words: Sequence[str] = WORDS) -> None:
    """A random BERT of two layers with a word tokenizer, as transformers saves it."""
    _write(folder, _bert(tuple(words)))


@cache
def _bert(words: tuple[str, ...]) -> dict[str, bytes]:
    """The files of a BERT, which are the same for every project."""
    with TemporaryDirectory() as folder:
        _save_bert(Path(folder), words)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    torch.manual_seed(5)  # whether the files were made just now decides about nothing


def _save_bert(folder: Path, words: tuple[str, ...]) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    vocabulary = {word: place for place, word in enumerate((*SPECIAL, *words))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(folder)


def tiny_bert(folder: Path, words: Sequence[str] = WORDS) -> ModelChoice:
    """A random BERT, written into a folder, as the model of a project."""
    write_bert(folder / "tiny-bert", words)
    return ModelChoice(
        id="local/tiny-bert",
        source=ModelSource.LOCAL,
        task=Task.TEXT,
        title="Tiny BERT",
        path=str(folder / "tiny-bert"),
    )


def write_reviews(file: Path, rows: int = 60) -> None:
    """Texts whose label is what their third word says."""
    generator = torch.Generator().manual_seed(2)
    lines = ["text,label"]
    for row in range(rows):
        kind = row % 3
        opinion = WORDS[2 * kind + row // 3 % 2]
        rest = [WORDS[6 + int(i)] for i in torch.randint(0, 6, (3 + row % 5,), generator=generator)]
        lines.append(f"the film {opinion} {' '.join(rest)} {row},{('up', 'down', 'even')[kind]}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_project(folder: Path, **settings: object) -> Path:
    """A project that trains everything, ready to be trained."""
    folder.mkdir(parents=True)
    model = tiny_bert(folder)
    write_reviews(folder / "reviews.csv")
    training = {
        "epochs": 3,
        "batch_size": 8,
        "learning_rate": 0.01,
        "optimizer": Optimizer.ADAMW,
        "dropout": 0.2,
        "patience": 0,
        "weight_decay": 0.01,
        "best_metric": "val_loss",
        # Nothing that is recommended for a language model of the usual size.
        "rate_decay": 1.0,
        "head_rate": 1.0,
        "label_smoothing": 0.0,
        "word_dropout": 0.0,
        "word_masking": 0.0,
        "adversarial": 0.0,
        "layers_read": 1,
        **settings,
    }
    project = Project(
        task=Task.TEXT,
        model=model,
        data=DataChoice(path=str(folder / "reviews.csv")),
        freeze=FreezePlan(preset=FreezePreset.EVERYTHING),
        training=Hyperparameters(**training),
        pinned=tuple(training),
    )
    storage.save(project, folder)
    return folder


def make_pictures(folder: Path) -> Path:
    """A project with a tiny random ResNet, with batch norm and augmentation; everything trains."""
    folder.mkdir(parents=True)
    write_resnet(folder / "tiny-resnet")
    generator = torch.Generator().manual_seed(4)
    for place in range(24):
        label = folder / "pictures" / ("dark", "light")[place % 2]
        label.mkdir(parents=True, exist_ok=True)
        noise = torch.randint(0, 128, (40, 50, 3), generator=generator, dtype=torch.uint8)
        Image.fromarray((noise + 127 * (place % 2)).numpy()).save(label / f"{place:02d}.png")
    training = {
        "epochs": 2,
        "batch_size": 8,
        "learning_rate": 0.01,
        "augmentation": "medium",
        "dropout": 0.1,
        "patience": 0,
        "weight_decay": 0.0,
        "best_metric": "val_loss",
    }
    model = ModelChoice(
        id="local/tiny-resnet",
        source=ModelSource.LOCAL,
        task=Task.IMAGE,
        title="Tiny ResNet",
        path=str(folder / "tiny-resnet"),
    )
    project = Project(
        task=Task.IMAGE,
        model=model,
        data=DataChoice(path=str(folder / "pictures")),
        freeze=FreezePlan(preset=FreezePreset.EVERYTHING),
        training=Hyperparameters(**training),
        pinned=tuple(training),
    )
    storage.save(project, folder)
    return folder


def write_resnet(folder: Path) -> None:
    """A tiny random ResNet."""
    _write(folder, _resnet())


@cache
def _resnet() -> dict[str, bytes]:
    """The files of a ResNet, which are the same for every project."""
    import timm

    torch.manual_seed(6)
    module = timm.create_model("test_resnet", pretrained=False, num_classes=10)
    facts = {"architecture": "test_resnet", "num_classes": 10}
    return {
        "model.safetensors": save(module.state_dict()),
        "config.json": json.dumps(facts).encode(),
    }


def trained(
    folder: Path, *, resume: bool = False, watch: Callable[[Event, Control], None] | None = None
) -> list[Event]:
    """Train a project; ``watch`` sees every event and may ask for a stop."""
    events: list[Event] = []
    control = Control()

    def emit(event: Event) -> None:
        events.append(event)
        if watch is not None:
            watch(event, control)

    train(folder, emit, control, resume=resume)
    return events


def _serve() -> None:
    for line in sys.stdin:
        folder, *more = line.split()
        copy = os.fork()
        if copy:
            print(copy, flush=True)
            os.waitpid(copy, 0)
            print("ended", flush=True)
            continue
        trained(Path(folder), resume="--resume" in more)
        os._exit(0)


if __name__ == "__main__":
    import transformers.models.bert.modeling_bert  # noqa: F401 - once, not in every copy

    torch.set_num_threads(1)  # decides about the last bit
    gc.freeze()  # no copy has to look through what was imported
    _serve()
