from __future__ import annotations

import torch

from finetune_studio.engine.training.plateau import Plateau
from finetune_studio.project.choices import Schedule
from finetune_studio.project.hyperparameters import Hyperparameters

SETTINGS = Hyperparameters(
    schedule=Schedule.PLATEAU, plateau_factor=0.5, plateau_patience=2, min_change=0.01
)
SCORES = (0.5, 0.6, 0.6, 0.605, 0.7, 0.7, 0.6, 0.5, 0.4, 0.3, 0.8, 0.8)


def test_the_rate_falls_exactly_when_pytorchs_does() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="max", factor=0.5, patience=1, threshold=0.01, threshold_mode="abs"
    )
    ours = Plateau()
    falls = 0
    for score in SCORES:
        theirs.step(score)
        before = ours.factor
        ours = ours.after(score, SETTINGS)
        falls += ours.factor < before
        assert ours.factor == optimizer.param_groups[0]["lr"]
    assert falls == 3


def test_it_can_be_written_down_and_read_back_in_the_middle() -> None:
    ours = Plateau()
    for score in SCORES[:4]:
        ours = ours.after(score, SETTINGS)
    assert Plateau.model_validate_json(ours.model_dump_json()) == ours
    assert ours.factor == 0.5


def test_other_schedules_have_no_plateaus() -> None:
    ours = Plateau()
    for _ in range(10):
        ours = ours.after(0.5, SETTINGS.edited(schedule=Schedule.COSINE))
    assert ours == Plateau()
