"""Computing the frozen layers once against computing them every time: the same training."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.freezing import freeze, set_training_mode
from finetune_studio.engine.prefix import dividing, modules, worth
from finetune_studio.engine.prefix.decisions import Decisions
from finetune_studio.engine.prefix.halves import NotDivisible
from finetune_studio.engine.prefix.plan import Route, plan_route
from finetune_studio.engine.stopping import Control
from finetune_studio.engine.training.loop import Loop, StepSizes
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.pace import Pace
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.step import Stepper
from finetune_studio.events.events import Event, FrozenPartPlanned, StepFinished
from finetune_studio.project.choices import Augmentation, Optimizer, Precision, Schedule
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.rate_plan import RatePlan
from finetune_studio.runs.event_log import read_log
from tests.unit.engine.prefix import networks

COMPUTE = Compute(torch.device("cpu"), Precision.FP32, threads=1)
SAMPLES = 11  # the last batch of four has three
EPOCHS = 3

PAIRS: dict[str, tuple[Callable[[], ModelBundle], tuple[str, ...]]] = {
    "ResNet, head": (networks.resnet, ("fc",)),
    "ResNet, last stage": (networks.resnet, ("layer4", "fc")),
    "ResNet, a middle stage with frozen layers behind it": (networks.resnet, ("layer2",)),
    "ResNet, one weight": (networks.resnet, ("layer3.0.conv2.weight",)),
    "SqueezeNet, last convolution": (networks.squeezenet, ("classifier",)),
    "EfficientNet, last stage": (
        lambda: networks.timm_network("test_efficientnet", 64),
        ("blocks.4", "conv_head", "bn2", "classifier"),
    ),
    "ViT, last layer": (
        networks.vision_transformer,
        ("encoder.layers.encoder_layer_1", "encoder.ln", "heads"),
    ),
    "Swin, last stage": (networks.swin, ("features.3", "norm", "head")),
    "BERT, head": (networks.bert, ("head",)),
    "BERT, last layer": (networks.bert, ("encoder.encoder.layer.2", "head")),
    "BERT, last layer, two layers read": (
        lambda: networks.bert(layers_read=2),
        ("encoder.encoder.layer.2", "head"),
    ),
    "BERT, a middle layer with a frozen one behind it": (
        networks.bert,
        ("encoder.encoder.layer.1",),
    ),
    "DistilBERT, last layer": (networks.distilbert, ("encoder.transformer.layer.1", "head")),
}


class Trained:
    """A bundle trained for a few epochs, and what its run told."""

    def __init__(
        self,
        bundle: ModelBundle,
        paths: tuple[str, ...],
        training: Hyperparameters,
        folder: Path,
        cache: Path,
    ) -> None:
        folder.mkdir()
        self.bundle, self.events = bundle, list[Event]()
        trainable = frozenset(paths)
        freeze(bundle.module, trainable)
        varied = training.augmentation is not Augmentation.OFF
        train = networks.made_up(bundle, SAMPLES, varied=varied)
        validation = networks.made_up(bundle, 5, seed=1)
        self.source = train.source
        record = Record(folder / "events.jsonl", self.events.append)
        self.route = plan_route(
            bundle,
            trainable,
            COMPUTE,
            training,
            train,
            validation,
            cache=cache,
            emit=record,
            stop_requested=lambda: False,
            worth_tracing_s=0.0,
            kept=folder / "frozen.json",
        )
        decision = Decisions(folder / "frozen.json").before(1, trainable)
        self.place = decision.place if decision else ""
        self._train(self.route, trainable, training, record)
        self.evaluated = self._evaluated()
        record.close()
        log = read_log(folder / "events.jsonl")
        self.losses = [event.loss for event in log if isinstance(event, StepFinished)]

    def _train(
        self, route: Route, trainable: frozenset[str], training: Hyperparameters, record: Record
    ) -> None:
        module = self.bundle.module
        optimizer = build_optimizer(module, self.bundle.blocks, training)
        sizes = StepSizes(SAMPLES, training.batch_size, 1)
        loop = Loop(
            Stepper(route.training, module, optimizer, COMPUTE),
            route.train,
            sizes,
            RatePlan(training, sizes.steps),
            record=record,
            control=Control(),
            pace=Pace(sizes.steps * EPOCHS, EPOCHS, 5),
        )
        for epoch in range(1, EPOCHS + 1):
            set_training_mode(module, trainable)
            loop.train_epoch(epoch)

    def _evaluated(self) -> torch.Tensor:
        self.bundle.module.eval()
        with torch.inference_mode():
            batches = list(self.route.validation.in_order())
            return torch.cat([self.route.evaluation(batch.inputs) for batch in batches])

    @property
    def planned(self) -> FrozenPartPlanned:
        return next(event for event in self.events if isinstance(event, FrozenPartPlanned))


def settings(**changes: object) -> Hyperparameters:
    # Not Adam: it makes whole steps of gradients that are zero but for rounding.
    return Hyperparameters(
        epochs=EPOCHS,
        batch_size=4,
        optimizer=Optimizer.SGD,
        learning_rate=0.05,
        schedule=Schedule.CONSTANT,
        augmentation=Augmentation.OFF,
        **changes,  # type: ignore[arg-type]
    )


@pytest.fixture(autouse=True)
def any_gain_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """These networks take microseconds, so that what a cut gains would be chance."""
    monkeypatch.setattr(worth, "LEAST_SHARE", -math.inf)
    monkeypatch.setattr(modules, "LEAST_SHARE", math.inf)


@pytest.mark.parametrize("pair", PAIRS)
def test_training_is_the_same_with_the_frozen_layers_computed_once(
    pair: str, tmp_path: Path
) -> None:
    assert compare(pair, tmp_path).startswith(("before", "behind"))


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "head" not in pair])
def test_it_is_the_same_when_the_network_is_divided_between_operations(
    pair: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_way(*_: object, **__: object) -> None:
        raise NotDivisible("Not this way.")

    monkeypatch.setattr(dividing, "divide_behind_module", no_way)
    assert compare(pair, tmp_path).startswith("operation")


def compare(pair: str, tmp_path: Path) -> str:
    """Train both ways; say where the network was divided."""
    make, paths = PAIRS[pair]
    torch.manual_seed(3)
    plain = make()
    divided = copy.deepcopy(plain)
    once = Trained(divided, paths, settings(), tmp_path / "once", tmp_path / "cache")
    always = Trained(plain, paths, settings(reuse_frozen=False), tmp_path / "plain", tmp_path)
    assert once.planned.used, once.planned.reason
    assert not always.planned.used
    assert len(once.losses) == EPOCHS * 3
    assert once.losses == pytest.approx(always.losses, abs=1e-5)
    assert torch.allclose(once.evaluated, always.evaluated, rtol=0, atol=1e-5)
    after, expected = divided.module.state_dict(), plain.module.state_dict()
    for name, tensor in expected.items():
        assert torch.allclose(after[name].float(), tensor.float(), rtol=0, atol=1e-5), name
    return once.place


def test_the_frozen_layers_are_asked_once_a_sample(tmp_path: Path) -> None:
    torch.manual_seed(3)
    run = Trained(networks.resnet(), ("fc",), settings(), tmp_path / "run", tmp_path / "cache")
    # Once to find out how to divide the network, then all samples together.
    assert run.source.asked == [None, None]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("views", "seen"), [(2, {1, 2}), (EPOCHS, {1, 2, 3})])
def test_augmented_views_are_taken_in_turn(tmp_path: Path, views: int, seen: set[int]) -> None:
    torch.manual_seed(3)
    plain = networks.resnet()
    varied = {"augmentation": Augmentation.LIGHT, "augmented_views": views}
    training = settings().edited(**varied)
    once = Trained(copy.deepcopy(plain), ("fc",), training, tmp_path / "a", tmp_path / "cache")
    assert {epoch for epoch in once.source.asked if epoch} == seen  # type: ignore[attr-defined]
    assert once.planned.views == views
    if views == EPOCHS:  # nothing repeats, so it is the plain training
        off = training.edited(reuse_frozen=False)
        always = Trained(plain, ("fc",), off, tmp_path / "b", tmp_path)
        assert once.losses == pytest.approx(always.losses, abs=1e-5)
