"""Varied texts: by chance that can be repeated, and never without a word."""

from __future__ import annotations

import pytest

from finetune_studio.engine.data.text_variation import vary
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.text_variation import TextVariation, text_variation_of

TEXT = "The quick brown foxes really jumped over several extremely lazy sleeping dogs today " * 25
WORDS = TEXT.split()


def varied(text: str = TEXT, *, epoch: int = 1, place: int = 0, seed: int = 7, **how: float) -> str:
    return vary(text, TextVariation(**how), seed=seed, epoch=epoch, place=place)


def test_the_same_text_in_the_same_epoch_is_varied_alike() -> None:
    how = {"word_dropout": 0.2, "word_swap": 0.1, "spelling_noise": 0.3}

    once = varied(**how)

    assert once == varied(**how)
    assert len({once, varied(epoch=2, **how), varied(place=1, **how), varied(seed=8, **how)}) == 4


def test_what_chance_gives_is_written_in_stone() -> None:
    text = "a resumed run has to see what an interrupted one would have seen"
    how = {"word_dropout": 0.2, "word_swap": 0.2, "spelling_noise": 0.5}

    assert varied(text, epoch=3, place=5, **how) == (
        "a resumeed run has an see what to interrupted one wolud have sewn"
    )


def test_dropout_leaves_out_its_share_and_keeps_the_order() -> None:
    left = varied(word_dropout=0.3).split()

    assert 0.6 < len(left) / len(WORDS) < 0.8
    rest = iter(WORDS)
    assert all(word in rest for word in left)


def test_hidden_words_keep_their_places() -> None:
    how = TextVariation(word_masking=0.3)
    hidden = vary(TEXT, how, seed=7, epoch=1, place=0, mask="<mask>").split()

    assert len(hidden) == len(WORDS)
    assert all(new in ("<mask>", old) for new, old in zip(hidden, WORDS, strict=True))
    assert 0.2 < hidden.count("<mask>") / len(WORDS) < 0.4


def test_words_are_left_out_where_a_model_knows_no_mask() -> None:
    assert varied(word_masking=0.3) == varied(word_dropout=0.3)


def test_left_out_and_hidden_words_are_others() -> None:
    how = TextVariation(word_dropout=0.2, word_masking=0.2)
    left = vary(TEXT, how, seed=7, epoch=1, place=0, mask="[MASK]").split()

    assert 0.7 < len(left) / len(WORDS) < 0.9
    assert 0.1 < left.count("[MASK]") / len(WORDS) < 0.3


def test_swapping_keeps_every_word() -> None:
    swapped = varied(word_swap=0.3).split()

    assert sorted(swapped) == sorted(WORDS)
    moved = sum(one != other for one, other in zip(swapped, WORDS, strict=True)) / len(WORDS)
    assert 0.15 < moved < 0.35


def test_slips_stay_inside_words_of_four_letters_or_more() -> None:
    noisy = varied(spelling_noise=0.9).split()

    assert len(noisy) == len(WORDS)
    changed = [(old, new) for old, new in zip(WORDS, noisy, strict=True) if old != new]
    assert len(changed) > len(WORDS) / 3
    for old, new in changed:
        assert len(old) >= 4
        assert (old[0], old[-1]) == (new[0], new[-1])
        assert abs(len(old) - len(new)) <= 1


@pytest.mark.parametrize("text", ["word", "one two", "。", "好", "😀"])
def test_a_word_always_stays(text: str) -> None:
    for epoch in range(1, 40):
        assert varied(text, epoch=epoch, word_dropout=0.9).strip()
        how = TextVariation(word_masking=0.9)
        assert vary(text, how, seed=7, epoch=epoch, place=0, mask="#").strip("# ")


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_a_text_without_words_stays_as_it_is(text: str) -> None:
    assert varied(text, word_dropout=0.9, word_swap=0.9, spelling_noise=0.9) == text


def test_characters_are_words_where_nobody_writes_spaces() -> None:
    text = "我非常喜欢这部电影因为演员很好" * 20

    assert 0.6 < len(varied(text, word_dropout=0.3)) / len(text) < 0.8


def test_scripts_of_all_kinds_survive() -> None:
    text = "שלום עולם العالم مرحبا नमस्ते दुनिया 👩‍👩‍👧 e\u0301te\u0301 \u202eabc"

    for epoch in range(1, 60):
        varied(text, epoch=epoch, word_dropout=0.3, word_swap=0.5, spelling_noise=0.9).encode()


def test_nothing_is_varied_unless_asked_for() -> None:
    assert text_variation_of(Hyperparameters()) is None
    assert text_variation_of(Hyperparameters(text_views=0)) is None
    assert text_variation_of(Hyperparameters(word_masking=0.1)) is not None
    assert text_variation_of(Hyperparameters(word_swap=0.1)) == TextVariation(
        word_swap=0.1, views=4
    )
