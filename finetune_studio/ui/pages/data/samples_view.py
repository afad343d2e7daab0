"""The labels with their counts, and the samples of the selected one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.events.data_words import cleaning_words, reading_words
from finetune_studio.events.descriptions import DataReport, LabelCount, Preview
from finetune_studio.project import wording
from finetune_studio.project.choices import Target, Task
from finetune_studio.ui.pages.data import previews
from finetune_studio.ui.pages.data.text_rows import TextRows
from finetune_studio.ui.widgets.bar_list import Bar, BarList
from finetune_studio.ui.widgets.empty_state import EmptyState
from finetune_studio.ui.widgets.gallery import Gallery, Picture
from finetune_studio.ui.widgets.text import ElidedText, caption

_LABELS_WIDTH = 296
_LOWEST = 300


class SamplesView(QWidget):
    """What the data hold, label by label."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels = BarList("Labels")
        self.labels.setFixedWidth(_LABELS_WIDTH)
        self.gallery = Gallery()
        self.rows = TextRows("Texts")
        self._nothing = EmptyState("data", "Nothing to show")
        self._label = ElidedText(strong=True)
        self._count = caption()
        self.target = caption(wrap=True)
        self._pages = QStackedWidget()
        for page in (self._nothing, self.gallery, self.rows):
            self._pages.addWidget(page)
        self._report: DataReport | None = None
        self._build()
        self.labels.bar_selected.connect(self._on_bar_selected)
        self.gallery.picture_activated.connect(self._on_picture_activated)

    @property
    def heading(self) -> str:
        """The label whose samples are on show, and how many of how many."""
        return f"{self._label.text()}: {self._count.text()}"

    def show_report(self, report: DataReport) -> None:
        """Show what an inspection found; the selected label stays where it still exists."""
        if report is self._report:
            return
        before, self._report = self._report, report
        self._show_words(report)
        if before is not None and _shown_of(before) == _shown_of(report):
            return  # else what was scrolled to would jump away
        bars = [Bar(one.label, one.count, _tooltip(one)) for one in report.labels]
        self.labels.show_bars(bars, in_order=report.target.kind is Target.NUMBER)
        names = self.labels.shown_names
        if not self.labels.selected and names:
            self.labels.select(names[0])
        self._show_label(self.labels.selected)

    def _show_words(self, report: DataReport) -> None:
        words = (reading_words(report), cleaning_words(report))
        self.target.setText(" ".join(filter(None, words)))
        self.target.setVisible(bool(self.target.text()))

    def _show_label(self, name: str) -> None:
        assert self._report is not None
        found = previews.read(Path(self._report.previews), name) if self._report.previews else ()
        self._label.setText(name)
        self._count.setText(self._count_words(name, len(found)))
        if not found:
            self._show_nothing()
        elif self._report.task is Task.IMAGE:
            alike = self._report.target.kind is Target.LABEL
            self.gallery.show_pictures([_picture(one, named=not alike) for one in found])
            self._pages.setCurrentWidget(self.gallery)
        else:
            alike = self._report.target.kind is Target.LABEL
            self.rows.show_texts(found, named=not alike)
            self._pages.setCurrentWidget(self.rows)

    def _show_nothing(self) -> None:
        assert self._report is not None
        if self._report.labels:
            title, sentence = "No samples to show", "Reload the data to read them again."
        else:
            title = "No labels found"
            sentence = "The problems below say what was expected and what was found."
        self._nothing.show_state(title, sentence)
        self._pages.setCurrentWidget(self._nothing)

    def _count_words(self, name: str, shown: int) -> str:
        assert self._report is not None
        total = next((one.count for one in self._report.labels if one.label == name), 0)
        samples = wording.plural(total, "sample")
        return samples if shown >= total else f"the first {shown} of {samples}"

    def _on_bar_selected(self, name: str) -> None:
        if self._report is not None:
            self._show_label(name)

    def _on_picture_activated(self, path: Path) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _build(self) -> None:
        self.setMinimumHeight(_LOWEST)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._label)
        head.addWidget(self._count)
        head.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.target)
        right.addLayout(head)
        right.addWidget(self._pages, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.labels)
        layout.addLayout(right, 1)


def _shown_of(report: DataReport) -> tuple[object, ...]:
    """What the view shows of a report, beside words."""
    return report.task, report.target, report.labels, report.previews


def _tooltip(label: LabelCount) -> str:
    parts = (
        (label.train, "training"),
        (label.validation, "validation"),
        (label.test, "test"),
    )
    return ", ".join(f"{wording.whole(count)} {name}" for count, name in parts)


def _picture(preview: Preview, *, named: bool) -> Picture:
    """A picture; with what it is, where the bar does not say it all."""
    path = Path(preview.path)
    return Picture(path, preview.label if named else path.name, preview.split.title_text)
