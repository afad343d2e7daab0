from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.engine.model.folders import allowed_file, is_allowed, read_json
from finetune_studio.project.problems import ProblemError


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "vocab.txt", "spm.model", "a b.json"]
)
def test_known_kinds_of_files_may_be_read(name: str) -> None:
    assert is_allowed(name)


@pytest.mark.parametrize(
    "name",
    ["model.py", "pytorch_model.bin", "x.pkl", "../config.json", "a/config.json", "", ".json",
     "C:config.json", "\\\\host\\share\\config.json", "config.json\0.py", ".hidden.json"],
)  # fmt: skip
def test_other_names_may_not(name: str, tmp_path: Path) -> None:
    assert not is_allowed(name)
    with pytest.raises(ProblemError):
        allowed_file(tmp_path, name)


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert allowed_file(tmp_path, "config.json") is None
    (tmp_path / "config.json").mkdir()
    assert allowed_file(tmp_path, "config.json") is None


def test_links_stay_inside_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.json").write_text("{}")
    (folder / "inside.json").write_text("{}")
    (folder / "config.json").symlink_to(tmp_path / "secret.json")
    (folder / "other.json").symlink_to(folder / "inside.json")
    with pytest.raises(ProblemError) as caught:
        allowed_file(folder, "config.json")
    assert caught.value.problem.code == "model_unsafe"
    assert allowed_file(folder, "other.json") == folder / "other.json"


def test_the_store_of_hugging_faces_cache_is_inside(tmp_path: Path) -> None:
    repository = tmp_path / "models--a--b"
    snapshot = repository / "snapshots" / "abc"
    blobs = repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "123").write_text("{}")
    (snapshot / "config.json").symlink_to("../../blobs/123")
    assert allowed_file(snapshot, "config.json") == snapshot / "config.json"
    (tmp_path / "secret").write_text("{}")
    (snapshot / "vocab.json").symlink_to(tmp_path / "secret")
    with pytest.raises(ProblemError):
        allowed_file(snapshot, "vocab.json")


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"{", b"[" * 100_000])
def test_what_is_no_json_object_is_a_problem(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ProblemError) as caught:
        read_json(tmp_path / "config.json")
    assert caught.value.problem.code == "model_damaged"
