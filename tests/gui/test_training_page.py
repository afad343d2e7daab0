from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton

from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import Figures
from finetune_studio.events.history import RunHistory, RunState, replay
from finetune_studio.events.step_curve import StepCurve
from finetune_studio.events.wire import event_line
from finetune_studio.project import wording
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import Target
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import EarlierChoice
from finetune_studio.runs.summary import RunSummary
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.training.curve_feed import CurveFeed
from finetune_studio.ui.pages.training.log_view import tail
from finetune_studio.ui.pages.training_page import TrainingPage
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.fact_list import Fact
from tests.gui import made_up
from tests.gui.watched import find_button

_ANY: dict[str, float] = {"loss": 1.0, "accuracy": 0.5, "macro_f1": 0.5, "weighted_f1": 0.5}
LONG = (1.0, 0.5, 1e-3, 300.0, 1.2)


@pytest.fixture
def page(qtbot: Any) -> TrainingPage:
    page = TrainingPage()
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    return page


def asked(page: TrainingPage) -> list[object]:
    told: list[object] = []
    page.requested.connect(told.append)
    return told


def click(qtbot: Any, button: QPushButton) -> None:
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def points(page: TrainingPage, name: str = "Training") -> int:
    _, rows = page.views.curves.loss.table()
    column = 1 if name == "Training" else 2
    return sum(1 for row in rows if len(row) > column and row[column] is not None)


# ------------------------------------------------------------------------------- before the run


def test_before_the_first_run_it_says_what_will_happen(page: TrainingPage, qtbot: Any) -> None:
    page.show_snapshot(made_up.snapshot())
    facts = page.start_panel.facts
    assert facts.value("Model") == "EfficientNet-Lite0"
    assert "epochs, " in facts.value("Length")
    assert facts.value("Trains") == "Head only, 9 k of 3.3 M"
    told = asked(page)
    click(qtbot, page.start_panel.start_button)
    assert told == [wishes.StartTraining()]


def test_before_the_first_run_it_says_how_much_of_the_earlier_data_is_learned_again(
    page: TrainingPage,
) -> None:
    project = made_up.project().edited(earlier=EarlierChoice(path="/data/earlier"))
    training = project.training.edited(replay_share=0.5, batch_size=8)
    for share, words in ((0.5, "4 of 8 samples a batch"), (0.0, "only measured")):
        decided = project.edited(training=training.edited(replay_share=share))
        pinned = decided.edited(pinned=("replay_share", "batch_size"))
        page.show_snapshot(made_up.snapshot(project=pinned))
        assert page.start_panel.facts.value("Earlier data") == words


def test_starting_a_run_and_opening_another_project_show_the_curves(
    page: TrainingPage, qtbot: Any
) -> None:
    views = page.views
    page.show_snapshot(made_up.snapshot(history=replay(made_up.recording())))
    for again in (
        lambda: click(qtbot, page.status.again_button),
        lambda: page.show_snapshot(made_up.snapshot(folder=Path("/other"))),
    ):
        click(qtbot, find_button(views.views, "Runs"))
        assert views.runs.isVisibleTo(views)
        again()
        assert views.curves.learning.isVisibleTo(views)


def test_a_wide_list_of_runs_gives_its_room_to_the_notes(page: TrainingPage, qtbot: Any) -> None:
    page.resize(1600, 800)
    page.show_snapshot(made_up.snapshot(history=replay(made_up.recording()), runs=made_up.runs()))
    click(qtbot, find_button(page.views.views, "Runs"))
    table = page.views.runs.table
    assert table.columnWidth(7) > 2 * table.columnWidth(0)


def test_a_long_problem_before_the_run_is_shown_whole(page: TrainingPage, qtbot: Any) -> None:
    problem = Problem(what="It ended.", why="Memory ran out.", remedy="Close other programs. " * 8)
    page.show_snapshot(replace(made_up.snapshot(), history=RunHistory(problem=problem)))
    card = page.start_panel.problem
    qtbot.waitUntil(lambda: card.height() >= card.heightForWidth(card.width()))


def test_without_data_start_is_off_and_says_why(page: TrainingPage) -> None:
    project = made_up.project().edited(data=None)
    page.show_snapshot(made_up.snapshot(project=project))
    assert not page.start_panel.start_button.isEnabled()
    assert page.start_panel.note.text() == "Choose your data to go on"


def test_a_run_that_never_began_shows_its_problem_beside_start(page: TrainingPage) -> None:
    problem = Problem(what="The folder /data/photos is not there.", remedy="Choose it again.")
    history = RunHistory(state=RunState.FAILED, problem=problem)
    page.show_snapshot(made_up.snapshot(history=history))
    assert page.start_panel.problem.isVisible()
    assert page.start_panel.problem.problem == problem


# ------------------------------------------------------------------------------- during the run


def test_preparing_shows_its_phase_with_progress(page: TrainingPage) -> None:
    history = replay(made_up.recording(0, end="open")[:3])
    page.show_snapshot(made_up.snapshot(history=history))
    assert page.status.state.text() == "Reading pictures"
    assert page.status.left.text() == "50 %"
    assert not page.status.pause_button.isEnabled()
    assert page.primary(made_up.snapshot(history=history))[1] == "Training is under way"


def test_a_replayed_run_is_drawn_as_it_happens(page: TrainingPage) -> None:
    told = made_up.recording(5, end="open")
    history = RunHistory()
    for number, event in enumerate(told):
        history = history.after(event)
        if number % 7 == 0:
            page.show_snapshot(made_up.snapshot(history=history))
    page.show_snapshot(made_up.snapshot(history=history))
    assert points(page) == 95
    assert points(page, "Validation") == 5
    assert page.status.state.text() == "Epoch 5 of 8"
    assert page.status.number.text() == "81.8 %"
    assert page.status.number_line.text() == "Validation accuracy of the best epoch (5)"
    assert page.status.facts.value("Device") == "Processor"
    assert page.status.facts.value("Computes in") == "bfloat16, channels last"
    assert page.status.facts.value("Memory") == "930 MB"
    assert "samples/s" in page.status.facts.value("Speed")


def test_what_the_stored_layers_save_is_one_line_beside_the_figures(page: TrainingPage) -> None:
    stored = page.status.stored
    page.show_snapshot(made_up.snapshot(history=replay(made_up.recording(1, end="open")[:8])))
    assert stored.text().startswith("The frozen layers, 92 % of a forward pass, are computed once")
    page.show_snapshot(made_up.snapshot(history=replay(made_up.recording(5, end="open"))))
    line = "Frozen layers computed once: an epoch takes 1.4 s instead of 26 s. 14 MB stored."
    assert stored.text() == line
    assert "Saved 1 min 40 s so far." in stored.toolTip()
    assert "14 MB in memory." in stored.toolTip()


def test_layers_that_are_not_stored_say_why(page: TrainingPage) -> None:
    why = "Every layer trains, so there is nothing to compute once."
    told = [*made_up.recording(0, end="open"), ev.FrozenPartPlanned(used=False, reason=why)]
    page.show_snapshot(made_up.snapshot(history=replay(told)))
    assert page.status.stored.text() == why
    page.show_snapshot(made_up.snapshot(history=replay(told[:5])))
    assert not page.status.stored.isVisible()


def test_the_ways_that_were_timed_lie_under_a_fold(page: TrainingPage) -> None:
    page.show_snapshot(made_up.snapshot(history=replay(made_up.recording(2, end="open"))))
    assert page.status.ways_fold.button.text() == "Chosen from 4 timed ways"
    assert not page.status.ways_fold.is_open
    assert page.status.ways.facts[0] == Fact("bfloat16, channels last", "1.7 s, chosen")
    assert page.status.ways.facts[-1] == Fact("float32", "4.1 s")


def test_runs_are_compared_by_what_they_saved(page: TrainingPage) -> None:
    page.show_snapshot(made_up.trained())
    runs = page.views.runs
    assert [line.split("\t")[-2] for line in runs.table.as_text().splitlines()] == [
        "Saved",
        "2 min 55 s",
        wording.NO_VALUE,
    ]
    runs.table.selectRow(0)
    assert "an epoch took 1.4 s instead of 26 s" in runs.hint.text()


def test_only_new_points_are_handed_to_the_plot(page: TrainingPage, monkeypatch: Any) -> None:
    handed: list[int] = []
    plot = page.views.curves.loss
    real = plot.extend

    def extend(name: str, xs: list[float], ys: list[float]) -> None:
        if name == "Training":
            handed.append(len(xs))
        real(name, xs, ys)

    monkeypatch.setattr(plot, "extend", extend)
    told = made_up.recording(4, end="open")
    halfway = whole = replay(told[: len(told) // 2])
    page.show_snapshot(made_up.snapshot(history=halfway))
    for event in told[len(told) // 2 :]:
        whole = whole.after(event)
    page.show_snapshot(made_up.snapshot(history=whole))
    page.show_snapshot(made_up.snapshot(history=whole, shown_run="x"))
    assert handed == [halfway.step_count, whole.step_count - halfway.step_count]


def test_a_million_steps_are_taken_at_once_and_then_one_by_one(
    page: TrainingPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 1_000_000
    curve = StepCurve(
        array("q", range(1, count + 1)), *(array("f", [value]) * count for value in LONG)
    )
    history = RunHistory(
        state=RunState.TRAINING,
        run="long",
        planned_epochs=1,
        epoch=1,
        step=count,
        steps_per_epoch=count,
        curve=curve,
        step_count=count,
    )
    page.show_snapshot(made_up.snapshot(history=history))
    step = ev.StepFinished(
        step=count + 1, epoch=1, loss=1.0, accuracy=0.5, learning_rates={"head": 1e-3}
    )
    history = history.after(step)
    handed: list[int] = []
    extend = page.views.curves.loss.extend

    def counted(name: str, steps: list[float], values: list[float]) -> None:
        handed.append(len(steps))
        extend(name, steps, values)

    monkeypatch.setattr(page.views.curves.loss, "extend", counted)
    page.show_snapshot(made_up.snapshot(history=history))
    assert handed == [1]
    assert history.curve is curve


def test_a_resume_draws_the_steps_it_trains_again_once(page: TrainingPage) -> None:
    first = replay(made_up.recording(4, end="failed"))
    page.show_snapshot(made_up.snapshot(history=first))
    assert points(page) == 76
    second = first.after(
        ev.RunStarted(run=made_up.RUN, folder="/tmp/run", epochs=8, resumed_from=2)
    )
    page.show_snapshot(made_up.snapshot(history=second))
    assert points(page) == 38
    assert points(page, "Validation") == 2


def test_rate_and_speed_are_drawn_from_the_start_once_they_are_looked_at(
    page: TrainingPage, qtbot: Any
) -> None:
    page.show_snapshot(made_up.snapshot(history=replay(made_up.recording(2, end="open"))))
    click(qtbot, find_button(page, "Rate and speed"))
    assert len(page.views.curves.machine.speed.table()[1]) == 38
    page.show_snapshot(made_up.snapshot(history=replay(made_up.recording(3, end="open"))))
    assert len(page.views.curves.machine.speed.table()[1]) == 57


def test_the_scale_of_gradients_and_the_steps_it_cost_are_told(page: TrainingPage) -> None:
    history = replay(made_up.recording(1, end="open"))
    page.show_snapshot(made_up.snapshot(history=history))
    assert "Gradient scale" not in [fact.name for fact in page.status.facts.facts]
    scaled = replace(history, scale=16_384.0, skipped=2)
    page.show_snapshot(made_up.snapshot(history=scaled))
    assert page.status.facts.value("Gradient scale") == "16,384, 2 updates skipped"


def test_feeding_starts_afresh_with_another_run() -> None:
    feed = CurveFeed()
    first = replay(made_up.recording(1, end="open"))
    other = replace(first, run="other", curve=first.curve.first(1), step_count=1)
    assert feed.take(first).afresh
    assert not feed.take(first).afresh
    taken = feed.take(other)
    assert (taken.afresh, taken.start, taken.stop) == (True, 0, 1)


@pytest.mark.parametrize(
    ("end", "button", "wish"),
    [
        ("open", "pause_button", wishes.PauseTraining()),
        ("open", "stop_button", wishes.StopTraining()),
        ("paused", "continue_button", wishes.ContinueTraining()),
        ("paused", "stop_button", wishes.StopTraining()),
        ("finished", "again_button", wishes.StartTraining()),
    ],
)
def test_each_button_asks_for_what_it_says(
    page: TrainingPage, qtbot: Any, end: str, button: str, wish: object
) -> None:
    page.show_snapshot(made_up.trained(end=end, epochs=3))
    told = asked(page)
    click(qtbot, getattr(page.status, button))
    assert told == [wish]


def test_stop_says_that_it_is_stopping_until_it_has(page: TrainingPage, qtbot: Any) -> None:
    page.show_snapshot(made_up.trained(end="open", epochs=3))
    click(qtbot, page.status.stop_button)
    page.show_snapshot(made_up.trained(end="open", epochs=3))
    assert page.status.stop_button.text() == "Stopping"
    assert not page.status.stop_button.isEnabled()
    page.show_snapshot(made_up.trained(end="stopped", epochs=3))
    assert not page.status.stop_button.isVisible()
    page.show_snapshot(made_up.trained(end="open", epochs=1))
    assert page.status.stop_button.isEnabled()


# -------------------------------------------------------------------------------- after the run


def test_the_best_epoch_is_marked_and_the_way_on_is_open(page: TrainingPage, qtbot: Any) -> None:
    snapshot = made_up.trained()
    page.show_snapshot(snapshot)
    assert page.status.state.text() == "Finished: 8 epochs in 36 s"
    assert page.primary(snapshot) == ("Evaluate", "")
    told = asked(page)
    assert page.primary_pressed(replace(snapshot, shown_run="2026-11-23-001"))
    assert told == [wishes.ShowRun(made_up.RUN)]


def test_a_failure_says_why_and_offers_resume(page: TrainingPage, qtbot: Any) -> None:
    snapshot = made_up.trained(end="failed", epochs=3)
    failed = snapshot.runs[0].edited(state=RunState.FAILED, resumable=True)
    snapshot = replace(snapshot, runs=(failed, snapshot.runs[1]))
    page.show_snapshot(snapshot)
    assert page.status.state.text() == "Failed in epoch 3 of 8"
    assert "9.3 GB" in page.status.problems.cards[0].problem.why
    told = asked(page)
    click(qtbot, page.status.resume_button)
    assert told == [wishes.StartTraining(resume=True)]
    assert page.primary(snapshot) == ("Evaluate", "")


def test_a_run_that_cannot_be_resumed_offers_no_resume(page: TrainingPage) -> None:
    snapshot = made_up.trained(end="failed", epochs=3)
    page.show_snapshot(snapshot)
    assert not page.status.resume_button.isVisible()


def test_messages_of_the_watchdog_are_shown(page: TrainingPage) -> None:
    note = Problem(what="Validation has not improved for 4 epochs.", remedy="Stop when you like.")
    history = replay([*made_up.recording(3, end="open"), ev.ProblemFound(problem=note)])
    page.show_snapshot(made_up.snapshot(history=history))
    assert [card.problem for card in page.status.problems.cards] == [note]


def test_the_epochs_are_there_as_a_table(page: TrainingPage, qtbot: Any) -> None:
    page.show_snapshot(made_up.trained())
    click(qtbot, find_button(page, "Epochs"))
    lines = page.views.epochs.as_text().splitlines()
    assert len(lines) == 9
    assert lines[1].startswith("8\t")
    assert lines[3].startswith("6, best\t")


def run_in(state: str, page: TrainingPage) -> None:
    page.show_snapshot(made_up.snapshot(history=replay(made_up.recording(3, end=state)), runs=()))


def test_the_focus_stays_on_what_takes_the_place_of_a_button(
    page: TrainingPage, qtbot: Any
) -> None:
    page.activateWindow()
    status = page.status
    run_in("open", page)
    status.pause_button.setFocus()
    run_in("paused", page)
    assert status.continue_button.hasFocus()
    run_in("open", page)
    assert status.pause_button.hasFocus()
    status.stop_button.setFocus()
    qtbot.keyClick(status.stop_button, Qt.Key.Key_Space)
    run_in("open", page)
    assert status.hasFocus()
    run_in("stopped", page)
    assert status.resume_button.hasFocus()


def test_a_run_started_with_the_keyboard_is_paused_with_the_same_key(page: TrainingPage) -> None:
    page.activateWindow()
    page.show_snapshot(made_up.snapshot())
    page.start_panel.start_button.setFocus()
    preparing = RunHistory(state=RunState.PREPARING)
    page.show_snapshot(made_up.snapshot(history=preparing))
    assert not page.status.stop_button.hasFocus()
    run_in("open", page)
    assert page.status.pause_button.hasFocus()


def test_the_start_button_stays_where_it_is_when_the_estimate_arrives(page: TrainingPage) -> None:
    def place() -> int:
        page.grab()
        return page.start_panel.start_button.mapTo(page, QPoint(0, 0)).y()

    page.show_snapshot(made_up.snapshot(model=None))
    before = place()
    assert page.start_panel.facts.value("Time, about") == wording.NO_VALUE
    page.show_snapshot(made_up.snapshot())
    assert page.start_panel.facts.value("Time, about") != wording.NO_VALUE
    assert place() == before


@pytest.mark.parametrize(
    ("key", "words"), [("inspect", "reading the data …"), ("describe", "measuring the model …")]
)
def test_what_is_not_known_yet_says_what_is_being_done_to_know_it(
    page: TrainingPage, key: str, words: str
) -> None:
    busy = {key: Activity(phase="Working")}
    page.show_snapshot(made_up.snapshot(model=None, activities=busy))
    facts = page.start_panel.facts
    assert (facts.value("Time, about"), facts.value("Memory, about")) == (words, words)


def test_the_log_is_folded_away_and_shows_the_end(
    page: TrainingPage, qtbot: Any, tmp_path: Path
) -> None:
    (tmp_path / "worker.log").write_text("first\n" + "x" * 70_000 + "\nlast words\n")
    page.show_snapshot(made_up.trained(tmp_path, end="open", epochs=1))
    assert not page.log.isVisible()
    click(qtbot, page.log_fold.button)
    assert page.log_fold.button.text() == "Hide log"
    assert page.log.toPlainText() == "last words"
    with (tmp_path / "worker.log").open("a") as log:
        log.write("still here\n")
    page.show_snapshot(made_up.trained(tmp_path, end="open", epochs=2))
    assert page.log.toPlainText().endswith("still here")


def test_a_run_without_a_log_shows_an_empty_one(page: TrainingPage, tmp_path: Path) -> None:
    page.show_snapshot(made_up.trained(tmp_path, end="open", epochs=1))
    page.log_fold.button.click()
    assert page.log.toPlainText() == ""


def test_the_tail_begins_at_a_line(tmp_path: Path) -> None:
    file = tmp_path / "worker.log"
    file.write_bytes("eins\nzwei ä\ndrei\n".encode())
    assert tail(file, 10) == "drei"
    assert tail(file) == "eins\nzwei ä\ndrei"


# ---------------------------------------------------------------------------------- other runs


def write_run(folder: Path, name: str) -> Path:
    run = folder / name
    run.mkdir()
    told = [
        event.model_copy(update={"run": name}) if isinstance(event, ev.RunStarted) else event
        for event in made_up.recording(3, end="stopped", folder=str(run))
    ]
    (run / "events.jsonl").write_bytes(b"".join(event_line(event) for event in told))
    return run


def test_an_earlier_run_can_be_looked_at_and_left_again(
    page: TrainingPage, qtbot: Any, tmp_path: Path
) -> None:
    snapshot = made_up.trained()
    earlier = snapshot.runs[1]
    earlier = earlier.edited(folder=str(write_run(tmp_path, earlier.name)))
    page.show_snapshot(replace(snapshot, runs=(snapshot.runs[0], earlier)))
    page.views.runs.table.selectRow(1)
    page.views.runs.curves_button.click()
    qtbot.waitUntil(lambda: points(page) == 57)
    assert page.views.looked_at.text() == f"Looking at {earlier.name}"
    page.show_snapshot(replace(snapshot, runs=(snapshot.runs[0], earlier)))
    assert points(page) == 57
    click(qtbot, page.views.return_button)
    assert points(page) == 152
    assert not page.views.looked_at.isVisible()


def test_a_run_that_cannot_be_read_says_so(page: TrainingPage, qtbot: Any, tmp_path: Path) -> None:
    snapshot = made_up.trained()
    earlier = snapshot.runs[1].edited(folder=str(tmp_path / "gone"))
    page.show_snapshot(replace(snapshot, runs=(snapshot.runs[0], earlier)))
    page.views.runs.table.selectRow(1)
    page.views.runs.curves_button.click()
    qtbot.waitUntil(lambda: "can no longer be read" in page.views.looked_at.text())
    assert points(page) == 152


def test_an_earlier_run_can_be_evaluated(page: TrainingPage, qtbot: Any) -> None:
    page.show_snapshot(made_up.trained())
    assert not page.views.runs.evaluate_button.isEnabled()
    page.views.views.choose("runs")
    page.views.runs.table.selectRow(1)
    told = asked(page)
    page.views.runs.evaluate_button.click()
    assert told == [wishes.ShowRun("2026-11-23-001"), wishes.GoToStep(Step.EVALUATION)]


def test_showing_says_nothing(page: TrainingPage) -> None:
    told = asked(page)
    page.edited.connect(told.append)
    for snapshot in (Snapshot(), made_up.trained(end="open", epochs=2), made_up.trained()):
        page.show_snapshot(snapshot)
    assert told == []


def kept_last(told: list[ev.Event]) -> RunHistory:
    """A run that keeps its last epoch, whatever the others reached."""
    return replay(
        event.edited(keep="last")
        if isinstance(event, ev.ModelPrepared)
        else event.edited(best=True)
        if isinstance(event, ev.EpochFinished)
        else event
        for event in told
    )


def test_a_run_that_keeps_its_last_epoch_never_speaks_of_the_best(page: TrainingPage) -> None:
    history = kept_last(made_up.recording(7, end="open"))
    page.show_snapshot(made_up.snapshot(history=history))
    assert page.status.number_line.text() == "Validation accuracy of the last epoch (7)"
    assert "keeps the last epoch" in page.status.stop_button.toolTip()
    best = page.views.curves.accuracy.canvas.marks.best
    assert best is not None
    assert best[2].startswith("last: epoch 7")
    page.views.views.choose("epochs")
    page.views._on_view_chosen("epochs")
    rows = page.views.epochs
    assert rows.model().index(0, 0).data() == "7, last"


def test_before_it_starts_the_page_says_which_epoch_will_be_kept(page: TrainingPage) -> None:
    snapshot = made_up.snapshot()
    assert "the best epoch is kept" in start_note(page, snapshot)
    training = snapshot.project.training.edited(keep="last")
    project = snapshot.project.edited(training=training, pinned=("keep",))
    wanted = replace(snapshot, project=project)
    assert "the last epoch is kept" in start_note(page, wanted)


def start_note(page: TrainingPage, snapshot: Snapshot) -> str:
    page.show_snapshot(snapshot)
    return page.start_panel.note.text()


@pytest.mark.parametrize(
    ("figures", "named"),
    [
        (Figures(**_ANY, target=Target.LABELS, micro_f1=0.75), ["Macro F1", "Micro F1"]),
        (Figures(**_ANY, target=Target.NUMBER, mae=1.2, r2=0.5), ["Error", "R²"]),
        (Figures(**_ANY), ["Accuracy", "Macro F1"]),
    ],
)
def test_runs_are_listed_with_the_figures_of_what_they_learn(
    page: TrainingPage, figures: Figures, named: list[str]
) -> None:
    run = RunSummary(name="2026-11-23-001", folder="r", state=RunState.FINISHED, figures=figures)
    page.views.runs.show_runs((run,))
    head, row = (line.split("\t") for line in page.views.runs.table.as_text().splitlines())
    assert head[2:4] == named
    assert row[2:4] != [wording.NO_VALUE] * 2
