"""Says what pictures show. Needs onnxruntime, numpy and pillow: pip install onnxruntime pillow.

python predict.py photo.jpg [more.png ...]
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime reports home unless told before it starts

import numpy as np
import onnxruntime
from answer_words import said
from PIL import Image, ImageOps

SESSION = onnxruntime.InferenceSession(
    str(Path(__file__).with_name("model.onnx")), providers=["CPUExecutionProvider"]
)
FACTS = json.loads(SESSION.get_modelmeta().custom_metadata_map["finetune_studio"])
LABELS = FACTS["labels"]
OUTPUTS = FACTS["outputs"]  # one label, several with their thresholds, or a number
PICTURE = FACTS["preprocessing"]  # size, resize, crop, interpolation; mean and std are in the model
RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


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


def predict(paths: list[str]) -> list[dict[str, float]]:
    """The probability of every label, or the number, for each picture."""
    answers = []
    for path in paths:
        (told,) = SESSION.run(None, {"pixels": open_picture(path)[None]})
        answers.append(dict(zip(LABELS, told[0].tolist(), strict=True)))
    return answers


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name, answer in zip(sys.argv[1:], predict(sys.argv[1:]), strict=True):
        print(f"{name}: {said(answer, OUTPUTS)}")
