"""The samples as the rivals read them: a row at a time, a picture decoded whenever it is asked for.

Everything here is what a tutorial does; the product's own reading has no part in it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch.utils.data import Dataset
from torchvision import transforms
from torchvision.transforms import InterpolationMode
from transformers import AutoTokenizer

from tests.benchmarks.training.trial import Network, Task

SIZE, RESIZED = 224, 256
# Mean and standard deviation the networks were pretrained with, by channel.
STATISTICS = {
    Network.EFFICIENTNET: ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    Network.RESNET: ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}


@dataclass(frozen=True)
class Rows:
    """A part of the data: what is classified, and the place of each label among `labels`."""

    inputs: tuple[str, ...]
    targets: tuple[int, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.inputs)


def read_rows(task: Task) -> tuple[Rows, Rows]:
    """The training part and the validation part."""
    column = "text" if task.network.reads_texts else "picture"
    with Path(task.data).open(encoding="utf-8", newline="") as file:
        rows = [(row[column], row["label"], row["split"]) for row in csv.DictReader(file)]
    labels = tuple(sorted({label for _, label, _ in rows}))

    def part(name: str) -> Rows:
        own = [(value, labels.index(label)) for value, label, split in rows if split == name]
        inputs, targets = zip(*own, strict=True)
        return Rows(inputs, targets, labels)

    return part("train"), part("validation")


def picture_transform(network: Network) -> Any:
    """From a picture to the tensor the network was pretrained on."""
    return transforms.Compose([*_cut_out(), transforms.Normalize(*STATISTICS[network])])


def load_square(path: str) -> torch.Tensor:
    """A picture's central square, uint8 [3, 224, 224]."""
    with Image.open(path) as picture:
        square: torch.Tensor = transforms.Compose([*_cut_out()[:2], transforms.PILToTensor()])(
            picture.convert("RGB")
        )
    return square


def _cut_out() -> list[Any]:
    return [
        transforms.Resize(RESIZED, interpolation=InterpolationMode.BICUBIC),
        transforms.CenterCrop(SIZE),
        transforms.ToTensor(),
    ]


class PictureSamples(Dataset[dict[str, Any]]):
    """Pictures, decoded and resized each time they are asked for."""

    def __init__(self, rows: Rows, network: Network) -> None:
        self._rows = rows
        self._transform = picture_transform(network)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        with Image.open(self._rows.inputs[place]) as picture:
            pixels = self._transform(picture.convert("RGB"))
        return {"pixel_values": pixels, "labels": self._rows.targets[place]}


class TextSamples(Dataset[dict[str, Any]]):
    """Texts, turned into tokens once."""

    def __init__(self, rows: Rows, tokenizer: Any, max_tokens: int) -> None:
        self._rows = rows
        self._tokens = tokenizer(list(rows.inputs), truncation=True, max_length=max_tokens)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        own = {name: values[place] for name, values in self._tokens.items()}
        return own | {"labels": self._rows.targets[place]}

    @property
    def tokens(self) -> list[list[int]]:
        """The tokens of each text."""
        return list(self._tokens["input_ids"])


def tokenizer_of(task: Task) -> Any:
    """The tokenizer that belongs to a text network."""
    return AutoTokenizer.from_pretrained(task.weights)
