from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from finetune_studio.engine.model import converter
from finetune_studio.engine.model.converter import convert, sha256_of
from finetune_studio.project.problems import ProblemError


@pytest.fixture
def published(tmp_path: Path) -> Path:
    torch.save({"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.tensor(3)}, tmp_path / "net.pth")
    return tmp_path / "net.pth"


def test_the_tensors_are_the_same_to_the_last_bit(published: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "model.safetensors"
    convert(published, target, sha256=sha256_of(published))
    before = torch.load(published, weights_only=True)
    after = load_file(target)
    assert set(after) == {"a", "b"}
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_tensors_can_get_other_names(published: Path, tmp_path: Path) -> None:
    convert(
        published,
        tmp_path / "model.safetensors",
        sha256=sha256_of(published),
        rename=lambda tensors: {name.upper(): tensor for name, tensor in tensors.items()},
    )
    assert set(load_file(tmp_path / "model.safetensors")) == {"A", "B"}


@pytest.mark.parametrize("expected", ["deadbeef", "", "ab"])
def test_a_file_that_is_not_the_publishers_is_never_opened(
    published: Path, tmp_path: Path, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(ProblemError) as caught:
        convert(published, tmp_path / "model.safetensors", sha256=expected)
    assert caught.value.problem.code == "wrong_hash"
    assert not (tmp_path / "model.safetensors").exists()


def test_code_in_a_file_with_the_right_hash_does_not_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    evil = tmp_path / "evil.pth"
    evil.write_text(f"cbuiltins\nopen\n(V{canary}\nVw\ntR.")
    digest = hashlib.sha256(evil.read_bytes()).hexdigest()
    with pytest.raises(Exception, match=r"(?i)weights.only|unsupported|invalid"):
        convert(evil, tmp_path / "model.safetensors", sha256=digest)
    assert not canary.exists()


def test_an_old_torch_opens_only_what_is_known_to_the_last_digit(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converter, "_torch_version", lambda: (2, 9))
    digest = sha256_of(published)
    with pytest.raises(ProblemError) as caught:
        convert(published, tmp_path / "model.safetensors", sha256=digest[:8])
    assert caught.value.problem.code == "torch_too_old"
    convert(published, tmp_path / "model.safetensors", sha256=digest)
