"""Whole runs with adapters: what is frozen stays, going on is exact, nothing is left in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from finetune_studio.engine.evaluation.predict import run_model
from finetune_studio.engine.evaluation.weights import FROZEN
from finetune_studio.engine.prefix import plan
from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.runs.checkpoints import best_checkpoint
from finetune_studio.runs.folder import RunFolder, list_runs
from tests.unit.engine.tiny_project import make_pictures, make_project, trained

LORA = {"adapters": "lora", "adapter_rank": 2, "adapter_dropout": 0.1}


def made(folder: Path, task: str, **settings: object) -> Path:
    (make_project if task == "text" else make_pictures)(folder)
    project = storage.load(folder)
    own = {"epochs": 3, **LORA, **settings}
    project = project.edited(
        training=project.training.edited(**own), pinned=(*project.pinned, *own)
    )
    storage.save(project, folder)
    return folder


def run_of(folder: Path) -> RunFolder:
    return RunFolder(Path(list_runs(folder)[0].folder))


def tensors(folder: Path) -> dict[str, bytes]:
    checkpoint = run_of(folder).checkpoints / "epoch-0003"
    return {
        f"{file.name}/{name}": tensor.numpy().tobytes()
        for file in sorted(checkpoint.glob("*.safetensors"))
        for name, tensor in load_file(file).items()
    }


@pytest.mark.parametrize("task", ["text", "image"])
def test_a_checkpoint_holds_adapters_and_head_and_the_run_goes_on_exactly(
    tmp_path: Path, task: str
) -> None:
    unbroken = made(tmp_path / "unbroken", task)
    trained(unbroken)
    held = load_file(best_checkpoint(run_of(unbroken).checkpoints) / "weights.safetensors")
    weights = [name for name in held if name.endswith("weight") and "running" not in name]
    assert any("lora_A" in name for name in weights)
    assert not any("base_layer" in name for name in weights)
    frozen = load_file(run_of(unbroken).model / FROZEN)
    assert any("base_layer.weight" in name for name in frozen)

    def stop(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochStarted) and event.epoch == 2:
            control.stop()

    broken = made(tmp_path / "broken", task)
    with pytest.raises(Stopped):
        trained(broken, watch=stop)
    trained(broken, resume=True)
    assert tensors(broken) == tensors(unbroken)


@pytest.mark.parametrize("task", ["text", "image"])
def test_the_finished_model_is_a_plain_one_that_learned(tmp_path: Path, task: str) -> None:
    folder = made(tmp_path / "project", task, epochs=4)
    told = [event for event in trained(folder) if isinstance(event, ev.EpochFinished)]
    assert told[-1].train_loss < told[0].train_loss
    bundle = run_model(run_of(folder).path)
    assert bundle.adapters is None
    assert not any("lora" in name for name, _ in bundle.module.named_parameters())
    assert all(torch.isfinite(value).all() for value in bundle.module.parameters())


@pytest.mark.parametrize("task", ["text", "image"])
def test_adapters_learn_the_same_behind_stored_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    monkeypatch.setitem(plan.plan_route.__kwdefaults__, "worth_tracing_s", 0.0)
    losses = {}
    for stored in (True, False):
        settings = {"reuse_frozen": stored, "augmentation": "off", "precision": "fp32"}
        folder = made(tmp_path / f"{task}-{stored}", task, **settings)
        project = storage.load(folder)
        storage.save(project.edited(freeze=FreezePlan(preset=FreezePreset.LAST_BLOCKS)), folder)
        events = trained(folder)
        (planned,) = (event for event in events if isinstance(event, ev.FrozenPartPlanned))
        assert planned.used is stored
        told = [event for event in events if isinstance(event, ev.EpochFinished)]
        losses[stored] = [loss for one in told for loss in (one.train_loss, one.val_loss)]
    assert losses[True] == pytest.approx(losses[False], abs=1e-5)


def test_far_fewer_weights_train_than_without(tmp_path: Path) -> None:
    counts = {}
    for kind in ("off", "lora"):
        folder = made(tmp_path / kind, "text", epochs=1, adapters=kind)
        prepared = next(e for e in trained(folder) if isinstance(e, ev.ModelPrepared))
        counts[kind] = prepared.trainable
    assert counts["lora"] < counts["off"] / 2
