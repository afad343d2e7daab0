"""The sample data that ships with the application, so that a first run needs no network."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from finetune_studio import places

_MOST_BYTES = 64 * 2**20  # unpacked; no archive of ours comes near


class UnsafeArchiveError(ValueError):
    """An archive holds something other than plain files below its own folder."""


@dataclass(frozen=True, slots=True)
class SampleSet:
    """Labelled data to try the application with.

    Attributes:
        id: What the command line and the project call it.
        title: What the welcome page calls it.
        task: "image" or "text".
        description: One sentence: what is in it and how much.
        file: Its name below ``resources/samples``; a .zip becomes a folder.
    """

    id: str
    title: str
    task: str
    description: str
    file: str


SAMPLES = (
    SampleSet(
        id="digits",
        title="Handwritten digits",
        task="image",
        description="1,797 scanned digits, 0 to 9, in one folder per label.",
        file="digits.zip",
    ),
    SampleSet(
        id="reviews",
        title="Product reviews",
        task="text",
        description="536 short reviews in a CSV: positive, neutral or negative, a little messy.",
        file="product_reviews.csv",
    ),
)


def sample_set(sample_id: str) -> SampleSet:
    """The sample set of that id.

    Raises:
        KeyError: There is none; the message names those there are.
    """
    for sample in SAMPLES:
        if sample.id == sample_id:
            return sample
    raise KeyError(f"{sample_id!r} is none of {', '.join(sample.id for sample in SAMPLES)}")


def unpack(sample_id: str, folder: Path) -> Path:
    """Put a sample set below ``folder`` and say where: a labelled folder, or a CSV file.

    What is already there is left as it is, so that a project keeps the data it was made with.
    A set appears whole or not at all.

    Raises:
        KeyError: There is no such sample set.
        OSError: The folder cannot be written to.
    """
    source = places.resources() / "samples" / sample_set(sample_id).file
    target = folder / (source.stem if source.suffix == ".zip" else source.name)
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as scratch:
        whole = Path(scratch) / target.name
        if source.suffix == ".zip":
            extract(source, whole)
        else:
            shutil.copyfile(source, whole)
        whole.rename(target)
    return target


def extract(archive: Path, folder: Path) -> None:
    """Unzip into a new ``folder``: plain files only, and none outside it.

    Raises:
        UnsafeArchiveError: An entry is a link, leads out of the folder, or there is far too much.
            Nothing has been written then.
    """
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        for entry in entries:
            _refuse_unsafe(entry)
        if sum(entry.file_size for entry in entries) > _MOST_BYTES:
            raise UnsafeArchiveError(f"{archive.name} unpacks to more than {_MOST_BYTES:,} bytes")
        folder.mkdir(parents=True)
        opened.extractall(folder)


def _refuse_unsafe(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UnsafeArchiveError(f"{entry.filename} is not a plain file")
    # A name is judged as every system would read it: an archive travels.
    for path in (PurePosixPath(entry.filename), PureWindowsPath(entry.filename)):
        if path.anchor or ".." in path.parts:
            raise UnsafeArchiveError(f"{entry.filename} leads out of the folder")
