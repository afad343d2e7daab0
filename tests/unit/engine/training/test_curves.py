from __future__ import annotations

from pathlib import Path

from PIL import Image

from finetune_studio.engine.training.curves import draw_curves
from finetune_studio.events.events import EpochFinished, Event, RunStarted, StepFinished
from finetune_studio.events.history import RunHistory, replay

_TRAINING, _VALIDATION = (0, 114, 178), (213, 94, 0)


def _run(*losses: float) -> RunHistory:
    events: list[Event] = [RunStarted(run="r", folder="r", epochs=len(losses))]
    for epoch, loss in enumerate(losses, start=1):
        rates = {"head": 1e-3}
        step = StepFinished(step=epoch, epoch=epoch, loss=loss, accuracy=0.5, learning_rates=rates)
        end = EpochFinished(
            epoch=epoch,
            step=epoch,
            train_loss=loss,
            train_accuracy=0.5,
            val_loss=loss + 0.3,
            val_accuracy=0.7,
            val_macro_f1=0.5,
            learning_rates=rates,
            seconds=1.0,
            best=epoch == 1,
        )
        events += [step, end]
    return replay(events)


def _count(file: Path, colour: tuple[int, int, int]) -> int:
    with Image.open(file) as image:
        colours = image.convert("RGB").getcolors(1 << 20) or []
    return next((count for count, value in colours if value == colour), 0)


def test_both_curves_are_drawn(tmp_path: Path) -> None:
    file = tmp_path / "curves.png"
    draw_curves(_run(2.0, 1.0, 0.5), file)
    assert _count(file, _TRAINING) > 500
    assert _count(file, _VALIDATION) > 500


def test_a_curve_that_leaves_the_numbers_is_still_drawn(tmp_path: Path) -> None:
    file = tmp_path / "curves.png"
    draw_curves(_run(2.0, float("nan"), float("inf"), 1.0), file)
    assert _count(file, _TRAINING) > 100


def test_a_run_without_an_epoch_gives_empty_axes(tmp_path: Path) -> None:
    file = tmp_path / "curves.png"
    draw_curves(RunHistory(), file)
    assert _count(file, _VALIDATION) < 200
