from __future__ import annotations

from typing import Any

import pytest

from finetune_studio.engine.model import hub
from finetune_studio.project.model_catalog import find
from finetune_studio.project.problems import ProblemError

ROBERTA = find("transformers/FacebookAI/roberta-base")
COMMIT = "0123456789abcdef"
assert ROBERTA is not None


def _described(*names: str) -> dict[str, Any]:
    return {"sha": COMMIT, "siblings": [{"rfilename": name, "size": 1} for name in names]}


def _fetched(*names: str) -> list[str]:
    assert ROBERTA is not None
    return [file.name for file in hub.listing(ROBERTA, _described(*names)).files]


def test_only_what_is_needed_is_fetched_and_the_weights_last() -> None:
    offered = (
        "model.safetensors README.md pytorch_model.bin tf_model.h5 merges.txt vocab.json "
        "config.json modeling.py onnx/model.safetensors ../evil.json tokenizer.json "
        "model.fp16.safetensors"
    )
    assert _fetched(*offered.split()) == [
        "config.json",
        "tokenizer.json",
        "vocab.json",
        "merges.txt",
        "model.safetensors",
    ]


def test_a_commit_is_pinned_for_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert ROBERTA is not None
    files = hub.listing(ROBERTA, _described("model.safetensors", "config.json")).files
    start = f"https://huggingface.co/FacebookAI/roberta-base/resolve/{COMMIT}/"
    assert [file.url for file in files] == [start + "config.json", start + "model.safetensors"]


def test_a_mirror_is_asked_where_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ROBERTA is not None
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert hub.information(ROBERTA).url.startswith("https://mirror.example/api/models/FacebookAI/")


@pytest.mark.parametrize(
    "described",
    [{}, {"sha": "../../x", "siblings": []}, {"sha": COMMIT}, {"sha": COMMIT, "siblings": "x"}],
)
def test_an_answer_that_makes_no_sense_is_a_problem(described: dict[str, Any]) -> None:
    assert ROBERTA is not None
    with pytest.raises(ProblemError) as caught:
        hub.listing(ROBERTA, described)
    assert caught.value.problem.code == "server_trouble"
