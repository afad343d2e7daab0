"""Train the recorded runs again: ``python -m tests.recordings [NAME ...]``.

Each illness the watchdog knows is recorded in ``ill``, and runs it must be silent about in
``healthy``: real runs of small models, thinned. `recipes.py` and `target_recipes.py` say what was
trained, `expected.py` what is to be found in it. Takes some minutes on two cores; nothing outside a
temporary folder and this one is written.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """Record the runs of these names, or all of them."""
    from finetune_studio.project.problems import ProblemError
    from finetune_studio.runs.folder import read_events, run_folders
    from tests.recordings import thinning
    from tests.recordings.recipes import HEALTHY, ILL
    from tests.recordings.target_recipes import HEALTHY as MORE_HEALTHY
    from tests.recordings.target_recipes import ILL as MORE_ILL
    from tests.unit.engine.tiny_project import trained

    folders = {"healthy": HEALTHY | MORE_HEALTHY, "ill": ILL | MORE_ILL}
    for folder, recipes in folders.items():
        for name, recipe in recipes.items():
            if names and name not in names:
                continue
            with tempfile.TemporaryDirectory(prefix="recording-") as scratch:
                project = Path(scratch) / name
                recipe.project(project)
                try:
                    trained(project)
                except ProblemError as error:  # an illness may end the run
                    sys.stderr.write(f"{name}: {error.problem.what}\n")
                events = list(read_events(run_folders(project)[0]))
                thinning.write(events, HERE / folder / f"{name}.jsonl")
            _tell(name, HERE / folder / f"{name}.jsonl")
    return 0


def _tell(name: str, file: Path) -> None:
    from finetune_studio.events.history import replay
    from tests.recordings.thinning import read

    history = replay(read(file))
    sys.stdout.write(f"{name}  {file.stat().st_size:,} bytes\n")
    for epoch in history.epochs:
        sys.stdout.write(
            f"  {epoch.epoch:3} train {epoch.train_loss:.3f} {epoch.train_accuracy:.2f}"
            f"  validation {epoch.val_loss:.3f} ± {epoch.val_loss_error:.3f} "
            f"{epoch.val_accuracy:.2f}\n"
        )
    for finding in history.findings:
        sys.stdout.write(f"  {finding.kind}: {finding.what} {finding.why} {finding.remedy}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("FINETUNE_STUDIO_HOME", tempfile.mkdtemp(prefix="recordings-home-"))
    raise SystemExit(main(sys.argv[1:]))
