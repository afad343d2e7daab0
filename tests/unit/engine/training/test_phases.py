from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from finetune_studio.engine.evaluation.evaluate import evaluate
from finetune_studio.engine.prefix import modules, plan, worth
from finetune_studio.engine.prefix.shelf import digest
from finetune_studio.engine.stopping import Control
from finetune_studio.engine.training.loop import step_seed
from finetune_studio.engine.training.preparation import Prepared, prepare
from finetune_studio.engine.training.record import Record
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.choices import (
    FreezePreset,
    Optimizer,
    Schedule,
    Split,
    Unfreezing,
)
from finetune_studio.project.freeze_plan import FreezePlan, covers
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.timeline import phase_at
from finetune_studio.runs.folder import RunFolder, list_runs
from tests.unit.engine.tiny_project import make_pictures, make_project, trained

EPOCHS = 4
ALL = FreezePlan(preset=FreezePreset.EVERYTHING)
ONE_BY_ONE = ALL.edited(unfreezing=Unfreezing.ONE_BY_ONE)
LAST = FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=1)
HEAD_TWICE = LAST.edited(unfreezing=Unfreezing.HEAD_FIRST, head_epochs=2)

Tensors = dict[str, Tensor]


class Killed(BaseException):
    """As if the process were gone."""


def with_plan(folder: Path, freeze: FreezePlan, **training: object) -> Path:
    project = storage.load(folder)
    changed = project.training.edited(**{"epochs": EPOCHS, **training})
    pinned = tuple({*project.pinned, *training})
    storage.save(project.edited(freeze=freeze, training=changed, pinned=pinned), folder)
    return folder


def run_of(folder: Path) -> RunFolder:
    return RunFolder(Path(list_runs(folder)[0].folder))


def saved(folder: Path, epoch: int) -> Tensors:
    path = run_of(folder).checkpoints / f"epoch-{epoch:04d}"
    return load_file(path / "weights.safetensors") | load_file(path / "optimizer.safetensors")


def every_epoch(folder: Path) -> tuple[list[ev.Event], dict[int, Tensors]]:
    """Train; what each checkpoint held, before it makes way for later ones."""
    kept: dict[int, Tensors] = {}

    def watch(event: ev.Event, _control: Control) -> None:
        if isinstance(event, ev.CheckpointSaved):
            kept[event.epoch] = saved(folder, event.epoch)

    return trained(folder, watch=watch), kept


def prepared(folder: Path) -> Prepared:
    """A second run as far as its first step."""
    run = RunFolder.create(folder)
    storage.save(storage.load(folder), run.path)
    with contextlib.closing(Record(run.events_file, lambda _event: None)) as record:
        return prepare(run, record, lambda: False, going_on=False)


def same(one: Tensors, other: Tensors) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@pytest.fixture(params=["texts", "pictures"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    make = {"texts": make_project, "pictures": make_pictures}[request.param]
    return make(tmp_path / "project")


# ------------------------------------------------------------------------------ what trains when


def test_a_block_stays_as_it_was_to_the_last_bit_until_its_epoch(folder: Path) -> None:
    with_plan(folder, ONE_BY_ONE, precision="fp32")
    start = prepared(folder)
    before = {name: tensor.clone() for name, tensor in start.bundle.module.state_dict().items()}
    parameters = {name for name, _ in start.bundle.module.named_parameters()}
    _, kept = every_epoch(folder)
    assert len(start.phases.all) == min(EPOCHS, len(start.bundle.blocks))
    for epoch, tensors in kept.items():
        awake = phase_at(start.phases.all, epoch).paths
        moved = {n for n in before if not torch.equal(before[n], tensors[n])}
        assert all(covers(awake, name) for name in moved)
        # All that is awake has moved, but keys' biases, whose gradient is nothing but rounding.
        still = {n for n in parameters if covers(awake, n)} - moved
        assert all("key.bias" in name for name in still)


def test_what_never_trains_lies_with_the_model_and_everything_else_in_each_checkpoint(
    tmp_path: Path,
) -> None:
    folder = with_plan(make_project(tmp_path / "project"), HEAD_TWICE)
    _, kept = every_epoch(folder)
    frozen = load_file(run_of(folder).model / "frozen.safetensors").keys()
    ever = prepared(folder).phases.ever
    assert frozen
    assert not [name for name in frozen if covers(ever, name)]
    assert all(frozen.isdisjoint(tensors) for tensors in kept.values())
    layer = [name for name in kept[1] if covers(ever, name) and not covers(("head",), name)]
    assert layer  # asleep in the first epoch, yet there


def test_those_who_watch_hear_what_wakes_when(tmp_path: Path) -> None:
    folder = with_plan(make_project(tmp_path / "project"), HEAD_TWICE)
    (told,) = (e for e in trained(folder) if isinstance(e, ev.ModelPrepared))
    assert [(p.first_epoch, p.woken) for p in told.phases] == [(1, ("Head",)), (3, ("Layer 2",))]
    assert told.phases[0].trainable < told.phases[1].trainable == told.trainable


def test_a_block_that_never_wakes_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    freeze = ALL.edited(unfreezing=Unfreezing.CUSTOM, wakes=("encoder.embeddings:9",))
    folder = with_plan(make_project(tmp_path / "project"), freeze)
    events = trained(folder)
    codes = [e.problem.code for e in events if isinstance(e, ev.ProblemFound)]
    assert "wakes_too_late" in codes
    frozen = load_file(run_of(folder).model / "frozen.safetensors")
    assert all(name.startswith("encoder.embeddings.") for name in frozen)


def test_a_run_whose_first_epoch_would_train_nothing_does_not_begin(tmp_path: Path) -> None:
    freeze = ALL.edited(unfreezing=Unfreezing.CUSTOM, wakes=(":2", "head:2"))
    folder = with_plan(make_project(tmp_path / "project"), freeze)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "nothing_trains_yet"


# --------------------------------------------------------------------------------- the frozen part


@pytest.fixture
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the network took so long that dividing it always pays, the later the better."""
    monkeypatch.setattr(worth, "LEAST_SHARE", -math.inf)
    monkeypatch.setattr(modules, "LEAST_SHARE", math.inf)


@pytest.mark.usefixtures("worth_it")
def test_the_cut_moves_when_blocks_wake(tmp_path: Path) -> None:
    folder = with_plan(make_project(tmp_path / "project"), HEAD_TWICE)
    told = [e for e in trained(folder) if isinstance(e, ev.FrozenPartPlanned | ev.EpochStarted)]
    assert [type(e).__name__[0] for e in told] == list("FEEFEE")
    plans = [e for e in told if isinstance(e, ev.FrozenPartPlanned)]
    assert [(p.first_epoch, p.used) for p in plans] == [(1, True), (3, True)]
    assert plans[0].share > plans[1].share > 0 or not plans[0].share


@pytest.mark.usefixtures("worth_it")
@pytest.mark.parametrize("freeze", [HEAD_TWICE, ONE_BY_ONE])
def test_stored_features_change_nothing_across_phases(tmp_path: Path, freeze: FreezePlan) -> None:
    stored = with_plan(make_project(tmp_path / "stored"), freeze, precision="fp32")
    plain = with_plan(
        make_project(tmp_path / "plain"), freeze, precision="fp32", reuse_frozen=False
    )
    trained(stored)
    trained(plain)
    ours, theirs = saved(stored, EPOCHS), saved(plain, EPOCHS)
    assert ours.keys() == theirs.keys()
    for name in ours:
        torch.testing.assert_close(ours[name], theirs[name], rtol=0, atol=1e-5)


def test_a_resumed_run_names_stored_features_by_its_own_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []

    def remembered(*parts: Any) -> str:
        keys.append(digest(*parts))
        return keys[-1]

    monkeypatch.setattr(plan, "digest", remembered)
    folder = with_plan(make_project(tmp_path / "project"), FreezePlan())
    broken_at(folder, lambda e: isinstance(e, ev.CheckpointSaved) and e.epoch == 2)
    trained(folder, resume=True)
    assert len(keys) == 2
    assert keys[0] == keys[1]


# ------------------------------------------------------------------------------------- going on


def broken_at(folder: Path, moment: Callable[[ev.Event], bool]) -> None:
    def watch(event: ev.Event, _control: Control) -> None:
        if moment(event):
            raise Killed

    with pytest.raises(Killed):
        trained(folder, watch=watch)


MOMENTS: dict[str, Callable[[ev.Event], bool]] = {
    "before": lambda e: isinstance(e, ev.EpochFinished) and e.epoch == 2,
    "at its end": lambda e: isinstance(e, ev.CheckpointSaved) and e.epoch == 2,
    "at": lambda e: isinstance(e, ev.FrozenPartPlanned) and e.first_epoch == 3,
    "at the beginning": lambda e: isinstance(e, ev.EpochStarted) and e.epoch == 3,
    "after": lambda e: isinstance(e, ev.CheckpointSaved) and e.epoch == 3,
}


UNBROKEN: dict[tuple[str, str, bool], Tensors] = {}
# A timing decides about these, and may decide otherwise in a run of its own.
TIMED = {"precision": "fp32", "memory_format": "contiguous"}


@pytest.mark.usefixtures("worth_it")
@pytest.mark.parametrize(
    ("moment", "make", "optimizer"),
    [
        *((moment, make_project, Optimizer.ADAMW) for moment in MOMENTS),
        ("at its end", make_project, Optimizer.ADAGRAD),
        ("at its end", make_pictures, Optimizer.SGD),
        ("after", make_pictures, Optimizer.SGD),
    ],
)
def test_a_run_killed_around_a_change_goes_on_bit_by_bit(
    tmp_path: Path, moment: str, make: Callable[[Path], Path], optimizer: Optimizer
) -> None:
    freeze = HEAD_TWICE.edited(restart_schedule=moment == "at")
    case = (make.__name__, optimizer.value, freeze.restart_schedule)
    if case not in UNBROKEN:
        unbroken = with_plan(make(tmp_path / "unbroken"), freeze, optimizer=optimizer, **TIMED)
        trained(unbroken)
        UNBROKEN[case] = saved(unbroken, EPOCHS)
    broken = with_plan(make(tmp_path / "broken"), freeze, optimizer=optimizer, **TIMED)
    broken_at(broken, MOMENTS[moment])
    trained(broken, resume=True)
    assert same(saved(broken, EPOCHS), UNBROKEN[case])


def test_averaged_weights_and_the_pull_to_the_start_go_on_across_a_change(
    tmp_path: Path,
) -> None:
    broken, unbroken = (
        with_plan(
            make_pictures(tmp_path / name), HEAD_TWICE, weight_average=0.9, l2_sp=0.1, **TIMED
        )
        for name in ("broken", "unbroken")
    )
    broken_at(broken, MOMENTS["at its end"])
    trained(broken, resume=True)
    trained(unbroken)
    assert same(saved(broken, EPOCHS), saved(unbroken, EPOCHS))


def test_early_stopping_waits_for_the_last_phase(tmp_path: Path) -> None:
    folder = with_plan(
        make_project(tmp_path / "project"),
        ONE_BY_ONE,
        epochs=9,
        learning_rate=1e-12,
        patience=2,
        best_metric="val_accuracy",
    )
    events = trained(folder)
    (end,) = (e for e in events if isinstance(e, ev.RunFinished))
    last = prepared(folder).phases.firsts[-1]
    assert last > 2
    assert (end.epochs, end.stopped_early) == (last + 1, True)


def test_the_best_epoch_of_any_phase_can_be_evaluated(tmp_path: Path) -> None:
    folder = with_plan(make_project(tmp_path / "project"), HEAD_TWICE)
    events = trained(folder)
    (end,) = (e for e in events if isinstance(e, ev.RunFinished))
    report = evaluate(
        run_of(folder).path, lambda _event: None, lambda: False, split=Split.VALIDATION
    )
    assert report.epoch == end.best_epoch
    assert report.figures.accuracy == pytest.approx(end.figures.accuracy)


# ---------------------------------------------------------------------------- plain PyTorch


def plain_phases(start: Prepared, firsts: dict[int, tuple[str, ...]]) -> list[float]:
    """Gradual unfreezing by hand; ``firsts`` are the prefixes that wake in an epoch."""
    training, module = start.project.training, start.bundle.module
    module.requires_grad_(requires_grad=False)
    module.eval()
    optimizer = torch.optim.AdamW(
        [{"params": []}], lr=training.learning_rate, weight_decay=0.0, fused=True
    )
    losses: list[float] = []
    for epoch in range(1, training.epochs + 1):
        for prefix in firsts.get(epoch, ()):
            part = module.get_submodule(prefix)
            part.requires_grad_(requires_grad=True)
            optimizer.add_param_group({"params": list(part.parameters())})
        module.eval()
        for woken in [p for e, prefixes in firsts.items() if e <= epoch for p in prefixes]:
            module.get_submodule(woken).train()
        for batch in start.phases.train.training(epoch):
            torch.manual_seed(step_seed(training.seed, epoch, len(losses) + 1))
            optimizer.zero_grad()
            loss = functional.cross_entropy(start.bundle(batch.inputs), batch.targets)
            loss.backward()  # type: ignore[no-untyped-call]
            awake = [p for p in module.parameters() if p.requires_grad]
            torch.nn.utils.clip_grad_norm_(awake, training.gradient_clip)
            optimizer.step()
            losses.append(loss.item())
    return losses


@pytest.mark.parametrize(
    ("make", "firsts"),
    [
        (make_project, {1: ("head",), 3: ("encoder.encoder.layer.1",)}),
        (make_pictures, {1: ("fc",), 3: ("layer4",)}),
    ],
)
@pytest.mark.parametrize("reuse", [True, False])
def test_phases_are_those_of_plain_pytorch(
    tmp_path: Path, make: Callable[[Path], Path], firsts: dict[int, tuple[str, ...]], reuse: bool
) -> None:
    folder = with_plan(
        make(tmp_path / "project"),
        HEAD_TWICE,
        schedule=Schedule.CONSTANT,
        warmup=0.0,
        weight_decay=0.0,
        learning_rate=0.002,
        precision="fp32",
        memory_format="contiguous",
        augmentation="off",
        label_smoothing=0.0,
        reuse_frozen=reuse,
    )
    start = prepared(folder)
    expected = plain_phases(start, firsts)
    events = trained(folder)
    steps = [e.loss for e in events if isinstance(e, ev.StepFinished)]
    assert steps
    assert set(firsts) == set(start.phases.firsts)
    theirs = start.bundle.module.state_dict()
    for name, tensor in saved(folder, EPOCHS).items():
        # The gradient of keys' biases is nothing but rounding, which Adam makes steps of.
        if name in theirs and "key.bias" not in name:
            torch.testing.assert_close(tensor, theirs[name], rtol=0, atol=1e-5)
    finished = [e for e in events if isinstance(e, ev.EpochFinished)]
    per_epoch = len(expected) // EPOCHS
    last = sum(expected[-per_epoch:]) / per_epoch
    assert finished[-1].train_loss == pytest.approx(last, abs=0.05)
