from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune_studio.engine.model import download as downloading
from finetune_studio.engine.model.download import download
from finetune_studio.engine.stopping import Stopped
from finetune_studio.project import model_files
from finetune_studio.project.model_catalog import entry_for, find
from finetune_studio.project.problems import ProblemError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _never() -> bool:
    return False


def _serve(server: Any, repository: str, folder: Path, *, wrong: str = "") -> None:
    """Offer a folder's files as the Hub does."""
    siblings = []
    for file in sorted(folder.iterdir()):
        content = file.read_bytes()
        server.files[f"/{repository}/resolve/{COMMIT}/{file.name}"] = content
        facts: dict[str, Any] = {"rfilename": file.name, "size": len(content)}
        if file.suffix == ".safetensors":
            digest = hashlib.sha256(content).hexdigest()
            facts["lfs"] = {"sha256": "0" * 64 if file.name == wrong else digest}
        else:
            facts["blobId"] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        siblings.append(facts)
    described = {"sha": COMMIT, "siblings": siblings}
    path = f"/api/models/{repository}/revision/main?blobs=true"
    server.files[path] = json.dumps(described).encode()


@pytest.fixture
def hub(loopback: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("HF_ENDPOINT", loopback.address)
    return loopback


def test_a_repository_is_fetched_and_opens(hub: Any, text_folder: Callable[..., Path]) -> None:
    from finetune_studio.engine.model.sources import load

    source = text_folder()
    (source / "README.md").write_text("no")
    (source / "modeling_evil.py").write_text("raise SystemExit")
    (source / "pytorch_model.bin").write_bytes(b"no")
    _serve(hub, "someone/tiny", source)
    seen: list[Any] = []
    folder = download("transformers/someone/tiny", seen.append, _never)
    assert folder == model_files.folder("transformers/someone/tiny")
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "config.json",
        "model.safetensors",
        "source.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert json.loads((folder / "source.json").read_text())["commit"] == COMMIT
    assert seen[-1].done == seen[-1].total > 0
    assert seen[-1].unit == "bytes"
    entry = entry_for("transformers/someone/tiny")
    assert entry is not None
    assert model_files.is_available(entry)
    assert load(entry.choice(), ["a", "b"]).labels == ("a", "b")


def test_the_weights_come_last_so_that_half_a_model_never_counts(
    hub: Any, text_folder: Callable[..., Path]
) -> None:
    _serve(hub, "someone/tiny", text_folder(), wrong="model.safetensors")
    with pytest.raises(ProblemError) as caught:
        download("transformers/someone/tiny", lambda _: None, _never)
    assert caught.value.problem.code == "wrong_hash"
    entry = entry_for("transformers/someone/tiny")
    assert entry is not None
    assert not model_files.is_available(entry)
    assert hub.requests[-1][0].endswith("model.safetensors")


def test_shards_are_fetched_before_the_index_that_names_them(
    hub: Any, text_folder: Callable[..., Path]
) -> None:
    from safetensors.torch import load_file, save_file

    source = text_folder()
    tensors = load_file(source / "model.safetensors")
    (source / "model.safetensors").unlink()
    parts = {f"model-0000{n}-of-00002.safetensors": {} for n in (1, 2)}
    for index, (name, tensor) in enumerate(tensors.items()):
        parts[f"model-0000{index % 2 + 1}-of-00002.safetensors"][name] = tensor
    for file, content in parts.items():
        save_file(content, source / file)
    index = {"weight_map": {name: file for file, part in parts.items() for name in part}}
    (source / "model.safetensors.index.json").write_text(json.dumps(index))
    _serve(hub, "someone/large", source)
    download("transformers/someone/large", lambda _: None, _never)
    assert hub.requests[-1][0].endswith("model.safetensors.index.json")

    from finetune_studio.engine.model.sources import load

    entry = entry_for("transformers/someone/large")
    assert entry is not None
    assert load(entry.choice(), ["a", "b"]).parameters > 0


def test_a_repository_without_safetensors_is_refused(
    hub: Any, text_folder: Callable[..., Path]
) -> None:
    source = text_folder()
    (source / "model.safetensors").rename(source / "pytorch_model.bin")
    _serve(hub, "someone/old", source)
    with pytest.raises(ProblemError) as caught:
        download("transformers/someone/old", lambda _: None, _never)
    assert caught.value.problem.code == "no_safetensors"
    assert len(hub.requests) == 1


def test_a_stopped_download_is_continued_by_the_next(
    hub: Any, timm_folder: Callable[..., Path]
) -> None:
    _serve(hub, "timm/test_resnet.r160_in1k", timm_folder())
    asked = iter([False] * 8 + [True] * 99)
    with pytest.raises(Stopped):
        download("timm/test_resnet.r160_in1k", lambda _: None, lambda: next(asked))
    folder = download("timm/test_resnet.r160_in1k", lambda _: None, _never)
    assert (folder / "model.safetensors").is_file()
    assert any(wanted for _, wanted in hub.requests)
    assert list(folder.glob("*.part")) == []


def test_torchvision_weights_are_checked_and_become_safetensors(
    loopback: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from torchvision.models import mobilenet_v3_small

    from finetune_studio.engine.model.sources import load

    torch.save(mobilenet_v3_small().state_dict(), tmp_path / "published.pth")
    content = (tmp_path / "published.pth").read_bytes()
    name = f"mobilenet_v3_small-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    loopback.files[f"/models/{name}"] = content
    entry = find("torchvision/mobilenet_v3_small")
    assert entry is not None
    moved = entry.edited(url=f"{loopback.address}/models/{name}")
    monkeypatch.setattr(downloading, "entry_for", lambda _: moved)
    folder = download(entry.id, lambda _: None, _never)
    assert [path.name for path in folder.iterdir()] == ["model.safetensors"]
    assert load(entry.choice(), ["a", "b"]).parameters > 1_000_000


def test_a_model_that_is_here_is_not_fetched_again(
    loopback: Any, timm_folder: Callable[..., Path]
) -> None:
    folder = model_files.folder("timm/test_resnet.r160_in1k")
    folder.parent.mkdir(parents=True)
    timm_folder().rename(folder)
    assert download("timm/test_resnet.r160_in1k", lambda _: None, _never) == folder
    assert loopback.requests == []


def test_without_a_network_it_says_which_file_belongs_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ProblemError) as caught:
        download("torchvision/resnet18", lambda _: None, _never)
    problem = caught.value.problem
    assert problem.code == "offline"
    assert "https://download.pytorch.org/models/resnet18-f37072fd.pth" in problem.remedy
    assert str(model_files.folder("torchvision/resnet18")) in problem.remedy


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        download("torchvision/nothing", lambda _: None, _never)
    assert caught.value.problem.code == "model_unknown"


def test_too_little_room_is_found_before_anything_large_is_fetched(
    hub: Any, timm_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _serve(hub, "timm/test_resnet.r160_in1k", timm_folder())
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(downloading.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ProblemError) as caught:
        download("timm/test_resnet.r160_in1k", lambda _: None, _never)
    assert caught.value.problem.code == "disk_full"
    assert len(hub.requests) == 1
