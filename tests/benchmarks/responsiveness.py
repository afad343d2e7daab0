"""How long the window keeps people waiting while something runs. Prints goals and figures.

    .venv/bin/python tests/benchmarks/responsiveness.py [training import flood panning start]

The real window, its real workers and real jobs, offscreen unless QT_QPA_PLATFORM says otherwise;
only the flood comes from a made-up worker, through the real pipe. Each part is a process of its
own. Lag is what a click at any moment would have waited for: median / 99th percentile / longest.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

# Imported inside their own processes: what one part imports must not weigh on another.
PARTS = {
    "training": ("tests.benchmarks.live.training", "measured"),
    "import": ("tests.benchmarks.live.importing", "measured"),
    "flood": ("tests.benchmarks.live.flood", "measured"),
    "panning": ("tests.benchmarks.live.drawing", "panning"),
    "start": ("tests.benchmarks.live.drawing", "start"),
}


def main() -> None:
    """Run the parts that are asked for and print a Markdown table."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    arguments = _arguments()
    if arguments.inside:
        module, function = PARTS[arguments.inside]
        rows = getattr(importlib.import_module(module), function)(arguments)
        sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")
        return
    sys.stdout.write("| What | Goal | Measured | |\n|---|---|---|---|\n")
    for part in arguments.parts or PARTS:
        for row in _measured(part, arguments):
            mark = "reached" if row["is_good"] else "missed"
            sys.stdout.write(f"| {row['what']} | {row['goal']} | {row['measured']} | {mark} |\n")
            sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of: {', '.join(PARTS)}; all by default")
    parser.add_argument("--flood-seconds", type=float, default=60.0)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--inside", choices=list(PARTS), help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(part: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    options = ["--flood-seconds", str(arguments.flood_seconds)]
    options += ["--pictures", str(arguments.pictures)]
    command = [sys.executable, str(Path(__file__).resolve()), "--inside", part, *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


if __name__ == "__main__":
    main()
