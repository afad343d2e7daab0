"""Batch normalisation in the convolution before it: the same answers, and nothing left behind."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune_studio.engine.model.folding import Folding
from tests.unit.engine.prefix import networks


def seen_some(module: nn.Module) -> nn.Module:
    """Batch statistics and weights as after training, in eval mode."""
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d) and layer.running_mean is not None:
            assert layer.running_var is not None
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2.0)
            if layer.affine:
                nn.init.uniform_(layer.weight, 0.5, 1.5)
                nn.init.normal_(layer.bias)
    return module.eval()


class Asked:
    """A module as a forward pass; how many normalisations it calls is counted."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.normalised = 0

    def __call__(self, inputs: dict[str, Tensor]) -> Tensor:
        before, self.normalised = functional.batch_norm, 0

        def counted(*given: object, **named: object) -> Tensor:
            self.normalised += 1
            return before(*given, **named)  # type: ignore[arg-type]

        functional.batch_norm = counted
        try:
            answer: Tensor = self.module(inputs["pixels"])
        finally:
            functional.batch_norm = before
        return answer


def pictures(count: int = 5, size: int = 32) -> dict[str, Tensor]:
    return {"pixels": torch.randn(count, 3, size, size)}


class SharedConvolution(nn.Module):
    """One convolution before two normalisations."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 1)
        self.first, self.second = nn.BatchNorm2d(3), nn.BatchNorm2d(3)

    def forward(self, given: Tensor) -> Tensor:
        once: Tensor = self.first(self.convolution(given))
        again: Tensor = self.second(self.convolution(given))
        return once - again


class SideWay(nn.Module):
    """What the convolution gave is used beside the normalisation too."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)

    def forward(self, given: Tensor) -> Tensor:
        made: Tensor = self.convolution(given)
        normal: Tensor = self.norm(made)
        return made + normal


MADE: dict[str, Callable[[], nn.Module]] = {
    "ResNet": lambda: networks.resnet().module,
    "EfficientNet of timm": lambda: networks.timm_network("test_efficientnet", 64).module,
    "with bias, without weights": lambda: nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, affine=False)
    ),
    "grouped": lambda: nn.Sequential(nn.Conv2d(3, 6, 3, groups=3), nn.BatchNorm2d(6)),
}


@pytest.mark.parametrize("kind", MADE)
@torch.inference_mode()
def test_answers_stay_the_same_without_normalisation(kind: str) -> None:
    module = seen_some(MADE[kind]())
    asked, inputs = Asked(module), pictures()
    plain = asked(inputs)
    assert asked.normalised
    with Folding(asked, module) as forward:
        for _ in range(2):
            assert torch.allclose(forward(inputs), plain, rtol=1e-5, atol=1e-5)
    assert not asked.normalised


@pytest.mark.parametrize("made", [SharedConvolution, SideWay])
@torch.inference_mode()
def test_what_would_change_the_answer_is_left_as_it_is(made: Callable[[], nn.Module]) -> None:
    module = seen_some(made())
    asked, inputs = Asked(module), pictures()
    with Folding(asked, module) as forward:
        assert torch.equal(forward(inputs), module(inputs["pixels"]))
        forward(inputs)
    assert asked.normalised


def test_afterwards_everything_is_the_same_object_with_the_same_bits() -> None:
    module = seen_some(networks.resnet().module)
    before = dict(module.named_parameters())
    state = copy.deepcopy(module.state_dict())
    asked, inputs = Asked(module), pictures()
    with torch.inference_mode(), Folding(asked, module) as forward:
        forward(inputs)
        assert module.state_dict().keys() != state.keys()
    after = dict(module.named_parameters())
    assert list(after) == list(before)
    assert all(after[name] is parameter for name, parameter in before.items())
    assert all(torch.equal(tensor, state[name]) for name, tensor in module.state_dict().items())
    asked(inputs).sum().backward()  # type: ignore[no-untyped-call]
    assert asked.normalised
    assert all(parameter.grad is not None for parameter in module.parameters())


@torch.inference_mode()
def test_an_error_on_the_way_leaves_nothing_behind() -> None:
    module = seen_some(networks.resnet().module)
    asked = Asked(module)

    def fail_folded() -> None:
        with Folding(asked, module) as forward:
            forward(pictures())
            assert not asked.normalised
            forward({"pixels": torch.randn(2, 5, 32, 32)})

    with pytest.raises(RuntimeError):
        fail_folded()
    asked(pictures())
    assert asked.normalised


@torch.inference_mode()
def test_what_was_learned_between_two_uses_counts() -> None:
    module = seen_some(networks.resnet().module)
    asked, inputs = Asked(module), pictures()
    folding = Folding(asked, module)
    with folding as forward:
        forward(inputs)
    seen_some(module)
    for parameter in module.parameters():
        parameter.mul_(1.1)
    plain = asked(inputs)
    with folding as forward:
        assert torch.allclose(forward(inputs), plain, rtol=1e-4, atol=1e-4)
    assert not asked.normalised


@torch.inference_mode()
def test_a_layer_that_learns_from_each_batch_does_so() -> None:
    module = seen_some(networks.resnet().module)
    asked, inputs = Asked(module), pictures()
    folding = Folding(asked, module)
    with folding as forward:
        forward(inputs)
    norm = module.get_submodule("bn1")
    norm.train()
    before = norm.running_mean.clone()  # type: ignore[operator]
    with folding as forward:
        forward(inputs)
    assert asked.normalised == 1
    assert not torch.equal(norm.running_mean, before)  # type: ignore[arg-type]


@torch.inference_mode()
def test_in_half_precision_the_weights_are_rounded_once() -> None:
    module = seen_some(networks.resnet().module)
    inputs = pictures()
    plain = module(inputs["pixels"])
    with torch.autocast("cpu", torch.bfloat16), Folding(Asked(module), module) as forward:
        answer = forward(inputs)
        assert module.get_parameter("conv1.weight").dtype is torch.bfloat16
    assert module.get_parameter("conv1.weight").dtype is torch.float32
    assert torch.allclose(answer.float(), plain, rtol=0.05, atol=0.05 * float(plain.abs().max()))


@torch.inference_mode()
def test_where_every_bit_counts_only_rounded_numbers_are_folded() -> None:
    module = seen_some(networks.resnet().module)
    asked, inputs = Asked(module), pictures()
    plain = asked(inputs)
    with Folding(asked, module, exact=True) as forward:
        assert torch.equal(forward(inputs), plain)
        assert asked.normalised
    with torch.autocast("cpu", torch.bfloat16), Folding(asked, module, exact=True) as forward:
        forward(inputs)
        assert not asked.normalised


@torch.inference_mode()
def test_a_network_without_such_layers_is_asked_once() -> None:
    module = nn.Conv2d(3, 2, 1).eval()
    calls = []

    def forward(inputs: dict[str, Tensor]) -> Tensor:
        calls.append(len(inputs["pixels"]))
        answer: Tensor = module(inputs["pixels"])
        return answer

    with Folding(forward, module) as folded:
        folded(pictures())
    assert calls == [5]
