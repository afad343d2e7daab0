"""What re-opening an export showed, its files, and the lines that use it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import Certificate
from finetune_studio.project import wording
from finetune_studio.project.choices import ExportFormat
from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.badge import Badge
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.fact_list import Fact, FactList
from finetune_studio.ui.widgets.text import ElidedText, big_number, body, caption

_MOST_FILES = 8
_COPIED_MS = 2_000
_SNIPPET_LINES = (4, 12)
_SNIPPET_MARGINS = 28


class CertificateCard(Card):
    """Agreement as the big number, the files with their sizes, a snippet to copy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._certificate: Certificate | None = None
        self.agreement = big_number()
        self.line = caption(wrap=True)
        self.facts = FactList("What was compared")
        self.files = FactList("Files")
        self.place = ElidedText(tone="muted", mode=Qt.TextElideMode.ElideMiddle)
        self.snippet = QPlainTextEdit()
        self.open_button = secondary("&Open folder", "folder")
        self.copy_button = secondary("Cop&y", "copy")
        self._copied = QTimer(self, singleShot=True, interval=_COPIED_MS)
        self._copied.timeout.connect(self._on_copied_long_ago)
        self.open_button.clicked.connect(self._on_open_clicked)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.add_action(Badge("opened again and compared", "good", "check"))
        self._build()

    @property
    def certificate(self) -> Certificate | None:
        """The certificate on show."""
        return self._certificate

    def show_certificate(self, certificate: Certificate) -> None:
        """Show another certificate."""
        if certificate == self._certificate:
            return
        self._certificate = certificate
        self.set_title(f"Exported: {format_title(certificate)}")
        self.agreement.setText(wording.share(certificate.agreement))
        self.line.setText(
            f"of {wording.plural(certificate.samples, 'sample')} get the same answer "
            "as from the trained model"
        )
        self.facts.show_facts(_facts(certificate))
        self.files.show_facts(_files(certificate))
        self.place.setText(certificate.folder)
        self._show_snippet(certificate.snippet)

    def _build(self) -> None:
        self.snippet.setObjectName("detail")
        self.snippet.setReadOnly(True)
        self.snippet.setTabChangesFocus(True)
        self.snippet.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.snippet.setAccessibleName("Code that uses the export")
        font = current_theme().font(CAPTION_PX)
        font.setFamilies(["monospace"])
        self.snippet.setFont(font)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(6)
        left.addWidget(self.agreement)
        left.addWidget(self.line)
        left.addSpacing(6)
        left.addWidget(self.facts)
        left.addSpacing(6)
        left.addWidget(body("Files", strong=True))
        left.addWidget(self.files)
        left.addStretch(1)
        right.addLayout(_row(body("Use it", strong=True), self.copy_button))
        right.addWidget(self.snippet)
        right.addLayout(_row(self.place, self.open_button))
        right.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(32)
        columns.addLayout(left, 2)
        columns.addLayout(right, 3)
        self.body.addLayout(columns)

    def _show_snippet(self, snippet: str) -> None:
        self.snippet.setPlainText(snippet)
        least, most = _SNIPPET_LINES
        lines = min(max(least, snippet.count("\n") + 1), most)
        spacing = self.snippet.fontMetrics().lineSpacing()
        self.snippet.setFixedHeight(lines * spacing + _SNIPPET_MARGINS)

    def _on_open_clicked(self) -> None:
        if self._certificate is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._certificate.folder))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.snippet.toPlainText())
        self.copy_button.setText("Copied")
        self._copied.start()

    def _on_copied_long_ago(self) -> None:
        self.copy_button.setText("Cop&y")


def format_title(certificate: Certificate) -> str:
    """What people call the format of a certificate."""
    known = {form.value: form.title_text for form in ExportFormat}
    return known.get(certificate.format, certificate.format)


def total_size(certificate: Certificate) -> int:
    """Of all files together, in bytes."""
    return sum(file.size for file in certificate.files)


def _facts(certificate: Certificate) -> list[Fact]:
    return [
        Fact(
            "Largest difference",
            wording.rate(certificate.largest_difference),
            "Between the answers of the export and of the trained model: probabilities, or numbers "
            "as a share of their spread.",
        ),
        Fact(
            "Allowed",
            wording.rate(certificate.tolerance),
            "A larger difference would have failed the export.",
        ),
    ]


def _files(certificate: Certificate) -> list[Fact]:
    largest = sorted(certificate.files, key=lambda file: -file.size)
    lines = [Fact(file.path, wording.size(file.size)) for file in largest[:_MOST_FILES]]
    if len(largest) > _MOST_FILES:
        rest = sum(file.size for file in largest[_MOST_FILES:])
        more = wording.plural(len(largest) - _MOST_FILES, "more file")
        lines.append(Fact(more, wording.size(rest)))
    return lines


def _row(first: QWidget, last: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(first, 1)
    row.addWidget(last)
    return row
