"""Make ready what every contestant starts from: tables of samples, and weights in files.

Nobody's time is counted here. Run as a program, it takes the folder to write to.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import zipfile
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageOps

from tests.benchmarks.training.tasks import Material
from tests.benchmarks.training.trial import Network

ROOT = Path(__file__).resolve().parents[3]
_SAMPLES = ROOT / "resources" / "samples"
_SUFFIXES = {".png", ".jpg", ".jpeg"}
_VALIDATION_SHARE = 3  # one sample in three
_COLUMNS = (("text", "review"), ("label", "sentiment"))
_SEED = 5

Row = tuple[str, str, str]


def material_in(folder: Path) -> Material:
    """Where everything lies once it is ready."""
    models = folder / "models"
    return Material(
        pictures=folder / "pictures.csv",
        texts=folder / "texts.csv",
        weights={
            Network.EFFICIENTNET: models / "starter--efficientnet_lite0" / "model.safetensors",
            Network.RESNET: models / "resnet50-random.safetensors",
            Network.MINILM: models / "minilm",
        },
    )


def main() -> None:
    """Make everything ready in a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--samples", type=int, default=750)
    chosen = parser.parse_args()
    folder: Path = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    material = material_in(folder)
    photos = chosen.photos or unpacked_digits(folder)
    _write(material.pictures, "picture", picture_rows(photos, folder / "pictures", chosen.samples))
    texts = chosen.texts or _SAMPLES / "product_reviews.csv"
    _write(material.texts, "text", text_rows(texts, chosen.samples))
    make_weights(folder, material)


def picture_rows(source: Path, target: Path, count: int) -> list[Row]:
    """Pictures of a folder with one folder a label, copied and divided.

    Transparent parts become white, so that everybody sees the same. Where there are too few
    pictures, mirror images fill up, each in the part of its original.
    """
    found = picture_files(source)
    random.Random(_SEED).shuffle(found)
    found = found[:count]
    own_validation = len(found) // _VALIDATION_SHARE
    validation, training = found[:own_validation], found[own_validation:]
    wanted = min(count, 2 * len(found)) // _VALIDATION_SHARE
    rest = min(count, 2 * len(found)) - wanted
    target.mkdir(parents=True, exist_ok=True)
    return [
        *_copies(training, target, rest, "train"),
        *_copies(validation, target, wanted, "validation"),
    ]


def text_rows(source: Path, count: int) -> list[Row]:
    """Texts of a CSV, divided."""
    rows = read_texts(source)
    random.Random(_SEED).shuffle(rows)
    rows = rows[:count]
    first_training = len(rows) // _VALIDATION_SHARE
    return [
        (*row, "validation" if place < first_training else "train")
        for place, row in enumerate(rows)
    ]


def picture_files(source: Path) -> list[Path]:
    """The pictures of a folder with one folder a label, by name."""
    return sorted(file for file in source.glob("*/*") if file.suffix.lower() in _SUFFIXES)


def read_texts(source: Path) -> list[tuple[str, str]]:
    """Texts of a CSV with their labels. The columns go by the names of `_COLUMNS`."""
    with source.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        text, label = (
            next(name for name in names if name in (reader.fieldnames or ())) for names in _COLUMNS
        )
        rows = [(row[text].strip(), row[label].strip().lower()) for row in reader]
    return [row for row in rows if all(row)]


def flat_picture(file: Path) -> Image.Image:
    """A picture upright and in colour; transparent parts become white."""
    with Image.open(file) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def _copies(files: list[Path], target: Path, count: int, part: str) -> Iterable[Row]:
    for place in range(count):
        file = files[place % len(files)]
        copy = target / f"{part}-{place:04}{file.suffix.lower()}"
        flat = flat_picture(file)
        (ImageOps.mirror(flat) if place >= len(files) else flat).save(copy, quality=95)
        yield str(copy), file.parent.name, part


def _write(file: Path, column: str, rows: Iterable[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column, "label", "split"])
        writer.writerows(rows)


def unpacked_digits(folder: Path) -> Path:
    """The digits that ship with the program, one folder a label."""
    target = folder / "digits"
    if not target.is_dir():
        with zipfile.ZipFile(_SAMPLES / "digits.zip") as archive:
            archive.extractall(target)
    inside = [child for child in target.iterdir() if child.is_dir()]
    return inside[0] if len(inside) == 1 else target


def make_weights(folder: Path, material: Material) -> None:
    """The starter models as they ship; ResNet-50 as torchvision draws it, its speed is the same."""
    os.environ["FINETUNE_STUDIO_HOME"] = str(folder)
    import torch
    import torchvision
    from safetensors.torch import save_file

    from finetune_studio.engine.model import timm_models
    from finetune_studio.project import model_files

    minilm = model_files.starter_folder("starter/minilm-l6")
    starter = model_files.starter_folder(timm_models.STARTER_ID)
    if minilm is None or starter is None:
        raise SystemExit("The starter models are not installed: sh packaging/setup.sh")
    if not material.weights[Network.EFFICIENTNET].exists():
        timm_models.open_starter(starter)
    if not material.weights[Network.MINILM].exists():
        material.weights[Network.MINILM].symlink_to(minilm)
    if not material.weights[Network.RESNET].exists():
        torch.manual_seed(_SEED)
        state = torchvision.models.resnet50(weights=None).state_dict()
        save_file(state, material.weights[Network.RESNET])


if __name__ == "__main__":
    main()
