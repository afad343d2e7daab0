"""Our program as somebody uses it who only presses Next, by its own command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from finetune_studio import places
from tests.benchmarks.training.trial import Network, Stopwatch, Trial, compete

_MODELS = {
    Network.EFFICIENTNET: "starter/efficientnet_lite0",
    Network.MINILM: "starter/minilm-l6",
}


def train(trial: Trial, watch: Stopwatch) -> None:
    """One trial; the figure is that of the samples nobody has seen."""
    task = trial.task
    folder = Path(trial.folder, "project")
    home = Path(trial.folder, "home").resolve()
    home.mkdir()
    watch.start()
    environment = os.environ | {places.HOME_VARIABLE: str(home)}
    model = _MODELS[task.network]
    _command(["new", str(folder), "--model", model, "--data", task.data], environment)
    _command(["train", str(folder), "--set", f"training.seed={task.seed}"], environment)
    said = _command(["evaluate", str(folder), "--json"], environment)
    watch.epoch(_accuracy(said))
    watch.stop(_decided(folder))


def planned_epochs(note: str) -> int:
    """How many epochs the run planned that left this note."""
    return int(note.partition(" ")[0])


def _command(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "finetune_studio", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{arguments[0]} failed: {done.stderr[-2000:]}{done.stdout[-2000:]}")
    return done.stdout


def _accuracy(lines: str) -> float:
    """From the event that ends an evaluation.

    Raises:
        StopIteration: there is none.
    """
    events = (json.loads(line) for line in lines.splitlines() if line.startswith("{"))
    report: dict[str, Any] = next(e for e in events if e["event"] == "EvaluationFinished")
    return float(report["report"]["figures"]["accuracy"])


def _decided(folder: Path) -> str:
    run = next(iter(sorted((folder / "runs").glob("*/project.json"))))
    decided = json.loads(run.read_text(encoding="utf-8"))
    training, depth = decided["training"], decided["freeze"]["preset"]
    rate, size = training["learning_rate"], training["batch_size"]
    return f"{training['epochs']} epochs, {depth}, rate {rate:g}, batch {size}"


if __name__ == "__main__":
    compete(train)
