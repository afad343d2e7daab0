from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.freezing import freeze, set_training_mode
from finetune_studio.engine.prefix import worth
from finetune_studio.engine.prefix.halves import Halves, NotDivisible
from finetune_studio.engine.prefix.modules import divide_behind_module
from finetune_studio.engine.prefix.proof import prove
from finetune_studio.engine.prefix.worth import Room
from finetune_studio.project.choices import Precision
from tests.unit.engine.prefix.networks import bert, picture_bundle
from tests.unit.engine.prefix.small_nets import PIXELS, Net

CPU = Compute(torch.device("cpu"), Precision.FP32, threads=1)


@pytest.fixture(autouse=True)
def any_gain_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """These networks take microseconds, so that what a place gains would be chance."""
    monkeypatch.setattr(worth, "LEAST_SHARE", -10.0)


def divided(module: nn.Module, *paths: str, only: str = "") -> Halves:
    return halves_of(picture_bundle(module, 16), paths, {"pixels": PIXELS}, only=only)


def halves_of(
    bundle: ModelBundle,
    paths: tuple[str, ...],
    inputs: dict[str, Tensor],
    *,
    only: str = "",
    fits: Callable[[float], bool] = lambda _size: True,
) -> Halves:
    trains = frozenset(paths)
    freeze(bundle.module, trains)
    halves, _ = divide_behind_module(bundle, trains, inputs, CPU, Room(8.0, fits, only))
    prove(bundle, trains, halves, inputs, CPU)
    return halves


def test_what_trains_and_all_behind_it_is_the_second_half() -> None:
    halves = divided(Net(), "second", only="behind first")
    assert [value.shape for value in halves.values] == [(8, 16, 16)]
    assert halves.place == "behind first"


def test_the_network_is_left_as_it_was() -> None:
    module = Net()
    before = {name: id(part) for name, part in module.named_modules()}
    halves = divided(module, "second", "head")
    halves.training({"feature_0": halves.prefix({"pixels": PIXELS})[0].clone()})
    assert {name: id(part) for name, part in module.named_modules()} == before
    assert not any("forward" in vars(part) for part in module.modules())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
    assert torch.isfinite(module(PIXELS)).all()


def test_the_parameters_of_the_second_half_are_the_networks_own() -> None:
    module = Net()
    halves = divided(module, "second", "head")
    features = {"feature_0": halves.prefix({"pixels": PIXELS})[0].clone()}
    halves.training(features).sum().backward()
    assert module.head.weight.grad is not None
    assert module.second[0].weight.grad is not None
    assert module.first[0].weight.grad is None


def test_the_second_half_learns_and_looks_as_the_network_does() -> None:
    class Dropping(Net):
        """Its dropout is not a module but a matter of its own mode."""

        def forward(self, x: Tensor) -> Tensor:
            x = functional.dropout(self.second(self.first(x)), 0.5, self.training)
            logits: Tensor = self.head(x.mean((2, 3)))
            return logits

    module = Dropping()
    halves = divided(module, "second", "head")
    features = {"feature_0": halves.prefix({"pixels": PIXELS})[0].clone()}
    set_training_mode(module, frozenset({""}))
    assert not torch.equal(halves.training(features), halves.training(features))
    module.eval()
    assert torch.equal(halves.evaluation(features), halves.evaluation(features))


def test_what_is_stored_is_not_overwritten() -> None:
    class Overwriting(Net):
        def __init__(self) -> None:
            super().__init__(lambda x: x.relu_())
            self.first = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1))

    halves = divided(Overwriting(), "second", "head", only="behind first")
    features = {"feature_0": halves.prefix({"pixels": PIXELS})[0].clone()}
    kept = features["feature_0"].clone()
    assert bool((kept < 0).any())
    halves.evaluation(features)
    assert torch.equal(features["feature_0"], kept)


def test_what_passes_around_the_place_is_noticed() -> None:
    class Around(Net):
        def forward(self, x: Tensor) -> Tensor:
            early = self.first[0](x)
            late = self.second(self.first[2](self.first[1](early)))
            logits: Tensor = self.head((late + early).mean((2, 3)))
            return logits

    assert divided(Around(), "head").place == "behind first.0"  # all of it passes there
    with pytest.raises(NotDivisible, match="More than one value"):
        divided(Around(), "second", "head", only="behind first.2")


def test_chance_ahead_of_the_place_is_noticed() -> None:
    def noisy(x: Tensor) -> Tensor:
        return x + torch.rand_like(x)

    with pytest.raises(NotDivisible):
        divided(Net(noisy), "head", only="behind second")


def test_a_module_that_is_asked_twice_is_not_skipped() -> None:
    class Twice(Net):
        def forward(self, x: Tensor) -> Tensor:
            x = self.dropout(self.first(x))
            logits: Tensor = self.head(self.dropout(self.second(x)).mean((2, 3)))
            return logits

    assert divided(Twice(), "second", "head").place == "behind first"


def test_an_earlier_place_is_taken_where_less_is_stored() -> None:
    class Wide(Net):
        def __init__(self) -> None:
            super().__init__()
            self.second = nn.Sequential(nn.Conv2d(8, 512, 1), nn.Conv2d(512, 8, 1))

    room = 8 * 16 * 16 * 4
    halves = halves_of(
        picture_bundle(Wide(), 16),
        ("second.1", "head"),
        {"pixels": PIXELS},
        fits=lambda size: size <= room,
    )
    assert halves.place == "behind first"


def test_texts_of_any_length_pass_the_second_half() -> None:
    bundle = bert()
    ids = torch.randint(1, 50, (3, 7))
    mask = torch.ones_like(ids)
    mask[1, 4:] = 0
    paths = ("encoder.encoder.layer.2", "head")
    inputs = {"input_ids": ids, "attention_mask": mask}
    halves = halves_of(bundle, paths, inputs, only="behind encoder.encoder.layer.1")
    assert [(value.shape, value.tokens) for value in halves.values] == [((1, 16), 0)]
    longer = {name: tensor.repeat(1, 2) for name, tensor in inputs.items()}
    bundle.module.eval()
    with torch.inference_mode():
        stored = {"feature_0": halves.prefix(longer)[0]}
        assert torch.allclose(halves.evaluation({**longer, **stored}), bundle(longer), atol=1e-6)


def test_when_the_first_layer_trains_nothing_is_divided() -> None:
    with pytest.raises(NotDivisible):
        divided(Net(), "first")


def test_gradients_left_by_an_earlier_step_do_not_spoil_the_proof() -> None:
    module = Net()
    module(PIXELS).sum().backward()
    divided(module, "second", "head")
    assert all(parameter.grad is None for parameter in module.parameters())
