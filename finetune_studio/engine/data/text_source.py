"""Texts as a model takes them: tokens, padded batch by batch; in training perhaps varied."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from torch import Tensor

from finetune_studio.engine.data.cleaning import cleaned
from finetune_studio.engine.data.findings import Findings, counted
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.data.text_variation import vary
from finetune_studio.engine.data.tokens import Tokens, padded, tokenize
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.events import ProblemFound
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.text_variation import TextVariation

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from finetune_studio.engine.model.bundle import TextPreprocessing

_MOST_KEPT = 8  # epochs or views, whose tokens take four bytes each


@dataclass(frozen=True)
class Varying:
    """Texts that are varied in training.

    Attributes:
        texts: cleaned.
        how: how far.
        seed: of the run.
        tokenize: turns texts into tokens.
        mask: what stands for a hidden word; nothing where the model knows none.
    """

    texts: Sequence[str]
    how: TextVariation
    seed: int
    tokenize: Callable[[Sequence[str]], Tokens]
    mask: str = ""

    def tokens(self, epoch: int) -> Tokens:
        """The tokens of all texts as they are varied in an epoch.

        Raises:
            Stopped: a stop was asked for.
        """
        return self.tokenize(_VariedTexts(self, epoch))

    def text(self, place: int, epoch: int) -> str:
        """One text as it is varied in an epoch."""
        text, mask = self.texts[place], self.mask
        return vary(text, self.how, seed=self.seed, epoch=epoch, place=place, mask=mask)


class _VariedTexts(Sequence[str]):
    """The texts of an epoch, each varied when it is asked for: long work that can be stopped."""

    def __init__(self, varying: Varying, epoch: int) -> None:
        self._varying = varying
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._varying.texts)

    @overload
    def __getitem__(self, places: int) -> str: ...

    @overload
    def __getitem__(self, places: slice) -> list[str]: ...

    def __getitem__(self, places: int | slice) -> str | list[str]:
        if isinstance(places, int):
            return self._varying.text(places, self._epoch)
        chosen = range(len(self))[places]
        return [self._varying.text(place, self._epoch) for place in chosen]


class TextSource:
    """Tokens, padded batch by batch; of varied texts, tokens of their own in every epoch."""

    def __init__(
        self, tokens: Tokens, tokenizer: PreTrainedTokenizerFast, varying: Varying | None = None
    ) -> None:
        """Take texts as they are, and how they are varied.

        Args:
            tokens: of the texts as they are.
            tokenizer: knows the padding token.
            varying: of training; ``None`` when nothing is.
        """
        self._tokens = tokens
        self._tokenizer = tokenizer
        self._varying = varying
        self._varied: dict[int, Tokens] = {}

    def inputs(self, places: Sequence[int], epoch: int | None) -> dict[str, Tensor]:
        """Padded tokens."""
        tokens = self._of(epoch)
        return padded([tokens.of(place) for place in places], self._tokenizer)

    def ready(self, epoch: int | None) -> None:
        """Turn the texts of an epoch into tokens, unless it was done.

        Raises:
            Stopped: a stop was asked for.
        """
        self._of(epoch)

    @property
    def by_token(self) -> bool:
        """Texts differ."""
        return True

    def lengths(self, places: Sequence[int], epoch: int | None) -> list[int]:
        """Tokens of some texts."""
        tokens = self._of(epoch)
        return [tokens.lengths[place] for place in places]

    def identity(self, places: Sequence[int], view: int) -> str:
        """By the tokens."""
        tokens = self._of(view or None)
        name = hashlib.blake2b(digest_size=16)
        for place in places:
            name.update(tokens.of(place).tobytes() + b"/")
        return name.hexdigest()

    def _of(self, epoch: int | None) -> Tokens:
        if epoch is None or self._varying is None:
            return self._tokens
        if epoch not in self._varied:
            most = min(max(1, self._varying.how.views), _MOST_KEPT)
            while len(self._varied) >= most:
                del self._varied[next(iter(self._varied))]
            self._varied[epoch] = self._varying.tokens(epoch)
        return self._varied[epoch]


def open_texts(
    samples: Sequence[Sample],
    tokenizer: PreTrainedTokenizerFast,
    preprocessing: TextPreprocessing,
    variation: TextVariation | None,
    *,
    seed: int,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> tuple[TextSource, frozenset[int]]:
    """Clean the texts of samples and turn them into tokens.

    Returns:
        their source, and the places of samples of which nothing is left once cleaned: there is
        nothing to learn from them, and each is told.

    Raises:
        ProblemError: nothing is left of any.
        Stopped: a stop was asked for.
    """

    def tokens_of(texts: Sequence[str], kept_in: Path | None = None) -> Tokens:
        return tokenize(texts, tokenizer, most, emit, stop_requested, kept_in)

    most = preprocessing.max_tokens
    read = [sample.text for sample in samples]
    texts = cleaned(read, preprocessing.cleaning, emit, stop_requested)
    emptied = frozenset(
        place for place, text in enumerate(texts) if not text and preprocessing.cleaning
    )
    _tell_emptied(samples, emptied, emit)
    tokens = tokens_of(texts, cache)
    _tell_cut(tokens, len(texts), most, emit)
    varying = None
    if variation is not None:
        varying = Varying(texts, variation, seed, tokens_of, str(tokenizer.mask_token or ""))
    return TextSource(tokens, tokenizer, varying), emptied


def _tell_emptied(samples: Sequence[Sample], emptied: Collection[int], emit: Emit) -> None:
    findings = Findings()
    for place in sorted(emptied):
        findings.add("text_emptied", samples[place].where)
    for problem in findings.problems():
        if len(emptied) == len(samples):
            raise ProblemError(problem.edited(severity=Severity.ERROR))
        emit(ProblemFound(problem=problem))


def _tell_cut(tokens: Tokens, count: int, most: int, emit: Emit) -> None:
    if tokens.cut:
        what = f"{counted(tokens.cut, ('text', 'texts'))} of {count:,} cut at {most} tokens."
        note = Problem(
            what=what,
            why="The model reads no further.",
            remedy="Raise the longest text in tokens if the end of a text matters.",
            severity=Severity.NOTE,
            code="texts_cut",
        )
        emit(ProblemFound(problem=note))
