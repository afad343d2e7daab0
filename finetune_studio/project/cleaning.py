"""How texts are cleaned before a model reads them: an ordered list of steps, each on or off.

The steps travel with the model, so a text is cleaned alike in training, in prediction and in an
export. What each of them does is written in ``engine/data/text_cleaning.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from finetune_studio.project.choices import CleaningKind
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.value import Value

MOST_REPEATS = 10
LONGEST_WORD = 40  # characters

RECOMMENDED = (CleaningKind.ENCODING, CleaningKind.HTML, CleaningKind.WHITESPACE)
"""What takes nothing from a text that its writer meant to say."""

_WORDS = {CleaningKind.URLS: "link", CleaningKind.EMAILS: "email", CleaningKind.MENTIONS: "user"}
_NAMED = "named"
_REMOVED = "removed"


class CleaningStep(Value):
    """One step. A parameter that a kind does not have says nothing.

    Attributes:
        word: takes the place of a web address, an e-mail address or a mention; empty removes it.
        most: so many equal characters may follow each other.
        named: emoji are replaced by their English names instead of being removed.
    """

    kind: CleaningKind
    on: bool = True
    word: str = Field(default="", max_length=LONGEST_WORD)
    most: int = Field(default=3, ge=1, le=MOST_REPEATS)
    named: bool = False

    @property
    def has_word(self) -> bool:
        """Whether something can be put in the place of what is taken out."""
        return self.kind in _WORDS


Cleaning = tuple[CleaningStep, ...]


def usual(kind: CleaningKind, *, on: bool = True) -> CleaningStep:
    """A step with its usual parameters."""
    return CleaningStep(kind=kind, on=on, word=_WORDS.get(kind, ""))


def arranged(steps: Iterable[CleaningStep]) -> Cleaning:
    """Every step there is: those decided on in their order, then the others, off.

    Where nothing is decided, they stand in the order that suits most texts.
    """
    decided = tuple(steps)
    kinds = {step.kind for step in decided}
    return (*decided, *(usual(kind, on=False) for kind in CleaningKind if kind not in kinds))


def active(steps: Iterable[CleaningStep]) -> Cleaning:
    """The steps that are on, in their order."""
    return tuple(step for step in steps if step.on)


def recommended(steps: Iterable[CleaningStep]) -> Cleaning:
    """The same steps with the harmless ones on and the others as they are."""
    return tuple(
        step.edited(on=True) if step.kind in RECOMMENDED else step for step in arranged(steps)
    )


def moved(steps: Cleaning, place: int, to: int) -> Cleaning:
    """The steps with one at another place."""
    others = [step for index, step in enumerate(steps) if index != place]
    others.insert(max(0, min(to, len(others))), steps[place])
    return tuple(others)


def with_step(steps: Cleaning, changed: CleaningStep) -> Cleaning:
    """The steps with the one of the same kind replaced."""
    return tuple(changed if step.kind is changed.kind else step for step in steps)


def in_words(steps: Iterable[CleaningStep]) -> str:
    """The steps that are on, as ``--set cleaning=…`` takes them; ``none`` where all are off."""
    return ",".join(map(_word_of, active(steps))) or "none"


def from_words(text: str) -> Cleaning:
    """The steps that a text names: ``html,urls:link,repeated:2,emoji:named``, in this order.

    Raises:
        ProblemError: a step is unknown, named twice, or its parameter makes no sense.
    """
    if text.strip() in ("", "none"):
        return ()
    if text.strip() == "recommended":
        return tuple(usual(kind) for kind in RECOMMENDED)
    steps = tuple(_step_from(part) for part in text.split(","))
    twice = [step.kind for place, step in enumerate(steps) if _names(steps[:place], step.kind)]
    if twice:
        raise _senseless(text, f"“{twice[0]}” is named twice.")
    return steps


def _names(steps: Cleaning, kind: CleaningKind) -> bool:
    return any(step.kind is kind for step in steps)


def _word_of(step: CleaningStep) -> str:
    if step.has_word:
        return f"{step.kind}:{step.word}"
    if step.kind is CleaningKind.REPEATED:
        return f"{step.kind}:{step.most}"
    if step.kind is CleaningKind.EMOJI:
        return f"{step.kind}:{_NAMED if step.named else _REMOVED}"
    return step.kind.value


def _step_from(part: str) -> CleaningStep:
    name, colon, parameter = (piece.strip() for piece in part.partition(":"))
    try:
        step = usual(CleaningKind(name))
    except ValueError:
        raise _senseless(part, f"There is no step “{name}”.") from None
    if not colon:
        return step
    if step.has_word and len(parameter) <= LONGEST_WORD:
        return step.edited(word=parameter)
    if step.kind is CleaningKind.REPEATED and parameter.isdecimal():
        most = int(parameter)
        if 1 <= most <= MOST_REPEATS:
            return step.edited(most=most)
    if step.kind is CleaningKind.EMOJI and parameter in (_NAMED, _REMOVED):
        return step.edited(named=parameter == _NAMED)
    raise _senseless(part, f"“{parameter}” is no parameter of “{name}”.")


def _senseless(text: str, why: str) -> ProblemError:
    return ProblemError.of(
        f"“{text}” is no way of cleaning texts.",
        why,
        f"Name steps in their order, separated by commas: {', '.join(CleaningKind)}; or write "
        "recommended, or none. Parameters follow a colon: urls:link, repeated:3, emoji:named.",
        where="cleaning",
        code="setting_value",
    )
