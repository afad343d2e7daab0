"""Weights come to this computer: the only place in the engine that uses the network."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from finetune_studio.engine.model import hub
from finetune_studio.engine.model.fetching import RemoteFile, fetch, new_client
from finetune_studio.engine.model.folders import read_json
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.project import model_files
from finetune_studio.project.choices import ModelSource
from finetune_studio.project.files import write_atomic
from finetune_studio.project.model_catalog import entry_for
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from finetune_studio.engine.stopping import StopRequested
    from finetune_studio.project.catalog_entry import CatalogEntry

_SPARE_BYTES = 64 * 2**20
_PROVENANCE = "source.json"
_YES = {"1", "ON", "YES", "TRUE"}
_HELPED_BY_HAND = {"offline", "server_trouble", "no_access"}


def download(entry_id: str, emit: Emit, stop_requested: StopRequested) -> Path:
    """Fetch a model's files, check them, and say which folder they lie in.

    What an earlier, interrupted call brought is continued. Nothing is fetched for a model that is
    here already.

    Raises:
        Stopped: what arrived is kept for the next time.
        ProblemError: there is no such model, or it cannot be fetched; it says why, and how to
            bring the files here by hand.
    """
    entry = entry_for(entry_id)
    if entry is None:
        raise ProblemError.of(
            f"There is no model “{entry_id}”.", "", "Choose one from the list.",
            where=entry_id, code="model_unknown",
        )  # fmt: skip
    here = model_files.find_folder(entry)
    if here is not None:
        return here
    if entry.source is ModelSource.STARTER:
        raise ProblemError(model_files.missing(entry))
    with _saying_how_else(entry), new_client() as client:
        if entry.source is ModelSource.TORCHVISION:
            return _from_torchvision(client, entry, emit, stop_requested)
        return _from_hub(client, entry, emit, stop_requested)


@contextmanager
def _saying_how_else(entry: CatalogEntry) -> Iterator[None]:
    """No network, by wish or by accident, is no dead end: say which file belongs where."""
    try:
        if os.environ.get("HF_HUB_OFFLINE", "").upper() in _YES:
            raise ProblemError.of(
                f"{entry.title} is not downloaded.",
                "The network is switched off by HF_HUB_OFFLINE.",
                "Switch it on.",
                where=entry.id,
                code="offline",
            )
        yield
    except ProblemError as error:
        problem = error.problem
        if problem.code not in _HELPED_BY_HAND:
            raise
        remedy = f"{problem.remedy} Or by hand: {model_files.by_hand(entry)}"
        raise ProblemError(problem.edited(remedy=remedy)) from error


def _from_hub(
    client: httpx.Client, entry: CatalogEntry, emit: Emit, stop_requested: StopRequested
) -> Path:
    with tempfile.TemporaryDirectory(prefix="listing-") as scratch:
        described = fetch(
            client, hub.information(entry), Path(scratch), lambda _: None, stop_requested
        )
        listing = hub.listing(entry, read_json(described))
    folder = _folder_for(entry, listing.files)
    meter = _meter(entry, listing.files, emit)
    for file in listing.files:
        if not (folder / file.name).is_file():
            fetch(client, file, folder, meter.advance, stop_requested)
        else:
            meter.advance(file.size)
    provenance = {
        "repository": entry.repository,
        "commit": listing.commit,
        "sha256": {file.name: file.sha256 for file in listing.files if file.sha256},
    }
    write_atomic(folder / _PROVENANCE, json.dumps(provenance, indent=2))
    meter.done()
    return folder


def _from_torchvision(
    client: httpx.Client, entry: CatalogEntry, emit: Emit, stop_requested: StopRequested
) -> Path:
    from finetune_studio.engine.model.torchvision_models import converted, published_hash

    name = model_files.file_name(entry)
    file = RemoteFile(name=name, url=entry.url, sha256=published_hash(name))
    folder = _folder_for(entry, [file])
    meter = Meter(emit, f"Downloading {entry.title}", entry.download_bytes, "bytes")
    published = fetch(client, file, folder, meter.advance, stop_requested)
    converted(entry, folder)
    published.unlink()
    meter.done()
    return folder


def _meter(entry: CatalogEntry, files: Iterable[RemoteFile], emit: Emit) -> Meter:
    total = sum(file.size for file in files)
    return Meter(emit, f"Downloading {entry.title}", total, "bytes")


def _folder_for(entry: CatalogEntry, files: Iterable[RemoteFile]) -> Path:
    """The folder to fetch to, with room for the files."""
    folder = model_files.folder(entry.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProblemError.of(
            f"{folder} cannot be made.", f"{error.strerror}.",
            "Check the folder's permissions.", where=str(folder), code="cannot_write",
        ) from error  # fmt: skip
    needed = sum(file.size for file in files) or entry.download_bytes
    kept = sum(file.stat().st_size for file in folder.iterdir())
    free = shutil.disk_usage(folder).free
    if needed - kept + _SPARE_BYTES > free:
        raise ProblemError.of(
            f"There is not enough room for {entry.title}.",
            f"It takes {needed / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free.",
            "Free some space and try again.",
            where=str(folder),
            code="disk_full",
        )
    return folder
