"""What is shown of cleaned and varied texts: whole differences, told apart by step."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from finetune_studio.engine.data.differences import abridged, difference
from finetune_studio.engine.data.text_previews import cleaning_effect, texts_in, varied_texts
from finetune_studio.events.descriptions import Preview
from finetune_studio.events.differences import Change, Span
from finetune_studio.project.choices import CleaningKind, Split
from finetune_studio.project.cleaning import from_words
from finetune_studio.project.text_variation import TextVariation


def preview(text: str, number: int = 0, split: Split = Split.TRAIN) -> Preview:
    return Preview(label="up", split=split, where=f"line {number}", text=text)


def sides(spans: tuple[Span, ...]) -> tuple[str, str]:
    """The text before and the text after, put together again."""
    return (
        "".join(span.text for span in spans if span.change is not Change.ADDED),
        "".join(span.text for span in spans if span.change is not Change.REMOVED),
    )


PAIRS = [
    ("Das schÃ¶ne <b>Wetter</b>!!!!", "Das schöne Wetter!!"),
    ("A  B\n\nC", "a b c"),
    ("", "all new"),
    ("all gone", ""),
    ("same", "same"),
    ("👍🏽 ok 👩‍👩‍👧", " thumbs up ok "),
    ("שלום <i>עולם</i>", "שלום עולם"),
    ("one two three " * 50, "one three " * 50),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_difference_holds_both_texts_whole(before: str, after: str) -> None:
    spans = difference(before, after)

    assert sides(spans) == (before, after)
    assert all(one.change is not two.change for one, two in itertools.pairwise(spans))


def test_letters_are_compared_inside_a_word_and_words_are_not_torn() -> None:
    assert [(s.change.value, s.text) for s in difference("a Film", "a film")] == [
        ("same", "a "), ("removed", "F"), ("added", "f"), ("same", "ilm"),
    ]  # fmt: skip
    assert [(s.change.value, s.text) for s in difference("see http://a.b", "see link")] == [
        ("same", "see "), ("removed", "http://a.b"), ("added", "link"),
    ]  # fmt: skip


def test_long_stretches_that_stay_are_cut_short_around_the_changes() -> None:
    before = "x " * 200 + "HERE" + " y" * 200
    shown = abridged(difference(before, before.lower()))

    assert sides(shown) == (before, before.lower())
    kept = [span for span in shown if span.change is not Change.SKIPPED]
    assert sum(len(span.text) for span in kept) < 120
    assert next(span.change for span in shown) is Change.SKIPPED


def test_each_step_is_counted_where_it_stands_and_those_off_alone() -> None:
    texts = [preview("<b>A</b>"), preview("plain"), preview("B &lt;i&gt;"), preview("http://a.b")]

    effect = cleaning_effect(texts, from_words("html,lowercase"))
    counts = {step.kind: (step.on, step.changed) for step in effect.steps}

    assert [step.kind for step in effect.steps][:2] == [CleaningKind.HTML, CleaningKind.LOWERCASE]
    assert counts[CleaningKind.HTML] == (True, 2)
    assert counts[CleaningKind.LOWERCASE] == (True, 2)
    assert counts[CleaningKind.URLS] == (False, 1)
    assert counts[CleaningKind.EMOJI] == (False, 0)
    assert (effect.looked_at, effect.changed, effect.emptied) == (4, 2, 0)


def test_texts_that_change_come_first_and_every_step_has_one() -> None:
    texts = [preview("plain", n) for n in range(100)]
    texts += [preview("<b>x</b>", 100 + n) for n in range(40)] + [preview("SHOUT", 200)]

    shown = cleaning_effect(texts, from_words("html,lowercase")).texts

    assert {"line 100", "line 200"} <= {text.where for text in shown[:2]}
    assert all(text.changed for text in shown)


def test_emptied_texts_are_counted_and_marked() -> None:
    effect = cleaning_effect([preview("http://a.b"), preview("words")], from_words("urls:"))

    assert effect.emptied == 1
    assert [text.emptied for text in effect.texts] == [True, False]


def test_previews_are_spread_and_damaged_lines_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "previews.jsonl"
    lines = [preview(f"text {n}", n).model_dump_json() for n in range(1000)]
    file.write_text("\n".join([*lines, "{damaged", ""]), encoding="utf-8")

    found = texts_in(file)

    assert 300 <= len(found) <= 400
    assert found[-1].where > "line 99"
    assert texts_in(tmp_path / "gone") == ()


def test_only_training_texts_are_varied_and_alike_for_an_epoch() -> None:
    texts = [preview("several words in a text " * 4, n) for n in range(20)]
    texts += [preview("of validation", 99, Split.VALIDATION)]
    how = TextVariation(word_dropout=0.3)

    one, again, other = (
        varied_texts(texts, from_words("lowercase"), how, seed=1, epoch=e) for e in (1, 1, 2)
    )

    assert one == again != other
    assert "line 99" not in {text.where for text in one}
    assert any(text.changed for text in one)
    assert not any(t.changed for t in varied_texts(texts, (), None, seed=1, epoch=1))
