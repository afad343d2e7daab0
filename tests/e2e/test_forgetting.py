"""A journey: two tasks in a row with the real EfficientNet-Lite0, digits 0 to 4, then 5 to 9."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from finetune_studio.samples import unpack
from tests.e2e.studio import Studio

_PER_LABEL = 16
_SETTINGS = (
    "freeze.preset=last_blocks",
    "training.epochs=3",
    "training.batch_size=10",
    "training.learning_rate=0.001",
    "training.patience=0",
    "training.augmentation=off",
    "training.precision=fp32",  # a timing decides about bf16, and could decide otherwise
    "split.validation=0.25",
    "split.test=0",
)


@pytest.fixture(scope="module")
def tasks(places: Path) -> tuple[Path, Path]:
    """Pictures of small digits, and of large ones."""
    folders = places / "small digits", places / "large digits"
    for label in unpack("digits", places / "unpacked").iterdir():
        to = folders[int(label.name) >= 5] / label.name
        to.mkdir(parents=True)
        for file in sorted(label.iterdir())[:_PER_LABEL]:
            shutil.copy(file, to / file.name)
    return folders


@pytest.fixture(scope="module")
def first_run(studio: Studio, places: Path, tasks: tuple[Path, Path]) -> Path:
    """What was learned first."""
    folder = places / "first"
    studio("new", folder, *_options("starter/efficientnet_lite0", tasks[0]))
    return Path(studio("train", folder, "--json").only("RunStarted")["folder"])


@pytest.fixture(scope="module")
def second(studio: Studio, places: Path, tasks: tuple[Path, Path], first_run: Path) -> Path:
    """A project that goes on from there."""
    folder = places / "second"
    options = _options(first_run, tasks[1], f"earlier.path={first_run}")
    studio("new", folder, *options)
    return folder


@pytest.fixture(scope="module")
def plain(studio: Studio, second: Path) -> tuple[float, float, float]:
    return _tuned(studio, second, "training.replay_share=0")


def test_plain_tuning_forgets(plain: tuple[float, float, float]) -> None:
    before, after, new = plain
    assert before > 0.8
    assert after < before - 0.5
    assert new > 0.7


@pytest.mark.parametrize(
    ("remedy", "still_known", "learned"),
    [
        (("training.replay_share=0.3",), 0.4, 0.7),
        (("training.replay_share=0", "training.distillation=1"), 0.4, 0.6),
        (("training.replay_share=0", "training.l2_sp=0.1"), 0.4, 0.6),
    ],
    ids=["replay", "learning without forgetting", "L2-SP"],
)
def test_each_remedy_forgets_less(
    studio: Studio,
    second: Path,
    plain: tuple[float, float, float],
    remedy: tuple[str, ...],
    still_known: float,
    learned: float,
) -> None:
    before, after, new = _tuned(studio, second, *remedy)
    assert before == plain[0]
    assert after > plain[1] + still_known * (before - plain[1])
    assert new > learned


def test_what_was_forgotten_is_printed(studio: Studio, second: Path) -> None:
    said = studio("train", second, "--set", "training.epochs=2")
    assert "10 labels together:" in said.out
    assert "Earlier task before training: accuracy" in said.out
    assert "before, " in said.out


def test_nothing_was_written_to_the_data(tasks: tuple[Path, Path], second: Path) -> None:
    assert second.is_dir()
    kinds = {file.suffix for folder in tasks for file in folder.rglob("*") if file.is_file()}
    assert kinds == {".png"}


def _options(model: str | Path, data: Path, *more: str) -> tuple[object, ...]:
    settings = [part for setting in (*_SETTINGS, *more) for part in ("--set", setting)]
    return ("--model", model, "--data", data, *settings)


def _tuned(studio: Studio, project: Path, *settings: str) -> tuple[float, float, float]:
    """Accuracy on the first task before and after a run, and on the second task after it."""
    given = [part for setting in settings for part in ("--set", setting)]
    events = studio("train", project, *given, "--json").events
    (end,) = (event for event in events if event["event"] == "RunFinished")
    scores = {e["epoch"]: e["accuracy"] for e in events if e["event"] == "EarlierTaskScored"}
    return scores[0], scores[end["best_epoch"]], end["figures"]["accuracy"]
