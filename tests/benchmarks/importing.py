"""How long importing takes: a folder of files, a large table, photographs. Prints ratios.

    .venv/bin/python tests/benchmarks/importing.py [--files 100000] [--rows 1000000] [--photos 24]

Each figure is the median of rounds that take turns with a named baseline in the same process, after
a round that fills the caches. All data are made up in a temporary folder.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.csv
from PIL import Image

from finetune_studio.engine.data.cache import open_pixels
from finetune_studio.engine.data.file_index import files_below
from finetune_studio.engine.data.file_types import looks_like_picture
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.inspection import inspect
from finetune_studio.engine.data.order import batches_of, shuffled
from finetune_studio.engine.model.bundle import ImagePreprocessing
from finetune_studio.events.events import Event
from finetune_studio.project.project import DataChoice, SplitChoice

ROUNDS = 5
LABELS = 20
PHOTO = (4000, 3000)
THUMBNAIL = (256, 192)
BATCH = 32
# ImageNet's usual preprocessing.
PREPROCESSING = ImagePreprocessing(
    size=224, resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
)
WORDS = [
    *("the", "a", "movie", "film", "was", "is", "great", "bad", "awful", "acting", "plot", "story"),
    *("we", "liked", "it", "not", "very", "good", "boring", "scene", "end", "actor", "of", "and"),
    *("to", "in", "that", "this", "director,", "music,", "character", "wonderful", "poor", "seen"),
]


@dataclass(frozen=True)
class Row:
    """One line of the table; ``bar`` is the ratio to reach, if one is set."""

    what: str
    ours: str
    baseline: str
    theirs: str
    ratio: float
    bar: str = ""

    def __str__(self) -> str:
        cells = (self.what, self.ours, self.baseline, self.theirs, f"{self.ratio:.2f}", self.bar)
        return f"| {' | '.join(cells)} |"


def main() -> None:
    """Run every benchmark and print a Markdown table."""
    chosen = _arguments()
    if chosen.memory_of:
        print(_growth(chosen.memory_of, chosen.cache))
        return
    print("| What | Ours | Baseline | Baseline's | Ratio | To reach |\n|---|--:|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="importing-") as name:
        for work in (_folder, _table, _photos):
            for row in work(Path(name), chosen):
                print(row, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _folder(work: Path, chosen: argparse.Namespace) -> Iterator[Row]:
    """Listing files with their labels, and inspecting what did not change, against a bare walk."""
    root, cache = work / "pictures", work / "cache"
    _write_pictures(root, chosen.files)

    def listed() -> None:
        files_below(root, looks_like_picture, Findings(), _unheard, _never)

    first = _timed(lambda: _inspect(root, cache))
    ours, again, walk = _interleaved(
        listed, lambda: _inspect(root, cache), lambda: _walk(str(root))
    )
    many = f"{chosen.files:,} pictures"
    yield Row(f"{many}: list, label", _s(ours), "bare scandir", _s(walk), ours / walk, "3")
    yield Row(f"{many}: inspect again", _s(again), "bare scandir", _s(walk), again / walk)
    yield Row(f"{many}: inspect again", _s(again), "the first time", _s(first), again / first)


def _table(work: Path, chosen: argparse.Namespace) -> Iterator[Row]:
    """Inspecting a table of texts against pyarrow's readers, which only parse it."""
    file, cache = work / "table.csv", work / "cache"
    _write_table(file, chosen.rows)
    ours, stream, whole = _interleaved(
        lambda: _inspect(file, cache),
        lambda: _stream(file),
        lambda: pyarrow.csv.read_csv(file),
    )
    size = file.stat().st_size
    growth = _growth_apart(file, cache)
    what = f"CSV of {chosen.rows:,} rows: inspect"
    yield Row(what, _s(ours), "pyarrow.csv.open_csv", _s(stream), ours / stream, "1.5")
    yield Row(what, _s(ours), "pyarrow.csv.read_csv", _s(whole), ours / whole, "1.5")
    yield Row(f"{what}, memory", _mb(growth), "the file", _mb(size), growth / size, "2")


def _photos(work: Path, chosen: argparse.Namespace) -> Iterator[Row]:
    """Decoding photographs once against Pillow, and reading them after against thumbnails."""
    photos = _write_photos(work / "photos", chosen.photos, PHOTO)
    thumbnails = _write_photos(work / "thumbnails", chosen.photos, THUMBNAIL)
    caches = (work / f"pixels-{number}" for number in range(ROUNDS + 1))
    ours, theirs = _interleaved(
        lambda: open_pixels(photos, PREPROCESSING, next(caches), _unheard, _never),
        lambda: [_as_pillow_does(photo) for photo in photos],
    )
    what = f"{chosen.photos} JPEGs of 12 megapixels"
    yield Row(f"{what}: decode", _s(ours), "Pillow, one thread", _s(theirs), ours / theirs)
    # As many samples as an epoch has: each picture stands for many.
    large, small = (
        open_pixels(paths * (960 // len(paths)), PREPROCESSING, work / "cache", _unheard, _never)
        for paths in (photos, thumbnails)
    )
    count = 960 // chosen.photos * chosen.photos
    ours, theirs = _interleaved(lambda: _epoch(large, count), lambda: _epoch(small, count))
    yield Row(f"{what}: epoch 2", _s(ours), "from thumbnails", _s(theirs), ours / theirs, "1")


def _interleaved(*works: Callable[[], object]) -> list[float]:
    """The median of each, in seconds, taking turns; one round beforehand fills the caches."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS + 1):
        for kept, work in zip(times, works, strict=True):
            kept.append(_timed(work))
    return [statistics.median(kept[1:]) for kept in times]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _inspect(path: Path, cache: Path) -> None:
    report = inspect(DataChoice(path=str(path)), None, SplitChoice(), cache, _unheard, _never)
    assert report.samples, report.problems


def _walk(folder: str) -> int:
    count = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            count += _walk(entry.path) if entry.is_dir(follow_symlinks=False) else 1
    return count


def _stream(file: Path) -> int:
    return sum(batch.num_rows for batch in pyarrow.csv.open_csv(file))


def _growth_apart(file: Path, cache: Path) -> int:
    """Bytes that inspecting adds at most to a process of its own."""
    command = [sys.executable, __file__, "--memory-of", str(file), "--cache", str(cache)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _growth(file: Path, cache: Path) -> int:
    import psutil

    small = file.with_name("small.csv")
    with file.open(encoding="utf-8") as whole:
        small.write_text("".join(next(whole) for _ in range(2000)), encoding="utf-8")
    _inspect(small, cache)  # what libraries need once is not the table's
    before = psutil.Process().memory_info().rss
    _forget_peak()
    _inspect(file, cache)
    return _peak() - int(before)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _as_pillow_does(path: str) -> np.ndarray:
    with Image.open(path) as image:
        scaled = image.convert("RGB").resize((341, 256), Image.Resampling.BICUBIC)
        return np.asarray(scaled.crop((58, 16, 282, 240)))


def _epoch(pixels: object, count: int) -> None:
    for places in batches_of(shuffled(count, 1, 2), BATCH):
        pixels.read(places)  # type: ignore[attr-defined]


def _write_pictures(root: Path, count: int) -> None:
    """One small JPEG, made different by a comment of varying length."""
    buffer = io.BytesIO()
    grey = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    Image.fromarray(grey).save(buffer, "JPEG")
    start, rest = buffer.getvalue()[:2], buffer.getvalue()[2:]
    for number in range(count):
        file = root / f"label {number % LABELS:02d}" / f"image_{number:06d}.jpg"
        if number < LABELS:
            file.parent.mkdir(parents=True)
        comment = f"picture {number}".encode() + b"." * (number % 3001)
        file.write_bytes(start + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + rest)


def _write_table(file: Path, rows: int) -> None:
    """Reviews of 8 to 28 words; some need quotation marks."""
    chance = random.Random(1)
    labels = ("positive", "negative", "neutral", "mixed")
    with file.open("w", encoding="utf-8", newline="") as table:
        table.write("id,text,label\n")
        for number in range(rows):
            text = " ".join(chance.choices(WORDS, k=chance.randint(8, 28)))
            if number % 50 == 0:
                text += ' – he said "schön"'
            if "," in text or '"' in text:
                text = '"' + text.replace('"', '""') + '"'
            table.write(f"{number},{text},{chance.choice(labels)}\n")


def _write_photos(folder: Path, count: int, size: tuple[int, int]) -> list[str]:
    folder.mkdir()
    paths = []
    for number in range(count):
        chance = np.random.default_rng(number)
        shapes = Image.fromarray(chance.integers(0, 255, (30, 40, 3), np.uint8))
        smooth = np.asarray(shapes.resize(size, Image.Resampling.BICUBIC), np.int16)
        grain = chance.integers(-8, 9, (size[1], size[0], 1), np.int16)
        photo = Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))
        paths.append(str(folder / f"{number:03d}.jpg"))
        photo.save(paths[-1], quality=90)
    return paths


def _s(seconds: float) -> str:
    return f"{seconds:.3f} s"


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f} MB"


def _unheard(event: Event) -> None:
    """Progress nobody watches."""


def _never() -> bool:
    return False


if __name__ == "__main__":
    main()
