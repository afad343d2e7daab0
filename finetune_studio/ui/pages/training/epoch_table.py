"""The finished epochs in figures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from finetune_studio.events.events import EarlierTaskScored, EpochFinished
from finetune_studio.events.main_figure import validation_of
from finetune_studio.project import wording
from finetune_studio.project.choices import Kept, Target
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table

_LOSSES = (
    Column("Epoch"),
    Column("Training loss", ColumnKind.NUMBER, wording.figure),
    Column("Validation loss", ColumnKind.NUMBER, wording.figure),
)
_TIME = Column("Time", ColumnKind.NUMBER, wording.seconds)
_COLUMNS = (
    *_LOSSES,
    Column("Training acc.", ColumnKind.NUMBER, wording.share, "Share of right answers"),
    Column("Validation acc.", ColumnKind.NUMBER, wording.share, "Share of right answers"),
    Column(
        "Macro F1",
        ColumnKind.NUMBER,
        wording.share,
        "Validation F1, averaged over labels so that each counts the same",
    ),
    _TIME,
)
_OF_SEVERAL_LABELS = (
    *_LOSSES,
    Column("Training F1", ColumnKind.NUMBER, wording.share, "F1 of each sample, averaged"),
    Column("Macro F1", ColumnKind.NUMBER, wording.share, "Validation F1, averaged over labels"),
    Column("Micro F1", ColumnKind.NUMBER, wording.share, "Validation F1, over all answers"),
    _TIME,
)
_OF_NUMBERS = (
    *_LOSSES,
    Column("Training error", ColumnKind.NUMBER, wording.figure, "Mean absolute error"),
    Column("Validation error", ColumnKind.NUMBER, wording.figure, "Mean absolute error"),
    Column("R²", ColumnKind.NUMBER, wording.figure, "Share of the spread that is explained"),
    _TIME,
)
_EARLIER = Column(
    "Earlier task",
    ColumnKind.NUMBER,
    wording.share,
    "Share of right answers on what was learned before",
)
_COLUMNS_OF = {
    Target.LABEL: _COLUMNS,
    Target.LABELS: _OF_SEVERAL_LABELS,
    Target.NUMBER: _OF_NUMBERS,
}

# Narrow enough that none is out of sight at 1280 pixels.
_WIDTHS = (94, 104, 96, 108, 86, 68)
# The score on the earlier task takes the place of the least of the figures: all would not fit.
_IN_PLACE = 5


class EpochTable(Table):
    """One row an epoch; the one that is kept says so."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_COLUMNS, "Epochs", parent)
        self._shown: tuple[object, ...] = ()

    def show_epochs(
        self,
        epochs: Sequence[EpochFinished],
        kept_epoch: int,
        keep: Kept = Kept.BEST,
        earlier: Sequence[EarlierTaskScored] = (),
    ) -> None:
        """Show these epochs, the latest first; one is kept, the best or the last.

        Where there is an earlier task, its score after each epoch stands beside.
        """
        shown = (tuple(epochs), kept_epoch, keep, tuple(earlier))
        if shown == self._shown:
            return
        self._shown = shown
        target = validation_of(epochs[-1]).target if epochs else Target.LABEL
        columns = list(_COLUMNS_OF[target])
        if earlier:
            columns[_IN_PLACE] = _EARLIER
        if self.show_columns(columns):
            self._set_widths()
        mark = {kept_epoch: f", {keep.value}"}
        known = {score.epoch: score.accuracy for score in earlier}
        rows = [list(_row(epoch, mark.get(epoch.epoch, ""))) for epoch in reversed(epochs)]
        for row, epoch in zip(rows, reversed(epochs), strict=True):
            if earlier:
                row[_IN_PLACE] = known.get(epoch.epoch)
        self.show_rows(rows)

    def _set_widths(self) -> None:
        for column, width in enumerate(_WIDTHS, 1):
            self.setColumnWidth(column, width)


def _row(epoch: EpochFinished, mark: str) -> tuple[object, ...]:
    found = validation_of(epoch)
    judged = {
        Target.LABEL: (found.accuracy, found.macro_f1),
        Target.LABELS: (found.macro_f1, found.micro_f1),
        Target.NUMBER: (found.mae, found.r2),
    }[found.target]
    name = f"{epoch.epoch}{mark}"
    losses = (epoch.train_loss, epoch.val_loss)
    return (name, *losses, epoch.train_accuracy, *judged, epoch.seconds)
