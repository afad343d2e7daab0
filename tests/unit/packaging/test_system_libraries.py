"""What the set-up says and does when Qt's system libraries are missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "packaging" / "system_libraries.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("system_libraries", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def asked(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run instead of running them; each succeeds."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        commands.append([Path(command[0]).name, *command[1:]])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(script.subprocess, "run", run)
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/usr/bin/{name}")
    return commands


def _main(script: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["system_libraries.py", *arguments])
    return script.main()


def test_a_missing_library_is_asked_for_by_its_package(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries = script.system_libraries
    monkeypatch.setattr(libraries, "_loads", lambda library: library != "libxcb-cursor.so.0")
    monkeypatch.setattr(script, "_has_font", lambda: True)
    assert script.missing_packages("run") == ["libxcb-cursor0"]


def test_a_machine_without_fonts_gets_one(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(script.system_libraries, "_loads", lambda library: True)
    monkeypatch.setattr(script, "_FONT_FOLDERS", (str(tmp_path),))
    assert script.missing_packages("run") == ["fonts-inter"]
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "Some.ttf").touch()
    assert script.missing_packages("run") == []


def test_root_installs_without_sudo(
    script: ModuleType, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script.os, "geteuid", lambda: 0)
    assert _main(script, monkeypatch, "--packages", "libegl1") == 0
    assert [command[:2] for command in asked] == [["apt-get", "install"]]
    assert asked[0][-1] == "libegl1"


def test_a_user_with_passwordless_sudo_installs_through_it(
    script: ModuleType, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script.os, "geteuid", lambda: 1000)
    assert _main(script, monkeypatch, "--packages", "libegl1") == 0
    assert [command[:4] for command in asked] == [
        ["sudo", "-n", "true"],
        ["sudo", "-n", "apt-get", "install"],
    ]


def test_without_the_right_to_install_the_exact_command_is_shown(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "_apt_command", lambda: None)
    assert _main(script, monkeypatch, "--packages", "libegl1", "libgl1") == 1
    assert "    sudo apt-get install libegl1 libgl1\n" in capsys.readouterr().err


def test_a_stale_package_list_is_updated_once(
    script: ModuleType, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = iter([False, True, True])
    monkeypatch.setattr(script, "_apt_command", lambda: ["apt-get"])
    calls: list[str] = []

    def apt(_: list[str], action: str, *__: str) -> bool:
        calls.append(action)
        return next(outcomes)

    monkeypatch.setattr(script, "_apt", apt)
    assert script.install(["libegl1"])
    assert calls == ["install", "update", "install"]


def test_nothing_is_looked_for_where_no_window_can_open(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(script, "missing_packages", lambda purpose: pytest.fail("looked"))
    assert _main(script, monkeypatch, "--for", "run") == 0
