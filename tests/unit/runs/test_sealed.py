from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import pytest

from finetune_studio.runs import sealed
from finetune_studio.runs.sealed import damage, write_sealed


def content(text: str) -> object:
    def write(folder: Path) -> None:
        (folder / "a.bin").write_bytes(text.encode() * 100)
        (folder / "inner").mkdir()
        (folder / "inner" / "b.json").write_text(text)

    return write


def test_a_sealed_folder_is_sound(tmp_path: Path) -> None:
    write_sealed(tmp_path / "one", content("x"))  # type: ignore[arg-type]
    assert damage(tmp_path / "one") == ""
    assert (tmp_path / "one" / "inner" / "b.json").read_text() == "x"


def test_an_old_folder_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_sealed(tmp_path / "one", content("old"))  # type: ignore[arg-type]
    write_sealed(tmp_path / "one", content("new"))  # type: ignore[arg-type]
    assert (tmp_path / "one" / "inner" / "b.json").read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith((".", "one"))] == [
        "one"
    ]


def test_every_flipped_bit_and_every_cut_is_noticed(tmp_path: Path) -> None:
    dice = random.Random(3)
    folder = tmp_path / "one"
    for trial in range(60):
        write_sealed(folder, content("x"))  # type: ignore[arg-type]
        victim = dice.choice([path for path in folder.rglob("*") if path.is_file()])
        data = bytearray(victim.read_bytes())
        if trial % 2:
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        else:
            del data[dice.randrange(len(data)) :]
        victim.write_bytes(data)
        # JSON whose meaning a flipped bit did not change (a blank turned into a tab) is no damage.
        assert damage(folder) or victim.name == sealed.MANIFEST


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write_sealed(tmp_path / "one", content("x"))  # type: ignore[arg-type]
    (tmp_path / "one" / "a.bin").unlink()
    assert damage(tmp_path / "one") == "a.bin is missing"


def test_a_folder_without_manifest_is_never_sound(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    assert damage(tmp_path / "one") == "manifest.json is missing"


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_whichever_operation_fails_the_old_folder_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    folder = tmp_path / "one"
    write_sealed(folder, content("old"))  # type: ignore[arg-type]
    real_fsync, real_rename, real_mkdir = os.fsync, Path.rename, Path.mkdir
    for failing in range(1, 100):
        calls = 0

        def counted(real: object, failing: int = failing) -> object:
            def call(*args: object, **kwargs: object) -> object:
                nonlocal calls
                calls += 1
                if calls == failing:
                    raise OSError(code, os.strerror(code))
                return real(*args, **kwargs)  # type: ignore[operator]

            return call

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", counted(real_fsync))
            patch.setattr(Path, "rename", counted(real_rename))
            patch.setattr(Path, "mkdir", counted(real_mkdir))
            try:
                write_sealed(folder, content("new"))  # type: ignore[arg-type]
            except OSError:
                pass
            else:
                if calls < failing:
                    break
        assert damage(folder) == ""
        text = (folder / "inner" / "b.json").read_text()
        assert text in ("old", "new")
        if text == "new":
            write_sealed(folder, content("old"))  # type: ignore[arg-type]
    assert failing > 8
    assert (folder / "inner" / "b.json").read_text() == "new"
