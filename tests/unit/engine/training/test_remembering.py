"""A second task after a first, in miniature: joined, kept, replayed, distilled, measured."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.evaluation.evaluate import evaluate
from finetune_studio.engine.jobs import run_job
from finetune_studio.engine.model.sources import load
from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.problems import ProblemError, Severity
from finetune_studio.project.project import DataChoice, EarlierChoice
from finetune_studio.runs.checkpoints import saved_epochs
from finetune_studio.runs.folder import RunFolder, list_runs, read_history, summarize
from tests.unit.engine.tiny_project import make_project, trained

NEW = "text,label\n" + "".join(
    f"the book {word} was plain {row},{label}\n"
    for row in range(15)
    for word, label in (("odd", "strange"), ("fine", "up"))
)


def run_of(folder: Path) -> RunFolder:
    return RunFolder(Path(list_runs(folder)[0].folder))


def of(events: list[ev.Event], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose run told three labels apart."""
    torch.set_num_threads(1)
    folder = make_project(tmp_path_factory.mktemp("first") / "first", epochs=2, dropout=0.0)
    trained(folder)
    return folder


def second(folder: Path, first: Path, *, earlier: str = "run", **settings: object) -> Path:
    """A project that goes on from the first one's run with other labels."""
    make_project(folder, **{"epochs": 3, "dropout": 0.1, **settings})
    (folder / "new.csv").write_text(NEW, encoding="utf-8")
    sources = {"run": run_of(first).path, "table": first / "reviews.csv", "": ""}
    project = storage.load(folder).edited(
        model=choice_from_text(str(run_of(first).path)),
        data=DataChoice(path=str(folder / "new.csv")),
        earlier=EarlierChoice(path=str(sources[earlier])),
    )
    storage.save(project, folder)
    return folder


# ------------------------------------------------------------------------- what stands together


def test_labels_are_joined_and_the_head_keeps_what_it_knows(tmp_path: Path, first: Path) -> None:
    events = trained(second(tmp_path / "second", first, epochs=1))
    (prepared,) = of(events, ev.ModelPrepared)
    (joined,) = of(events, ev.EarlierTaskJoined)
    before = of(events, ev.EarlierTaskScored)[0]
    assert prepared.labels == ("down", "even", "strange", "up")
    assert joined.known == ("down", "even", "up")
    assert joined.words.startswith("4 labels together: “up” in both; “strange” new;")
    # The new label's part of the head is near zero, so the model answers as it did.
    assert before.epoch == 0
    best = read_history(run_of(first).path).best
    assert best is not None
    assert before.accuracy == pytest.approx(best.val_accuracy, abs=0.12)
    assert before.samples == 9


def test_rows_of_known_labels_are_kept_to_the_bit(first: Path) -> None:
    choice = choice_from_text(str(run_of(first).path))
    old = load(choice, ("down", "even", "up"), keep_head=True).module.head.linear
    new = load(choice, ("a", "down", "up", "z"), keep_head=True).module.head.linear
    anew = load(choice, ("a", "down", "up", "z")).module.head.linear
    assert torch.equal(new.weight[[1, 2]], old.weight[[0, 2]])
    assert torch.equal(new.bias[[1, 2]], old.bias[[0, 2]])
    assert torch.equal(new.weight[[0, 3]], anew.weight[[0, 3]])
    assert not torch.equal(new.weight[1], anew.weight[1])


def test_a_head_that_is_kept_goes_on_reading_the_layers_it_reads(tmp_path: Path) -> None:
    from finetune_studio.engine.evaluation.predict import run_model
    from finetune_studio.engine.export.writers import write
    from finetune_studio.project.choices import ExportFormat

    folder = make_project(tmp_path / "first", epochs=1, layers_read=2)
    trained(folder)
    (tmp_path / "out").mkdir()
    write(run_model(run_of(folder).path), ExportFormat.FOLDER, tmp_path / "out")
    for place in (run_of(folder).path, tmp_path / "out"):
        choice = choice_from_text(str(place))
        kept = load(choice, ("down", "even", "up"), keep_head=True)
        assert kept.architecture.layers_read == kept.module.layers == 2
        assert load(choice, ("a", "b")).architecture.layers_read == 1


def test_the_folder_export_of_a_run_knows_its_labels_too(tmp_path: Path, first: Path) -> None:
    from finetune_studio.engine.evaluation.predict import run_model
    from finetune_studio.engine.export.writers import write
    from finetune_studio.engine.model.known_heads import known_labels
    from finetune_studio.project.choices import ExportFormat

    bundle = run_model(run_of(first).path)
    (tmp_path / "out").mkdir()
    write(bundle, ExportFormat.FOLDER, tmp_path / "out")
    choice = choice_from_text(str(tmp_path / "out"))
    assert known_labels(choice) == bundle.labels
    again = load(choice, bundle.labels, keep_head=True)
    assert torch.equal(again.module.head.linear.weight, bundle.module.head.linear.weight)


def test_every_batch_has_its_share_and_the_data_are_left_alone(tmp_path: Path, first: Path) -> None:
    table = first / "reviews.csv"
    content, changed = table.read_bytes(), table.stat().st_mtime_ns
    folder = second(tmp_path / "second", first, earlier="table", replay_share=0.25, epochs=1)
    events = trained(folder)
    (joined,) = of(events, ev.EarlierTaskJoined)
    (prepared,) = of(events, ev.DataPrepared)
    assert (joined.per_batch, joined.batch_size) == (2, 8)
    assert joined.replayed == joined.samples == 42
    # 22 new samples go 6 at a time beside 2 earlier ones.
    assert (prepared.train, prepared.steps_per_epoch) == (22, 4)
    assert of(events, ev.EpochFinished)[0].step == 4
    assert (table.read_bytes(), table.stat().st_mtime_ns) == (content, changed)


def test_the_buffer_is_limited(tmp_path: Path, first: Path) -> None:
    events = trained(second(tmp_path / "second", first, replay_buffer=10, epochs=1))
    (joined,) = of(events, ev.EarlierTaskJoined)
    assert (joined.samples, joined.replayed) == (42, 10)


def test_what_a_run_was_not_to_forget_is_remembered_by_the_next(
    tmp_path: Path, first: Path
) -> None:
    middle = second(tmp_path / "second", first, epochs=1)
    trained(middle)
    events = trained(second(tmp_path / "third", middle, epochs=1))
    (joined,) = of(events, ev.EarlierTaskJoined)
    assert set(joined.known) == {"down", "even", "strange", "up"}
    assert joined.samples == 22 + 42
    assert "with the data of run" in joined.source


def test_the_window_is_told_beforehand_what_would_be_joined(tmp_path: Path, first: Path) -> None:
    project = storage.load(second(tmp_path / "second", first))
    arguments = {
        "project": project.model_dump(mode="json"),
        "cache": str(tmp_path / "cache"),
        "labels": ["strange", "up"],
    }
    events: list[ev.Event] = []
    run_job("inspect_earlier", arguments, events.append, Control())
    (found,) = of(events, ev.EarlierDataInspected)
    assert (found.samples, found.validation) == (42, 9)
    assert found.labels == found.known == ("down", "even", "up")
    assert found.words.startswith("4 labels together: “up” in both; “strange” new;")
    assert found.source.startswith(f"the data of run {run_of(first).name}")


def test_columns_of_a_table_can_be_named_before_it_can_be_used(tmp_path: Path, first: Path) -> None:
    table = tmp_path / "old.csv"
    lines = [f"{'good' if row % 2 else 'bad'} {row},{row % 2}x" for row in range(40)]
    table.write_text("\n".join(["foo,bar", *lines]) + "\n", encoding="utf-8")
    project = storage.load(second(tmp_path / "second", first))

    def looked_at(**columns: str) -> ev.EarlierDataInspected:
        earlier = EarlierChoice(path=str(table)).edited(**columns)
        arguments = {
            "project": project.edited(earlier=earlier).model_dump(mode="json"),
            "cache": str(tmp_path / "cache"),
            "labels": ["up"],
        }
        events: list[ev.Event] = []
        run_job("inspect_earlier", arguments, events.append, Control())
        return of(events, ev.EarlierDataInspected)[0]

    unread = looked_at(text_column="bar")
    assert unread.samples == 0
    assert {problem.severity for problem in unread.problems} == {Severity.ERROR}
    assert unread.words == ""
    assert unread.table is not None
    assert [column.name for column in unread.table.columns] == ["foo", "bar"]
    read = looked_at(text_column="foo", label_column="bar")
    assert (read.samples, read.labels) == (28, ("0x", "1x"))
    assert read.table is not None
    assert (read.table.content_column, read.table.label_column) == ("foo", "bar")


# --------------------------------------------------------------------------------- what is told


def test_the_earlier_score_is_told_before_after_each_epoch_and_in_the_summary(
    tmp_path: Path, first: Path
) -> None:
    folder = second(tmp_path / "second", first, replay_share=0.0)
    events = trained(folder)
    scores = of(events, ev.EarlierTaskScored)
    assert [score.epoch for score in scores] == [0, 1, 2, 3]
    assert not of(events, ev.EarlierTaskJoined)[0].replayed
    history, summary = read_history(run_of(folder).path), summarize(run_of(folder).path)
    assert history.earlier_scores == tuple(scores)
    assert summary.forgetting is not None
    assert summary.forgetting.before == scores[0].accuracy
    assert summary.forgetting.after == scores[summary.best_epoch].accuracy


def test_nothing_is_told_where_nothing_was_learned_before(first: Path) -> None:
    history = read_history(run_of(first).path)
    assert history.earlier is None
    assert history.earlier_scores == ()
    assert not (run_of(first).path / "earlier.json").exists()


def test_the_tuned_model_can_be_measured_on_both_tasks(tmp_path: Path, first: Path) -> None:
    folder = second(tmp_path / "second", first, epochs=1)
    trained(folder)
    run = run_of(folder).path
    new = evaluate(run, lambda _: None, lambda: False)
    old = DataChoice(path=str(first / "reviews.csv"))
    earlier = evaluate(run, lambda _: None, lambda: False, data=old)
    assert [one.label for one in new.labels] == ["down", "even", "strange", "up"]
    assert (new.samples, earlier.samples) == (4, 60)


# ------------------------------------------------------------------------------ going on exactly

_WAYS: dict[str, dict[str, object]] = {
    "replay": {"replay_share": 0.25},
    "replay, evenly": {"replay_share": 0.25, "balancing": "sampling", "accumulation": 2},
    "distillation": {"replay_share": 0.0, "distillation": 1.0},
    "distillation of varied texts": {"distillation": 1.0, "word_dropout": 0.3},
    "L2-SP": {"replay_share": 0.0, "l2_sp": 0.1},
}


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("preset", [FreezePreset.EVERYTHING, FreezePreset.HEAD])
def test_a_run_that_goes_on_ends_with_the_same_bits(
    tmp_path: Path, first: Path, way: str, preset: FreezePreset
) -> None:
    ended = []
    for name in ("whole", "broken"):
        folder = second(tmp_path / name, first, **_WAYS[way])
        project = storage.load(folder).edited(freeze=FreezePlan(preset=preset))
        storage.save(project, folder)
        if name == "broken":
            with pytest.raises(Stopped):
                trained(folder, watch=_stop_in_epoch_2)
            assert saved_epochs(run_of(folder).checkpoints)[-1] == 1
            trained(folder, resume=True)
        else:
            trained(folder)
        checkpoint = run_of(folder).checkpoints / "epoch-0003"
        scores = read_history(run_of(folder).path).earlier_scores
        ended.append(
            (
                (checkpoint / "weights.safetensors").read_bytes(),
                [(score.epoch, score.loss, score.accuracy) for score in scores],
            )
        )
    assert ended[0] == ended[1]


def _stop_in_epoch_2(event: ev.Event, control: Control) -> None:
    if isinstance(event, ev.StepFinished) and event.epoch == 2:
        control.stop()


def test_frozen_layers_that_are_computed_once_change_nothing(tmp_path: Path, first: Path) -> None:
    losses = []
    for reuse in (True, False):
        folder = second(
            tmp_path / str(reuse),
            first,
            replay_share=0.25,
            distillation=1.0,
            reuse_frozen=reuse,
            dropout=0.0,
        )
        project = storage.load(folder).edited(freeze=FreezePlan(preset=FreezePreset.HEAD))
        storage.save(project, folder)
        events = trained(folder)
        assert of(events, ev.FrozenPartPlanned)[0].used is reuse
        losses.append([score.loss for score in of(events, ev.EarlierTaskScored)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


# --------------------------------------------------------------------------------- what is refused


def test_distillation_needs_a_model_that_names_labels(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", distillation=1.0)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "nothing_to_distil"


def test_several_labels_a_sample_are_refused_in_words(tmp_path: Path, first: Path) -> None:
    folder = second(tmp_path / "second", first)
    several = "text,label\n" + "".join(
        f"text number {row},{('a;b', 'b', 'a', 'c;a')[row % 4]}\n" for row in range(40)
    )
    (folder / "new.csv").write_text(several, encoding="utf-8")
    project = storage.load(folder)
    assert project.data is not None
    data = project.data.edited(target="labels", label_separator=";")
    storage.save(project.edited(data=data), folder)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "earlier_target"
    assert "several labels" in caught.value.problem.what


def test_earlier_data_that_are_gone_say_so(tmp_path: Path, first: Path) -> None:
    folder = second(tmp_path / "second", first)
    project = storage.load(folder)
    storage.save(project.edited(earlier=EarlierChoice(path=str(tmp_path / "gone"))), folder)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "data_missing"


def test_earlier_data_that_change_meanwhile_are_never_silent(tmp_path: Path, first: Path) -> None:
    table = tmp_path / "earlier.csv"
    shutil.copy(first / "reviews.csv", table)
    folder = second(tmp_path / "second", first)
    project = storage.load(folder)
    storage.save(project.edited(earlier=EarlierChoice(path=str(table))), folder)
    with pytest.raises(Stopped):
        trained(folder, watch=_stop_in_epoch_2)
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(lines[:-3]), encoding="utf-8")
    codes = [found.problem.code for found in of(trained(folder, resume=True), ev.ProblemFound)]
    assert "earlier_changed" in codes


# ------------------------------------------------------------------------- beside other remedies


def test_adapters_learn_beside_replayed_samples_and_go_on_exactly(
    tmp_path: Path, first: Path
) -> None:
    settings = {"adapters": "lora", "adapter_rank": 2, "replay_share": 0.25, "epochs": 2}

    def stop(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochStarted) and event.epoch == 2:
            control.stop()

    unbroken = trained(second(tmp_path / "unbroken", first, **settings))
    broken = second(tmp_path / "broken", first, **settings)
    with pytest.raises(Stopped):
        trained(broken, watch=stop)
    rest = trained(broken, resume=True)
    (joined,) = of(unbroken, ev.EarlierTaskJoined)
    assert joined.per_batch == 2
    assert len(of(unbroken, ev.EarlierTaskScored)) == 3
    last, again = (of(events, ev.EpochFinished)[-1] for events in (unbroken, rest))
    assert (again.train_loss, again.val_loss) == (last.train_loss, last.val_loss)


def test_the_search_for_a_rate_is_taught_as_the_run_will_be(tmp_path: Path, first: Path) -> None:
    losses = {}
    for weight in (0.0, 20.0):
        folder = second(tmp_path / str(weight), first, distillation=weight, dropout=0.0)
        events: list[ev.Event] = []
        run_job("find_learning_rate", {"folder": folder}, events.append, Control())
        losses[weight] = [event.loss for event in of(events, ev.RateTried)]
    assert losses[20.0][0] == pytest.approx(losses[0.0][0], rel=0.2)
    assert losses[20.0][5:40] != losses[0.0][5:40]
