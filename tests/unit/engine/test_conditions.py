from __future__ import annotations

from pathlib import Path

import pytest
import torch

from finetune_studio.engine import compute as computing
from finetune_studio.engine.conditions import are_kept, decide, keep, recall
from finetune_studio.events.events import Event, ProblemFound
from finetune_studio.project.choices import Compilation, Device, MemoryFormat, Precision, Task
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from finetune_studio.runs.folder import RunFolder

CPU = Hyperparameters(device=Device.CPU, precision=Precision.FP32)


@pytest.fixture(autouse=True)
def _same_threads_afterwards() -> object:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def project(training: Hyperparameters, task: Task = Task.IMAGE) -> Project:
    return Project(task=task, training=training)


def decided(
    folder: Path, training: Hyperparameters, *, going_on: bool, task: Task = Task.IMAGE
) -> tuple[computing.Compute, list[Event]]:
    events: list[Event] = []
    run = RunFolder(folder)
    compute = decide(run, project(training, task), events.append, going_on=going_on)
    keep(run, compute)
    return compute, events


def test_a_run_goes_on_as_it_began_whatever_would_be_chosen_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = CPU.edited(precision=Precision.AUTO)
    torch.set_num_threads(1)
    monkeypatch.setattr(computing, "bf16_speedup", lambda device: 9.0)
    first, _ = decided(tmp_path, training, going_on=False)
    torch.set_num_threads(2)
    monkeypatch.setattr(computing, "bf16_speedup", lambda device: 0.1)
    second, events = decided(tmp_path, training, going_on=True)
    assert (second.precision, second.threads) == (first.precision, 1) == (Precision.BF16, 1)
    assert torch.get_num_threads() == 1
    assert events == []


def test_other_conditions_are_said(tmp_path: Path) -> None:
    decided(tmp_path, CPU, going_on=False)
    file = RunFolder(tmp_path).compute_file
    file.write_text(file.read_text().replace(torch.__version__, "1.0.0"))
    _, events = decided(tmp_path, CPU, going_on=True)
    (event,) = events
    assert isinstance(event, ProblemFound)
    assert event.problem.code == "resume_not_exact"
    assert "torch version 1.0.0 then" in event.problem.why


def test_a_run_whose_gpu_is_gone_goes_on_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    decided(tmp_path, CPU, going_on=False)
    file = RunFolder(tmp_path).compute_file
    file.write_text(file.read_text().replace('"cpu"', '"cuda"'))
    compute, events = decided(tmp_path, Hyperparameters(device=Device.CUDA), going_on=True)
    assert compute.device.type in ("cpu", "mps")
    assert [type(event) for event in events] == [ProblemFound]


def test_looking_at_a_run_computes_as_it_did(tmp_path: Path) -> None:
    decided(tmp_path, CPU.edited(precision=Precision.BF16), going_on=False)
    assert recall(RunFolder(tmp_path), project(CPU)).precision is Precision.BF16
    assert recall(RunFolder(tmp_path / "other"), project(CPU)).precision is Precision.FP32


def test_every_choice_that_is_pinned_is_kept_and_taken_up_again(tmp_path: Path) -> None:
    pinned = CPU.edited(
        memory_format=MemoryFormat.CONTIGUOUS, threads=1, micro_batch=4, compile=Compilation.ON
    )
    for training in (pinned, CPU):
        compute, events = decided(tmp_path, training, going_on=training is CPU)
        assert not compute.channels_last
        assert (compute.threads, compute.micro_batch, compute.compiled) == (1, 4, True)
        assert events == []


def test_a_run_from_before_these_choices_goes_on_as_it_computed_then(tmp_path: Path) -> None:
    file = RunFolder(tmp_path).compute_file
    file.write_text(
        f'{{"device": "cpu", "precision": "fp32", "threads": {torch.get_num_threads()}, '
        f'"torch_version": "{torch.__version__}"}}'
    )
    compute, events = decided(
        tmp_path, CPU.edited(memory_format=MemoryFormat.CONTIGUOUS), going_on=True
    )
    assert compute.channels_last
    assert (compute.compiled, compute.micro_batch) == (False, 0)
    assert events == []


def test_nothing_is_kept_until_the_choice_is_final(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    compute = decide(run, project(CPU), [].append, going_on=False)
    assert not are_kept(run)
    keep(run, compute)
    assert are_kept(run)


def test_texts_have_no_order_of_memory_to_choose(tmp_path: Path) -> None:
    assert decided(tmp_path, CPU, going_on=False)[0].channels_last
    texts, _ = decided(tmp_path / "texts", CPU, going_on=False, task=Task.TEXT)
    assert not texts.channels_last
