"""Texts to tokens once, padded no further than the batch needs."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from finetune_studio.engine.data.text_cleaning import clean_text
from finetune_studio.engine.data.tokens import Tokens, padded, padding_share, tokenize
from finetune_studio.engine.stopping import Stopped
from finetune_studio.events.events import Event

TEXTS = [f"good {'film ' * (number % 5)}bad" for number in range(2300)]


def kept(
    tokenizer: PreTrainedTokenizerFast, cache: Path, texts: list[str] = TEXTS, most: int = 6
) -> tuple[Tokens, bool]:
    """The tokens, and whether they were there already."""
    events: list[Event] = []
    found = tokenize(texts, tokenizer, most, events.append, lambda: False, cache)
    return found, not events


def assert_same(one: Tokens, other: Tokens) -> None:
    assert one.lengths == other.lengths
    assert one.cut == other.cut
    assert all(
        one.of(place).tolist() == other.of(place).tolist() for place in range(len(one.lengths))
    )


def tokens_of(texts: list[str], tokenizer: PreTrainedTokenizerFast, most: int = 8) -> Tokens:
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

    assert len(tokens_of(list(map(clean_text, texts)), tokenizer).lengths) == len(texts)


def test_no_texts_are_no_tokens(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokens_of([], tokenizer).lengths == []


def test_a_stop_is_heard(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(Stopped):
        tokenize(["good"], tokenizer, 8, lambda event: None, lambda: True)


def test_a_second_run_has_the_tokens_at_once(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    first, there = kept(tokenizer, tmp_path)
    assert not there

    second, there = kept(tokenizer, tmp_path)

    assert there
    assert_same(second, first)
    assert_same(second, tokens_of(TEXTS, tokenizer, 6))


def test_other_texts_lengths_and_tokenizers_have_tokens_of_their_own(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    kept(tokenizer, tmp_path)
    changed = [*TEXTS[:-1], "good"]
    glued = ["good film", "bad"], ["good", "film bad"]
    other = type(tokenizer)(tokenizer_object=tokenizer.backend_tokenizer, pad_token="[PAD]")
    other.backend_tokenizer.post_processor = None

    assert kept(tokenizer, tmp_path, changed)[0].lengths[-1] == 3
    assert kept(tokenizer, tmp_path, most=4)[0].lengths[4] == 4
    assert kept(tokenizer, tmp_path, glued[0])[0].lengths == [4, 3]
    assert kept(tokenizer, tmp_path, glued[1])[0].lengths == [3, 4]
    assert kept(other, tmp_path)[0].lengths[0] == 2
    assert kept(tokenizer, tmp_path)[1]


def test_tokens_are_kept_in_a_plain_arrow_file(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    found, _ = kept(tokenizer, tmp_path)
    (file,) = (tmp_path / "tokens").glob("*.arrow")

    with pa.ipc.open_file(file) as reader:
        rows = reader.read_all()

    assert rows["input_ids"][1234].as_py() == found.of(1234).tolist()


@pytest.mark.parametrize("damage", ["cut", "turned", "emptied"])
def test_damaged_tokens_are_made_again(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path, damage: str
) -> None:
    first, _ = kept(tokenizer, tmp_path)
    (file,) = (tmp_path / "tokens").glob("*.arrow")
    content = bytearray(file.read_bytes())
    if damage == "turned":
        content[len(content) // 2] ^= 1
    del first
    file.write_bytes({"cut": bytes(content[:-100]), "emptied": b""}.get(damage, bytes(content)))

    again, there = kept(tokenizer, tmp_path)

    assert not there
    assert_same(again, tokens_of(TEXTS, tokenizer, 6))
    assert kept(tokenizer, tmp_path)[1]


def test_where_nothing_can_be_kept_tokens_are_made_each_time(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    (tmp_path / "tokens").write_text("a file in the way")

    assert_same(kept(tokenizer, tmp_path)[0], tokens_of(TEXTS, tokenizer, 6))


def test_a_stop_leaves_no_half_file(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    asked = iter([False, False, True])
    with pytest.raises(Stopped):
        tokenize(TEXTS, tokenizer, 6, lambda event: None, lambda: next(asked), tmp_path)

    assert list((tmp_path / "tokens").iterdir()) == []


def test_old_tokens_make_room(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    for number in range(20):
        kept(tokenizer, tmp_path, [f"good {number}"])

    assert len(list((tmp_path / "tokens").iterdir())) == 12


def test_the_share_of_padding_counts_each_batch_by_its_longest_text() -> None:
    assert padding_share([[2, 4], [3, 3, 3]]) == pytest.approx(2 / 17)
    assert padding_share([]) == 0.0
