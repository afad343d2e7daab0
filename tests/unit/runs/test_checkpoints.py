from __future__ import annotations

import json
from pathlib import Path

import pytest

from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import (
    STATE,
    WEIGHTS,
    best_checkpoint,
    best_epoch,
    checkpoint_folder,
    prune,
    saved_epochs,
)
from finetune_studio.runs.sealed import write_sealed


def save(checkpoints: Path, epoch: int, best: int) -> Path:
    def write(folder: Path) -> None:
        (folder / WEIGHTS).write_bytes(b"weights of %d" % epoch)
        (folder / STATE).write_text(json.dumps({"epoch": epoch, "best_epoch": best, "more": 1}))

    folder = checkpoint_folder(checkpoints, epoch)
    write_sealed(folder, write)
    return folder


def test_saved_epochs_are_listed_in_order_and_nothing_else_is(tmp_path: Path) -> None:
    for epoch in (2, 10, 1, 12_345):
        save(tmp_path, epoch, 1)
    (tmp_path / ".epoch-0099.part").mkdir()
    (tmp_path / "epoch-x").mkdir()
    assert saved_epochs(tmp_path) == (1, 2, 10, 12_345)
    assert saved_epochs(tmp_path / "none") == ()


def test_pruning_keeps_what_it_is_told_to(tmp_path: Path) -> None:
    for epoch in range(1, 6):
        save(tmp_path, epoch, 1)
    prune(tmp_path, {1, 4, 5})
    assert saved_epochs(tmp_path) == (1, 4, 5)


def test_the_newest_checkpoint_knows_the_best_epoch(tmp_path: Path) -> None:
    save(tmp_path, 1, 1)
    save(tmp_path, 2, 2)
    save(tmp_path, 3, 2)
    assert best_epoch(tmp_path) == 2
    assert best_checkpoint(tmp_path).name == "epoch-0002"


def test_a_damaged_newest_checkpoint_is_passed_over(tmp_path: Path) -> None:
    save(tmp_path, 1, 1)
    (save(tmp_path, 2, 2) / STATE).write_text("{")
    assert best_epoch(tmp_path) == 1


def test_damaged_best_weights_are_refused_by_name(tmp_path: Path) -> None:
    (save(tmp_path, 1, 1) / WEIGHTS).write_bytes(b"weights of 2")
    with pytest.raises(ProblemError) as caught:
        best_checkpoint(tmp_path)
    assert caught.value.problem.code == "checkpoint_damaged"
    assert WEIGHTS in caught.value.problem.why


def test_a_run_without_checkpoint_has_nothing_to_offer(tmp_path: Path) -> None:
    assert best_epoch(tmp_path) == 0
    with pytest.raises(ProblemError) as caught:
        best_checkpoint(tmp_path)
    assert caught.value.problem.code == "run_empty"
