"""What the training page says of a run, in words."""

from __future__ import annotations

from finetune_studio.events.history import RunHistory
from finetune_studio.ui.pages.training.start_panel import summary
from finetune_studio.ui.pages.training.words import facts
from finetune_studio.ui.run_plan import run_plan
from tests.gui import made_up


def test_the_scale_of_gradients_is_a_figure_only_where_there_is_a_scaler() -> None:
    scaled = {fact.name: fact for fact in facts(RunHistory(scale=8192.0, skipped=1))}
    assert scaled["Gradient scale"].value == "8,192, 1 update skipped"
    assert "skipped" in scaled["Gradient scale"].tooltip
    assert "Gradient scale" not in {fact.name for fact in facts(RunHistory())}


def test_the_start_panel_says_which_epoch_is_kept() -> None:
    snapshot = made_up.snapshot()
    told = {fact.name: fact.value for fact in summary(snapshot, run_plan(snapshot))}
    assert told["Keeps the epoch with best"] == "validation accuracy"
    project = snapshot.project
    last = project.edited(training=project.training.edited(keep="last"), pinned=("keep",))
    snapshot = made_up.snapshot(project=last)
    told = {fact.name: fact.value for fact in summary(snapshot, run_plan(snapshot))}
    assert told["Keeps"] == "the last epoch"
