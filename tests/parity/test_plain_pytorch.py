"""Our loop against ten lines of plain PyTorch: equal to the last bit on the processor."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from timm.optim import Lion
from torch.nn import functional

from finetune_studio.engine.training.loop import step_seed
from finetune_studio.events.events import StepFinished
from finetune_studio.project.choices import Optimizer, Schedule
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.schedule_curve import learning_rate_factor
from finetune_studio.runs.event_log import read_log
from tests.unit.engine.training.tiny import TinyBatches, TinyNet, same_bits, tiny_net, trial

_FUSED = {"lr": 1.0, "weight_decay": 0.0, "fused": True}
_PLAIN = {
    Optimizer.ADAMW: lambda groups: torch.optim.AdamW(groups, **_FUSED),
    Optimizer.ADAM: lambda groups: torch.optim.Adam(groups, **_FUSED),
    Optimizer.SGD: lambda groups: torch.optim.SGD(groups, momentum=0.9, **_FUSED),
    Optimizer.ADAGRAD: lambda groups: torch.optim.Adagrad(groups, **_FUSED),
    Optimizer.RMSPROP: lambda groups: torch.optim.RMSprop(
        groups, lr=1.0, alpha=0.999, momentum=0.9
    ),
    Optimizer.ADAFACTOR: lambda groups: torch.optim.Adafactor(groups, lr=1.0),
    Optimizer.LION: lambda groups: Lion(groups, lr=1.0, betas=(0.9, 0.999)),
}


def plain_pytorch(module: TinyNet, data: TinyBatches, training: Hyperparameters) -> list[float]:
    decays = [p for p in module.parameters() if p.ndim > 1]
    others = [p for p in module.parameters() if p.ndim <= 1]
    groups = [{"params": decays, "weight_decay": training.weight_decay}, {"params": others}]
    optimizer = _PLAIN[training.optimizer](groups)
    losses = []
    for epoch in range(1, training.epochs + 1):
        for batch in data.training(epoch):
            step = len(losses) + 1
            factor = learning_rate_factor(training, step, 18, 6)
            for group in optimizer.param_groups:
                group["lr"] = training.learning_rate * factor
            torch.manual_seed(step_seed(training.seed, epoch, step))
            optimizer.zero_grad()
            loss = functional.cross_entropy(
                module(batch.inputs["x"]), batch.targets, label_smoothing=training.label_smoothing
            )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), training.gradient_clip)
            optimizer.step()
            losses.append(loss.item())
    return losses


@pytest.mark.parametrize("optimizer", list(Optimizer))
@pytest.mark.parametrize("schedule", [Schedule.COSINE, Schedule.CONSTANT])
def test_our_loop_is_ten_lines_of_plain_pytorch(
    tmp_path: Path, optimizer: Optimizer, schedule: Schedule
) -> None:
    training = Hyperparameters(
        epochs=3,
        batch_size=4,
        optimizer=optimizer,
        schedule=schedule,
        learning_rate=0.02,
        label_smoothing=0.1,
        weight_decay=0.1,
        gradient_clip=0.7,
    )
    data = TinyBatches(samples=22, batch_size=4)  # the last batch has two samples
    theirs = tiny_net().train()
    expected = plain_pytorch(theirs, data, training)
    ours = trial(tmp_path, training, batches=data)
    for epoch in (1, 2, 3):
        ours.loop.train_epoch(epoch)
    ours.record.close()
    told = [e.loss for e in read_log(tmp_path / "events.jsonl") if isinstance(e, StepFinished)]
    assert told == expected
    assert same_bits(ours.module, theirs)
