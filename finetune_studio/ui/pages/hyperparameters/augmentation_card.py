"""What augmentation makes of the user's own pictures, while it is decided."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.events.descriptions import VariedPicture
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import DataChoice, SplitChoice
from finetune_studio.project.variation import PreviewChoice, Variation, variation_of
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.hyperparameters.varied_picture_dialog import VariedPictureDialog
from finetune_studio.ui.preview_card import PreviewCard
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.picture_grid import GridPicture, PictureGrid
from finetune_studio.ui.widgets.text import caption

_PICTURES = 4
_VARIATIONS = 3
_HEADS = ("As it is", "As training may see it")


class _Question(NamedTuple):
    """What the pictures on show depend on."""

    folder: Path | None
    variation: Variation
    seed: int
    data: DataChoice | None
    split: SplitChoice
    previews: str
    show: PreviewChoice


class AugmentationCard(PreviewCard):
    """A few training pictures beside what training would make of them."""

    activity = "vary"
    waiting = "Varying some of your pictures"
    cancelled = "No pictures were varied"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Varied pictures", icon="image", parent=parent)
        self.grid = PictureGrid("Training pictures, and variations of each")
        self.others_button = secondary("Other pictures", "image")
        self.again_button = secondary("Vary again", "refresh")
        self.line = caption(wrap=True)
        self._which = self._chance = 0
        self._training = Hyperparameters()
        self._varied: tuple[VariedPicture, ...] = ()
        self.grid.picked.connect(self._on_picked)
        self.others_button.clicked.connect(self._on_others_clicked)
        self.again_button.clicked.connect(self._on_again_clicked)
        self._build()

    def show_plan(self, snapshot: Snapshot, training: Hyperparameters) -> None:
        """Show what is known, and find out what the settings in force would do."""
        self._snapshot, self._training = snapshot, training
        self._show_pictures(snapshot.varied)
        self._show_state()
        self._look_again()

    def show_moved(self, training: Hyperparameters) -> None:
        """Follow a slider that is not let go yet."""
        self._training = training
        self._show_state()
        self._look_again()

    def _build(self) -> None:
        heads = QHBoxLayout()
        heads.setSpacing(6)
        for text, columns in zip(_HEADS, (1, _VARIATIONS), strict=True):
            heads.addWidget(caption(text), columns)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.others_button)
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        self._inside.addLayout(heads)
        self._inside.addWidget(self.grid)
        self._inside.addWidget(self.line)
        self._inside.addLayout(buttons)
        self._inside.addStretch(1)
        self.body.addWidget(self._pages, 1)

    def _question(self) -> _Question | None:
        snapshot, project = self._snapshot, self._snapshot.project
        variation = variation_of(self._training)
        if variation is None or not snapshot.facts.train_samples:
            return None
        return _Question(
            snapshot.folder,
            variation,
            self._training.seed,
            project.data,
            project.split,
            snapshot.previews,
            self._choice(),
        )

    def _choice(self) -> PreviewChoice:
        model = self._snapshot.model
        return PreviewChoice(
            pictures=_PICTURES,
            variations=_VARIATIONS,
            which=self._which,
            chance=self._chance,
            side=model.input_size if model else 0,
        )

    def _wish(self) -> wishes.PreviewAugmentation:
        return wishes.PreviewAugmentation(self._training, self._choice())

    def _show_pictures(self, varied: tuple[VariedPicture, ...]) -> None:
        if varied == self._varied:
            return
        self._varied = varied
        self.grid.show_pictures(
            [
                [
                    GridPicture(picture.path, f"{picture.label}: {picture.where}"),
                    *(
                        GridPicture(path, f"{picture.label}: variation {number}")
                        for number, path in enumerate(picture.varied, start=1)
                    ),
                ]
                for picture in varied
            ]
        )

    def _nothing(self) -> tuple[str, str] | None:
        if variation_of(self._training) is None:
            sentence = "Choose an augmentation to see here what it makes of your pictures."
            return "Pictures are not varied", sentence
        if not self._snapshot.facts.train_samples:
            return "No pictures yet", "They appear once the data are read."
        return None

    def _show_answer(self) -> bool:
        if not self._varied:
            return False
        self.line.setText(
            "Drawn anew for each picture in each epoch. Validation pictures are never varied."
        )
        self._pages.setCurrentWidget(self._shown)
        return True

    def _on_others_clicked(self) -> None:
        self._which += 1
        self._ask()

    def _on_again_clicked(self) -> None:
        self._chance += 1
        self._ask()

    def _on_picked(self, row: int, column: int) -> None:
        dialog = VariedPictureDialog(self._varied[row], max(0, column - 1), self)
        dialog.exec()
        dialog.deleteLater()
