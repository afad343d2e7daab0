"""The watchdog on the Training page: findings of recorded runs, their buttons, their marks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from finetune_studio.events import events as ev
from finetune_studio.events.commands import GoBack, Run, Stop
from finetune_studio.events.finding import FindingKind
from finetune_studio.events.history import RunHistory, RunState, replay
from finetune_studio.project import storage
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.remedies import Remedy
from finetune_studio.runs.hidden import hidden_findings
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.training_page import TrainingPage
from finetune_studio.ui.session import Session
from finetune_studio.ui.snapshot import Snapshot
from tests.gui import made_up
from tests.gui.conftest import FakeWorkers, data_report, prepare_jobs, write_run
from tests.recordings.thinning import read

ILL = Path(__file__).parents[1] / "recordings" / "ill"
HEALTHY = Path(__file__).parents[1] / "recordings" / "healthy"


def ill(name: str) -> tuple[ev.AnyEvent, ...]:
    return read(ILL / f"{name}.jsonl")


def going_on(name: str) -> RunHistory:
    """A recorded run just before its end."""
    return replay(event for event in ill(name) if not isinstance(event, ev.RunFinished))


def snapshot(history: RunHistory, **changes: object) -> Snapshot:
    return made_up.snapshot(history=history, **changes)


@pytest.fixture
def page(qtbot: Any) -> TrainingPage:
    page = TrainingPage()
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def asked(page: TrainingPage) -> list[object]:
    told: list[object] = []
    page.requested.connect(told.append)
    return told


def press(qtbot: Any, button: Any) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


# ----------------------------------------------------------------------------------- what is shown


def test_a_healthy_run_has_nothing_that_stands_out(page: TrainingPage) -> None:
    page.show_snapshot(snapshot(replay(read(HEALTHY / "digits_head.jsonl"))))
    card = page.status.findings
    assert card.isVisible()
    assert card.healthy.isVisible()
    assert not card.rows
    assert page.views.curves.loss.canvas.remarks.shown == ()


def test_before_the_first_epoch_nothing_is_said(page: TrainingPage) -> None:
    history = replay(made_up.recording(1, end="open")[:12])
    page.show_snapshot(snapshot(history))
    assert not page.status.findings.isVisible()


def test_a_finding_says_what_why_and_what_to_do(page: TrainingPage) -> None:
    page.show_snapshot(snapshot(going_on("overfitting_texts")))
    (row,) = page.status.findings.rows
    assert row.what.text().startswith("Overfitting since epoch")
    assert "learns its samples by heart" in row.why.text()
    assert row.action_button.text() == "Stop here"
    assert not page.status.findings.healthy.isVisible()


def test_where_it_began_is_marked_on_the_curves(page: TrainingPage) -> None:
    history = going_on("overfitting_texts")
    page.show_snapshot(snapshot(history))
    (remark,) = page.views.curves.loss.canvas.remarks.shown
    assert (remark.x, remark.text) == (history.findings[0].step, "overfitting")
    (line,) = page.views.curves.accuracy.canvas.remarks.shown
    assert (line.x, line.text) == (remark.x, "")


def test_sent_back_to_one_epoch_twice_is_marked_once(page: TrainingPage) -> None:
    told = [
        *made_up.recording(4, end="open"),
        ev.WentBack(epoch=2, step=38, left=4, rate_factor=0.5),
        ev.WentBack(epoch=2, step=38, left=3, rate_factor=0.25),
    ]
    page.show_snapshot(snapshot(replay(told)))
    shown = page.views.curves.loss.canvas.remarks.shown
    assert [remark.text for remark in shown] == ["back to epoch 2, rate × 0.25"]


def test_where_training_was_sent_back_to_is_marked(page: TrainingPage) -> None:
    told = [
        *made_up.recording(4, end="open"),
        ev.WentBack(epoch=2, step=38, left=4, rate_factor=0.5),
    ]
    page.show_snapshot(snapshot(replay(told)))
    shown = page.views.curves.loss.canvas.remarks.shown
    assert [remark.text for remark in shown] == ["back to epoch 2, rate × 0.5"]


def test_a_finding_that_no_longer_holds_is_told_as_over(page: TrainingPage) -> None:
    history = going_on("overfitting_texts")
    over = tuple(finding.edited(resolved=20) for finding in history.findings)
    page.show_snapshot(snapshot(replace(history, findings=over)))
    card = page.status.findings
    assert not card.rows
    assert card.resolved.text().startswith("Over in epoch 20: overfitting since epoch")
    assert page.views.curves.loss.canvas.remarks.shown == ()


def test_the_newest_finding_comes_first_and_rows_are_kept(page: TrainingPage) -> None:
    history = going_on("overfitting_texts")
    page.show_snapshot(snapshot(history))
    (row,) = page.status.findings.rows
    later = going_on("label_never_predicted").findings[0]
    page.show_snapshot(snapshot(replace(history, findings=(later, *history.findings))))
    rows = page.status.findings.rows
    assert [one.finding.kind for one in rows] == [later.kind, FindingKind.OVERFITTING]
    assert rows[1] is row


def test_the_norm_of_the_gradient_is_drawn(page: TrainingPage) -> None:
    page.show_snapshot(snapshot(replay(made_up.recording(2, end="open"))))
    page.views.views.choose("machine")
    page.views._on_view_chosen("machine")
    machine = page.views.curves.machine
    assert machine.norm.isVisible()
    assert machine.norm.table()[0] == ["Step", "Gradient norm"]
    assert len(machine.norm.table()[1]) == 38


# -------------------------------------------------------------------------------------- its buttons


@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("overfitting_texts", wishes.StopTraining()),
        ("plateau_head", wishes.TakeRemedy(Remedy.UNFREEZE)),
        ("validation_too_small", wishes.TakeRemedy(Remedy.MORE_VALIDATION)),
        ("rate_too_high_after_warm_up", wishes.GoBack()),
    ],
)
def test_each_button_asks_for_what_it_says(
    page: TrainingPage, qtbot: Any, name: str, wish: object
) -> None:
    page.show_snapshot(snapshot(going_on(name)))
    told = asked(page)
    row = page.status.findings.rows[-1 if name == "validation_too_small" else 0]
    press(qtbot, row.action_button)
    assert told == [wish]


def test_going_back_is_asked_for_once(page: TrainingPage, qtbot: Any) -> None:
    history = going_on("rate_too_high_after_warm_up")
    page.show_snapshot(snapshot(history))
    told = asked(page)
    button = page.status.findings.rows[0].action_button
    press(qtbot, button)
    page.show_snapshot(snapshot(replace(history, samples_per_second=1.0)))
    assert (button.text(), button.isEnabled()) == ("Going back", False)
    press(qtbot, button)
    assert told == [wishes.GoBack()]


def test_no_button_waits_for_a_run_that_is_over(page: TrainingPage, qtbot: Any) -> None:
    history = going_on("rate_too_high_after_warm_up")
    page.show_snapshot(snapshot(history))
    button = page.status.findings.rows[0].action_button
    press(qtbot, button)
    page.show_snapshot(snapshot(replace(history, state=RunState.STOPPED)))
    assert (button.text(), button.isEnabled()) == ("Go back and halve the rate", True)


def test_stopping_here_is_stopping_the_run(page: TrainingPage, qtbot: Any) -> None:
    page.show_snapshot(snapshot(going_on("overfitting_texts")))
    press(qtbot, page.status.findings.rows[0].action_button)
    button = page.status.stop_button
    assert (button.text(), button.isEnabled()) == ("Stopping", False)


def test_after_a_press_the_focus_is_not_on_the_button_that_hides(
    page: TrainingPage, qtbot: Any
) -> None:
    page.show_snapshot(snapshot(going_on("overfitting_texts")))
    row = page.status.findings.rows[0]
    row.action_button.setFocus()
    qtbot.waitUntil(row.action_button.hasFocus)
    qtbot.keyClick(row.action_button, Qt.Key.Key_Space)
    assert not row.action_button.isEnabled()
    assert not row.hide_button.hasFocus()


def test_what_is_edited_is_done_once_until_it_is_taken_back(page: TrainingPage) -> None:
    before = made_up.project()
    halved = before.edited(training=before.training.edited(learning_rate=1e-5))
    history = replay(ill("diverged"))
    page.show_snapshot(snapshot(history, project=before, trained=before))
    button = page.status.findings.rows[0].action_button
    assert (button.text(), button.isEnabled()) == ("Halve the learning rate", True)
    page.show_snapshot(snapshot(history, project=halved, trained=before))
    assert (button.text(), button.isEnabled()) == ("Done for the next run", False)
    assert "Start a new run" in button.toolTip()
    page.show_snapshot(snapshot(history, project=before, trained=before))
    assert (button.text(), button.isEnabled()) == ("Halve the learning rate", True)


def test_a_divergence_is_told_once_by_who_has_something_to_do_about_it(
    page: TrainingPage,
) -> None:
    history = replay(ill("diverged"))
    assert history.problem is not None
    page.show_snapshot(snapshot(history))
    assert not page.status.problems.isVisible()
    page.show_snapshot(snapshot(history, hidden_findings=frozenset({FindingKind.DIVERGED})))
    assert page.status.problems.isVisible()
    assert page.status.findings.healthy.words.text() == "Nothing else stands out."


def test_a_remedy_that_changes_nothing_is_off_and_says_why(page: TrainingPage) -> None:
    deep = made_up.project().edited(freeze=FreezePlan(preset=FreezePreset.EVERYTHING))
    page.show_snapshot(snapshot(going_on("plateau_head"), project=deep))
    button = page.status.findings.rows[0].action_button
    assert not button.isEnabled()
    assert "Nothing is left" in button.toolTip()


def test_data_that_bring_their_own_division_cannot_be_divided_otherwise(
    page: TrainingPage, tmp_path: Path
) -> None:
    report = data_report(tmp_path, {"a": 9, "b": 9}).edited(own_splits=True)
    page.show_snapshot(snapshot(going_on("validation_too_small"), data_report=report))
    row = next(
        row
        for row in page.status.findings.rows
        if row.finding.kind is FindingKind.VALIDATION_TOO_SMALL
    )
    assert not row.action_button.isEnabled()


def test_hiding_asks_to_hide_this_kind_and_hidden_ones_can_be_seen_again(
    page: TrainingPage, qtbot: Any
) -> None:
    history = going_on("overfitting_texts")
    page.show_snapshot(snapshot(history))
    told = asked(page)
    press(qtbot, page.status.findings.rows[0].hide_button)
    assert told == [wishes.HideFindings(FindingKind.OVERFITTING)]
    hidden = frozenset({FindingKind.OVERFITTING})
    page.show_snapshot(snapshot(history, hidden_findings=hidden))
    card = page.status.findings
    assert not card.rows
    assert page.views.curves.loss.canvas.remarks.shown == ()
    assert card.show_button.text() == "Show 1 hidden"
    press(qtbot, card.show_button)
    assert told[-1] == wishes.ShowFindings()


def test_the_run_list_says_what_stood_out(page: TrainingPage) -> None:
    finished = replay(ill("overfitting_texts"))
    runs = (made_up.runs()[0].edited(findings=finished.findings), made_up.runs()[1])
    page.show_snapshot(snapshot(finished, runs=runs))
    lines = page.views.runs.table.as_text().splitlines()
    assert lines[1].endswith("\tOverfitting")
    page.views.runs.table.selectRow(0)
    assert page.views.runs.hint.text().startswith("Overfitting since epoch")


# ------------------------------------------------------------------------------- what comes of them


def run_on_a_plateau(workers: FakeWorkers, project_folder: Path) -> Path:
    """Prepare a project with a run that came to rest; the run's folder."""
    prepare_jobs(workers, project_folder.parent / "pictures")
    folder = project_folder / "runs" / "2026-11-23-001"
    told = [
        event.edited(folder=str(folder), run=folder.name)
        if isinstance(event, ev.RunStarted)
        else event
        for event in ill("plateau_head")
    ]
    write_run(project_folder, told, folder.name)
    return folder


@pytest.fixture
def open_session(
    session: Session, workers: FakeWorkers, project_folder: Path, qtbot: Any
) -> Session:
    run_on_a_plateau(workers, project_folder)
    session.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: bool(session.snapshot.history.findings))
    return session


def test_a_remedy_edits_the_project_and_can_be_undone(open_session: Session) -> None:
    before = open_session.snapshot.project
    notices: list[str] = []
    open_session.edit_told.connect(notices.append)
    open_session.ask(wishes.TakeRemedy(Remedy.UNFREEZE))
    after = open_session.snapshot.project
    assert (after.freeze.preset, after.freeze.last_blocks) == (FreezePreset.LAST_BLOCKS, 1)
    assert notices == ["One block more will train. This counts for the next run."]
    open_session.undo()
    assert open_session.snapshot.project.freeze == before.freeze


def test_what_was_edited_since_the_run_is_not_edited_again(
    session: Session, workers: FakeWorkers, project_folder: Path, qtbot: Any
) -> None:
    folder = run_on_a_plateau(workers, project_folder)
    # Pinned, or what is recommended once the data are known would count as edited since.
    pinned = storage.load(project_folder).edited(pinned=("learning_rate",))
    for place in (project_folder, folder):
        storage.save(pinned, place)
    session.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: session.snapshot.trained is not None)
    rate = session.snapshot.project.training.learning_rate
    for _ in range(2):
        session.ask(wishes.TakeRemedy(Remedy.HALVE_RATE))
    assert session.snapshot.project.training.learning_rate == pytest.approx(rate / 2)


def test_what_is_hidden_stays_hidden_when_the_project_is_opened_again(
    open_session: Session, qtbot: Any
) -> None:
    open_session.ask(wishes.HideFindings(FindingKind.PLATEAU))
    folder = Path(open_session.snapshot.history.folder)
    assert hidden_findings(folder) == {FindingKind.PLATEAU}
    project = str(open_session.snapshot.folder)
    open_session.close_project()
    open_session.ask(wishes.OpenProject(project))
    qtbot.waitUntil(lambda: open_session.snapshot.hidden_findings == {FindingKind.PLATEAU})
    open_session.ask(wishes.ShowFindings())
    assert hidden_findings(folder) == frozenset()


def test_a_run_that_is_over_goes_on_from_its_best_epoch(
    open_session: Session, workers: FakeWorkers, qtbot: Any
) -> None:
    workers.held.add("train")
    workers.script("train", ev.Progress(phase="Reading texts", done=1))
    open_session.ask(wishes.GoBack())
    qtbot.waitUntil(lambda: "train" in workers.jobs())
    arguments = workers.arguments("train")
    assert (arguments["back"], arguments["run"]) == (True, "2026-11-23-001")
    open_session.ask(wishes.GoBack())
    qtbot.waitUntil(lambda: any(isinstance(command, GoBack) for command in workers.commands))
    open_session.ask(wishes.StopTraining())
    qtbot.waitUntil(lambda: not open_session.is_training)
    assert isinstance(workers.commands[-1], (Stop, Run))


def test_the_data_page_is_one_click_away(page: TrainingPage) -> None:
    told = asked(page)
    page._on_remedy_requested(Remedy.LOOK_AT_DATA)
    assert told == [wishes.GoToStep(Step.DATA)]


def test_the_project_on_disk_holds_the_remedy(open_session: Session) -> None:
    open_session.ask(wishes.TakeRemedy(Remedy.HALVE_RATE))
    rate = open_session.snapshot.project.training.learning_rate
    open_session.flush()
    assert open_session.snapshot.folder is not None
    saved = storage.load(open_session.snapshot.folder)
    assert saved.training.learning_rate == rate
    assert "learning_rate" in saved.pinned
    assert open_session.snapshot.history.state is RunState.FINISHED
