from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.engine.training.loss_words import what_alters_the_loss
from finetune_studio.engine.training.remembering import Remembered
from finetune_studio.events import events as ev
from finetune_studio.project.choices import Target
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.tiny_project import make_project, trained

NOTHING = Remembered(labels=("a", "b"), first_watched=0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ()),
        ({"dropout": 0.8, "l2_sp": 0.5, "distillation": 1.0, "weight_average": 0.9}, ()),
        ({"mixup": 0.2, "cutmix": 1.0}, ("mixup", "CutMix")),
        ({"label_smoothing": 0.1, "focal": 2.0}, ("label smoothing", "focal loss")),
        ({"balancing": "weights"}, ("balancing",)),
        ({"balancing": "sampling"}, ("balancing",)),
    ],
)
def test_what_makes_training_loss_another_one_is_named(
    settings: dict[str, object], words: tuple[str, ...]
) -> None:
    training = Hyperparameters(**settings)
    assert what_alters_the_loss(training, NOTHING, Target.LABEL) == words


def test_sparing_earlier_labels_makes_it_another_one() -> None:
    remembered = Remembered(labels=("a", "b"), first_watched=0, known=("a",))
    training = Hyperparameters(distillation=1.0)
    found = what_alters_the_loss(training, remembered, Target.LABEL)
    assert found == ("sparing earlier labels",)


def test_a_run_writes_down_what_it_keeps_and_what_alters_its_loss(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "p", epochs=1, label_smoothing=0.1, keep="last")
    (told,) = (event for event in trained(folder) if isinstance(event, ev.ModelPrepared))
    assert (told.keep.value, told.loss_altered_by) == ("last", ("label smoothing",))
