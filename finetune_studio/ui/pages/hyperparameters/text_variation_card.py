"""What text variation makes of the user's own texts, while it is decided."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.text_variation import text_variation_of
from finetune_studio.ui import wishes
from finetune_studio.ui.preview_card import PreviewCard
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.difference_list import DifferenceList
from finetune_studio.ui.widgets.text import caption

_NOT_VARIED = (
    "Raise word dropout, word swap or spelling noise to see what an epoch would learn from. "
    "Validation always sees texts as they are."
)


class TextVariationCard(PreviewCard):
    """A few training texts as an epoch would see them."""

    activity = "vary_texts"
    waiting = "Varying texts"
    cancelled = "No texts were varied"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Varied texts", icon="text", parent=parent)
        self.differences = DifferenceList("Training texts, as they are and as they are varied")
        self.again_button = secondary("Next epoch", "refresh")
        self.line = caption(wrap=True)
        self._epoch = 1
        self._training = Hyperparameters()
        self.again_button.clicked.connect(self._on_again_clicked)
        self._build()

    def show_plan(self, snapshot: Snapshot, training: Hyperparameters) -> None:
        """Show what is known, and find out what the settings in force would do."""
        self._snapshot = snapshot
        self.show_moved(training)

    def show_moved(self, training: Hyperparameters) -> None:
        """Follow a number that is not let go yet."""
        self._training = training
        self._show_state()
        self._look_again()

    def _nothing(self) -> tuple[str, str] | None:
        if text_variation_of(self._training) is None:
            return "Texts are not varied", _NOT_VARIED
        if not self._snapshot.previews:
            return "No texts yet", "They appear once the data are read."
        return None

    def _show_answer(self) -> bool:
        varied = self._snapshot.varied_texts
        if varied is None:
            return False
        self.line.setText(f"As epoch {varied.epoch} may see some of your training texts.")
        self.differences.show_texts(varied.texts)
        self._pages.setCurrentWidget(self._shown)
        return True

    def _question(self) -> tuple[object, ...] | None:
        snapshot, how = self._snapshot, text_variation_of(self._training)
        if how is None or not snapshot.previews:
            return None
        cleaning, seed = snapshot.project.cleaning, self._training.seed
        return (snapshot.folder, cleaning, how, seed, self._epoch, id(snapshot.data_report))

    def _wish(self) -> wishes.PreviewTextVariation:
        return wishes.PreviewTextVariation(self._training, self._epoch)

    def _on_again_clicked(self) -> None:
        self._epoch += 1
        self._ask()

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        self._inside.addWidget(self.line)
        self._inside.addWidget(self.differences, 1)
        self._inside.addLayout(buttons)
        self.body.addWidget(self._pages, 1)
