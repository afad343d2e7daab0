"""The finished epochs in figures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from finetune_studio.events.events import EpochFinished
from finetune_studio.project import wording
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table

_COLUMNS = (
    Column("Epoch"),
    Column("Training loss", ColumnKind.NUMBER, wording.figure),
    Column("Validation loss", ColumnKind.NUMBER, wording.figure),
    Column("Training acc.", ColumnKind.NUMBER, wording.share, "Share of right answers"),
    Column("Validation acc.", ColumnKind.NUMBER, wording.share, "Share of right answers"),
    Column(
        "Macro F1",
        ColumnKind.NUMBER,
        wording.share,
        "Validation F1, averaged over labels so that each counts the same",
    ),
    Column("Time", ColumnKind.NUMBER, wording.seconds),
)


class EpochTable(Table):
    """One row an epoch; the best one says so."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_COLUMNS, "Epochs", parent)
        self._shown: tuple[tuple[EpochFinished, ...], int] = ((), 0)

    def show_epochs(self, epochs: Sequence[EpochFinished], best_epoch: int) -> None:
        """Show these epochs, the latest first."""
        if (tuple(epochs), best_epoch) == self._shown:
            return
        self._shown = (tuple(epochs), best_epoch)
        self.show_rows(
            [
                (
                    f"{epoch.epoch}, best" if epoch.epoch == best_epoch else str(epoch.epoch),
                    epoch.train_loss,
                    epoch.val_loss,
                    epoch.train_accuracy,
                    epoch.val_accuracy,
                    epoch.val_macro_f1,
                    epoch.seconds,
                )
                for epoch in reversed(epochs)
            ]
        )
