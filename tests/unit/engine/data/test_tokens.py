"""Texts to tokens once, padded no further than the batch needs."""

from __future__ import annotations

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from finetune_studio.engine.data.tokens import padded, tokenize
from finetune_studio.engine.stopping import Stopped


def tokens_of(texts: list[str], tokenizer: PreTrainedTokenizerFast, most: int = 8):  # noqa: ANN201
    return tokenize(texts, tokenizer, most, lambda event: None, lambda: False)


def test_texts_become_the_tokenizers_tokens(tokenizer: PreTrainedTokenizerFast) -> None:
    texts = ["good film", "", "bad bad bad"]

    found = tokens_of(texts, tokenizer)

    assert found.lengths == [4, 2, 5]
    assert [found.of(place).tolist() for place in range(3)] == tokenizer(texts)["input_ids"]


def test_long_texts_are_cut_and_counted(tokenizer: PreTrainedTokenizerFast) -> None:
    found = tokens_of(["good " * 6, "good " * 7, "x" * 100_000], tokenizer)

    assert found.lengths == [8, 8, 3]
    assert found.cut == 1


def test_a_batch_is_as_long_as_its_longest_text(tokenizer: PreTrainedTokenizerFast) -> None:
    found = tokens_of(["good film", "bad"], tokenizer)

    batch = padded([found.of(0), found.of(1)], tokenizer)

    assert batch["input_ids"].shape == (2, 4)
    assert batch["input_ids"].dtype == torch.int64
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert batch["input_ids"][1, 3] == tokenizer.pad_token_id
    assert "token_type_ids" in batch


def test_naughty_texts_do_not_crash(tokenizer: PreTrainedTokenizerFast) -> None:
    texts = ["\x00", "\ud800", "\u200b\u202e", "😀" * 50, "a\u0301" * 100, "\r\n\t"]

    assert len(tokens_of(texts, tokenizer).lengths) == len(texts)


def test_no_texts_are_no_tokens(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokens_of([], tokenizer).lengths == []


def test_a_stop_is_heard(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(Stopped):
        tokenize(["good"], tokenizer, 8, lambda event: None, lambda: True)
