"""Which encoding a text file has, told from a little of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.engine.data.encodings import decode, detect_encoding, is_encoding

GERMAN = "text,label\nDie Straße ist schön, größer und über alle Maßen günstig,gut\n" * 20
JAPANESE = "本文,ラベル\nこの映画はとても面白かったです。また見たいと思います。,良い\n" * 20
RUSSIAN = "текст,метка\nЭто был очень хороший фильм, мне понравилось,хорошо\n" * 20  # noqa: RUF001
CHINESE = "文本,标签\n这部电影非常好看,我很喜欢它的故事和音乐,好\n" * 20


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "utf-32"),
        (GERMAN, "cp1252"),
        (JAPANESE, "cp932"),
        (RUSSIAN, "koi8-r"),
        (CHINESE, "gb18030"),
    ],
)
def test_every_usual_encoding_reads_back(tmp_path: Path, text: str, encoding: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(text.encode(encoding))

    assert file.read_text(encoding=detect_encoding(file)) == text


def test_an_accent_far_behind_plain_text_is_found(tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    text = "plain,label\n" * 200_000 + GERMAN
    file.write_bytes(text.encode("cp1252"))

    assert detect_encoding(file) == "cp1252"


def test_a_character_cut_at_the_end_of_a_block_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "blocks.csv"
    file.write_bytes(("x" * (1024 * 1024 - 1) + "é").encode())

    assert detect_encoding(file) == "utf-8"


def test_small_files_decode_or_are_no_text() -> None:
    assert decode("größer".encode("cp1252"), "cp1252") == "größer"
    assert decode("é".encode()[:1], cut=True) == ""
    assert decode(b"\xff\xfe\x00", "utf-8") is None


def test_only_text_encodings_are_encodings() -> None:
    assert is_encoding("latin-1")
    assert not is_encoding("zip")
    assert not is_encoding("klingon")
