"""Every format, written and opened again by its own script, on real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from finetune_studio.engine.data.pictures import load_pixels, normalise
from finetune_studio.engine.export.plain_state import plain_state_dict
from finetune_studio.engine.export.readback import TOLERANCE, compare
from finetune_studio.engine.export.writers import write
from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle
from finetune_studio.events.events import PredictionMade, Probability
from finetune_studio.project.choices import ExportFormat

_TEXTS = ["a good film", "the film not good bad bad bad", "unheard words", " good ", "bad " * 40]


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Pictures of every shape and kind that resizing, cropping and conversion must agree on."""
    random = np.random.default_rng(3)
    folder = tmp_path / "pictures"
    folder.mkdir()
    noise = random.integers(0, 256, (90, 140, 4), dtype=np.uint8)
    upright = Image.fromarray(noise[:, :, :3])
    kept = {
        "wide.png": upright,
        "tall.png": upright.rotate(90, expand=True),
        "tiny.png": upright.resize((20, 11)),
        "alpha.png": Image.fromarray(noise),
        "grey.png": upright.convert("L"),
        "palette.gif": upright.convert("P"),
        "deep.png": Image.fromarray(noise[:, :, 0].astype(np.uint16) * 257),
    }
    for name, image in kept.items():
        image.save(folder / name)
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    upright.resize((900, 600)).save(folder / "large.jpg", exif=exif, quality=90)
    return sorted(str(file) for file in folder.iterdir())


def _said(bundle: ModelBundle, value: str, logits: torch.Tensor) -> PredictionMade:
    shares = logits.softmax(-1)[0].tolist()
    pairs = sorted(zip(bundle.labels, shares, strict=True), key=lambda pair: -pair[1])
    probabilities = tuple(Probability(label=label, probability=share) for label, share in pairs)
    return PredictionMade(run="", input=value, label=pairs[0][0], probabilities=probabilities)


def _trained_on_pictures(bundle: ModelBundle, paths: list[str]) -> list[PredictionMade]:
    assert isinstance(bundle.preprocessing, ImagePreprocessing)
    said = []
    for path in paths:
        pixels = torch.from_numpy(load_pixels(path, bundle.preprocessing))[None]
        with torch.inference_mode():
            said.append(
                _said(bundle, path, bundle({"pixels": normalise(pixels, bundle.preprocessing)}))
            )
    return said


def _trained_on_texts(bundle: ModelBundle, texts: list[str]) -> list[PredictionMade]:
    assert bundle.tokenizer is not None
    said = []
    for text in texts:
        tokens = bundle.tokenizer(text.strip(), truncation=True, max_length=12, return_tensors="pt")
        inputs = {name: tokens[name] for name in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            said.append(_said(bundle, text, bundle(inputs)))
    return said


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_pictures_are_told_apart_alike_by_the_export(
    picture_bundle: ModelBundle, pictures: list[str], tmp_path: Path, export_format: ExportFormat
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write(picture_bundle, export_format, out)
    trained = _trained_on_pictures(picture_bundle, pictures)
    shares = [said.probabilities[0].probability for said in trained]
    assert max(shares) - min(shares) > 10 * TOLERANCE, "the check could not see a difference"
    comparison = compare(out, pictures, trained, lambda event: None, lambda: False)
    assert comparison.agreement == 1.0
    assert comparison.largest_difference < 1e-5


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_texts_are_told_apart_alike_by_the_export(
    text_bundle: ModelBundle, tmp_path: Path, export_format: ExportFormat
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write(text_bundle, export_format, out)
    comparison = compare(
        out, _TEXTS, _trained_on_texts(text_bundle, _TEXTS), lambda event: None, lambda: False
    )
    assert comparison.agreement == 1.0
    assert comparison.largest_difference < 1e-5


def test_an_export_of_other_weights_is_found_out(text_bundle: ModelBundle, tmp_path: Path) -> None:
    trained = _trained_on_texts(text_bundle, _TEXTS)
    with torch.no_grad():
        text_bundle.module.head.linear.bias[0] += 1.0
    out = tmp_path / "out"
    out.mkdir()
    write(text_bundle, ExportFormat.FOLDER, out)
    assert not compare(out, _TEXTS, trained, lambda event: None, lambda: False).passed


def test_weights_go_under_the_names_their_library_gives_them(picture_bundle: ModelBundle) -> None:
    if picture_bundle.architecture.library == "timm":
        import timm

        plain = timm.create_model(picture_bundle.architecture.name, num_classes=3)
    else:
        import torchvision

        plain = torchvision.models.get_model(picture_bundle.architecture.name, num_classes=3)
    plain.load_state_dict(plain_state_dict(picture_bundle.module))
