from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from finetune_studio.engine.model.text_tokenizers import read_tokenizer
from finetune_studio.project.problems import ProblemError


def test_a_tokenizer_gives_what_the_model_takes(text_folder: Callable[..., Path]) -> None:
    tokenizer = read_tokenizer(text_folder(), 6)
    encoded = tokenizer(["a very very very good film"], truncation=True)
    assert set(encoded) == {"input_ids", "attention_mask"}
    assert len(encoded["input_ids"][0]) == 6
    assert tokenizer.is_fast


def test_a_vocabulary_alone_makes_a_fast_tokenizer(text_folder: Callable[..., Path]) -> None:
    folder = text_folder()
    described = read_tokenizer(folder, 16)
    words = sorted(described.get_vocab(), key=described.get_vocab().__getitem__)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    (folder / "vocab.txt").write_text("\n".join(words))
    tokenizer = read_tokenizer(folder, 16)
    assert (
        tokenizer(["A very good film"])["input_ids"] == described(["A very good film"])["input_ids"]
    )


@pytest.mark.parametrize("content", [None, "{}", "not json"])
def test_a_folder_without_a_usable_tokenizer_is_refused(
    content: str | None, text_folder: Callable[..., Path]
) -> None:
    folder = text_folder()
    (folder / "tokenizer.json").unlink()
    if content is not None:
        (folder / "tokenizer.json").write_text(content)
    with pytest.raises(ProblemError) as caught:
        read_tokenizer(folder, 16)
    assert caught.value.problem.code == "tokenizer_missing"
