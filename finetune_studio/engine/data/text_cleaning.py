"""Cleans texts: the same steps in the same order wherever a model reads them.

A copy of this file goes with every exported text model, so it knows nothing of its surroundings.
It needs Python alone; the step ``encoding`` also ftfy, and ``emoji`` also emoji (``pip install
ftfy emoji``). Every step takes time in proportion to the length of the text, whatever is in it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

LONGEST_TEXT = 100_000  # characters; no model here reads further

Clean = Callable[[str], str]

_NUL_TO_SPACE = {0: " "}


def clean_text(text: str) -> str:
    """The text without what cannot be in one (NUL, lone surrogates), spaces around, or excess."""
    if "\x00" in text:
        text = text.translate(_NUL_TO_SPACE)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text[:LONGEST_TEXT].strip()


def cleaner(steps: Iterable[Mapping[str, Any]]) -> Clean:
    """What cleans one text by all steps in their order; by none of them, `clean_text`.

    Args:
        steps: each a ``kind`` with its parameters ``word``, ``most`` or ``named``.
    """
    parts = [_STEPS[step["kind"]](step) for step in steps]
    if not parts:
        return clean_text

    def clean(text: str) -> str:
        text = clean_text(text)
        for part in parts:
            text = part(text)
        return clean_text(text)

    return clean


# ------------------------------------------------------------------------------------ encoding

# UTF-8 read in another encoding gives characters beyond ASCII side by side, or these before
# a space that was a hard one. Whatever has neither was not damaged in this way.
_MAYBE_DAMAGED = re.compile("[^\x00-\x7f]{2}|[ÂÃ]")
_CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")


def _encoding(_step: Mapping[str, Any]) -> Clean:
    from ftfy import fix_encoding

    def repaired(text: str) -> str:
        if _MAYBE_DAMAGED.search(text):
            text = fix_encoding(text)
        if not text.isprintable():
            text = _CONTROL.sub("", text)
        return unicodedata.normalize("NFC", text)

    return repaired


# ---------------------------------------------------------------------------------------- HTML

_HIDDEN = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"<script\b", re.IGNORECASE), re.compile(r"</script\s*>", re.IGNORECASE)),
    (re.compile(r"<style\b", re.IGNORECASE), re.compile(r"</style\s*>", re.IGNORECASE)),
)
# Values of attributes may hold “>”; a tag with quotes that do not match ends at the first.
_TAG = re.compile(
    r"""</?([a-zA-Z][a-zA-Z0-9:-]*)(?=[\s/>])(?:(?:[^<>"']|"[^"<]*"|'[^'<]*')*>|[^<>]*>)"""
    r"""|<![a-zA-Z\[][^<>]*>|<\?[^<>]*>"""
)
_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "header|hr|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul",
    re.IGNORECASE,
)


def _html(_step: Mapping[str, Any]) -> Clean:
    return _without_html


def _without_html(text: str) -> str:
    if "<" in text:
        for opening, closing in _HIDDEN:
            text = _without_between(text, opening, closing)
        text = _TAG.sub(_in_place_of_tag, text)
    return html.unescape(text) if "&" in text else text


def _without_between(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """The text without what stands between two marks; a mark that is not closed stays."""
    kept, start = [], 0
    while (first := opening.search(text, start)) and (last := closing.search(text, first.end())):
        kept.append(text[start : first.start()])
        start = last.end()
    return "".join([*kept, text[start:]])


def _in_place_of_tag(tag: re.Match[str]) -> str:
    return "\n" if _BLOCKS.fullmatch(tag[1] or "") else ""


# ----------------------------------------------------------------------------------- addresses

_URL = re.compile(
    r"""(?:\bhttps?://|\bwww\.)[^\s<>"]*[^\s<>".,;:!?'()\[\]{}…“”‘’]""", re.IGNORECASE
)
# A run of letters is looked at from its start alone, or long ones would take forever.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_MENTION = re.compile(r"(?<![\w@/.])@\w{1,50}")


def _urls(step: Mapping[str, Any]) -> Clean:
    return _replacing(_URL, step)


def _emails(step: Mapping[str, Any]) -> Clean:
    return _replacing(_EMAIL, step, only_with="@")


def _mentions(step: Mapping[str, Any]) -> Clean:
    return _replacing(_MENTION, step, only_with="@")


def _replacing(pattern: re.Pattern[str], step: Mapping[str, Any], only_with: str = "") -> Clean:
    word = step.get("word", "")

    def put(_: re.Match[str]) -> str:
        return word

    def replaced(text: str) -> str:
        return pattern.sub(put, text) if only_with in text else text

    return replaced


# --------------------------------------------------------------------------------------- emoji

_PICTOGRAPH = (
    "\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f004-\U0001faff"
)
_JOINED = "\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f"
# Signs that are emoji only where they are said to be: ©, ™, arrows; digits in a box.
_DECLARED = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa"
_BOXED = "[0-9#*]\ufe0f?\u20e3"
_EMOJI_RUN = re.compile(
    f"(?:[{_PICTOGRAPH}][{_JOINED}]{{0,8}}|[{_DECLARED}]\ufe0f|{_BOXED}){{1,16}}"
)
_LEFT_OVER = re.compile("[\u200d\ufe0f]")


def _emoji(step: Mapping[str, Any]) -> Clean:
    import emoji

    def removed(run: re.Match[str]) -> str:
        return _LEFT_OVER.sub("", emoji.replace_emoji(run[0], ""))

    def named(run: re.Match[str]) -> str:
        return _LEFT_OVER.sub("", emoji.demojize(run[0], (" ", " ")).replace("_", " "))

    put = named if step.get("named") else removed
    return lambda text: text if text.isascii() else _EMOJI_RUN.sub(put, text)


# ------------------------------------------------------------------------- letters and spaces

_ACCENTED = re.compile("([A-Za-z])[\u0300-\u036f]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


def _accents(_step: Mapping[str, Any]) -> Clean:
    def plain(text: str) -> str:
        if text.isascii():
            return text
        apart = unicodedata.normalize("NFD", text)
        return unicodedata.normalize("NFC", _ACCENTED.sub(r"\1", apart))

    return plain


def _lowercase(_step: Mapping[str, Any]) -> Clean:
    return str.lower


def _repeated(step: Mapping[str, Any]) -> Clean:
    most = int(step.get("most", 3))
    run = re.compile(rf"([^\d\s])\1{{{most},}}")

    def shortened(found: re.Match[str]) -> str:
        return found[1] * most

    return lambda text: run.sub(shortened, text)


def _whitespace(_step: Mapping[str, Any]) -> Clean:
    def single(text: str) -> str:
        if not text.isascii():
            text = _INVISIBLE.sub("", text)
        return " ".join(text.split())

    return single


_STEPS: dict[str, Callable[[Mapping[str, Any]], Clean]] = {
    "encoding": _encoding,
    "html": _html,
    "urls": _urls,
    "emails": _emails,
    "mentions": _mentions,
    "emoji": _emoji,
    "accents": _accents,
    "lowercase": _lowercase,
    "repeated": _repeated,
    "whitespace": _whitespace,
}
