from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from finetune_studio.engine.model import fetching
from finetune_studio.engine.model.fetching import RemoteFile, fetch, new_client
from finetune_studio.engine.stopping import Stopped
from finetune_studio.project.problems import ProblemError

CONTENT = bytes(range(256)) * 8192  # 2 MiB: several pieces
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_FIRST_WAIT", 0.001)


def _get(server: Any, folder: Path, *, stop: Any = bool, **facts: Any) -> tuple[Path, float]:
    server.files.setdefault("/weights", CONTENT)
    arrived: list[float] = []
    known = {"size": len(CONTENT), "sha256": SHA256, **facts}
    file = RemoteFile("model.safetensors", f"{server.address}/weights", **known)
    with new_client() as client:
        path = fetch(client, file, folder, arrived.append, stop)
    return path, sum(arrived)


def _problem(server: Any, folder: Path, **facts: Any) -> Any:
    with pytest.raises(ProblemError) as caught:
        _get(server, folder, **facts)
    return caught.value.problem


def test_a_file_arrives_whole_and_is_counted_byte_by_byte(loopback: Any, tmp_path: Path) -> None:
    path, counted = _get(loopback, tmp_path)
    assert path.read_bytes() == CONTENT
    assert counted == len(CONTENT)


def test_a_cut_connection_is_resumed_where_it_was_cut(loopback: Any, tmp_path: Path) -> None:
    loopback.cut_after = [700_000, 300_000]
    path, counted = _get(loopback, tmp_path)
    assert path.read_bytes() == CONTENT
    assert counted == len(CONTENT)
    assert [wanted for _, wanted in loopback.requests] == ["", "bytes=700000-", "bytes=1000000-"]


def test_a_part_of_an_earlier_call_is_continued(loopback: Any, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.part").write_bytes(CONTENT[:1_000_000])
    path, counted = _get(loopback, tmp_path)
    assert path.read_bytes() == CONTENT
    assert counted == len(CONTENT)
    assert loopback.requests == [("/weights", "bytes=1000000-")]


def test_a_part_of_another_file_is_thrown_away_once(loopback: Any, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.part").write_bytes(b"x" * 1_000_000)
    path, counted = _get(loopback, tmp_path)
    assert path.read_bytes() == CONTENT
    assert counted == len(CONTENT)


def test_a_server_that_cannot_resume_sends_everything_again(loopback: Any, tmp_path: Path) -> None:
    loopback.ranges = False
    loopback.cut_after = [700_000]
    path, counted = _get(loopback, tmp_path)
    assert path.read_bytes() == CONTENT
    assert counted == len(CONTENT)


def test_a_file_with_another_hash_never_gets_its_name(loopback: Any, tmp_path: Path) -> None:
    problem = _problem(loopback, tmp_path, sha256="0" * 64)
    assert problem.code == "wrong_hash"
    assert list(tmp_path.glob("model*")) == []


def test_the_first_digits_of_a_hash_are_enough_to_tell(loopback: Any, tmp_path: Path) -> None:
    assert _get(loopback, tmp_path, size=0, sha256=SHA256[:8])[0].read_bytes() == CONTENT
    assert _problem(loopback, tmp_path, size=0, sha256="deadbeef").code == "wrong_hash"


def test_a_small_file_is_checked_by_the_name_git_gives_it(loopback: Any, tmp_path: Path) -> None:
    name = hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT).hexdigest()
    assert _get(loopback, tmp_path, sha256="", git_sha1=name)[0].read_bytes() == CONTENT
    problem = _problem(loopback, tmp_path, sha256="", git_sha1="0" * 40)
    assert problem.code == "wrong_hash"


def test_stopping_keeps_what_arrived(loopback: Any, tmp_path: Path) -> None:
    asked = iter([False, False, True])
    with pytest.raises(Stopped):
        _get(loopback, tmp_path, stop=lambda: next(asked))
    kept = (tmp_path / "model.safetensors.part").stat().st_size
    assert 0 < kept < len(CONTENT)
    assert _get(loopback, tmp_path)[0].read_bytes() == CONTENT
    assert loopback.requests[-1] == ("/weights", f"bytes={kept}-")


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_found"), (401, "no_access"), (403, "no_access"), (400, "server_trouble")],
)
def test_a_refusal_is_explained(loopback: Any, tmp_path: Path, status: int, code: str) -> None:
    loopback.statuses = [status]
    assert _problem(loopback, tmp_path).code == code


def test_a_busy_server_is_asked_again(loopback: Any, tmp_path: Path) -> None:
    loopback.statuses = [503, 429]
    assert _get(loopback, tmp_path)[0].read_bytes() == CONTENT


def test_a_server_that_stays_busy_is_given_up(loopback: Any, tmp_path: Path) -> None:
    loopback.statuses = [503] * 9
    assert _problem(loopback, tmp_path).code == "server_trouble"
    assert len(loopback.requests) == 4


def test_a_login_page_is_not_taken_for_the_file(loopback: Any, tmp_path: Path) -> None:
    loopback.content_type = "text/html; charset=utf-8"
    problem = _problem(loopback, tmp_path)
    assert problem.code == "server_trouble"
    assert "login" in problem.why


def test_a_server_nobody_answers_for_means_offline(loopback: Any, tmp_path: Path) -> None:
    loopback.server.server_close()
    assert _problem(loopback, tmp_path).code == "offline"


def test_a_full_disk_is_named(
    loopback: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetching, "_pieces", full)
    assert _problem(loopback, tmp_path).code == "disk_full"
