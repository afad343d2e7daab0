"""The one question that is asked before the window closes."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from finetune_studio.events.history import RunHistory


def ask_to_stop(history: RunHistory, parent: QWidget) -> bool:
    """Whether the run may be stopped so that the window can close."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Training is under way")
    box.setText(_where_it_is(history))
    box.setInformativeText(
        f"Closing stops the run. The {history.keep.epoch_words} so far is kept, and the run can "
        "be resumed later."
    )
    stop = box.addButton("&Stop and close", QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton("&Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    return box.clickedButton() is stop


def _where_it_is(history: RunHistory) -> str:
    if not history.epoch:
        return "The run is still being prepared."
    return f"Run {history.run} is in epoch {history.epoch} of {history.planned_epochs}."
