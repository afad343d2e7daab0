from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.evaluation.weights import load_weights, save_frozen
from finetune_studio.engine.training import checkpoint
from finetune_studio.engine.training.checkpoint import TrainerState
from finetune_studio.engine.training.early_stopping import BestEpoch
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.project.choices import Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import best_checkpoint, checkpoint_folder, saved_epochs
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.sealed import write_sealed
from tests.unit.engine.training.tiny import BLOCKS, TinyBatches, TinyNet, same_bits, tiny_net


def state(epoch: int, best: int = 1) -> TrainerState:
    return TrainerState(
        epoch=epoch, best_epoch=best, step=epoch * 5, best=BestEpoch(epoch=best), seconds=1.5
    )


EVER = frozenset({"backbone.1", "backbone.2", "backbone.3", "head"})


def stepped(module: TinyNet, optimizer: torch.optim.Optimizer, steps: int = 3) -> None:
    for batch in TinyBatches(samples=4 * steps).training(1):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(batch.inputs["x"]), batch.targets).backward()
        optimizer.step()


def made(choice: Optimizer = Optimizer.ADAMW) -> tuple[TinyNet, torch.optim.Optimizer]:
    module = tiny_net(dropout=0.0).train()
    module.backbone[0].requires_grad_(requires_grad=False)
    training = Hyperparameters(optimizer=choice, learning_rate=0.1)
    return module, build_optimizer(module, BLOCKS, training)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "runs" / "2026-11-23-001")
    module, _ = made()
    write_sealed(folder.model, lambda inside: save_frozen(module, EVER, inside))
    return folder


@pytest.mark.parametrize("choice", list(Optimizer))
def test_training_goes_on_from_a_checkpoint_bit_by_bit(run: RunFolder, choice: Optimizer) -> None:
    module, optimizer = made(choice)
    stepped(module, optimizer)
    checkpoint.save(run, state(1), module, optimizer, ever=EVER)
    other, other_optimizer = made(choice)
    found, troubles = checkpoint.newest_state(run)
    assert found == state(1)
    assert troubles == ()
    checkpoint.restore(run, state(1), other, other_optimizer)
    assert same_bits(module, other)
    stepped(module, optimizer)
    stepped(other, other_optimizer)
    assert same_bits(module, other)


def test_frozen_weights_are_stored_once_and_trained_ones_each_time(run: RunFolder) -> None:
    module, optimizer = made()
    folder = checkpoint.save(run, state(1), module, optimizer, ever=EVER)
    from safetensors.torch import load_file

    frozen = load_file(run.model / "frozen.safetensors").keys()
    trained = load_file(folder / "weights.safetensors").keys()
    assert set(frozen) == {"backbone.0.weight", "backbone.0.bias"}
    assert set(frozen) | set(trained) == module.state_dict().keys()
    assert not set(frozen) & set(trained)


def test_weights_two_modules_share_are_restored_in_both(tmp_path: Path) -> None:
    def tied() -> torch.nn.Module:
        module = torch.nn.ModuleList([torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)])
        module[1].weight = module[0].weight
        return module

    from finetune_studio.engine.evaluation.weights import save_trained

    one, other = tied(), tied()
    ever = frozenset({"0.bias", "1.bias"})
    save_frozen(one, ever, tmp_path)
    save_trained(one, ever, tmp_path)
    load_weights(other, tmp_path, tmp_path)
    assert same_bits(one, other)
    assert other[0].weight is other[1].weight  # type: ignore[index]


def test_a_module_in_another_memory_format_is_stored_the_same(tmp_path: Path) -> None:
    plain, last = torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(3, 4, 3)
    last.to(memory_format=torch.channels_last)
    from finetune_studio.engine.evaluation.weights import save_trained

    ever = frozenset({""})
    save_frozen(plain, ever, tmp_path)
    save_trained(plain, ever, tmp_path)
    load_weights(last, tmp_path, tmp_path)
    assert same_bits(plain, last)
    assert last.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["weight", "optimizer"])
def test_numbers_that_are_none_are_never_written(run: RunFolder, value: float, where: str) -> None:
    module, optimizer = made()
    stepped(module, optimizer)
    checkpoint.save(run, state(1), module, optimizer, ever=EVER)
    if where == "weight":
        module.head[1].weight.data[0, 0] = value
    else:
        next(iter(optimizer.state.values()))["exp_avg"].view(-1)[0] = value
    with pytest.raises(ProblemError) as caught:
        checkpoint.save(run, state(2), module, optimizer, ever=EVER)
    assert caught.value.problem.code == "loss_not_finite"
    assert [entry.name for entry in run.checkpoints.iterdir()] == ["epoch-0001"]


def test_nothing_is_removed_before_the_new_checkpoint_is_there(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, optimizer = made()
    for epoch in (1, 2, 3):
        checkpoint.save(run, state(epoch, best=2), module, optimizer, ever=EVER)
    assert saved_epochs(run.checkpoints) == (2, 3)

    def full(tensors: object, file: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_tensors", full)
    with pytest.raises(ProblemError) as caught:
        checkpoint.save(run, state(4, best=4), module, optimizer, ever=EVER)
    assert caught.value.problem.code == "checkpoint_not_saved"
    assert saved_epochs(run.checkpoints) == (2, 3)


def test_a_write_that_the_system_refuses_is_told_in_its_words(run: RunFolder) -> None:
    """Not by a stand-in: a file may not grow beyond what the limit of this process allows."""
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    module, optimizer = made()
    checkpoint.save(run, state(1), module, optimizer, ever=EVER)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        with pytest.raises(ProblemError) as caught:
            checkpoint.save(run, state(2), module, optimizer, ever=EVER)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.problem.code == "checkpoint_not_saved"
    assert "File too large" in caught.value.problem.why
    assert saved_epochs(run.checkpoints) == (1,)


def test_the_newest_two_and_the_best_are_kept(run: RunFolder) -> None:
    module, optimizer = made()
    for epoch in range(1, 7):
        checkpoint.save(run, state(epoch, best=min(epoch, 2)), module, optimizer, ever=EVER)
    assert saved_epochs(run.checkpoints) == (2, 5, 6)
    assert best_checkpoint(run.checkpoints).name == "epoch-0002"


def _flip(file: Path, dice: random.Random) -> None:
    content = bytearray(file.read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    file.write_bytes(content)


def _cut(file: Path, dice: random.Random) -> None:
    file.write_bytes(file.read_bytes()[: dice.randrange(file.stat().st_size)])


@pytest.mark.parametrize("harm", [_flip, _cut])
def test_whatever_breaks_in_the_newest_the_one_before_is_taken(
    run: RunFolder, harm: Callable[[Path, random.Random], None]
) -> None:
    dice = random.Random(1)
    module, optimizer = made()
    stepped(module, optimizer)
    checkpoint.save(run, state(1), module, optimizer, ever=EVER)
    for _ in range(20):
        for name in ("weights.safetensors", "optimizer.safetensors", "state.json"):
            folder = checkpoint.save(run, state(2), module, optimizer, ever=EVER)
            harm(folder / name, dice)
            found, troubles = checkpoint.newest_state(run)
            assert found == state(1)
            assert len(troubles) == 1
            assert name in troubles[0]


def test_when_the_best_epoch_is_lost_an_earlier_checkpoint_that_lacks_nothing_is_taken(
    run: RunFolder,
) -> None:
    module, optimizer = made()
    checkpoint.save(run, state(1, best=1), module, optimizer, ever=EVER)
    checkpoint.save(run, state(2, best=2), module, optimizer, ever=EVER)
    (checkpoint_folder(run.checkpoints, 2) / "weights.safetensors").write_bytes(b"")
    found, troubles = checkpoint.newest_state(run)
    assert found == state(1)
    assert troubles == ("epoch 2: weights.safetensors is not what was written",)


def test_when_only_the_best_epoch_is_lost_the_newest_takes_its_place(run: RunFolder) -> None:
    module, optimizer = made()
    for epoch in (2, 3, 4):
        checkpoint.save(run, state(epoch, best=2), module, optimizer, ever=EVER)
    (checkpoint_folder(run.checkpoints, 2) / "weights.safetensors").write_bytes(b"")
    found, troubles = checkpoint.newest_state(run)
    assert found is not None
    assert (found.epoch, found.best_epoch, found.best.epoch) == (4, 4, 4)
    assert len(troubles) == 1


def test_an_unfinished_epoch_is_nothing_to_go_on_from(run: RunFolder) -> None:
    module, optimizer = made()
    partial = TrainerState(epoch=1, best_epoch=1, step=2, best=BestEpoch(epoch=1), partial=True)
    checkpoint.save(run, partial, module, optimizer, ever=EVER)
    assert checkpoint.newest_state(run) == (None, ())
    assert best_checkpoint(run.checkpoints).name == "epoch-0001"


def test_room_is_asked_for_before_a_run_begins(tmp_path: Path) -> None:
    module, _ = made()
    needed = checkpoint.needed_space(module)
    assert needed > sum(p.numel() * 4 for p in module.parameters())
    checkpoint.require_space(tmp_path, needed)
    with pytest.raises(ProblemError) as caught:
        checkpoint.require_space(tmp_path, 2**62)
    assert caught.value.problem.code == "disk_full"
