"""How near the layers page's estimates are to real training steps. Prints a table.

    .venv/bin/python tests/benchmarks/estimates.py [--steps 4]

A network is described as the layers page does it, and for each pattern of what trains real steps
are made in a process of their own, which then says how long the quickest took and how much memory
it needed at most. Networks other than the starters have random weights.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from finetune_studio.engine import compute as computing
from finetune_studio.engine.conditions import untimed
from finetune_studio.engine.model.adapters import adapt, planned, trained_paths
from finetune_studio.engine.model.bundle import (
    Architecture,
    BundleRecord,
    ImagePreprocessing,
    ModelBundle,
)
from finetune_studio.engine.model.freezing import freeze, set_training_mode
from finetune_studio.engine.model.layers import describe
from finetune_studio.engine.model.measuring import example_inputs
from finetune_studio.engine.model.sources import load, restore
from finetune_studio.engine.stopwatch import Stopwatch
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.step import Stepper
from finetune_studio.events.descriptions import ModelDescription
from finetune_studio.events.estimates import Estimate, estimate_paths
from finetune_studio.project.adaptation import adaptation_of
from finetune_studio.project.choices import Adapters, FreezePreset, Task
from finetune_studio.project.freeze_plan import FreezePlan, trainable_paths
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.project import Project

TOLERANCE, BAR = 0.25, 0.8
BATCH = 32
LABELS = ("one", "two", "three", "four")
EFFICIENTNET, MINILM = "starter/efficientnet_lite0", "starter/minilm-l6"
HEAD = FreezePlan(preset=FreezePreset.HEAD)
ALL = FreezePlan(preset=FreezePreset.EVERYTHING)


def _last(count: int) -> FreezePlan:
    return FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=count)


def _custom(*paths: str) -> FreezePlan:
    return FreezePlan(preset=FreezePreset.CUSTOM, trainable=paths)


PATTERNS: dict[str, dict[str, FreezePlan]] = {
    EFFICIENTNET: {
        "head": HEAD,
        "last block": _last(1),
        "half": _last(4),
        "everything": ALL,
        "the middle, the rest frozen": _custom("blocks.3", "classifier"),
        "adapters in half": _last(4),
    },
    "resnet18": {"last block": _last(1), "everything": ALL, "adapters in everything": ALL},
    "resnet50": {"the last unit of the last block": _custom("layer4.2", "fc")},
    MINILM: {
        "head": HEAD,
        "half": _last(3),
        "everything": ALL,
        "adapters in half": _last(3),
        "adapters in everything": ALL,
    },
    "mobilenet_v3_small": {"everything": ALL},
}


def _training(pattern: str) -> Hyperparameters:
    adapted = pattern.startswith("adapters")
    return Hyperparameters(adapters=Adapters.LORA if adapted else Adapters.OFF)


@dataclass(frozen=True)
class Batch:
    """Made up, in the shape of real ones."""

    inputs: dict[str, Any]
    targets: Any
    indices: Any


@dataclass(frozen=True)
class Real:
    """Seconds of a sample in a real step, and the most bytes the process ever had."""

    seconds: float
    memory: int


def opened(name: str) -> ModelBundle:
    """A starter, or one of torchvision's networks with random weights."""
    if name.startswith("starter/"):
        return load(choice_from_text(name), LABELS, dropout=0.1)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    record = BundleRecord(
        id=f"torchvision/{name}",
        title=name,
        task=Task.IMAGE,
        licence="",
        labels=LABELS,
        transformer=False,
        architecture=Architecture(library="torchvision", name=name, dropout=0.1),
        preprocessing=ImagePreprocessing(size=224, resize=256, mean=mean, std=std),
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bundle.json").write_text(record.model_dump_json(), encoding="utf-8")
        return restore(Path(folder))


def measured(name: str, pattern: str, steps: int) -> Real:
    """Make real steps in this process."""
    bundle = opened(name)
    paths = trainable_paths(PATTERNS[name][pattern], [block.paths for block in bundle.blocks])
    training = _training(pattern)
    record = planned(bundle, paths, training)
    if record is not None:
        adapt(bundle, record, training.seed)
        paths = trained_paths(bundle, paths)
    freeze(bundle.module, paths)
    project = Project(task=bundle.task, training=training)
    compute = untimed(project)
    computing.apply(compute)
    compute.placed(bundle.module)
    set_training_mode(bundle.module, paths)
    optimizer = build_optimizer(bundle.module, bundle.blocks, project.training)
    stepper = Stepper(bundle, bundle.module, optimizer, compute, gradient_clip=1.0)
    places = torch.arange(BATCH)
    batch = Batch(example_inputs(bundle, BATCH), places % len(LABELS), places)
    times = []
    for number in range(steps + 1):
        watch = Stopwatch(compute)
        stepper.begin(number, BATCH, rate=1e-5)
        stepper.gather(batch)
        stepper.update()
        times.append(watch.step().seconds)
    return Real(min(times[1:]) / BATCH, _peak())


def _peak() -> int:
    """The most bytes this process ever had; not its parent's, which getrusage counts on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def described(name: str) -> ModelDescription:
    """What the layers page is told of a network, measured in this process."""
    bundle = opened(name)
    compute = untimed(Project(task=bundle.task))
    computing.apply(compute)
    return describe(bundle, compute)


def _guessed(model: ModelDescription, plan: FreezePlan, pattern: str) -> Estimate:
    paths = trainable_paths(plan, model.block_paths)
    return estimate_paths(model, paths, BATCH, adaptation=adaptation_of(_training(pattern)))


def _in_a_process(*arguments: str) -> str:
    """The last line this script prints with some arguments, in a process that did nothing else."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-1]


def main() -> int:
    """Print the table. Returns the exit code: 1 when too many estimates are far off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--network", choices=list(PATTERNS))
    parser.add_argument("--pattern")
    chosen = parser.parse_args()
    if chosen.pattern:
        real = measured(chosen.network, chosen.pattern, chosen.steps)
        sys.stdout.write(json.dumps(asdict(real)) + "\n")
        return 0
    if chosen.network:
        sys.stdout.write(described(chosen.network).model_dump_json() + "\n")
        return 0
    return _table(chosen.steps)


def _table(steps: int) -> int:
    say = sys.stdout.write
    say(f"Batches of {BATCH}, times of one sample.\n\n")
    say("| network | what trains | estimate | measured | off by | memory | measured | off by |\n")
    say("|---|---|---|---|---|---|---|---|\n")
    near, count = 0, 0
    for name, patterns in PATTERNS.items():
        network = ("--network", name)
        model = ModelDescription.model_validate_json(_in_a_process(*network))
        for pattern, plan in patterns.items():
            told = _in_a_process(*network, "--pattern", pattern, "--steps", str(steps))
            guess, real = _guessed(model, plan, pattern), Real(**json.loads(told))
            off = guess.seconds_per_sample / real.seconds - 1
            near += abs(off) <= TOLERANCE
            count += 1
            say(
                f"| {name} | {pattern} | {1e3 * guess.seconds_per_sample:.1f} ms "
                f"| {1e3 * real.seconds:.1f} ms | {100 * off:+.0f} % "
                f"| {guess.memory / 1e6:,.0f} MB | {real.memory / 1e6:,.0f} MB "
                f"| {100 * (guess.memory / real.memory - 1):+.0f} % |\n"
            )
            sys.stdout.flush()
    say(f"\n{near} of {count} times are within {100 * TOLERANCE:.0f} %.\n")
    return int(near < BAR * count)


if __name__ == "__main__":
    raise SystemExit(main())
