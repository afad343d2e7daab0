"""Tiny made data: pictures of one colour, tables of a few lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from finetune_studio.engine.data.reading import survey
from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import DataChoice

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


@pytest.fixture
def picture() -> Callable[..., Path]:
    """Save a picture of random pixels, different for each seed."""

    def save(path: Path, seed: int = 0, size: tuple[int, int] = (40, 32), **options: Any) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
        Image.fromarray(pixels).save(path, **options)
        return path

    return save


@pytest.fixture
def photo_folder(tmp_path: Path, picture: Callable[..., Path]) -> Path:
    """Two labels with four different pictures each."""
    root = tmp_path / "photos"
    for number in range(8):
        picture(root / ("cat" if number < 4 else "dog") / f"{number}.png", seed=number)
    return root


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's cache, away from the data."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def look(cache: Path) -> Callable[..., SampleSet]:
    """Survey a source with a choice made of keywords."""

    def look_at(path: Path, task: Task | None = None, **choice: Any) -> SampleSet:
        data = DataChoice(path=str(path), **choice)
        return survey(data, task, cache, lambda event: None, lambda: False)

    return look_at


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write a table file from its content."""

    def write(content: str | bytes, name: str = "table.csv") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


@pytest.fixture
def problem_of() -> Callable[[Iterable[Problem], str], Problem]:
    """The problem of a code, or a failure that names the codes there are."""

    def find(problems: Iterable[Problem], code: str) -> Problem:
        found = {problem.code: problem for problem in problems}
        assert code in found, f"no {code} among {sorted(found)}"
        return found[code]

    return find


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    """Four words, and special tokens around them as BERT has."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "film")
    inner = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, "[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )
