"""Varying training texts at random: words left out, hidden or swapped, slips of the hand.

Leaving out and swapping are two of the four operations of EDA (Wei & Zou 2019); leaving out is
also the word dropout of Iyyer et al. 2015. Hidden words stand behind the mask of pretraining
(Devlin et al. 2019), so that their places are kept. A slip is one of those of Pruthi et al. 2019:
two letters swapped, one lost, one doubled or a neighbour on the keyboard, never the first or the
last.

What happens to a text depends on (seed, epoch, its place among the samples) and nothing else.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from finetune_studio.project.text_variation import TextVariation

_FEWEST_LETTERS = 4
# Scripts without spaces between words: there, a character is taken for a word.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place, letter in enumerate(row)
}

_Draw = Callable[[], float]


def vary(
    text: str, how: TextVariation, *, seed: int, epoch: int, place: int, mask: str = ""
) -> str:
    """A text varied at random; a text with words always keeps one.

    Args:
        text: cleaned.
        how: how much of it.
        seed: of the run.
        epoch: from 1.
        place: of the text among the samples.
        mask: what stands for a hidden word; nothing where the model knows none.
    """
    # Of a generator only `random` is promised to give the same in every version of Python.
    draw = random.Random(f"{seed}:{epoch}:{place}").random  # noqa: S311 - nothing is secret
    words = _WORD.findall(text)
    if not words:
        return text
    if how.word_swap:
        _swap(words, how.word_swap, draw)
    if how.spelling_noise:
        words = [_slipped(word, draw) if draw() < how.spelling_noise else word for word in words]
    gone = how.word_dropout if mask else how.word_dropout + how.word_masking
    hidden = how.word_masking if mask else 0.0
    fates = [draw() for _ in words] if gone + hidden else [1.0] * len(words)
    if max(fates) < gone + hidden:
        fates[_below(len(words), draw)] = 1.0
    words = [
        mask if gone <= fate < gone + hidden else word
        for word, fate in zip(words, fates, strict=True)
    ]
    return _put_together(_WORD.split(text), words, [fate >= gone for fate in fates])


def _swap(words: list[str], share: float, draw: _Draw) -> None:
    """Let words change places with others anywhere in the text."""
    for place in range(len(words)):
        if draw() < share / 2:  # two words move with each swap
            other = _below(len(words), draw)
            words[place], words[other] = words[other], words[place]


def _slipped(word: str, draw: _Draw) -> str:
    """The word with one slip of the hand, where it is long enough to bear one."""
    letters = [place for place, letter in enumerate(word) if letter.isalpha()]
    if len(letters) < _FEWEST_LETTERS:
        return word
    place = letters[1 + _below(len(letters) - 2, draw)]
    before, letter, after = word[:place], word[place], word[place + 1 :]
    slip = _below(4, draw)
    beside = _BESIDE.get(letter)
    if slip == 0 and place + 1 < letters[-1] and after[0].isalpha():
        return before + after[0] + letter + after[1:]
    if slip == 1:
        return before + after
    if slip == 2 and beside:
        return before + beside[_below(len(beside), draw)] + after
    return before + letter + letter + after


def _put_together(gaps: list[str], words: list[str], kept: list[bool]) -> str:
    """The words that are kept, each after the gap that stood there."""
    parts = [
        part
        for gap, word, stays in zip(gaps, words, kept, strict=False)
        for part in (gap, word)
        if stays
    ]
    return "".join([*parts, gaps[-1]]).strip()


def _below(count: int, draw: _Draw) -> int:
    """A whole number from 0, below ``count``."""
    return min(count - 1, int(draw() * count))
