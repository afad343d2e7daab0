"""What `make bench` offers to choose about the race, and how it is run."""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.training.contestants import EVERYBODY, TUNED, Contestant
from tests.benchmarks.training.preparation import material_in
from tests.benchmarks.training.race import ROOT, Plan, forget_outcomes, outcomes_in, race
from tests.benchmarks.training.table import markdown
from tests.benchmarks.training.tasks import tasks
from tests.benchmarks.training.trial import Depth, Network, Outcome, Task

_NEIGHBOUR = ROOT.parent / "shared" / "data"
_DEPTHS = {"head": Depth.HEAD, "last": Depth.LAST, "all": Depth.ALL}
_NETWORKS = {
    "efficientnet": Network.EFFICIENTNET,
    "resnet": Network.RESNET,
    "minilm": Network.MINILM,
}
_MODULES = {one.module: one for one in EVERYBODY}
_SAMPLES, _QUICK_SAMPLES = 750, 96


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--only", choices=["pictures", "texts"])
    parser.add_argument("--networks", nargs="+", choices=_NETWORKS, default=list(_NETWORKS))
    parser.add_argument("--depths", nargs="+", choices=_DEPTHS, default=list(_DEPTHS))
    parser.add_argument("--contestants", nargs="+", choices=_MODULES)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--photos", type=Path, default=_there(_NEIGHBOUR / "photos"))
    parser.add_argument("--texts", type=Path, default=_there(_NEIGHBOUR / "movie_reviews.csv"))
    parser.add_argument("--samples", type=int, default=_SAMPLES, help="two thirds for training")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--whole-rounds",
        type=int,
        default=1,
        help="rounds in which rivals do every epoch; in the others a few, which stand for all",
    )
    parser.add_argument("--rival-epochs", type=int, default=2, help="in the other rounds")
    parser.add_argument("--quick", action="store_true", help="one round of few samples and epochs")
    parser.add_argument("--keep", action="store_true", help="add to the outcomes of earlier calls")
    parser.add_argument(
        "--patience",
        type=float,
        default=60.0,
        help="seconds to wait before a trial for other programs to come to rest",
    )
    parser.add_argument("--lock", type=Path, help="a file to lock while a trial runs")


def measured(chosen: argparse.Namespace, folder: Path) -> str:
    """Run the race and give its table."""
    samples = min(chosen.samples, _QUICK_SAMPLES) if chosen.quick else chosen.samples
    work = folder / f"{'quick-' if chosen.quick else ''}{samples}"
    _prepare(work, chosen, samples)
    if not chosen.keep:
        forget_outcomes(work)
    for outcome in race(_tasks(chosen, work), _contestants(chosen), _plan(chosen, work)):
        _tell(outcome)
    found = outcomes_in(work)
    counts = {data: _training_samples(data) for data in {one.trial.task.data for one in found}}
    return markdown(found, counts)


def _tasks(chosen: argparse.Namespace, work: Path) -> list[Task]:
    networks = {_NETWORKS[name] for name in chosen.networks}
    depths = {_DEPTHS[name] for name in chosen.depths}
    return [
        task
        for task in tasks(material_in(work), device=chosen.device, quick=chosen.quick)
        if task.network in networks
        and task.depth in depths
        and (chosen.only is None or task.network.reads_texts == (chosen.only == "texts"))
    ]


def _contestants(chosen: argparse.Namespace) -> list[Contestant]:
    if chosen.contestants:
        return [_MODULES[name] for name in chosen.contestants]
    # On a processor the tuned loop is what the limit is at full depth.
    return [one for one in EVERYBODY if chosen.device != "cpu" or one is not TUNED]


def _plan(chosen: argparse.Namespace, work: Path) -> Plan:
    rounds = 1 if chosen.quick else chosen.rounds
    return Plan(
        work,
        rounds,
        whole_rounds=chosen.whole_rounds,
        rival_epochs=chosen.rival_epochs,
        lock=chosen.lock,
        patience=chosen.patience,
    )


def _prepare(work: Path, chosen: argparse.Namespace, samples: int) -> None:
    command = [sys.executable, "-m", f"{__package__}.preparation", str(work)]
    for name in ("photos", "texts"):
        if (source := getattr(chosen, name)) is not None:
            command += [f"--{name}", str(source)]
    command += ["--samples", str(samples)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def _training_samples(data: str) -> int:
    with Path(data).open(encoding="utf-8", newline="") as file:
        return sum(row["split"] == "train" for row in csv.DictReader(file))


def _tell(outcome: Outcome) -> None:
    trial = outcome.trial
    sys.stderr.write(
        f"{trial.task.name}, round {trial.round}, {trial.contestant}: {outcome.seconds:.1f} s for "
        f"{len(outcome.epochs)} epochs, {outcome.epochs[-1].accuracy:.1%}, "
        f"{outcome.memory / 2**20:,.0f} MiB, others took {outcome.disturbance:.0%}\n"
    )


def _there(path: Path) -> Path | None:
    return path if path.exists() else None
