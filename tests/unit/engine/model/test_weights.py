from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from finetune_studio.engine.model.weights import load_into, read_tensors, shapes_in
from finetune_studio.project.problems import ProblemError


def _code(file: Path) -> str:
    with pytest.raises(ProblemError) as caught:
        read_tensors(file)
    return caught.value.problem.code


def _header(path: Path, header: object, length: int | None = None) -> Path:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text)
    return path


def test_floats_become_float32_and_counts_stay_counts(tmp_path: Path) -> None:
    save_file({"x": torch.ones(2).half(), "n": torch.tensor(3)}, tmp_path / "a.safetensors")
    tensors = read_tensors(tmp_path / "a.safetensors")
    assert tensors["x"].dtype is torch.float32
    assert tensors["n"].dtype is torch.int64


def test_what_was_read_does_not_hang_on_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    save_file({"x": torch.ones(1000)}, file)
    tensor = read_tensors(file)["x"]
    with file.open("r+b") as opened:
        opened.write(b"\0" * file.stat().st_size)
    assert torch.equal(tensor, torch.ones(1000))


def test_shapes_are_told_from_the_header_alone(tmp_path: Path) -> None:
    save_file({"x": torch.ones(2, 3), "s": torch.tensor(1.0)}, tmp_path / "a.safetensors")
    assert shapes_in(tmp_path / "a.safetensors") == {"x": (2, 3), "s": ()}


def test_shards_are_read_as_one(tmp_path: Path) -> None:
    save_file({"a": torch.ones(1)}, tmp_path / "one.safetensors")
    save_file({"b": torch.ones(2)}, tmp_path / "two.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}))
    assert set(read_tensors(index)) == set(shapes_in(index)) == {"a", "b"}


@pytest.mark.parametrize("name", ["../one.safetensors", "/etc/passwd.json", "C:\\x.safetensors"])
def test_an_index_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    save_file({"a": torch.ones(1)}, tmp_path / "one.safetensors")
    (tmp_path / "inside").mkdir()
    index = tmp_path / "inside" / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": name}}))
    assert _code(index) == "model_unsafe"


def test_an_index_without_its_shards_is_damaged(tmp_path: Path) -> None:
    index = tmp_path / "model.safetensors.index.json"
    for content in ({"weight_map": {"a": "gone.safetensors"}}, {"weight_map": []}, {}):
        index.write_text(json.dumps(content))
        assert _code(index) == "weights_damaged"


def test_damaged_files_are_problems_and_no_crash(tmp_path: Path) -> None:
    whole = tmp_path / "whole.safetensors"
    save_file({"x": torch.ones(100)}, whole)
    content = whole.read_bytes()
    for number, length in enumerate((0, 4, 20, len(content) - 1)):
        cut = tmp_path / f"cut-{number}.safetensors"
        cut.write_bytes(content[:length])
        assert _code(cut) == "weights_damaged"
    huge = _header(tmp_path / "huge.safetensors", {}, length=2**63)
    outside = {"x": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}
    for file in (huge, _header(tmp_path / "outside.safetensors", outside)):
        assert _code(file) == "weights_damaged"


def test_loading_says_which_tensor_differs(tmp_path: Path) -> None:
    module = nn.Linear(2, 2)
    with pytest.raises(ProblemError) as caught:
        load_into(module, {"weight": torch.ones(2, 3), "bias": torch.ones(2)}, tmp_path / "a")
    assert "weight" in caught.value.problem.why
    load_into(module, {"weight": torch.ones(2, 2), "bias": torch.ones(2)}, tmp_path / "a")
    assert torch.equal(module.weight, torch.ones(2, 2))
    assert module.weight.requires_grad
