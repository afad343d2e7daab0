from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from finetune_studio.engine.model.bundle import ModelBundle, read_record
from finetune_studio.engine.model.measuring import example_inputs
from finetune_studio.engine.model.sources import load, restore
from finetune_studio.project.choices import Task
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.problems import ProblemError

LABELS = ("bad", "good", "so-so")


def _round_trip(bundle: ModelBundle, folder: Path) -> ModelBundle:
    bundle.save(folder)
    save_file(bundle.module.state_dict(), folder / "best.safetensors")
    return restore(folder, folder / "best.safetensors")


@pytest.mark.parametrize("library", ["transformers", "timm"])
def test_a_saved_model_says_the_same_to_the_last_bit(
    library: str,
    tmp_path: Path,
    text_folder: Callable[..., Path],
    timm_folder: Callable[..., Path],
) -> None:
    source = text_folder() if library == "transformers" else timm_folder()
    bundle = load(choice_from_text(str(source)), LABELS, dropout=0.3, max_tokens=16)
    again = _round_trip(bundle, tmp_path / "saved")
    inputs = example_inputs(bundle, 3)
    assert torch.equal(again(inputs), bundle(inputs))
    assert again.record() == bundle.record()
    assert again.blocks == bundle.blocks
    assert again.labels == LABELS
    if bundle.tokenizer is not None:
        assert again.tokenizer is not None
        text = ["a very good film", "bad"]
        assert dict(again.tokenizer(text)) == dict(bundle.tokenizer(text))


def test_a_torchvision_model_survives_saving(tmp_path: Path) -> None:
    from torchvision.models import mobilenet_v3_small

    save_file(mobilenet_v3_small().state_dict(), tmp_path / "mine.safetensors")
    bundle = load(choice_from_text(str(tmp_path / "mine.safetensors")), LABELS)
    inputs = example_inputs(bundle, 1)
    assert torch.equal(_round_trip(bundle, tmp_path / "saved")(inputs), bundle(inputs))


def test_logits_are_float32_whatever_the_network_computes_in(
    timm_folder: Callable[..., Path],
) -> None:
    bundle = load(choice_from_text(str(timm_folder())), LABELS)
    with torch.autocast("cpu", torch.bfloat16):
        logits = bundle(example_inputs(bundle, 2))
    assert logits.dtype is torch.float32
    assert logits.shape == (2, 3)


def test_the_facts_of_a_model_are_kept(timm_folder: Callable[..., Path], tmp_path: Path) -> None:
    bundle = load(choice_from_text(str(timm_folder())), LABELS, dropout=0.3)
    bundle.save(tmp_path / "saved")
    record = read_record(tmp_path / "saved")
    assert record.task is Task.IMAGE
    assert record.architecture.dropout == 0.3
    assert not (tmp_path / "saved" / "model.safetensors").exists()


@pytest.mark.parametrize("content", ["", "{}", '{"version": 99}', "[" * 50])
def test_a_damaged_record_is_a_problem_and_no_crash(tmp_path: Path, content: str) -> None:
    (tmp_path / "bundle.json").write_text(content)
    with pytest.raises(ProblemError) as caught:
        restore(tmp_path)
    assert caught.value.problem.code == "bundle_damaged"


def test_weights_of_another_model_are_refused(
    tmp_path: Path, timm_folder: Callable[..., Path]
) -> None:
    bundle = load(choice_from_text(str(timm_folder())), LABELS)
    bundle.save(tmp_path / "saved")
    other = load(choice_from_text(str(tmp_path / "timm-test_resnet")), ("only", "two"))
    save_file(other.module.state_dict(), tmp_path / "other.safetensors")
    with pytest.raises(ProblemError) as caught:
        restore(tmp_path / "saved", tmp_path / "other.safetensors")
    assert caught.value.problem.code == "weights_do_not_fit"
    assert "fc" in caught.value.problem.why
