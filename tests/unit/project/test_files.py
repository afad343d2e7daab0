from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from finetune_studio.project.files import replace_atomic, write_atomic


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "a.json"
    write_atomic(file, "one")
    write_atomic(file, b"two")
    assert file.read_bytes() == b"two"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
def test_when_writing_fails_the_old_content_stays_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    file = tmp_path / "a.json"
    write_atomic(file, "old")

    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if failing == "fsync":
        monkeypatch.setattr(os, "fsync", broken)
    elif failing == "replace":
        monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="No space"):
        replace_atomic(file, broken if failing == "write" else lambda path: path.write_text("new"))  # type: ignore[arg-type,return-value]
    assert file.read_text() == "old"
    assert list(tmp_path.glob(".a.json*")) == []


def test_content_is_on_the_disk_before_the_file_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda h: (order.append("fsync"), real_fsync(h))[1])
    monkeypatch.setattr(
        Path, "replace", lambda self, to: (order.append("replace"), real_replace(self, to))[1]
    )
    write_atomic(tmp_path / "a.json", "new")
    assert order == ["fsync", "replace", "fsync"]
