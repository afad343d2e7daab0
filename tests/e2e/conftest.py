"""The program as its users start it, and an environment as its exports' receivers have it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.e2e.studio import Receiver, Said, Studio

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all tests of a journey: they go on where the one before stopped."""
    return tmp_path_factory.mktemp("journey")


@pytest.fixture(scope="module")
def studio(places: Path) -> Studio:
    """Runs ``finetune-studio`` with arguments, as a process of its own."""

    def run(*arguments: object, code: int = 0) -> Said:
        environment = os.environ | {
            "FINETUNE_STUDIO_HOME": str(places / "home"),
            "PYTHONPATH": str(REPOSITORY),
        }
        done = subprocess.run(
            [sys.executable, "-m", "finetune_studio", *map(str, arguments)],
            env=environment,
            cwd=places,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, (
            f"exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run


_START = """
import importlib.util, os, runpy, sys
sys.path.insert(0, os.path.dirname(__file__))
found = [name for name in ("torch", "transformers", "timm") if importlib.util.find_spec(name)]
assert not found, found
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))  # as Python does
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Receiver:
    """Runs a script with onnxruntime, numpy, Pillow and tokenizers, and without torch."""
    packages = tmp_path_factory.mktemp("receiver")
    for name in (
        "onnxruntime",
        "numpy",
        "pillow",
        "tokenizers",
        "flatbuffers",
        "protobuf",
        "huggingface-hub",
    ):
        _link(name, packages)

    start = packages / "start.py"
    start.write_text(_START)

    def run(script: Path, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", str(start), str(script), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=script.parent,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def _link(name: str, target: Path) -> None:
    """Make one installed package, and nothing else of the environment, importable from a folder."""
    files = distribution(name).files or []
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        source = Path(str(distribution(name).locate_file(top)))
        if source.exists() and not (target / top).exists():
            (target / top).symlink_to(source)
