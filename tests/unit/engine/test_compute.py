from __future__ import annotations

import pytest
import torch

from finetune_studio.engine import compute as computing
from finetune_studio.engine.compute import Compute, choose
from finetune_studio.project.choices import Device, Precision
from finetune_studio.project.problems import ProblemError


def test_without_a_gpu_the_processor_computes_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    chosen = choose()
    assert (chosen.device.type, chosen.precision) == ("cpu", Precision.FP32)
    assert chosen.exact
    assert not chosen.needs_scaling


def test_a_device_that_is_not_here_is_named_with_what_to_choose_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ProblemError) as caught:
        choose(Device.CUDA)
    assert caught.value.problem.code == "device_missing"
    assert "Automatic" in caught.value.problem.remedy


@pytest.mark.parametrize(
    ("speedup", "expected"), [(2.4, Precision.BF16), (1.0, Precision.FP32), (0.3, Precision.FP32)]
)
def test_automatic_precision_follows_what_is_measured(
    monkeypatch: pytest.MonkeyPatch, speedup: float, expected: Precision
) -> None:
    monkeypatch.setattr(computing, "bf16_speedup", lambda device: speedup)
    chosen = choose(Device.CPU, Precision.AUTO)
    assert chosen.precision is expected
    assert chosen.reason


def test_a_chosen_precision_is_not_second_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "bf16_speedup", lambda device: 0.1)
    assert choose(Device.CPU, Precision.BF16).precision is Precision.BF16


def test_float16_on_the_processor_becomes_float32_and_says_so() -> None:
    chosen = choose(Device.CPU, Precision.FP16)
    assert chosen.precision is Precision.FP32
    assert "float16" in chosen.reason


def test_the_measured_speedup_is_a_sane_ratio() -> None:
    assert 0.001 < computing.bf16_speedup(torch.device("cpu")) < 1000


def test_bfloat16_arithmetic_is_bfloat16_and_weights_stay_float32() -> None:
    layer = torch.nn.Linear(4, 4)
    with Compute(torch.device("cpu"), Precision.BF16, 1).numbers():
        assert layer(torch.ones(1, 4)).dtype is torch.bfloat16
    with Compute(torch.device("cpu"), Precision.FP32, 1).numbers():
        assert layer(torch.ones(1, 4)).dtype is torch.float32
    assert layer.weight.dtype is torch.float32


def test_applying_sets_the_thread_count() -> None:
    before = torch.get_num_threads()
    try:
        computing.apply(choose(Device.CPU, threads=1))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_a_seed_decides_what_is_random_from_then_on() -> None:
    compute = choose(Device.CPU)
    compute.seed(3)
    first = torch.rand(3)
    compute.seed(3)
    assert torch.equal(torch.rand(3), first)


def test_a_module_computes_the_same_in_the_order_of_memory_it_is_given() -> None:
    torch.manual_seed(1)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(16, 2)
    )
    pictures = torch.randn(2, 3, 4, 4)
    before = module(pictures)
    compute = choose(Device.CPU)
    compute.placed(module)
    moved = compute.moved({"pixels": pictures, "input_ids": torch.ones(2, 5)})
    assert moved["pixels"].is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(module(moved["pixels"]), before, atol=1e-6)
