"""Says what pictures show. Needs torch, torchvision, timm, safetensors and pillow.

python predict.py photo.jpg [more.png ...]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from answer_words import said
from PIL import Image, ImageOps
from safetensors.torch import load_file

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "finetune_studio.json").read_text(encoding="utf-8"))
LABELS = FACTS["labels"]
OUTPUTS = FACTS["outputs"]  # one label, several with their thresholds, or a number
PICTURE = FACTS["preprocessing"]  # size, resize, crop, interpolation, mean, std
RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def open_model() -> torch.nn.Module:
    """The tuned network, built by the library that defines it."""
    arguments = {"num_classes": len(LABELS)}
    if FACTS["image_size"]:
        arguments["img_size" if FACTS["library"] == "timm" else "image_size"] = FACTS["image_size"]
    if FACTS["library"] == "timm":
        import timm

        model = timm.create_model(FACTS["architecture"], pretrained=False, **arguments)
    else:
        import torchvision

        model = torchvision.models.get_model(FACTS["architecture"], weights=None, **arguments)
    model.load_state_dict(load_file(HERE / "model.safetensors"))
    return model.eval()


MODEL = open_model()
MEAN = torch.tensor(PICTURE["mean"]).view(1, 3, 1, 1)
DEVIATION = torch.tensor(PICTURE["std"]).view(1, 3, 1, 1)


def open_picture(path: str) -> np.ndarray:
    """One picture, upright, on white, resized and cropped as in training: uint8 [size, size, 3]."""
    size, resize = PICTURE["size"], max(PICTURE["resize"], PICTURE["size"])
    with Image.open(path) as image:
        if image.format == "JPEG":  # a large one is decoded at a fraction of its size
            image.draft(None, (2 * resize, 2 * resize))
        upright = on_white(ImageOps.exif_transpose(image))
    box = None if PICTURE["crop"] == "squash" else centre(upright.size, size, resize)
    return np.asarray(upright.resize((size, size), RESAMPLING[PICTURE["interpolation"]], box=box))


def on_white(image: Image.Image) -> Image.Image:
    """The picture in 8-bit RGB, its transparent parts white."""
    if image.mode.startswith("I;16"):
        return Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        solid = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", solid.size, "white"), solid).convert("RGB")
    return image.convert("RGB")


def centre(shape: tuple[int, int], size: int, resize: int) -> tuple[float, float, float, float]:
    """The part of the picture that a resize of its shorter side and a centre crop would show."""
    width, height = shape
    short = min(width, height)
    wide, high = int(resize * width / short), int(resize * height / short)
    left, top = round((wide - size) / 2), round((high - size) / 2)
    across, down = width / wide, height / high
    right, bottom = min((left + size) * across, width), min((top + size) * down, height)
    return left * across, top * down, right, bottom


def told(logits: torch.Tensor) -> torch.Tensor:
    """Probabilities of the labels, or the number in its own unit."""
    if OUTPUTS["kind"] == "number":
        return logits * OUTPUTS["spread"] + OUTPUTS["mean"]
    return logits.sigmoid() if OUTPUTS["kind"] == "labels" else logits.softmax(-1)


@torch.inference_mode()
def predict(paths: list[str]) -> list[dict[str, float]]:
    """The probability of every label, or the number, for each picture."""
    answers = []
    for path in paths:
        pixels = torch.from_numpy(open_picture(path).copy()).permute(2, 0, 1)[None].float() / 255
        logits = MODEL((pixels - MEAN) / DEVIATION)[0]  # [labels]
        answers.append(dict(zip(LABELS, told(logits).tolist(), strict=True)))
    return answers


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name, answer in zip(sys.argv[1:], predict(sys.argv[1:]), strict=True):
        print(f"{name}: {said(answer, OUTPUTS)}")
