"""The step list's words: what was decided in each step, and how it stands. Pure functions."""

from __future__ import annotations

from pathlib import Path

from finetune_studio.events.data_words import target_words
from finetune_studio.events.history import RunState
from finetune_studio.events.layer_tree import trainable_parameters
from finetune_studio.events.main_figure import main_words, sentence, validation_of
from finetune_studio.project import model_catalog, wording
from finetune_studio.project.checks import Step as StepNumber
from finetune_studio.project.checks import missing_for
from finetune_studio.project.choices import FreezePreset, Target, Task
from finetune_studio.project.freeze_plan import trainable_paths
from finetune_studio.project.problems import Severity
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.step_list import Step, StepState

NAMES = ("Model", "Data", "Layers", "Hyperparameters", "Training", "Evaluation", "Export")
_LINE_LENGTH = 26


def steps(snapshot: Snapshot) -> tuple[Step, ...]:
    """The seven rows of the step list."""
    return tuple(_step(StepNumber(number), snapshot) for number in range(len(NAMES)))


def closed_because(step: int, snapshot: Snapshot) -> str:
    """Why a step cannot be entered yet; empty when it can."""
    usable = sum(run.usable for run in snapshot.runs)
    return missing_for(StepNumber(step), snapshot.project, finished_runs=usable)


def step_of(activity: str) -> StepNumber | None:
    """The step whose page shows an activity and what went wrong with it."""
    kind = activity.partition(":")[0]
    return _STEPS_OF_ACTIVITIES.get(kind)


def state_in_words(snapshot: Snapshot) -> str:
    """What the workers are doing, for the status bar."""
    history = snapshot.history
    if history.state is RunState.TRAINING:
        left = f", {wording.eta(history.seconds_left)}" if history.seconds_left else ""
        return f"Training, epoch {history.epoch} of {history.planned_epochs}{left}"
    if history.state is RunState.PAUSED:
        return "Training is paused"
    if history.state is RunState.PREPARING:
        return history.phase or "Preparing the run"
    busy = [one.phase for one in snapshot.activities.values() if one.busy and one.phase]
    return busy[0] if busy else "Ready"


def _step(number: StepNumber, snapshot: Snapshot) -> Step:
    reason = closed_because(number, snapshot)
    if reason:
        return Step(NAMES[number], state=StepState.DISABLED, reason=reason)
    decided, state = _ROWS[number](snapshot)
    share = snapshot.history.share if state is StepState.RUNNING else 0.0
    return Step(NAMES[number], decided, state, share)


def _model(snapshot: Snapshot) -> tuple[str, StepState]:
    model = snapshot.project.model
    if model is None:
        return "", StepState.OPEN
    entry = model_catalog.entry_for(model.id)
    if entry is not None and snapshot.available and model.id not in snapshot.available:
        return "Not downloaded yet", StepState.ATTENTION
    origin = entry.pretrained_on if entry else ""
    return _fitting(model.title, origin), _with_trouble("describe", snapshot)


def _data(snapshot: Snapshot) -> tuple[str, StepState]:
    data, report = snapshot.project.data, snapshot.data_report
    if data is None:
        return "", StepState.OPEN
    if report is None:
        return Path(data.path).name, _with_trouble("inspect", snapshot, StepState.OPEN)
    noun = "picture" if report.task is Task.IMAGE else "text"
    words = _fitting(wording.plural(report.samples, noun), *target_words(report).split(", "))
    grave = any(problem.severity is Severity.ERROR for problem in report.problems)
    return words, StepState.ATTENTION if grave else _with_trouble("inspect", snapshot)


def _layers(snapshot: Snapshot) -> tuple[str, StepState]:
    plan = snapshot.project.freeze
    words = {
        FreezePreset.HEAD: "Head only",
        FreezePreset.LAST_BLOCKS: f"Head + {wording.plural(plan.last_blocks, 'block')}",
        FreezePreset.EVERYTHING: "Everything",
        FreezePreset.CUSTOM: "Custom",
    }[plan.preset]
    if snapshot.model is None:
        return words, StepState.OPEN
    paths = trainable_paths(plan, snapshot.model.block_paths)
    trains = trainable_parameters(snapshot.model.tree, paths)
    total = wording.count(snapshot.model.parameters)
    share = total if trains == snapshot.model.parameters else f"{wording.count(trains)} of {total}"
    whole = f"{words}, {share}"
    line = whole if len(whole) <= _LINE_LENGTH else f"{words}, {wording.count(trains)}"
    return line, StepState.DONE if trains else StepState.ATTENTION


def _hyperparameters(snapshot: Snapshot) -> tuple[str, StepState]:
    chosen = snapshot.project.training
    optimizer = chosen.optimizer.title_text.partition(" with ")[0]
    epochs = wording.plural(chosen.epochs, "epoch")
    words = f"{optimizer} {wording.rate(chosen.learning_rate)}"
    return _fitting(epochs, words), StepState.DONE


def _training(snapshot: Snapshot) -> tuple[str, StepState]:
    history = snapshot.history
    if history.state is RunState.PREPARING:
        return "Preparing", StepState.RUNNING
    if history.state.busy:
        verb = "Paused in epoch" if history.state is RunState.PAUSED else "Epoch"
        return f"{verb} {history.epoch} of {history.planned_epochs}", StepState.RUNNING
    if history.state is RunState.FAILED:
        return "Ended by a problem", StepState.ATTENTION
    if history.best is not None:
        best = main_words(validation_of(history.best))
        which = history.keep.value.capitalize()
        return f"{which} {best} at epoch {history.best_epoch}", StepState.DONE
    return "", StepState.OPEN


def _evaluation(snapshot: Snapshot) -> tuple[str, StepState]:
    report = snapshot.evaluation
    if report is None:
        return "", _with_trouble("evaluate", snapshot, StepState.OPEN)
    split = f"{report.split.title_text.lower()} " if report.split else ""
    samples = f"{wording.whole(report.samples)} {split}samples"
    if report.target is not Target.LABEL:
        return _fitting(_capital(sentence(report.figures)), samples), StepState.DONE
    share = wording.share(report.figures.accuracy)
    whole = f"{share} of {samples}"
    line = whole if len(whole) <= _LINE_LENGTH else f"{share} of {wording.whole(report.samples)}"
    return line, StepState.DONE


def _export(snapshot: Snapshot) -> tuple[str, StepState]:
    if not snapshot.certificates:
        return "", _with_trouble("export", snapshot, StepState.OPEN)
    newest = snapshot.certificates[0]
    agrees = f"agrees {wording.share(newest.agreement)}"
    return _fitting(Path(newest.folder).name, agrees), StepState.DONE


def _fitting(*parts: str) -> str:
    """As many of the parts, the most telling first, as the side list has room for."""
    line, *others = parts
    for part in others:
        if part and len(line) + len(part) + 2 <= _LINE_LENGTH:
            line = f"{line}, {part}"
    return line


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _with_trouble(key: str, snapshot: Snapshot, otherwise: StepState = StepState.DONE) -> StepState:
    activity = snapshot.activity(key)
    failed = activity is not None and activity.problem is not None
    return StepState.ATTENTION if failed else otherwise


_STEPS_OF_ACTIVITIES = {
    "download": StepNumber.MODEL,
    "inspect": StepNumber.DATA,
    "earlier": StepNumber.DATA,
    "describe": StepNumber.LAYERS,
    "find_rate": StepNumber.HYPERPARAMETERS,
    "vary": StepNumber.HYPERPARAMETERS,
    "vary_texts": StepNumber.HYPERPARAMETERS,
    "clean": StepNumber.DATA,
    "train": StepNumber.TRAINING,
    "evaluate": StepNumber.EVALUATION,
    "predict": StepNumber.EVALUATION,
    "export": StepNumber.EXPORT,
}
_ROWS = {
    StepNumber.MODEL: _model,
    StepNumber.DATA: _data,
    StepNumber.LAYERS: _layers,
    StepNumber.HYPERPARAMETERS: _hyperparameters,
    StepNumber.TRAINING: _training,
    StepNumber.EVALUATION: _evaluation,
    StepNumber.EXPORT: _export,
}
