"""Every benchmark, gathered in one Markdown file. `make bench` calls this.

    .venv-bench/bin/python -m tests.benchmarks --help

Training is measured against other programs (see `training/`), the rest by the scripts beside this
one, each of which prints a table of its own and can be run alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import machine
from tests.benchmarks.recipe import command as recipe
from tests.benchmarks.training import command

ROOT = Path(__file__).resolve().parents[2]
_SCRIPTS = {
    "window": "The window",
    "responsiveness": "The window while something runs",
    "importing": "Importing data",
    "overhead": "The loop's own cost",
    "estimates": "Estimates of the layers page",
}
_HERE = Path(__file__).parent


def main() -> int:
    """Run what was asked for. Returns the exit code: 1 when a script failed."""
    chosen = _arguments()
    file: Path = chosen.out
    file.parent.mkdir(parents=True, exist_ok=True)
    today = dt.datetime.now(dt.UTC).date()
    parts = [f"# Benchmarks, {today}", machine.described()]
    if chosen.part in ("all", "training"):
        parts += ["## Training", command.measured(chosen, file.parent.resolve() / "bench")]
    if chosen.part in ("all", "recipe"):
        parts += ["## The defaults", recipe.measured(chosen, file.parent.resolve() / "recipe")]
    failed = False
    if chosen.part in ("all", "scripts"):
        for name, title in _SCRIPTS.items():
            if (_HERE / f"{name}.py").exists():
                table, went_well = _script(name)
                parts += [f"## {title}", table]
                failed |= not went_well
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    sys.stdout.write(file.read_text(encoding="utf-8"))
    sys.stderr.write(f"Written to {file}\n")
    return int(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks.md")
    parser.add_argument("--part", choices=["all", "training", "recipe", "scripts"], default="all")
    command.add_arguments(parser)
    recipe.add_arguments(parser)
    return parser.parse_args()


def _script(name: str) -> tuple[str, bool]:
    """What a script printed, and whether it went well; what it says on the way is passed on."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(_HERE / f"{name}.py")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return f"{done.stdout.strip()}\n\n{name}.py ended with exit code {done.returncode}.", False
    return done.stdout.strip(), True


if __name__ == "__main__":
    raise SystemExit(main())
