from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.freezing import freeze
from finetune_studio.engine.prefix import dividing
from finetune_studio.engine.prefix.decisions import Decision, Decisions
from finetune_studio.engine.prefix.halves import NotDivisible
from finetune_studio.engine.prefix.plan import Route, plan_route
from finetune_studio.engine.stopping import Stopped
from finetune_studio.events.events import Event, FrozenPartComputed, FrozenPartPlanned
from finetune_studio.project.choices import Augmentation, Precision
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.prefix import networks

CPU = Compute(torch.device("cpu"), Precision.FP32, threads=1)
PLAIN = Hyperparameters(epochs=3, batch_size=4, augmentation=Augmentation.OFF)


class Planned:
    """A route for a network, and what was told of it."""

    def __init__(
        self,
        cache: Path,
        training: Hyperparameters = PLAIN,
        *,
        bundle: ModelBundle | None = None,
        paths: tuple[str, ...] = ("fc",),
        samples: int = 70,
        seed: int = 0,
        stop_after: int | None = None,
        worth_tracing_s: float = 0.0,
        compute: Compute = CPU,
        kept: Path | None = None,
    ) -> None:
        torch.manual_seed(1)
        self.bundle = bundle or networks.resnet()
        self.events: list[Event] = []
        self._stop_after = stop_after
        freeze(self.bundle.module, frozenset(paths))
        train = networks.made_up(self.bundle, samples, seed=seed)
        self.source = train.source
        self.route: Route = plan_route(
            self.bundle,
            frozenset(paths),
            compute,
            training,
            train,
            networks.made_up(self.bundle, 5, seed=9),
            cache=cache,
            emit=self.events.append,
            stop_requested=self._stops,
            worth_tracing_s=worth_tracing_s,
            kept=kept,
        )

    def _stops(self) -> bool:
        asked = len(self.source.asked)  # type: ignore[attr-defined]
        return self._stop_after is not None and asked > self._stop_after

    @property
    def decision(self) -> FrozenPartPlanned:
        return next(e for e in self.events if isinstance(e, FrozenPartPlanned))

    @property
    def computed(self) -> list[FrozenPartComputed]:
        return [e for e in self.events if isinstance(e, FrozenPartComputed)]

    def features(self) -> torch.Tensor:
        return torch.cat([batch.inputs["feature_0"] for batch in self.route.train.in_order()])


@pytest.mark.parametrize(
    ("changes", "paths", "reason"),
    [
        ({"reuse_frozen": False}, ("fc",), "switched off"),
        ({}, ("",), "Every layer trains"),
        ({"epochs": 1}, ("fc",), "single epoch"),
        ({"augmentation": Augmentation.LIGHT, "augmented_views": 0}, ("fc",), "varies every epoch"),
        ({}, ("conv1",), ""),
    ],
)
def test_a_run_says_why_its_network_stays_whole(
    changes: dict[str, object], paths: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    planned = Planned(tmp_path, PLAIN.edited(**changes), paths=paths, samples=6)
    assert not planned.decision.used
    assert reason in planned.decision.reason
    assert planned.route.training is planned.bundle
    assert not (tmp_path / "features").exists()


def test_a_single_sample_does_not_divide_a_network(tmp_path: Path) -> None:
    assert "too few" in Planned(tmp_path, samples=1).decision.reason


def test_a_short_run_is_not_kept_waiting_for_the_tracing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dividing, "divide_behind_module", no_way)
    planned = Planned(tmp_path, paths=("layer4", "fc"), worth_tracing_s=1e6)
    assert "short" in planned.decision.reason


def test_most_runs_need_no_tracing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dividing, "divide_graph", no_way)
    assert Planned(tmp_path, paths=("layer4", "fc"), worth_tracing_s=0.0).decision.used


def test_a_run_that_goes_on_divides_its_network_where_it_did(tmp_path: Path) -> None:
    kept, paths = tmp_path / "frozen.json", ("layer4", "fc")
    assert Planned(tmp_path, paths=paths).features().shape[1:] == (256, 2, 2)
    decided = Decision(first_epoch=1, paths=paths, place="behind layer1")
    Decisions(kept).keep(decided)
    again = Planned(tmp_path, paths=paths, kept=kept)
    assert again.features().shape[1:] == (64, 8, 8)


def test_a_run_that_goes_on_keeps_its_network_whole_if_it_did(tmp_path: Path) -> None:
    kept = tmp_path / "frozen.json"
    Decisions(kept).keep(Decision(first_epoch=1, paths=("fc",), reason="There was no room."))
    again = Planned(tmp_path, kept=kept)
    assert not again.decision.used
    assert again.decision.reason == "There was no room."
    assert Planned(tmp_path, paths=("layer4", "fc"), kept=kept).decision.used


@pytest.mark.parametrize(
    ("paths", "place"),
    [
        (("fc",), "before fc"),
        (("layer4", "fc"), "behind layer3"),
        # Inside its block a sample also passes beside what is frozen.
        (("layer4.0.conv2", "fc"), "operation"),
    ],
)
def test_what_is_decided_is_written_down(
    paths: tuple[str, ...], place: str, tmp_path: Path
) -> None:
    kept = tmp_path / "frozen.json"
    Planned(tmp_path, paths=paths, kept=kept)
    decision = Decisions(kept).before(1, frozenset(paths))
    assert decision is not None
    assert decision.place.startswith(place)
    again = Planned(tmp_path, paths=paths, kept=kept)
    assert again.decision.used
    assert len(json.loads(kept.read_text())["decisions"]) == 1


def no_way(*_: object, **__: object) -> None:
    raise NotDivisible("Not this way.")


def test_a_network_that_cannot_be_traced_is_trained_whole_and_the_run_says_so(
    tmp_path: Path,
) -> None:
    bundle = networks.resnet()
    whole = bundle.module.forward

    def moody(x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = whole(x)
        return answer if float(x.sum()) > 0 else answer + 0.0

    bundle.module.forward = moody  # type: ignore[method-assign]
    planned = Planned(tmp_path, bundle=bundle, samples=6)
    assert not planned.decision.used
    assert "cannot be traced" in planned.decision.reason


@pytest.mark.parametrize("paths", [("fc",), ("layer4", "fc")])
def test_a_second_run_with_the_same_frozen_part_starts_at_once(
    paths: tuple[str, ...], tmp_path: Path
) -> None:
    first = Planned(tmp_path, paths=paths)
    expected = first.features()
    second = Planned(tmp_path, paths=paths)
    assert torch.equal(second.features(), expected)
    assert [one.reused for one in first.computed] == [False]
    assert [one.reused for one in second.computed] == [True]
    assert second.computed[0].seconds == first.computed[0].seconds > 0
    assert len(second.source.asked) == 1  # type: ignore[attr-defined] # only to look at it


def test_other_samples_are_computed_again(tmp_path: Path) -> None:
    Planned(tmp_path).features()
    again = Planned(tmp_path, seed=5)
    again.features()
    assert [one.reused for one in again.computed] == [False]


def test_another_weight_in_the_frozen_part_is_noticed(tmp_path: Path) -> None:
    first = Planned(tmp_path)
    bundle = first.bundle
    first.features()
    with torch.no_grad():
        bundle.module.conv1.weight[0, 0, 0, 0] += 0.5  # type: ignore[union-attr, index, operator]
    again = Planned(tmp_path, bundle=bundle)
    assert not torch.equal(again.features(), first.features())
    assert [one.reused for one in again.computed] == [False]


def test_another_weight_behind_the_cut_changes_nothing(tmp_path: Path) -> None:
    first = Planned(tmp_path)
    bundle = first.bundle
    first.features()
    with torch.no_grad():
        bundle.module.fc.weight += 0.5  # type: ignore[union-attr, operator]
    again = Planned(tmp_path, bundle=bundle)
    again.features()
    assert [one.reused for one in again.computed] == [True]


def test_other_numbers_are_computed_again(tmp_path: Path) -> None:
    Planned(tmp_path).features()
    rounded = Compute(torch.device("cpu"), Precision.BF16, threads=1)
    again = Planned(tmp_path, compute=rounded)
    assert again.features().dtype is torch.bfloat16
    assert [one.reused for one in again.computed] == [False]


def test_a_stop_while_computing_keeps_what_is_done(tmp_path: Path) -> None:
    stopped = Planned(tmp_path, stop_after=2)
    with pytest.raises(Stopped):
        stopped.features()
    again = Planned(tmp_path)
    features = again.features()
    asked = again.source.asked  # type: ignore[attr-defined]
    assert 0 < len(asked) - 1 < 5  # of five portions of 16
    assert torch.equal(features, Planned(tmp_path / "other").features())


def test_batches_come_in_the_order_of_plain_training(tmp_path: Path) -> None:
    planned = Planned(tmp_path, samples=10)
    plain = networks.made_up(planned.bundle, 10)
    for ours, theirs in zip(planned.route.train.training(2), plain.training(2), strict=True):
        assert torch.equal(ours.indices, theirs.indices)
        assert torch.equal(ours.targets, theirs.targets)


def test_what_is_told_adds_up(tmp_path: Path) -> None:
    views = PLAIN.edited(augmentation=Augmentation.LIGHT, augmented_views=4)
    decision = Planned(tmp_path, views).decision
    assert decision.used
    assert decision.views == 4
    assert decision.bytes_per_sample == 512 * 4
    assert decision.size == 512 * 4 * (70 * 4 + 5)
    assert decision.place == "memory"
