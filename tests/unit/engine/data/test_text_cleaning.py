"""Every step of cleaning on what people really write, and on what tries to break it."""

from __future__ import annotations

import ast
import sys
import time
from pathlib import Path

import pytest

from finetune_studio.engine.data import text_cleaning
from finetune_studio.engine.data.text_cleaning import LONGEST_TEXT, clean_text, cleaner
from finetune_studio.project.choices import CleaningKind


def by(text: str, *kinds: str, **parameters: object) -> str:
    return cleaner([{"kind": kind, **parameters} for kind in kinds])(text)


def test_every_kind_of_step_can_be_done() -> None:
    for kind in CleaningKind:
        assert by("plain words", kind.value) == "plain words"


def test_nothing_is_done_without_steps_but_what_reading_does() -> None:
    text = "<b>Schön</b> http://a.b  \t 😀\x00"

    assert cleaner([])(text) == clean_text(text) == "<b>Schön</b> http://a.b  \t 😀"


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("Das schÃ¶ne Wetter", "Das schöne Wetter"),
        ("itâ€™s â€œfineâ€\x9d", "it’s “fine”"),
        ("voilÃ  le cafÃ©", "voilà le café"),
        ("Привет".encode().decode("cp1251"), "Привет"),
        ("a\x07b\x1bc", "abc"),
        ("e\u0301te\u0301", "été"),
        ("Das schöne Wetter – naja", "Das schöne Wetter – naja"),
        ("São João, à côté, Ãƒ", "São João, à côté, Ã"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("שלום العالم", "שלום العالم"),
        ("&amp; stays", "&amp; stays"),
    ],
)
def test_damaged_encodings_are_repaired(damaged: str, meant: str) -> None:
    assert by(damaged, "encoding") == meant


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>two &amp; three</p>", "One\n\ntwo & three"),
        ("a<b><i>b</b></i>c", "abc"),
        ("<div><div><span>deep</span></div></div>", "deep"),
        ("x<script>if (a < b) { alert('</p>') }</script>y", "xy"),
        ("x<STYLE type='a'>p > b {}</style >y", "xy"),
        ("before<!-- a <b> comment -->after", "beforeafter"),
        ("<a title=\"x > y\" href='z>'>link</a>", "link"),
        ("a < b and c > d, 3<4", "a < b and c > d, 3<4"),
        ("I <3 you", "I <3 you"),
        ("mail <john@example.com> now", "mail <john@example.com> now"),
        ("&lt;b&gt; &#8364; &nosuch; &#xD800;", "<b> € &nosuch; \ufffd"),
        ("one<br/>two<BR>three", "one\ntwo\nthree"),
        ("<!DOCTYPE html><?xml v?><![CDATA[x]]>rest", "rest"),
        ("<script>never closed", "never closed"),
        ("<p unclosed", "<p unclosed"),
    ],
)
def test_html_becomes_what_it_says(markup: str, text: str) -> None:
    assert by(markup, "html") == text


def test_addresses_are_replaced_by_their_word() -> None:
    text = "See https://a.org/x?q=1&r=(2), WWW.B.com/y. Ask jo.b+c@x-y.co.uk or @jo_b! 5@6 a@b"

    assert by(text, "urls", word="link") == text.replace(
        "https://a.org/x?q=1&r=(2)", "link)"
    ).replace("link),", "link),").replace("WWW.B.com/y", "link")
    assert by(text, "emails", word="") == text.replace("jo.b+c@x-y.co.uk", "")
    assert by("hi @jo_b! 5@6, x@y, .@z", "mentions", word="user") == "hi user! 5@6, x@y, .@z"


def test_a_word_is_put_in_letter_by_letter() -> None:
    assert by("see http://a.b now", "urls", word=r"\1 \g<0>") == r"see \1 \g<0> now"


def test_emoji_go_whole_or_are_named() -> None:
    text = "ok 👍🏽 family 👩‍👩‍👧 flag 🇩🇪 heart ❤️ key 1️⃣ end"

    assert by(text, "emoji", "whitespace") == "ok family flag heart key end"
    named = by(text, "emoji", "whitespace", named=True)
    assert "thumbs up medium skin tone" in named
    assert "family woman woman girl" in named
    assert "Germany" in named
    assert "red heart" in named
    assert "\ufe0f" not in named
    assert "\u200d" not in named


def test_what_is_no_emoji_stays() -> None:
    text = "© 2020 ™ 1 # 2 * → café नमस्ते क्‍ष"

    assert by(text, "emoji") == text


def test_accents_go_from_latin_letters_alone() -> None:
    assert by("Éléonore, naïve, ñandú; йод, ё; שָׁלוֹם; が", "accents") == (
        "Eleonore, naive, nandu; йод, ё; שָׁלוֹם; が"
    )


def test_repeated_letters_and_signs_are_shortened_and_digits_are_not() -> None:
    text = "sooooo goooood!!!!!! 1000000 ---- 😀😀😀😀😀"

    assert by(text, "repeated", most=2) == "soo good!! 1000000 -- 😀😀"
    assert by("aaa", "repeated", most=3) == "aaa"


def test_white_space_becomes_single_spaces() -> None:
    assert by("a\u00a0\u2003b\r\n\tc\u200bd\ufeff  e\u00adf", "whitespace") == "a b cd ef"


def test_the_order_matters_and_is_kept() -> None:
    text = "&lt;b&gt;HTTP://A.B&lt;/b&gt;"

    assert by(text, "html", "urls", word="link") == "<b>link</b>"
    assert by(text, "urls", "html", word="link") == "<b>link;"
    assert by("ÃœBER", "lowercase", "encoding") != by("ÃœBER", "encoding", "lowercase") == "über"


def test_lone_surrogates_and_nul_never_come_through() -> None:
    for kinds in ([], ["html"], list(CleaningKind)):
        cleaned = by("a\ud800b\x00c &#0; &#xDFFF;", *kinds)
        cleaned.encode()
        assert "\x00" not in cleaned


_ENDLESS = (
    "<", "<a ", "<!--", "&", "<!", "</", "<a x='", "<script>", "<![CDATA[", '<a="', "<a \"'", "a",
    "@", "a@", "a.a@a.", "http://", "www.", "👩\u200d", "1\ufe0f", "e\u0301", "Ã¶", "&#x1F600;",
    "\u202e", "\u0301", "a\n", "العالم ",
)  # fmt: skip


@pytest.mark.parametrize("kind", list(CleaningKind))
def test_no_text_takes_long(kind: CleaningKind) -> None:
    clean = cleaner([{"kind": kind.value}])
    for part in _ENDLESS:
        text = part * (LONGEST_TEXT // len(part))
        started = time.process_time()
        clean(text)
        # Whatever grows with the square of the length takes minutes.
        assert time.process_time() - started < 5, part


def test_a_text_is_cut_after_the_steps_too() -> None:
    assert len(by("😀" * 60_000, "emoji", named=True)) <= LONGEST_TEXT


def test_the_file_knows_nothing_of_its_surroundings() -> None:
    tree = ast.parse(Path(text_cleaning.__file__).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
        )
    }
    assert imported <= sys.stdlib_module_names | {"ftfy", "emoji"}
