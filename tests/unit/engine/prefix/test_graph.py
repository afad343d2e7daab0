from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.freezing import freeze, set_training_mode
from finetune_studio.engine.prefix.boundary import divide_before_module
from finetune_studio.engine.prefix.graph import divide_graph
from finetune_studio.engine.prefix.halves import Halves, NotDivisible
from finetune_studio.engine.prefix.marking import mark
from finetune_studio.engine.prefix.proof import prove
from finetune_studio.engine.prefix.tracing import trace
from finetune_studio.engine.prefix.worth import Room
from finetune_studio.project.choices import Precision
from tests.unit.engine.prefix.networks import bert, picture_bundle
from tests.unit.engine.prefix.small_nets import PIXELS, Net, Shifted

CPU = Compute(torch.device("cpu"), Precision.FP32, threads=1)


def divided(module: nn.Module, *paths: str, fits: Callable[[float], bool] | None = None) -> Halves:
    torch.manual_seed(0)
    bundle = picture_bundle(module, 16)
    freeze(module, frozenset(paths))
    halves = divide_graph(
        bundle,
        frozenset(paths),
        {"pixels": PIXELS},
        CPU,
        Room(1.0, fits or (lambda _size: True)),
    )
    prove(bundle, frozenset(paths), halves, {"pixels": PIXELS}, CPU)
    return halves


def test_what_trains_and_all_behind_it_is_the_second_half() -> None:
    halves = divided(Net(), "second")
    assert [value.shape for value in halves.values] == [(8, 16, 16)]


def test_the_parameters_of_the_second_half_are_the_networks_own() -> None:
    module = Net()
    halves = divided(module, "second", "head")
    features = [tensor.clone() for tensor in halves.prefix({"pixels": PIXELS})]
    halves.training({"feature_0": features[0]}).sum().backward()
    assert module.head.weight.grad is not None
    assert module.second[0].weight.grad is not None
    assert module.first[0].weight.grad is None


def test_the_second_half_moves_batch_statistics_only_in_training() -> None:
    module = Net()
    halves = divided(module, "second", "head")
    features = {"feature_0": halves.prefix({"pixels": PIXELS})[0].clone()}
    norm = module.second[1]
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    before = norm.running_mean.clone()
    halves.evaluation(features)
    assert torch.equal(norm.running_mean, before)
    halves.training(features)
    assert not torch.equal(norm.running_mean, before)


def test_dropout_of_a_frozen_part_is_off_and_of_a_trained_one_is_on() -> None:
    module = Net()
    off, on = divided(module, "head"), divided(module, "dropout", "head")
    for halves, random in ((off, False), (on, True)):
        features = {"feature_0": halves.prefix({"pixels": PIXELS})[0].clone()}
        first, second = halves.training(features), halves.training(features)
        assert torch.equal(first, second) is not random
        assert torch.equal(halves.evaluation(features), halves.evaluation(features))


def test_a_value_overwritten_behind_the_cut_leaves_what_is_stored_alone() -> None:
    class Overwriting(Shifted):
        def forward(self, x: Tensor) -> Tensor:
            x = self.first(x)
            shifted = x + self.shift
            shifted.add_(x.add_(1.0))
            return self.head((shifted + x).mean((2, 3)))

    halves = divided(Overwriting(), "shift", "head")
    features = {"feature_0": halves.prefix({"pixels": PIXELS})[0].clone()}
    kept = features["feature_0"].clone()
    halves.evaluation(features)
    assert torch.equal(features["feature_0"], kept)


def test_a_value_read_behind_the_cut_is_not_overwritten_ahead_of_it() -> None:
    class Ordered(Shifted):
        def forward(self, x: Tensor) -> Tensor:
            x = self.first(x)
            early = x + self.shift  # trains, and sees x before the next line
            x.mul_(3.0)
            return self.head((early + x).mean((2, 3)))

    divided(Ordered(), "shift")  # the proof inside would fail


def test_an_earlier_cut_is_taken_where_less_passes_it() -> None:
    class Wide(Net):
        def __init__(self) -> None:
            super().__init__()
            self.wide = nn.Conv2d(8, 512, 1)
            self.narrow = nn.Conv2d(512, 8, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = self.wide(self.first(x))
            return self.head(self.narrow(x).mean((2, 3)))

    all_room = divided(Wide(), "narrow", "head")
    little_room = divided(Wide(), "narrow", "head", fits=lambda size: size <= 8 * 16 * 16 * 4)
    assert little_room.values[0].shape == (8, 16, 16)
    assert little_room.share <= 1.0
    assert sum(v.bytes_of(1) for v in all_room.values) >= little_room.values[0].bytes_of(1)


def test_without_room_the_network_stays_whole() -> None:
    with pytest.raises(NotDivisible, match="no room"):
        divided(Net(), "head", fits=lambda _size: False)


def test_when_the_first_layer_trains_nothing_is_divided() -> None:
    with pytest.raises(NotDivisible):
        divided(Net(), "first")


def test_what_depends_on_its_input_in_python_stays_whole() -> None:
    def moody(x: Tensor) -> Tensor:
        return x + 1 if float(x.sum()) > 0 else x - 1

    with pytest.raises(NotDivisible):
        divided(Net(moody), "head")


def test_randomness_in_a_frozen_part_stays_behind_the_cut() -> None:
    def noisy(x: Tensor) -> Tensor:
        return x + torch.rand_like(x)

    module = Net(noisy)
    freeze(module, frozenset({"head"}))
    module.eval()
    traced = trace(module, [PIXELS])
    settled = mark(traced, frozenset({"head"}), inputs_at_hand=False).settled
    names = [str(node.target) for node in settled]
    assert "aten.relu.default" in names
    assert not any("rand" in name for name in names)


def test_a_mask_of_attention_is_made_again_and_not_stored() -> None:
    bundle = bert()
    paths = frozenset({"encoder.encoder.layer.2", "head"})
    freeze(bundle.module, paths)
    ids = torch.randint(1, 50, (3, 7))
    mask = torch.ones_like(ids)
    mask[1, 4:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    halves = divide_graph(bundle, paths, inputs, CPU, Room(7.0, lambda _size: True))
    assert [(value.shape, value.tokens) for value in halves.values] == [((1, 16), 0)]
    prove(bundle, paths, halves, inputs, CPU)


def test_the_proof_leaves_no_trace() -> None:
    module = Net()
    halves = divided(module, "second", "head")
    bundle = picture_bundle(module, 16)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    prove(bundle, frozenset({"second", "head"}), halves, {"pixels": PIXELS}, CPU)
    assert all(torch.equal(before[name], now) for name, now in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())


def test_the_proof_finds_a_wrong_half() -> None:
    module = Net()
    halves = divided(module, "head")
    with torch.no_grad():
        wrong = dataclasses.replace(
            halves, prefix=lambda inputs: tuple(value * 1.001 for value in halves.prefix(inputs))
        )
    bundle = picture_bundle(module, 16)
    with pytest.raises(NotDivisible, match="other numbers"):
        prove(bundle, frozenset({"head"}), wrong, {"pixels": PIXELS}, CPU)


# ---------------------------------------------------------------------------- the quick way


def quickly(module: nn.Module, *paths: str) -> Halves:
    bundle: ModelBundle = picture_bundle(module, 16)
    freeze(module, frozenset(paths))
    module.eval()
    return divide_before_module(bundle, frozenset(paths), {"pixels": PIXELS})


def test_before_a_head_no_tracing_is_needed() -> None:
    module = Net()
    halves = quickly(module, "head")
    assert [value.shape for value in halves.values] == [(8,)]
    prove(picture_bundle(module, 16), frozenset({"head"}), halves, {"pixels": PIXELS}, CPU)
    set_training_mode(module, frozenset({"head"}))


@pytest.mark.parametrize("paths", [("second",), ("second", "head"), ("head.weight",)])
def test_the_quick_way_is_not_taken_where_something_follows(paths: tuple[str, ...]) -> None:
    with pytest.raises(NotDivisible):
        quickly(Net(), *paths)


def test_the_quick_way_is_not_taken_where_the_head_is_asked_twice() -> None:
    class Twice(Net):
        def forward(self, x: Tensor) -> Tensor:
            features = self.second(self.first(x)).mean((2, 3))
            self.head(features)
            return self.head(features + 1.0)

    with pytest.raises(NotDivisible):
        quickly(Twice(), "head")
