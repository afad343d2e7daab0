"""What the watchdog says of a run, in plain words, each finding with the one thing to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.finding import Finding, FindingKind
from finetune_studio.events.watchdog import current
from finetune_studio.project.remedies import Remedy
from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.buttons import link, secondary
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.text import body, caption, muted

_ICON_PX = 18
_HEALTHY = "Nothing stands out."
_HEALTHY_BUT_HIDDEN = "Nothing else stands out."
_DONE = "Done for the next run"
_NOTES = (FindingKind.VALIDATION_TOO_SMALL, FindingKind.LABEL_NEVER_PREDICTED)


class Ability(Enum):
    """Whether a remedy would change anything, as things stand; the value says why not."""

    POSSIBLE = ""
    DONE = "Changed since this run. Start a new run to see what it does."
    IMPOSSIBLE = "Nothing is left to change in this direction."


CanDo = Callable[[Remedy], Ability]


class FindingsCard(Card):
    """The findings that hold, newest first, then those that are resolved.

    Signals:
        remedy_requested: the user pressed a finding's button; carries the `Remedy`.
        hide_requested: the user does not want to see this kind; carries the `FindingKind`.
        show_requested: the user wants to see what was hidden.
    """

    remedy_requested = Signal(object)
    hide_requested = Signal(object)
    show_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Watchdog", parent=parent)
        self._rows: dict[FindingKind, FindingRow] = {}
        self.healthy = _Healthy()
        self.resolved = caption(wrap=True)
        self.show_button = link("")
        self._list = QVBoxLayout()
        self._list.setSpacing(16)
        self.body.addWidget(self.healthy)
        self.body.addLayout(self._list)
        self.body.addWidget(self.resolved)
        self.body.addWidget(self.show_button)
        self.show_button.clicked.connect(self.show_requested)

    @property
    def rows(self) -> tuple[FindingRow, ...]:
        """The findings on show, from top to bottom."""
        return tuple(self._rows.values())

    def show_findings(
        self,
        findings: Sequence[Finding],
        hidden: frozenset[FindingKind],
        can_do: CanDo,
        *,
        is_over: bool = False,
    ) -> None:
        """Show what holds and is not hidden; ``can_do`` says whether a remedy changes anything.

        Once a run ``is_over`` nothing that was asked of it is waited for any more.
        """
        holding = current(findings)
        shown = [finding for finding in holding if finding.kind not in hidden]
        self._show_rows(shown)
        for finding in shown:
            self._rows[finding.kind].show_finding(finding, can_do, is_over=is_over)
        self.healthy.setVisible(not shown)
        self.healthy.words.setText(_HEALTHY if len(shown) == len(holding) else _HEALTHY_BUT_HIDDEN)
        gone = [f for f in findings if f.resolved and f.kind not in hidden]
        self.resolved.setText("\n".join(_resolved_words(finding) for finding in gone))
        self.resolved.setVisible(bool(gone))
        unseen = len(holding) - len(shown)
        self.show_button.setText(f"Show {unseen} hidden")
        self.show_button.setVisible(bool(unseen))

    def _show_rows(self, shown: Sequence[Finding]) -> None:
        kinds = [finding.kind for finding in shown]
        if list(self._rows) == kinds:
            return
        for kind in [kind for kind in self._rows if kind not in kinds]:
            row = self._rows.pop(kind)
            self._list.removeWidget(row)
            row.deleteLater()
        rows = {kind: self._rows.get(kind) or self._made() for kind in kinds}
        for row in rows.values():
            self._list.removeWidget(row)
            self._list.addWidget(row)
        self._rows = rows

    def _made(self) -> FindingRow:
        row = FindingRow(self)
        row.remedy_requested.connect(self.remedy_requested)
        row.hide_requested.connect(self.hide_requested)
        return row


class FindingRow(QWidget):
    """One finding: what it is, why it is one, and its button.

    Signals:
        remedy_requested: carries the `Remedy`.
        hide_requested: carries the `FindingKind`.
    """

    remedy_requested = Signal(object)
    hide_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._finding: Finding | None = None
        self._icon = _Icon("warning", "warning")
        self.what = body(wrap=True, strong=True)
        self.why = muted(wrap=True)
        self.remedy = body(wrap=True)
        self.action_button = secondary("")
        self.hide_button = link("Hide this kind")
        self.action_button.clicked.connect(self._on_action_clicked)
        self.hide_button.clicked.connect(self._on_hide_clicked)
        self._build()

    @property
    def finding(self) -> Finding:
        """The finding on show."""
        assert self._finding is not None  # a row is made for one
        return self._finding

    def show_finding(self, finding: Finding, can_do: CanDo, *, is_over: bool = False) -> None:
        """Show a finding of the same kind, or the same one in newer words."""
        if is_over or finding != self._finding:
            self.action_button.set_busy(busy=False)
        if finding != self._finding:
            self._show_words(finding)
        if finding.action is not None and not self.action_button.busy:
            self._show_ability(finding.action, can_do(finding.action))

    def _show_ability(self, action: Remedy, ability: Ability) -> None:
        is_able = ability is Ability.POSSIBLE
        if not is_able:
            self._keep_focus()
        self.action_button.setEnabled(is_able)
        self.action_button.setText(_DONE if ability is Ability.DONE else action.title_text)
        self.action_button.setToolTip(action.help_text if is_able else ability.value)

    def _keep_focus(self) -> None:
        """Before the button is turned off: the focus would go to the one that hides all this."""
        if self.action_button.hasFocus():
            self.setFocus()

    def _show_words(self, finding: Finding) -> None:
        action, self._finding = finding.action, finding
        self._icon.show_icon(*(("info", "accent") if finding.kind in _NOTES else _WARNING))
        for label, text in (
            (self.what, finding.what),
            (self.why, finding.why),
            (self.remedy, finding.remedy),
        ):
            label.setText(text)
        self.action_button.setVisible(action is not None)
        self.setAccessibleName(finding.what)
        self.setAccessibleDescription(f"{finding.why} {finding.remedy}")

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon)
        head.addWidget(self.what, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.why)
        layout.addWidget(self.remedy)
        layout.addWidget(self.action_button)
        layout.addWidget(self.hide_button)

    def _on_action_clicked(self) -> None:
        if words := _UNDER_WAY.get(self.finding.action):
            self._keep_focus()
            self.action_button.set_busy(busy=True, text=words)
        self.remedy_requested.emit(self.finding.action)

    def _on_hide_clicked(self) -> None:
        self.hide_requested.emit(self.finding.kind)


_WARNING = ("warning", "warning")
# Done to the run, between two steps; asked twice, the rate would be halved twice.
_UNDER_WAY: dict[Remedy | None, str] = {
    Remedy.GO_BACK: "Going back",
    Remedy.STOP: "Stopping",
}


class _Icon(QWidget):
    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name, self._role = name, role
        self.setFixedSize(QSize(_ICON_PX, _ICON_PX))

    def show_icon(self, name: str, role: str) -> None:
        self._name, self._role = name, role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, self._name, QRectF(self.rect()), current_theme().color(self._role))


class _Healthy(QWidget):
    def __init__(self) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(_Icon("check", "good"))
        self.words = muted(_HEALTHY)
        layout.addWidget(self.words, 1)


def _resolved_words(finding: Finding) -> str:
    return f"Over in epoch {finding.resolved}: {finding.title}"
