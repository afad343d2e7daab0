"""A form drawn from the settings a `Value` class declares; none of them is named here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from finetune_studio.project.value import Value
from finetune_studio.ui.widgets.field_columns import FieldColumns, FieldGroup
from finetune_studio.ui.widgets.field_declaration import declarations, unmet
from finetune_studio.ui.widgets.field_row import FieldRow
from finetune_studio.ui.widgets.fold import Fold
from finetune_studio.ui.widgets.search_field import SearchField
from finetune_studio.ui.widgets.text import caption

_ROOM_FOR_SCROLL_BAR = 8
_NOTHING_FOUND = "No setting speaks of that."
_HINT = "Point at a setting to read what it does and when to change it."


@dataclass(frozen=True)
class Advice:
    """The recommended value of a setting, why, and whether it is the one in force."""

    value: object
    reason: str = ""
    is_used: bool = True


class FieldForm(QWidget):
    """All settings of a class in groups, the seldom needed ones under a fold.

    What has no effect beside the other values is left out. Whoever searches finds that too, and
    reads what it takes. What the setting under the eye does stands in one place below, so that
    nothing moves while one goes from field to field.

    Signals:
        edited: the user decided on a value; carries the field's name and the value.
        moved: a slider is dragged; carries the field's name and the value it passes.
        reset_requested: the user wants the recommended value; carries the field's name.
        objections_changed: what is typed became wrong or right.
    """

    edited = Signal(str, object)
    moved = Signal(str, object)
    reset_requested = Signal(str)
    objections_changed = Signal()

    def __init__(
        self, model: type[Value], remember: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shown: tuple[Value, str, str] | None = None
        self._known = {known.name: known for known in declarations(model)}
        self._rows = {name: self._row(name) for name in self._known}
        self._plain = FieldColumns(self._groups(advanced=False))
        self._advanced = FieldColumns(self._groups(advanced=True))
        self.fold = Fold("Advanced", remember)
        self.fold.body.addWidget(self._advanced)
        if not any(known.advanced for known in self._known.values()):
            self.fold.hide()
        self.help_line = caption(_HINT, wrap=True)
        self.help_line.setFixedHeight(2 * self.help_line.fontMetrics().lineSpacing() + 2)
        self.help_line.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.search = SearchField("Find a setting", "Search settings")
        self.search.textChanged.connect(self._on_searched)
        self._nothing = caption(_NOTHING_FOUND)
        self._nothing.hide()
        layout.addWidget(self.search)
        layout.addWidget(self._nothing)
        layout.addWidget(self._scrolled(), 1)
        layout.addWidget(self.help_line)

    @property
    def objections(self) -> dict[str, str]:
        """Titles of the fields whose text is not stored, each with the reason."""
        return {
            row.declaration.title: row.objection for row in self._rows.values() if row.objection
        }

    def row(self, name: str) -> FieldRow:
        """The row of one setting."""
        return self._rows[name]

    def show_values(
        self, values: Value, task: str, advice: Mapping[str, Advice], target: str = "label"
    ) -> None:
        """Show the values in force, only what task and target have, and what advice there is."""
        self._shown = (values, task, target)
        for name, row in self._rows.items():
            unused = unmet(row.declaration, values, self._known)
            row.show_value(getattr(values, name), unused, target)
            given = advice.get(name)
            row.show_recommendation(
                row.declaration.text(given.value) if given else "",
                given.reason if given else "",
                shown=given is not None,
                is_used=given is not None and given.is_used,
            )
        self._arrange()

    def _arrange(self) -> None:
        """Show the rows that matter now, or those that are searched for."""
        if self._shown is None:
            return
        values, task, target = self._shown
        wanted = self.search.text().strip().lower()
        for row in self._rows.values():
            known = row.declaration
            fits = known.task in ("", task) and known.target in ("", target)
            matters = known.speaks_of(wanted) if wanted else not unmet(known, values, self._known)
            row.setVisible(fits and matters)
        self._advanced.show_as_advanced(is_told=bool(wanted))
        self._plain.arrange()
        self._advanced.arrange()
        found = self._plain.has_rows or self._advanced.has_rows
        self._nothing.setVisible(bool(wanted) and not found)
        self.fold.set_revealed(is_revealed=bool(wanted))

    def _on_searched(self) -> None:
        self._arrange()

    def _row(self, name: str) -> FieldRow:
        row = FieldRow(self._known[name])
        row.edited.connect(self.edited)
        row.moved.connect(self.moved)
        row.reset_requested.connect(self.reset_requested)
        row.objected.connect(self.objections_changed)
        row.attended.connect(self._on_attended)
        row.unattended.connect(self._on_unattended)
        return row

    def _scrolled(self) -> QScrollArea:
        inner = QWidget()
        inner.setObjectName("scroll-content")
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, _ROOM_FOR_SCROLL_BAR, 0)
        layout.setSpacing(16)
        layout.addWidget(self._plain)
        layout.addWidget(self.fold)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        return area

    def _on_attended(self) -> None:
        row = self.sender()
        if isinstance(row, FieldRow):
            self._explain(row)

    def _on_unattended(self) -> None:
        self._explain(next((r for r in self._rows.values() if r.editor.hasFocus()), None))

    def _explain(self, row: FieldRow | None) -> None:
        self.help_line.setText(f"{row.declaration.title}: {row.help}" if row else _HINT)

    def _groups(self, *, advanced: bool) -> list[FieldGroup]:
        groups: dict[str, list[FieldRow]] = {}
        for name, row in self._rows.items():
            if self._known[name].advanced is advanced:
                groups.setdefault(self._known[name].group, []).append(row)
        return [FieldGroup(title, rows) for title, rows in groups.items()]
