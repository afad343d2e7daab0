"""The two themes: readable, complete, and followed by everything that is on the screen."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finetune_studio import places
from finetune_studio.ui.icons import icon, names
from finetune_studio.ui.theme import DARK, LIGHT, Scheme, Tokens, current_theme, mixed, style_sheet
from finetune_studio.ui.widgets.text import body, plain_tooltip

GROUNDS = ("window", "surface", "raised")
TEXTS = ("text", "muted", "accent", "good", "warning", "problem")


def luminance(color: str) -> float:
    """Relative luminance after WCAG 2."""
    parts = QColor(color).getRgbF()[:3]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """Contrast ratio after WCAG 2."""
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_can_be_read_on_every_surface(tokens: Tokens, ground: str, text: str) -> None:
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("tone", [text for text in TEXTS if text not in ("text", "muted")])
def test_text_can_be_read_on_its_own_tint(tokens: Tokens, tone: str) -> None:
    tint = mixed(tokens.surface, getattr(tokens, tone), 0.12)
    assert contrast(getattr(tokens, tone), tint) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_primary_button_and_the_fills_stand_out(tokens: Tokens) -> None:
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    for fill in (tokens.frozen, tokens.trainable, tokens.focus):
        assert contrast(fill, tokens.surface) >= 3.0


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_is_complete(tokens: Tokens) -> None:
    sheet = style_sheet(tokens)
    assert "$" not in sheet
    pictures = re.findall(r'url\("([^"]+)"\)', sheet)
    assert pictures
    assert not [path for path in pictures if not places.resources().joinpath(path).is_file()]


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_pictures_of_the_style_have_the_colours_of_the_tokens(tokens: Tokens) -> None:
    folder = places.resources() / "style" / ("dark" if tokens.dark else "light")
    known = {value for value in asdict(tokens).values() if isinstance(value, str)}
    known.add(mixed(tokens.muted, tokens.surface, 0.35))
    for path in folder.glob("*.svg"):
        used = set(re.findall(r"#[0-9A-Fa-f]{6}", path.read_text(encoding="utf-8")))
        assert used <= known, path.name


def test_choosing_a_theme_changes_tokens_palette_and_says_so(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme = current_theme()
    theme.install(qapp)
    theme.choose(Scheme.LIGHT)
    with qtbot.waitSignal(theme.changed):
        theme.choose(Scheme.DARK)
    assert theme.tokens is DARK
    assert qapp.palette().window().color() == QColor(DARK.window)
    theme.choose(Scheme.LIGHT)
    assert theme.tokens is LIGHT


def test_icons_follow_the_theme_without_being_made_anew(qapp: QApplication) -> None:
    theme = current_theme()
    theme.install(qapp)
    theme.choose(Scheme.LIGHT)
    play = icon("stop", "text")

    def darkest() -> int:
        image = play.pixmap(QSize(48, 48)).toImage()
        seen = (image.pixelColor(x, 24) for x in range(image.width()))
        return min(color.lightness() for color in seen if color.alpha() > 200)

    light = darkest()
    theme.choose(Scheme.DARK)
    assert darkest() > light + 100
    theme.choose(Scheme.LIGHT)


def test_every_icon_draws_something(qapp: QApplication) -> None:
    assert {"model", "data", "layers", "snowflake", "flame", "problem"} <= set(names())
    for name in names():
        image = icon(name).pixmap(QSize(24, 24)).toImage()
        inked = any(
            image.pixelColor(x, y).alpha() > 100
            for x in range(image.width())
            for y in range(image.height())
        )
        assert inked, name


def test_markup_in_a_tooltip_stays_letters(qapp: QApplication) -> None:
    assert "<b>" not in plain_tooltip("<b>cat</b>")
    assert "cat" in plain_tooltip("<b>cat</b>")


def test_figures_of_a_number_font_have_equal_width(qapp: QApplication) -> None:
    from PySide6.QtGui import QFontMetricsF

    metrics = QFontMetricsF(current_theme().number_font())
    assert len({round(metrics.horizontalAdvance(figure), 2) for figure in "0123456789"}) == 1


def test_a_label_shows_markup_as_letters(qtbot: QtBot) -> None:
    label = body("<b>cat</b>")
    qtbot.addWidget(label)
    plain = body("cat")
    qtbot.addWidget(plain)
    assert label.sizeHint().width() > plain.sizeHint().width() * 2
