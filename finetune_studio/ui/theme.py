"""Colours, sizes and type of the window: two sets of tokens, and the one object that applies them.

Nothing else in the window names a colour. Widgets read ``current_theme().color("muted")`` while
they paint; the style sheet template in ``resources/style`` reads the same tokens. A change of
theme repaints everything through the palette and is announced by ``Theme.changed``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from finetune_studio import places

SPACE = (4, 8, 12, 16, 24, 32)
CARD_RADIUS = 8
CONTROL_RADIUS = 6
MOTION_MS = 120

CAPTION_PX, BODY_PX, EMPHASIS_PX, TITLE_PX, BIG_PX = 12, 13, 15, 20, 32

PLOT_COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
"""Okabe and Ito's colours: told apart by people with any kind of colour vision."""

_DARK_PLOT_COLORS = ("#56B4E9", *PLOT_COLORS[1:5], PLOT_COLORS[0])

_PLAIN_FAMILIES = {"DejaVu Sans", "Bitstream Vera Sans", "Sans Serif", "Sans"}
_BETTER_FAMILIES = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Open Sans", "Roboto")


class Scheme(StrEnum):
    """What the user chose: follow the system, or always one of the two."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, as ``#RRGGBB``."""

    dark: bool
    window: str
    surface: str
    raised: str
    border: str
    focus: str
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    warning: str
    problem: str
    frozen: str
    trainable: str


LIGHT = Tokens(
    dark=False,
    window="#F6F7F9",
    surface="#FFFFFF",
    raised="#EEF1F5",
    border="#D9DEE5",
    focus="#3B5BDB",
    text="#1B2330",
    muted="#5B6675",
    accent="#3B5BDB",
    on_accent="#FFFFFF",
    good="#237032",
    warning="#9A4607",
    problem="#C92A2A",
    frozen="#4C8DBF",
    trainable="#E0762F",
)
DARK = Tokens(
    dark=True,
    window="#15181E",
    surface="#1D2129",
    raised="#262B35",
    border="#343B47",
    focus="#8DA2FF",
    text="#E8EBF0",
    muted="#9AA4B2",
    accent="#8DA2FF",
    on_accent="#10131A",
    good="#69DB7C",
    warning="#FFB454",
    problem="#FF8787",
    frozen="#6FB4E8",
    trainable="#FF9F5A",
)


def mixed(first: str, second: str, share: float) -> str:
    """A colour ``share`` (0 to 1) of the way from the first to the second, as ``#RRGGBB``."""
    one, two = QColor(first), QColor(second)
    pairs = (
        (one.red(), two.red()),
        (one.green(), two.green()),
        (one.blue(), two.blue()),
    )
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def tabular(font: QFont) -> QFont:
    """The same font with figures of equal width, so that columns of numbers stand still."""
    figures = QFont(font)
    figures.setFeature(QFont.Tag("tnum"), 1)
    return figures


class Theme(QObject):
    """The theme in force.

    Signals:
        changed: other tokens are in force; whoever keeps colours of its own takes them anew.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scheme = Scheme.SYSTEM
        self._app: QApplication | None = None
        self._tokens = LIGHT
        self._family = ""

    @property
    def tokens(self) -> Tokens:
        """The colours in force."""
        return self._tokens

    @property
    def scheme(self) -> Scheme:
        """What the user chose."""
        return self._scheme

    def install(self, app: QApplication) -> None:
        """Dress the application: style, font, palette, style sheet; follow the system from now."""
        if self._app is None:
            app.styleHints().colorSchemeChanged.connect(self._on_system_scheme_changed)
        self._app = app
        app.setStyle("Fusion")
        app.setFont(self.font())
        self._apply()

    def choose(self, scheme: Scheme) -> None:
        """Follow the system, or hold one theme whatever the system does."""
        self._scheme = scheme
        if self._app is not None:
            self._app.styleHints().setColorScheme(_QT_SCHEMES[scheme])
            self._apply()

    def color(self, role: str) -> QColor:
        """The colour of a role, such as ``"muted"``; the roles are the fields of ``Tokens``."""
        return QColor(getattr(self._tokens, role))

    def tint(self, role: str, strength: float = 0.12, ground: str = "surface") -> QColor:
        """A quiet fill: a little of a role's colour on the colour of what lies below."""
        return QColor(mixed(getattr(self._tokens, ground), getattr(self._tokens, role), strength))

    def plot_color(self, index: int) -> QColor:
        """The colour of the ``index``-th series of a plot."""
        colors = _DARK_PLOT_COLORS if self._tokens.dark else PLOT_COLORS
        return QColor(colors[index % len(colors)])

    def font(self, px: int = BODY_PX, *, strong: bool = False) -> QFont:
        """The interface font at a size in pixels; ``strong`` is semibold."""
        self._family = self._family or _interface_family()
        font = QFont(self._family)
        font.setPixelSize(px)
        if strong:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def number_font(self, px: int = BODY_PX, *, strong: bool = False) -> QFont:
        """The interface font with figures of equal width."""
        return tabular(self.font(px, strong=strong))

    def _apply(self) -> None:
        if self._app is None:
            return
        self._tokens = DARK if self._wants_dark(self._app) else LIGHT
        self._app.setPalette(palette(self._tokens))
        self._app.setStyleSheet(style_sheet(self._tokens))
        self.changed.emit()

    def _wants_dark(self, app: QApplication) -> bool:
        if self._scheme is Scheme.SYSTEM:
            return app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._scheme is Scheme.DARK

    def _on_system_scheme_changed(self) -> None:
        if self._app is not None and self._wants_dark(self._app) != self._tokens.dark:
            self._apply()


def current_theme() -> Theme:
    """The one theme of this process; light and not yet installed when first asked for."""
    global _theme  # noqa: PLW0603 - one application has one theme, like its palette and its font
    if _theme is None:
        _theme = Theme()
    return _theme


def style_sheet(tokens: Tokens) -> str:
    """The style sheet of the application, from the template and the tokens."""
    folder = places.resources() / "style"
    values = {name: str(value) for name, value in asdict(tokens).items()}
    values |= {
        "images": (folder / ("dark" if tokens.dark else "light")).as_posix(),
        "accent_hover": mixed(tokens.accent, tokens.text, 0.15),
        "accent_down": mixed(tokens.accent, tokens.text, 0.30),
        "accent_tint": mixed(tokens.surface, tokens.accent, 0.12),
        "control_border": mixed(tokens.border, tokens.muted, 0.45),
        "faint": mixed(tokens.muted, tokens.surface, 0.35),
        "off": mixed(tokens.raised, tokens.window, 0.4),
    }
    return Template((folder / "studio.qss").read_text(encoding="utf-8")).substitute(values)


def palette(tokens: Tokens) -> QPalette:
    """Qt's palette, for everything that the style sheet leaves to the Fusion style."""
    result = QPalette()
    for role, color in _PALETTE_ROLES.items():
        result.setColor(role, QColor(getattr(tokens, color)))
    faint = QColor(mixed(tokens.muted, tokens.surface, 0.35))
    off = QPalette.ColorGroup.Disabled
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.PlaceholderText):
        result.setColor(off, role, faint)
    result.setColor(_Role.PlaceholderText, QColor(tokens.muted))
    return result


def _interface_family() -> str:
    """The system's font; where that is the plain fallback of a bare Linux, a better one if here."""
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    family = QFontInfo(system).family()
    if family not in _PLAIN_FAMILIES:
        return system.family()
    present = set(QFontDatabase.families())
    return next((name for name in _BETTER_FAMILIES if name in present), family)


_Role = QPalette.ColorRole
_PALETTE_ROLES = {
    _Role.Window: "window",
    _Role.Base: "surface",
    _Role.AlternateBase: "raised",
    _Role.Button: "raised",
    _Role.ToolTipBase: "raised",
    _Role.Mid: "border",
    _Role.Dark: "border",
    _Role.WindowText: "text",
    _Role.Text: "text",
    _Role.ButtonText: "text",
    _Role.ToolTipText: "text",
    _Role.Highlight: "accent",
    _Role.Accent: "accent",
    _Role.HighlightedText: "on_accent",
    _Role.Link: "accent",
    _Role.LinkVisited: "accent",
    _Role.BrightText: "problem",
}
_QT_SCHEMES = {
    Scheme.SYSTEM: Qt.ColorScheme.Unknown,
    Scheme.LIGHT: Qt.ColorScheme.Light,
    Scheme.DARK: Qt.ColorScheme.Dark,
}
_theme: Theme | None = None
