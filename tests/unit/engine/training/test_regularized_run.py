"""Whole runs with each remedy: it has an effect, and a run that goes on is the unbroken one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from finetune_studio.engine.prefix import plan
from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.engine.training.checkpoint import TRAINING_WEIGHTS
from finetune_studio.engine.training.starting_point import START
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.choices import FreezePreset, Unfreezing
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.runs.checkpoints import best_checkpoint
from finetune_studio.runs.folder import RunFolder, list_runs
from tests.unit.engine.tiny_project import make_pictures, make_project, trained

Made = Callable[..., Path]
TEXT = [
    {"balancing": "weights"},
    {"balancing": "effective", "effective_beta": 0.9},
    {"balancing": "sampling"},
    {"focal": 2.0, "label_smoothing": 0.1},
    {"l2_sp": 0.1},
    {"weight_average": 0.9},
    {"backbone_dropout": 0.4},
    {"adversarial": 0.5},
]
PICTURES = [
    {"mixup": 0.4, "cutmix": 1.0},
    {"stochastic_depth": 0.5},
    {"weight_average": 0.9, "l2_sp": 0.1, "balancing": "sampling"},
]


def made(folder: Path, task: str, settings: Mapping[str, object]) -> Path:
    """A project with uneven labels."""
    if task == "text":
        make_project(folder, **settings)
        lines = (folder / "reviews.csv").read_text().splitlines()
        kept = [line for row, line in enumerate(lines) if not line.endswith("even") or row % 2]
        (folder / "reviews.csv").write_text("\n".join(kept) + "\n")
        return folder
    make_pictures(folder)
    for place in range(4, 24, 4):
        (folder / "pictures" / "dark" / f"{place:02d}.png").unlink()
    project = storage.load(folder)
    training = project.training.edited(epochs=3, **settings)
    storage.save(project.edited(training=training, pinned=(*project.pinned, *settings)), folder)
    return folder


def checkpoint(folder: Path, epoch: int) -> Path:
    run = RunFolder(Path(list_runs(folder)[0].folder))
    return run.checkpoints / f"epoch-{epoch:04d}"


def tensors(folder: Path, epoch: int) -> dict[str, bytes]:
    files = sorted(checkpoint(folder, epoch).glob("*.safetensors"))
    return {
        f"{file.name}/{name}": tensor.numpy().tobytes()
        for file in files
        for name, tensor in load_file(file).items()
    }


def figures(events: list[ev.Event]) -> list[dict[str, object]]:
    found = [event for event in events if isinstance(event, ev.EpochFinished)]
    return [event.model_dump(exclude={"seconds", "at"}) for event in found]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, bytes]]:
    torch.set_num_threads(1)
    known: dict[str, dict[str, bytes]] = {}

    def last(task: str) -> dict[str, bytes]:
        if task not in known:
            folder = made(tmp_path_factory.mktemp(task) / "project", task, {})
            trained(folder)
            known[task] = tensors(folder, 3)
        return known[task]

    return last


@pytest.mark.parametrize(
    ("task", "settings"),
    [("text", one) for one in TEXT] + [("image", one) for one in PICTURES],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_it_changes_the_weights_and_going_on_is_exact(
    tmp_path: Path,
    task: str,
    settings: dict[str, object],
    plain: Callable[[str], dict[str, bytes]],
) -> None:
    unbroken = made(tmp_path / "unbroken", task, settings)
    expected = figures(trained(unbroken))
    assert tensors(unbroken, 3) != plain(task)

    def watch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochStarted) and event.epoch == 3:
            control.stop()

    broken = made(tmp_path / "broken", task, settings)
    with pytest.raises(Stopped):
        trained(broken, watch=watch)
    assert figures(trained(broken, resume=True)) == expected[2:]
    assert tensors(broken, 3) == tensors(unbroken, 3)


def test_evaluation_finds_the_average_and_training_its_own_weights(tmp_path: Path) -> None:
    averaged = made(tmp_path / "averaged", "text", {"weight_average": 0.9})
    trained(averaged)
    usual = made(tmp_path / "usual", "text", {})
    trained(usual)
    own = load_file(checkpoint(averaged, 3) / TRAINING_WEIGHTS)
    found = load_file(checkpoint(averaged, 3) / "weights.safetensors")
    without = load_file(checkpoint(usual, 3) / "weights.safetensors")
    assert all(torch.equal(own[name], without[name]) for name in without)
    assert not torch.equal(found["head.linear.weight"], own["head.linear.weight"])


def test_weights_stay_nearer_to_their_start_the_stronger_they_are_pulled(tmp_path: Path) -> None:
    ways = []
    for pull in (1e-9, 0.5, 5.0):
        settings = {"l2_sp": pull, "optimizer": "sgd", "learning_rate": 0.1}
        folder = made(tmp_path / f"{pull}", "text", settings)
        trained(folder)
        start = load_file(checkpoint(folder, 3).parent.parent / "model" / START)
        end = load_file(checkpoint(folder, 3) / "weights.safetensors")
        assert not any(name.startswith("head") for name in start)
        ways.append(float(sum((end[name] - start[name]).square().sum() for name in start)))
    assert ways[0] > 1.1 * ways[1]
    assert ways[1] > 1.1 * ways[2]


def test_everything_also_works_on_stored_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = plan.plan_route.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "worth_tracing_s", 0.0)
    settings = {
        "balancing": "sampling",
        "focal": 1.0,
        "l2_sp": 0.1,
        "weight_average": 0.9,
        "micro_batch": 3,
        "accumulation": 2,
    }
    results = []
    for reuse in (True, False):
        folder = made(tmp_path / f"{reuse}", "text", {**settings, "reuse_frozen": reuse})
        project = storage.load(folder)
        freeze = FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=1)
        storage.save(project.edited(freeze=freeze), folder)
        events = trained(folder)
        (planned,) = [event for event in events if isinstance(event, ev.FrozenPartPlanned)]
        assert planned.used is reuse
        results.append([event["val_loss"] for event in figures(events)])
    assert results[0] == pytest.approx(results[1], rel=1e-4)


def test_mixing_passes_frozen_layers_anew_and_says_why(tmp_path: Path) -> None:
    folder = made(tmp_path / "project", "image", {"mixup": 0.2})
    project = storage.load(folder)
    storage.save(project.edited(freeze=FreezePlan()), folder)
    events = trained(folder)
    (planned,) = [event for event in events if isinstance(event, ev.FrozenPartPlanned)]
    assert not planned.used
    assert "Mixed pictures" in planned.reason


def test_a_model_that_cannot_pass_over_blocks_says_so(tmp_path: Path) -> None:
    folder = made(tmp_path / "project", "text", {"stochastic_depth": 0.2, "epochs": 1})
    codes = [e.problem.code for e in trained(folder) if isinstance(e, ev.ProblemFound)]
    assert "no_stochastic_depth" not in codes  # texts are not asked


def test_the_last_epoch_is_kept_where_that_is_asked(tmp_path: Path) -> None:
    kept = []
    for keep in ("best", "last"):
        # Nothing changes, and of equal epochs the first is the best.
        still = {"keep": keep, "learning_rate": 1e-30, "weight_decay": 0.0}
        folder = made(tmp_path / keep, "text", still)
        trained(folder)
        summary = list_runs(folder)[0]
        assert summary.keep.value == keep
        run = RunFolder(Path(summary.folder))
        kept.append(best_checkpoint(run.checkpoints).name)
    assert kept == ["epoch-0001", "epoch-0003"]


def test_what_wakes_later_is_averaged_and_pulled_too_and_going_on_is_exact(tmp_path: Path) -> None:
    settings = {"weight_average": 0.9, "l2_sp": 0.5}

    def ready(folder: Path) -> Path:
        made(folder, "text", settings)
        gradual = FreezePlan(
            preset=FreezePreset.EVERYTHING, unfreezing=Unfreezing.HEAD_FIRST, head_epochs=2
        )
        storage.save(storage.load(folder).edited(freeze=gradual), folder)
        return folder

    def watch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochStarted) and event.epoch == 3:
            control.stop()

    unbroken, broken = ready(tmp_path / "unbroken"), ready(tmp_path / "broken")
    expected = figures(trained(unbroken))
    with pytest.raises(Stopped):
        trained(broken, watch=watch)
    assert figures(trained(broken, resume=True)) == expected[2:]
    assert tensors(broken, 3) == tensors(unbroken, 3)
    start = load_file(checkpoint(unbroken, 3).parent.parent / "model" / START)
    asleep, awake = (load_file(checkpoint(unbroken, e) / "weights.safetensors") for e in (2, 3))
    own = load_file(checkpoint(unbroken, 3) / TRAINING_WEIGHTS)
    name = "encoder.encoder.layer.1.output.dense.weight"
    assert torch.equal(asleep[name], start[name])
    assert not torch.equal(awake[name], start[name])
    assert not torch.equal(awake[name], own[name])
