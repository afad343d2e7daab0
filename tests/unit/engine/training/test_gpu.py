"""What only a GPU can show. Skipped where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.engine.training import step
from finetune_studio.engine.training.loop import Loop
from finetune_studio.events import events as ev
from finetune_studio.project.choices import Device, Precision
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.runs.folder import RunFolder, list_runs
from tests.unit.engine.tiny_project import make_pictures, make_project, trained
from tests.unit.engine.training.tiny import TinyBatches, tiny_net, trial

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")


def epochs(events: list[ev.Event]) -> list[ev.EpochFinished]:
    return [event for event in events if isinstance(event, ev.EpochFinished)]


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16", "auto"])
def test_training_on_a_gpu_learns_in_every_precision(tmp_path: Path, precision: str) -> None:
    folder = make_project(
        tmp_path / "project", epochs=30, device="cuda", precision=precision, learning_rate=0.005
    )
    events = trained(folder)
    done = epochs(events)
    assert done[-1].train_loss < 0.6 * done[0].train_loss
    chosen = next(event for event in events if isinstance(event, ev.ComputeChosen))
    assert chosen.device == "cuda"
    assert chosen.precision == ("bf16" if precision == "auto" else precision)
    assert all(one.memory > 0 for one in events if isinstance(one, ev.StepFinished))


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_going_on_on_a_gpu_is_close_and_says_that_it_may_not_be_exact(
    tmp_path: Path, precision: str
) -> None:
    whole = make_project(tmp_path / "whole", device="cuda", precision=precision)
    expected = epochs(trained(whole))
    folder = make_project(tmp_path / "project", device="cuda", precision=precision)

    def watch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochStarted) and event.epoch == 3:
            control.stop()

    with pytest.raises(Stopped):
        trained(folder, watch=watch)
    events = trained(folder, resume=True)
    (found,) = epochs(events)
    assert found.train_loss == pytest.approx(expected[2].train_loss, rel=1e-6)
    assert found.val_loss == pytest.approx(expected[2].val_loss, rel=1e-6)
    notes = [event.problem.code for event in events if isinstance(event, ev.ProblemFound)]
    assert notes == ["resume_not_exact"]


def test_pictures_train_on_a_gpu(tmp_path: Path) -> None:
    events = trained(make_pictures(tmp_path / "project"))
    assert len(epochs(events)) == 2
    assert any(isinstance(e, ev.ComputeChosen) and e.device == "cuda" for e in events)


def test_when_the_gpus_memory_runs_out_the_step_is_made_in_smaller_pieces(tmp_path: Path) -> None:
    settings = Hyperparameters(epochs=1, batch_size=16, device=Device.CUDA)
    gpu = step.Compute(torch.device("cuda"), Precision.FP32, 1)
    module = tiny_net(norm=False).cuda()
    total = torch.cuda.get_device_properties(0).total_memory
    room = 2**30

    def forward(inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        x = inputs["x"]
        hungry = torch.zeros(len(x), room // 4 // 6, device="cuda")  # a sixth of the room a sample
        return module(x) + hungry[:, :3]

    torch.cuda.set_per_process_memory_fraction(room / total)
    try:
        batches = TinyBatches(samples=32, batch_size=16)
        one = trial(
            tmp_path, settings, module=module, batches=batches, forward=forward, compute=gpu
        )
        totals = one.loop.train_epoch(1)
        one.record.close()
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert totals.steps == 2
    assert one.loop.stepper.micro_batch in (2, 4)
    assert all(bool(torch.isfinite(p).all()) for p in module.parameters())


def test_a_loss_that_is_no_number_is_noticed_within_ten_steps(tmp_path: Path) -> None:
    batches = TinyBatches(samples=400, batch_size=4)
    batches.inputs[:] = float("nan")
    settings = Hyperparameters(epochs=1, batch_size=4, device=Device.CUDA)
    gpu = step.Compute(torch.device("cuda"), Precision.FP32, 1)
    one = trial(tmp_path, settings, module=tiny_net().cuda(), batches=batches, compute=gpu)
    with pytest.raises(Exception, match="no longer a finite number"):
        one.loop.train_epoch(1)
    one.record.close()
    told = [event.step for event in one.events if isinstance(event, ev.StepFinished)]
    assert max(told) <= 10


def test_no_step_waits_for_the_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Hyperparameters(epochs=1, batch_size=4, device=Device.CUDA)
    gpu = step.Compute(torch.device("cuda"), Precision.FP32, 1)
    batches = TinyBatches(samples=40, batch_size=4)
    one = trial(tmp_path, settings, module=tiny_net().cuda(), batches=batches, compute=gpu)
    one.loop.train_epoch(1)
    real = Loop._make_step

    def watched(self: Loop, *arguments: object) -> bool:
        monkeypatch.setattr(self.reports, "add", lambda *rest: None)
        torch.cuda.set_sync_debug_mode("error")
        try:
            return real(self, *arguments)  # type: ignore[arg-type]
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(Loop, "_make_step", watched)
    one.loop.train_epoch(1)
    one.record.close()


def test_a_float16_overflow_is_skipped_and_counted(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=1, device="cuda", precision="fp16")
    events = trained(folder)
    run = RunFolder(Path(list_runs(folder)[0].folder))
    state = json.loads((run.checkpoints / "epoch-0001" / "state.json").read_text())
    assert state["scaler"]["scale"] > 0
    steps = [event for event in events if isinstance(event, ev.StepFinished)]
    assert all(one.scale is not None and one.scale > 0 for one in steps)
    assert state["skipped"] == steps[-1].skipped
