"""The started program, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from finetune_studio.project import storage
from finetune_studio.project.project import Project

START = "import sys\nfrom finetune_studio.app import main\ncode = main()\n"
HEAVY = "torch torchvision transformers timm datasets onnxruntime"


def start(program: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "FINETUNE_STUDIO_HOME": str(home), **environment},
    )


def test_it_starts_ends_and_prints_nothing_and_never_imports_torch(tmp_path: Path) -> None:
    program = (
        f"{START}"
        f"assert code == 0\n"
        f"assert not set({HEAVY!r}.split()) & set(sys.modules), sorted(sys.modules)\n"
    )
    begin = time.monotonic()
    done = start(program, tmp_path, FINETUNE_STUDIO_EXIT_AFTER_START="1")
    # Three seconds on an idle computer; a busy one is given time.
    assert time.monotonic() - begin < 15
    quiet = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert (done.returncode, done.stdout, quiet) == (0, "", [])


def test_it_starts_with_a_read_only_home_and_broken_settings(tmp_path: Path) -> None:
    home = tmp_path / "HOME with späces"
    home.mkdir()
    (home / "settings.json").write_text('{"recent": 3}', encoding="utf-8")
    home.chmod(0o500)
    try:
        done = start(f"{START}sys.exit(code)", home, FINETUNE_STUDIO_EXIT_AFTER_START="1")
    finally:
        home.chmod(0o700)
    assert done.returncode == 0, done.stderr


def test_a_decimal_comma_in_the_system_does_not_reach_c_code(tmp_path: Path) -> None:
    program = (
        "import locale\n"
        "from finetune_studio.app import make_application\n"
        "app = make_application(['x'])\n"
        "assert locale.localeconv()['decimal_point'] == '.'\n"
    )
    assert start(program, tmp_path, LC_ALL="de_DE.UTF-8").returncode == 0


def test_it_opens_the_project_it_is_asked_for(tmp_path: Path) -> None:
    storage.save(Project(name="beans"), tmp_path / "beans")
    program = (
        "import sys\n"
        "from finetune_studio.app import Studio, make_application\n"
        "from finetune_studio.ui.wishes import OpenProject\n"
        "app = make_application(['x'])\n"
        "studio = Studio(app)\n"
        "studio.session.snapshot_changed.connect(lambda now: now.folder and app.quit())\n"
        f"studio.show(OpenProject({str(tmp_path / 'beans')!r}))\n"
        "app.exec()\n"
        "print(studio.session.snapshot.project.name)\n"
        "studio.close()\n"
    )
    done = start(program, tmp_path)
    assert (done.returncode, done.stdout) == (0, "beans\n"), done.stderr
