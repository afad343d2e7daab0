"""The starter models say what is known of them, through our own preprocessing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from finetune_studio import samples
from finetune_studio.engine.data.pictures import load_pixels, normalise, preprocess
from finetune_studio.engine.model import timm_models, transformers_models
from finetune_studio.engine.model.bundle import ImagePreprocessing
from finetune_studio.engine.model.sources import load
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.model_files import starter_folder

pytestmark = pytest.mark.e2e


def _starter(name: str) -> Path:
    folder = starter_folder(f"starter/{name}")
    if folder is None:
        pytest.skip("the starter models are not installed")
    return folder


def test_the_picture_starter_names_what_photographs_show() -> None:
    """With its original head: a temple's palace roofs, and a flower."""
    photographs = pytest.importorskip("sklearn.datasets").load_sample_images().images
    from PIL import Image
    from timm.data import ImageNetInfo

    backbone = timm_models.open_starter(_starter("efficientnet_lite0"))
    prepared = backbone.preprocessing
    assert isinstance(prepared, ImagePreprocessing)
    pixels = torch.stack(
        [torch.from_numpy(preprocess(Image.fromarray(one), prepared)) for one in photographs]
    )
    with torch.inference_mode():
        shares = backbone.module.eval()(normalise(pixels, prepared)).softmax(dim=1)
    named = [ImageNetInfo().index_to_description(int(one)) for one in shares.argmax(dim=1)]
    assert named[0].startswith("palace")
    assert named[1].startswith("daisy")
    # Other paddings or another mean halve this one: the flower tells them apart.
    assert shares[1].max().item() > 0.3


def test_the_frozen_picture_starter_tells_digits_apart(tmp_path: Path) -> None:
    """A linear probe on ten pictures a label; guessing would get one in ten right."""
    _starter("efficientnet_lite0")
    folder = samples.unpack("digits", tmp_path)
    labels = sorted(path.name for path in folder.iterdir() if path.is_dir())
    bundle = load(choice_from_text("starter/efficientnet_lite0"), labels)
    prepared = bundle.preprocessing
    assert isinstance(prepared, ImagePreprocessing)
    files = [sorted((folder / label).iterdir())[:16] for label in labels]
    pixels = torch.stack(
        [torch.from_numpy(load_pixels(str(file), prepared)) for group in files for file in group]
    )
    head = bundle.module.get_submodule(bundle.blocks[-1].paths[0])
    seen: list[torch.Tensor] = []
    hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        for part in pixels.split(50):
            bundle({"pixels": normalise(part, prepared)})
    hook.remove()
    features = torch.nn.functional.normalize(torch.cat(seen), dim=1)
    grouped = features.view(len(labels), 16, -1)
    learnt, asked = grouped[:, :10], grouped[:, 10:]
    targets = torch.eye(len(labels)).repeat_interleave(10, dim=0)
    inputs = learnt.flatten(0, 1)
    ridge = torch.eye(len(inputs)) * 0.1
    weights = inputs.T @ torch.linalg.solve(inputs @ inputs.T + ridge, targets)
    answers = (asked @ weights).argmax(dim=2)
    right = (answers == torch.arange(len(labels)).unsqueeze(1)).float().mean().item()
    assert right > 0.7


def test_the_text_starter_finds_sentences_as_alike_as_its_model_card_says() -> None:
    """Published for sentence-transformers/all-MiniLM-L6-v2: 0.695, 0.943 and 0.257."""
    backbone = transformers_models.open_folder(_starter("minilm-l6"), 128)
    assert backbone.tokenizer is not None
    encoded = backbone.tokenizer(
        [
            "That is a happy person",
            "That is a happy dog",
            "That is a very happy person",
            "Today is a sunny day",
        ],
        padding=True,
        return_tensors="pt",
    )
    with torch.inference_mode():
        hidden = backbone.module(**encoded)[0]
    mask = encoded["attention_mask"].unsqueeze(-1).float()
    mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
    unit = torch.nn.functional.normalize(mean, dim=1)
    alike = (unit[1:] @ unit[0]).tolist()
    assert alike == pytest.approx([0.694577, 0.942915, 0.256876], abs=1e-3)
