"""The catalogue of pretrained models, as a table and as JSON."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import Task
from finetune_studio.project.model_catalog import CATALOG
from finetune_studio.project.model_files import is_available


def as_json(task: Task | None) -> list[dict[str, Any]]:
    """Every entry's facts, with whether its weights are on this computer."""
    return [
        {**entry.model_dump(mode="json"), "available": is_available(entry)}
        for entry in _entries(task)
    ]


def show(task: Task | None, console: Console) -> None:
    """Draw the catalogue as a table."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for title in ("Task", "Parameters", "Download", "Licence", "Here", "Id"):
        right = title in ("Parameters", "Download")
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    for entry in _entries(task):
        table.add_row(
            entry.task.title_text,
            f"{entry.parameters / 1e6:.1f} M",
            f"{entry.download_bytes / 1e6:.0f} MB" if entry.download_bytes else "",
            entry.licence,
            "yes" if is_available(entry) else "",
            entry.id,
        )
    console.print(table)
    console.print(
        "Any other name works too: timm/<name>, transformers/<repository>, or a folder or file."
    )


def _entries(task: Task | None) -> list[CatalogEntry]:
    return [entry for entry in CATALOG if task is None or entry.task is task]
