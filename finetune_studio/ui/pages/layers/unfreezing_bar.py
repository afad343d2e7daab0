"""The rules for when blocks wake, and whether the schedule begins anew each time."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from finetune_studio.project.choices import Unfreezing
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.ui.theme import CAPTION_PX
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import ElidedText, caption, plain_tooltip

_RESTART_HELP = (
    "The learning rate begins its schedule anew, warm-up included, whenever blocks wake; "
    "else it runs once over all epochs."
)
_ONE_BLOCK = "Only one block trains, so none can wake later."
_BY_HAND = "Drag a block in the timeline."


class UnfreezingBar(QWidget):
    """Chooses the timeline by rule.

    Signals:
        plan_chosen: the user took a `FreezePlan`.
    """

    plan_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.segments = Segmented(
            [Option(rule.value, rule.title_text, help=rule.help_text) for rule in Unfreezing],
            "Unfreezing",
        )
        self.restart = QCheckBox("Restart the schedule")
        self.restart.setAccessibleName("Restart the schedule whenever blocks wake")
        self.restart.setToolTip(plain_tooltip(_RESTART_HELP))
        self.help = ElidedText(px=CAPTION_PX, tone="muted")
        self._plan = FreezePlan()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(caption("Unfreezing"))
        layout.addWidget(self.segments)
        layout.addWidget(self.help, 1)
        layout.addWidget(self.restart)
        self.segments.chosen.connect(self._on_rule_chosen)
        self.restart.clicked.connect(self._on_restart_clicked)

    def show_plan(self, plan: FreezePlan, *, many_train: bool, phases: int) -> None:
        """Show a plan.

        Args:
            plan: what is decided.
            many_train: whether more than one block trains in the end.
            phases: how many stretches of epochs differ in what trains.
        """
        self._plan = plan
        self.segments.choose(plan.unfreezing.value)
        for rule in Unfreezing:
            allowed = many_train or rule is Unfreezing.NONE
            reason = "" if allowed else _ONE_BLOCK
            if rule is Unfreezing.CUSTOM and plan.unfreezing is not Unfreezing.CUSTOM:
                allowed, reason = False, _BY_HAND if many_train else _ONE_BLOCK
            self.segments.set_option_enabled(rule.value, allowed, reason)
        self.restart.setVisible(phases > 1)
        self.restart.setChecked(plan.restart_schedule)
        self.help.setText(plan.unfreezing.help_text if many_train else _ONE_BLOCK)

    def _on_rule_chosen(self, key: str) -> None:
        rule = next(rule for rule in Unfreezing if rule.value == key)
        self.plan_chosen.emit(self._plan.edited(unfreezing=rule))

    def _on_restart_clicked(self, checked: bool) -> None:
        self.plan_chosen.emit(self._plan.edited(restart_schedule=checked))
