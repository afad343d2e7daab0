"""A folder of texts: encodings, empty files, files that are no text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.project.choices import DataKind, Task
from finetune_studio.project.problems import Problem

Look = Callable[..., SampleSet]


def folder(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


def test_each_file_is_a_sample_whatever_its_encoding(tmp_path: Path, look: Look) -> None:
    german = "Schöne Grüße aus Köln, und überhaupt ist das Essen hier äußerst günstig gewesen."
    root = folder(
        tmp_path / "texts",
        {
            "good/utf8.txt": german.encode(),
            "good/bom.txt": german.encode("utf-8-sig"),
            "good/wide.txt": german.encode("utf-16"),
            "bad/western.txt": german.encode("cp1252"),
            "bad/plain.TXT": b"plain",
        },
    )

    found = look(root)

    assert (found.task, found.kind) == (Task.TEXT, DataKind.TEXT_FOLDER)
    texts = {sample.where: sample.text for sample in found.samples}
    assert texts.pop("bad/plain.TXT") == "plain"
    assert set(texts.values()) == {german}


def test_empty_and_binary_files_are_left_out_and_told(
    tmp_path: Path, look: Look, problem_of: Callable[..., Problem]
) -> None:
    root = folder(
        tmp_path / "texts",
        {
            "a/1.txt": b"fine",
            "a/2.txt": b" \n\t ",
            "b/3.txt": b"also fine",
            "b/4.txt": bytes(range(1, 9)) * 50,
            "b/5.txt": b"a\x00b",
        },
    )

    found = look(root)

    assert [sample.text for sample in found.samples] == ["fine", "also fine", "a b"]
    assert problem_of(found.problems, "text_empty").where == "a/2.txt"
    assert problem_of(found.problems, "text_undecodable").where == "b/4.txt"
    assert problem_of(found.problems, "characters_replaced").where == "b/5.txt"


def test_a_million_characters_are_cut_and_told(
    tmp_path: Path, look: Look, problem_of: Callable[..., Problem]
) -> None:
    root = folder(tmp_path / "t", {"a/long.txt": b"x" * 10**6, "b/short.txt": b"y"})

    found = look(root)

    assert len(found.samples[0].text) == 100_000
    assert problem_of(found.problems, "text_long").where == "a/long.txt"
