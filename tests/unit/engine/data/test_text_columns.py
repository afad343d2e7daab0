"""A column is cleaned as each of its texts would be."""

from __future__ import annotations

import pyarrow as pa
import pytest

from finetune_studio.engine.data.cleaning import clean_text
from finetune_studio.engine.data.text_columns import bytes_of, lengths_of, stripped

TEXTS = [
    *(
        "plain",
        "",
        " ",
        "  both  ",
        "\ttab",
        "line\r\n",
        "\u3000wide",
        "hard\u00a0",
        "\x85",
        "\u2028x",
    ),
    *("ひらがな", "é", "àà", "\x1cunit\x1f", "end\u200a", "zero\u200b", "a b", "日本語\u3000"),
]


@pytest.mark.parametrize("start", [0, 3])
def test_spaces_around_texts_are_taken_off_as_python_does(start: int) -> None:
    column = pa.array(TEXTS).slice(start)

    assert stripped(column).to_pylist() == [clean_text(text) for text in TEXTS[start:]]


def test_every_letter_is_cleaned_alike_at_both_ends() -> None:
    letters = [chr(code) for code in (*range(1, 0xD800), *range(0xE000, 0x11000))]
    around = [f"{letter}x{letter}" for letter in letters]

    assert stripped(pa.array(around)).to_pylist() == [clean_text(text) for text in around]


def test_a_column_without_spaces_is_handed_back_itself() -> None:
    column = pa.array(["a", "b"])

    assert stripped(column) is column
    assert stripped(pa.array([], pa.string())).to_pylist() == []


def test_bytes_and_lengths_are_those_of_the_slice() -> None:
    column = pa.array(["one", "drei", "é"]).slice(1)

    assert bytes_of(column).tobytes().decode() == "dreié"
    assert lengths_of(column).tolist() == [4, 2]
    assert lengths_of(pa.array(["a", "bb", "a"]).dictionary_encode()).tolist() == [1, 2]
