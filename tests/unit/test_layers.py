"""Who may know whom, seen from outside: in fresh interpreters and in the source itself."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "finetune_studio"
HEAVY = ("torch", "torchvision", "transformers", "timm", "datasets", "onnx", "onnxruntime")
QT = ("PySide6", "shiboken6", "pyqtgraph")

_WINDOW = f"""
import sys
from finetune_studio import app
assert app.main() == 0
print(*sorted(set(sys.modules) & {set(HEAVY)!r}))
"""

_WITHOUT = """
import importlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"{{name}} is not installed here", name=name)
        return None

sys.meta_path.insert(0, Absent())
for module in {modules!r}:
    importlib.import_module(module)
"""


def _run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _modules(*rooms: str) -> list[str]:
    """Every module of these rooms (a folder or a file below the package)."""
    files = [
        file
        for room in rooms
        for file in ([PACKAGE / room] if room.endswith(".py") else (PACKAGE / room).rglob("*.py"))
    ]
    relative = (file.relative_to(PACKAGE.parent).with_suffix("") for file in files)
    return sorted(".".join(path.parts).removesuffix(".__init__") for path in relative)


def test_the_started_window_has_not_loaded_torch_or_its_family() -> None:
    done = _run(_WINDOW, FINETUNE_STUDIO_EXIT_AFTER_START="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("rooms", "absent"),
    [
        (("project", "events", "runs", "places.py", "samples.py"), QT + HEAVY),
        (("worker/__init__.py", "worker/launcher.py", "worker/failures.py"), QT + HEAVY),
        (("engine",), QT),
        (("cli", "__main__.py"), QT + HEAVY),
        (("ui", "app.py"), HEAVY),
    ],
    ids=["lower layers", "launcher", "engine", "command line", "window"],
)
def test_a_layer_imports_where_others_are_not_installed(
    rooms: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    modules = _modules(*rooms)
    assert modules
    done = _run(_WITHOUT.format(absent=absent, modules=modules))
    assert done.returncode == 0, done.stderr


# What a test imports does not depend on its parameters, so the first ones do.
_EACH_ONCE = """
def pytest_collection_modifyitems(items):
    first = {item.nodeid.partition("[")[0]: item for item in reversed(items)}
    items[:] = reversed(first.values())
"""


def test_the_tests_of_the_lower_layers_pass_without_qt(tmp_path: Path) -> None:
    (tmp_path / "no_qt.py").write_text(_WITHOUT.format(absent=QT, modules=[]) + _EACH_ONCE)
    settings = tmp_path / "pytest.ini"  # the project's own name options of the absent pytest-qt
    settings.write_text(
        f"[pytest]\naddopts = --import-mode=importlib -p no_qt -p no:pytest-qt -p no:randomly"
        f" --rootdir={PACKAGE.parent} --basetemp={tmp_path / 'inner'}"
    )
    rooms = [f"tests/unit/{room}" for room in ("project", "events", "runs")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", settings, *rooms],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout


# ------------------------------------------------------------- what no file of the package may do

# One file may open a foreign torch checkpoint, with weights_only=True, to turn it into safetensors.
CONVERTER = "engine/model/converter.py"


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _keywords(call: ast.Call) -> dict[str | None, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


def _imports(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def _dangers(source: str, file: str) -> list[str]:
    """Every way in this source by which data could turn into running code."""
    tree = ast.parse(source)
    unpicklers = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    found = [f"imports {name}" for name in sorted(_imports(tree) & unpicklers)]
    for name, call in _calls(tree):
        keywords = _keywords(call)
        if name == "torch.load" and (file != CONVERTER or keywords.get("weights_only") != "True"):
            found.append(f"{call.lineno}: {name}")
        if name in {"eval", "exec", "compile", "os.system", "os.popen"}:
            found.append(f"{call.lineno}: {name}")
        found += [
            f"{call.lineno}: {flag}={keywords[flag]}"
            for flag in ("allow_pickle", "shell", "trust_remote_code")
            if keywords.get(flag, "False") != "False"
        ]
        if name.endswith(".from_pretrained") and keywords.get("use_safetensors", "True") != "True":
            found.append(f"{call.lineno}: {name} without safetensors")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from dill import loads",
        "import torch\ntorch.load(f)",
        "import torch\ntorch.load(f, weights_only=True)",
        "np.load(f, allow_pickle=True)",
        "eval(text)",
        "exec(text)",
        "subprocess.run(line, shell=True)",
        "Auto.from_pretrained(name, trust_remote_code=flag)",
        "Auto.from_pretrained(name, use_safetensors=False)",
    ],
)
def test_the_rule_sees_each_danger(source: str) -> None:
    assert len(_dangers(source, "engine/elsewhere.py")) == 1


def test_the_rule_lets_the_converter_load_tensors_only() -> None:
    assert _dangers("torch.load(f, weights_only=True)", CONVERTER) == []
    assert _dangers("torch.load(f)", CONVERTER) == ["1: torch.load"]


def test_model_eval_is_not_taken_for_running_text() -> None:
    assert _dangers("model.eval()\nre.compile(p)\ntorch.compile(m)", "engine/a.py") == []


def test_nothing_in_the_package_turns_data_into_running_code() -> None:
    found = {
        file: dangers
        for path in sorted(PACKAGE.rglob("*.py"))
        if (
            dangers := _dangers(
                path.read_text(encoding="utf-8"),
                file := path.relative_to(PACKAGE).as_posix(),
            )
        )
    }
    assert found == {}
