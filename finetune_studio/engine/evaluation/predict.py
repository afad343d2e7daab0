"""Asking a trained model about single pictures and texts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from finetune_studio.engine.data.cleaning import cleaner_of
from finetune_studio.engine.data.encodings import decode
from finetune_studio.engine.data.inputs import picture_inputs, text_inputs
from finetune_studio.engine.evaluation.weights import load_weights
from finetune_studio.engine.model.adapters import merge
from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle
from finetune_studio.engine.model.outputs import Outputs
from finetune_studio.engine.model.sources import restore
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.events.descriptions import Probability
from finetune_studio.events.events import PredictionMade, ProblemFound
from finetune_studio.project.choices import Target, Task
from finetune_studio.project.cleaning import Cleaning, in_words
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.target import joined, number_words, shown
from finetune_studio.runs.checkpoints import best_checkpoint, facts_of
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.sealed import damage
from finetune_studio.runs.thresholds import read_moved

_LONGEST_NAME = 4096


def run_model(run_folder: Path) -> ModelBundle:
    """The model of a run with the weights of its best epoch, in eval mode on the processor.

    Raises:
        ProblemError: no epoch was finished yet, or a file is damaged.
    """
    run = RunFolder(run_folder)
    weights = best_checkpoint(run.checkpoints)
    if wrong := damage(run.model):
        raise ProblemError.of(
            f"The model of run {run.name} is damaged.",
            f"In {run.model.name} {wrong}.",
            "Restore the run's folder from a backup, or train again.",
            where=str(run.model),
            code="model_damaged",
        )
    bundle = restore(run.model)
    load_weights(bundle.module, run.model, weights)
    merge(bundle)
    bundle.module.eval()
    bundle.outputs = _with_thresholds(bundle, run, weights)
    return bundle


def _with_thresholds(bundle: ModelBundle, run: RunFolder, checkpoint: Path) -> Outputs:
    """The outputs with the thresholds of an epoch, and those that the user moved since."""
    if bundle.outputs.kind is not Target.LABELS:
        return bundle.outputs
    facts = facts_of(checkpoint)
    known = bundle.outputs.edited(thresholds=facts.thresholds if facts else ())
    chosen, moved = known.thresholds_of(len(bundle.labels)), read_moved(run.path)
    pairs = zip(bundle.labels, chosen, strict=True)
    return known.edited(thresholds=tuple(moved.get(label, value) for label, value in pairs))


def predict(
    bundle: ModelBundle, inputs: Sequence[str], *, run: str = ""
) -> Iterator[PredictionMade]:
    """What a model says of pictures (paths) or texts, one after another.

    Args:
        bundle: in eval mode, on the processor.
        inputs: what is asked about.
        run: the name of the run the model comes from.

    Raises:
        ProblemError: a picture cannot be opened.
    """
    for item in inputs:
        started = time.perf_counter()
        made = answered(bundle, _told(bundle, item))
        seconds = time.perf_counter() - started
        yield made.edited(run=run, input=item, seconds=seconds)


def answered(bundle: ModelBundle, told: Sequence[float]) -> PredictionMade:
    """What the answer to one input says.

    Args:
        bundle: whose answer it is.
        told: probabilities by label, or the number.
    """
    outputs = bundle.outputs
    if outputs.kind is Target.NUMBER:
        (value,) = told
        return PredictionMade(
            run="",
            input="",
            label=shown(number_words(value), outputs.kind, outputs.unit),
            probabilities=(),
            target=outputs.kind,
            value=value,
            unit=outputs.unit,
            spread=outputs.spread,
        )
    columns = zip(bundle.labels, told, outputs.thresholds_of(len(bundle.labels)), strict=True)
    found = [
        Probability(label=label, probability=share, threshold=threshold)
        for label, share, threshold in columns
    ]
    found.sort(key=lambda one: -one.probability)
    several = outputs.kind is Target.LABELS
    given = joined(one.label for one in found if one.given) if several else found[0].label
    return PredictionMade(
        run="", input="", label=given, probabilities=tuple(found), target=outputs.kind
    )


def predict_all(
    run_folder: Path, inputs: Sequence[str], kind: str, emit: Emit, stop_requested: StopRequested
) -> None:
    """Ask the model of a run; tell each answer, and each input that cannot be read.

    Args:
        run_folder: of the run.
        inputs: pictures (paths), texts, or text files.
        kind: how texts are meant, as :func:`text_of` takes it.
        emit: hears the answers.
        stop_requested: asked between two inputs.

    Raises:
        Stopped: a stop was asked for.
        ProblemError: the run cannot be used, or not one input can be read.
    """
    bundle = run_model(run_folder)
    problems: list[ProblemError] = []
    for item in inputs:
        check(stop_requested)
        try:
            asked = text_of(item, kind, bundle.task)
            for made in predict(bundle, [asked], run=run_folder.name):
                emit(made.edited(input=item))
        except ProblemError as error:
            problems.append(error)
            emit(ProblemFound(problem=error.problem))
    if problems and len(problems) == len(inputs):
        raise problems[0]


def text_of(item: str, kind: str, task: Task) -> str:
    """What a text model is asked: the item itself, or what the text file of that name holds.

    Args:
        item: as the user gave it.
        kind: ``text``, ``file``, or ``auto``: a file when there is one of that name.
        task: pictures are always files, so the item stays as it is.

    Raises:
        ProblemError: the file is not there, or holds no text.
    """
    if task is Task.IMAGE or kind == "text" or (kind == "auto" and not _is_file(item)):
        return item
    try:
        text = decode(Path(item).read_bytes())
    except OSError as error:
        raise _unreadable(item, f"{error.strerror or error}.") from error
    if text is None:
        raise _unreadable(item, "It holds no text.")
    return text


def _told(bundle: ModelBundle, item: str) -> list[float]:
    if isinstance(bundle.preprocessing, ImagePreprocessing):
        inputs = picture_inputs([item], bundle.preprocessing)
    else:
        assert bundle.tokenizer is not None
        _require_something(item, bundle.preprocessing.cleaning)
        inputs = text_inputs([item], bundle.tokenizer, bundle.preprocessing)
    with torch.inference_mode():
        told: list[float] = bundle.outputs.told(bundle(inputs)[0]).tolist()
    return told


def _require_something(text: str, cleaning: Cleaning) -> None:
    """Let pass only a text of which something is left once cleaned.

    Raises:
        ProblemError: cleaning leaves nothing of it.
    """
    if cleaning and text.strip() and not cleaner_of(cleaning)(text):
        raise ProblemError.of(
            "Nothing is left of the text once it is cleaned.",
            f"The model was trained on texts cleaned by {in_words(cleaning)}.",
            "Ask about a text with more words in it.",
            where=text[:80],
            code="text_emptied",
        )


def _is_file(item: str) -> bool:
    if len(item) > _LONGEST_NAME or "\n" in item:
        return False
    try:
        return Path(item).is_file()
    except (OSError, ValueError):
        return False


def _unreadable(item: str, why: str) -> ProblemError:
    return ProblemError.of(
        f"{item} cannot be read.",
        why,
        "Check the path, or type the text itself.",
        where=item,
        code="input_unreadable",
    )
