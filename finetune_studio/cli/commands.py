"""The commands. Each reads its arguments, does one job, and shows what came of it.

Exit codes: 0 done, 1 failed, 2 wrong use or bad input (said in words on stderr).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from finetune_studio.cli import exits, models_list, new_project, sample_run, targets, text_previews
from finetune_studio.cli.answers import best_words
from finetune_studio.cli.doctor import examine
from finetune_studio.cli.find_rate import find_rate
from finetune_studio.cli.job import JobError, Show, do, finished
from finetune_studio.cli.json_lines import JsonLines, write_json
from finetune_studio.cli.preview_augmentation import preview_augmentation
from finetune_studio.cli.reports import (
    show_certificate,
    show_data,
    show_evaluation,
    show_predictions,
    show_runs,
)
from finetune_studio.cli.terminal import Terminal
from finetune_studio.events.descriptions import DataReport
from finetune_studio.events.events import (
    AnyEvent,
    CleaningPreviewed,
    DataInspected,
    EvaluationFinished,
    Event,
    ModelExported,
    ModelPrepared,
    PredictionMade,
    RunFinished,
    TextsVaried,
)
from finetune_studio.project import storage
from finetune_studio.project.choices import ExportFormat, Kept, Target, Task
from finetune_studio.project.handing_on import about_cleaning, cleaning_of
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project
from finetune_studio.project.settings_path import with_settings
from finetune_studio.runs.folder import list_runs

app = typer.Typer(
    name="finetune-studio",
    help="Fine-tune a pretrained model on your own pictures or texts. No command: the window.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print events as JSON lines and nothing else.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="section.field=value, for example training.epochs=3."),
]
TextColumn = Annotated[str, typer.Option(help="The column of a table that holds the texts.")]
E = TypeVar("E", bound=Event)
LabelColumn = Annotated[str, typer.Option(help="The column of a table that holds the labels.")]
ImageColumn = Annotated[
    str, typer.Option(help="The column of a table that holds paths of pictures.")
]


app.command(name="find-rate")(find_rate)
app.command(name="preview-augmentation")(preview_augmentation)

LearnedTarget = Annotated[
    Target | None,
    typer.Option("--target", help="What a sample has: label, labels (several) or number."),
]
LabelSeparator = Annotated[
    str, typer.Option(help="What stands between the labels of a cell; [] for lists.")
]
LabelColumns = Annotated[
    str, typer.Option(help="Columns that say yes or no to one label each: a,b,c.")
]


def main() -> int:
    """Run a command. Returns the exit code, or raises SystemExit with it."""
    try:
        app(prog_name="finetune-studio")
    except (ProblemError, JobError) as error:
        return exits.tell(error.problem)
    return 0


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="The project's folder; it is made.")],
    model: Annotated[
        str, typer.Option(help="A model's id (see “models”), or a folder or file.")
    ] = "",
    data: Annotated[
        str,
        typer.Option(
            help="A folder of class folders, a CSV, TSV, JSONL or Parquet file, or a folder "
            "saved by Hugging Face datasets."
        ),
    ] = "",
    text_column: TextColumn = "",
    label_column: LabelColumn = "",
    image_column: ImageColumn = "",
    settings: Settings = None,
    *,
    as_json: Json = False,
) -> None:
    """Make a project."""
    columns = new_project.Columns(text_column, label_column, image_column)
    project = new_project.make(folder, model, data, columns, settings or [])
    show, report = _show(as_json=as_json), None
    if project.data is not None:
        report = _inspected({"project": _dumped(project)}, show)
        project = new_project.with_report(project, report)
    storage.save(project, folder)
    if isinstance(show, Terminal):
        if report is not None:
            show_data(report, show.console)
        if about := about_cleaning(project, cleaning_of(project.model)):
            show.console.print(f"Text cleaning: {about}", soft_wrap=True)
        show.console.print(f"Project made. Next: finetune-studio train {folder}", soft_wrap=True)


@app.command()
def train(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")],
    settings: Settings = None,
    *,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last run that was stopped.")
    ] = False,
    go_back: Annotated[
        bool,
        typer.Option(
            "--go-back", help="Go on with the last run from the epoch it keeps, at half the rate."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Train, validating every epoch; the best is kept, or the last with training.keep=last.

    --set holds for this run only.
    """
    project = with_settings(storage.load(folder), settings or ())
    show = _show(as_json=as_json)
    arguments = {
        "folder": str(folder),
        "resume": resume,
        "back": go_back,
        "project": _dumped(project),
    }
    events = do("train", arguments, show)
    runs = [event for event in events if isinstance(event, RunFinished)]
    if isinstance(show, Terminal) and runs:
        best = runs[-1]
        show.console.print(
            f"{_kept(events)} {best.best_epoch} of {best.epochs}: {best_words(best.figures)}. "
            f"Next: finetune-studio evaluate {targets.run_folder(folder, best.run)}",
            soft_wrap=True,
        )
    if not finished(events) and not runs:
        raise typer.Exit(exits.FAILED)


@app.command()
def evaluate(
    run: Annotated[Path, typer.Argument(help="A run's folder, or a project's for its newest run.")],
    data: Annotated[
        str, typer.Option(help="Other labelled data than the run's own test samples.")
    ] = "",
    text_column: TextColumn = "",
    label_column: LabelColumn = "",
    image_column: ImageColumn = "",
    *,
    as_json: Json = False,
) -> None:
    """Measure a run's model, of the epoch it keeps, on samples it has not learned from."""
    arguments: dict[str, object] = {"run": str(targets.usable_run(run))}
    if data:
        columns = new_project.Columns(text_column, label_column, image_column)
        arguments["data"] = new_project.data_choice(data, columns).model_dump(mode="json")
    show = _show(as_json=as_json)
    events = do("evaluate", arguments, show)
    if isinstance(show, Terminal):
        show_evaluation(_only(events, EvaluationFinished).report, show.console)


@app.command()
def predict(
    run: Annotated[Path, typer.Argument(help="A run's folder, or a project's for its newest run.")],
    inputs: Annotated[list[str], typer.Argument(help="Pictures (paths), texts, or text files.")],
    *,
    as_json: Json = False,
) -> None:
    """Say what pictures or texts are, with probabilities."""
    show = _show(as_json=as_json)
    arguments = {"run": str(targets.usable_run(run)), "inputs": inputs, "as": "auto"}
    events = do("predict", arguments, show)
    if isinstance(show, Terminal):
        show_predictions([e for e in events if isinstance(e, PredictionMade)], show.console)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="A run's folder, or a project's for its newest run.")],
    out: Annotated[Path, typer.Option(help="Where to write.")],
    format_: Annotated[
        ExportFormat, typer.Option("--format", help="onnx or folder.")
    ] = ExportFormat.ONNX,
    *,
    as_json: Json = False,
) -> None:
    """Write the tuned model for use elsewhere, then open it again and compare."""
    show = _show(as_json=as_json)
    arguments = {
        "run": str(targets.usable_run(run)),
        "format": format_.value,
        "out": str(out.absolute()),
    }
    events = do("export", arguments, show)
    if isinstance(show, Terminal):
        show_certificate(_only(events, ModelExported).certificate, show.console)


@app.command()
def runs(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")], *, as_json: Json = False
) -> None:
    """List a project's runs, newest first."""
    storage.load(folder)
    found = list_runs(folder)
    if as_json:
        write_json([run.model_dump(mode="json") for run in found])
    else:
        show_runs(found, Terminal().console)


@app.command()
def models(
    task: Annotated[Task | None, typer.Option(help="image or text.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the pretrained models to choose from."""
    if as_json:
        write_json(models_list.as_json(task))
    else:
        models_list.show(task, Terminal().console)


@app.command()
def download(
    model: Annotated[str, typer.Argument(help="A model's id (see “models”).")],
    *,
    as_json: Json = False,
) -> None:
    """Fetch a model's weights to this computer, checked."""
    do("download_model", {"id": model}, _show(as_json=as_json))


@app.command()
def inspect(
    data: Annotated[str, typer.Argument(help="A folder of class folders, or a table.")],
    text_column: TextColumn = "",
    label_column: LabelColumn = "",
    image_column: ImageColumn = "",
    target: LearnedTarget = None,
    label_separator: LabelSeparator = "",
    label_columns: LabelColumns = "",
    *,
    as_json: Json = False,
) -> None:
    """Read data through: labels, counts, problems. Nothing is written to the data."""
    columns = new_project.Columns(
        text_column, label_column, image_column, target, label_separator, label_columns
    )
    show = _show(as_json=as_json)
    report = _inspected(new_project.inspection_arguments(data, columns), show)
    if isinstance(show, Terminal):
        show_data(report, show.console)
    new_project.refuse_unusable(report)


@app.command()
def preview_cleaning(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")],
    settings: Settings = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what cleaning does to the project's own texts. Try --set cleaning=html,lowercase."""
    project = with_settings(storage.load(folder), settings or ())
    show = _show(as_json=as_json)
    events = text_previews.preview("preview_cleaning", project, show)
    if isinstance(show, Terminal):
        text_previews.show_effect(_only(events, CleaningPreviewed).effect, show.console)


@app.command()
def preview_variation(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")],
    settings: Settings = None,
    epoch: Annotated[int, typer.Option(min=1, help="The epoch to look into.")] = 1,
    *,
    as_json: Json = False,
) -> None:
    """Show what text variation makes of training texts. Try --set training.word_dropout=0.1."""
    project = with_settings(storage.load(folder), settings or ())
    show = _show(as_json=as_json)
    events = text_previews.preview("preview_text_variation", project, show, epoch=epoch)
    if isinstance(show, Terminal):
        text_previews.show_differences(list(_only(events, TextsVaried).texts), show.console)


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Look at this computer: versions, devices, missing system libraries, places."""
    raise typer.Exit(examine(as_json=as_json))


@app.command()
def tour(
    out: Annotated[Path, typer.Argument(help="Where to write the pictures.")],
    *,
    large: Annotated[
        bool, typer.Option("--large", help="1920 x 1080 instead of 1280 x 800.")
    ] = False,
) -> None:
    """Walk every page of a sample project in both themes and write pictures of them."""
    from finetune_studio.app import tour as walk

    raise typer.Exit(walk(out, large=large))


@app.command("open")
def open_project(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")],
) -> None:
    """Show a project in the window."""
    storage.load(folder)
    if not sample_run.has_display():
        raise ProblemError.of(
            "There is no display to show a window on.",
            "",
            f"Go on in the terminal, for example: finetune-studio train {folder}",
            code="no_display",
        )
    from finetune_studio.app import main as show_window

    raise typer.Exit(show_window(project=str(folder.absolute())))


@app.command()
def sample(
    name: Annotated[str, typer.Argument(help="digits or reviews.")] = "digits",
    *,
    headless: Annotated[
        bool, typer.Option("--headless", help="Train it here, without a window.")
    ] = False,
) -> None:
    """Open a sample project ready to train; without a display, train it here."""
    if headless or not sample_run.has_display():
        raise typer.Exit(sample_run.train_here(name))
    from finetune_studio.app import main as show_window

    raise typer.Exit(show_window(sample=name))


def _inspected(arguments: dict[str, object], show: Show) -> DataReport:
    """Read data through; previews are thrown away."""
    with tempfile.TemporaryDirectory(prefix="finetune-studio-") as cache:
        events = do("inspect_data", {**arguments, "cache": cache}, show)
    return _only(events, DataInspected).report


def _show(*, as_json: bool) -> Show:
    return JsonLines() if as_json else Terminal()


def _dumped(project: Project) -> dict[str, object]:
    return project.model_dump(mode="json")


def _kept(events: list[AnyEvent]) -> str:
    """Which epoch a run keeps: "Best epoch" or "Last epoch"."""
    return next(
        (event.keep for event in events if isinstance(event, ModelPrepared)), Kept.BEST
    ).epoch_words.capitalize()


def _only(events: list[AnyEvent], kind: type[E]) -> E:
    for event in events:
        if isinstance(event, kind):
            return event
    raise typer.Exit(exits.FAILED)
