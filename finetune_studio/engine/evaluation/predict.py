"""Asking a trained model about single pictures and texts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from finetune_studio.engine.data.cleaning import clean_text
from finetune_studio.engine.data.encodings import decode
from finetune_studio.engine.data.inputs import picture_inputs, text_inputs
from finetune_studio.engine.evaluation.weights import load_weights
from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle
from finetune_studio.engine.model.sources import restore
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.events.descriptions import Probability
from finetune_studio.events.events import PredictionMade, ProblemFound
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import best_checkpoint
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.sealed import damage

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
    bundle.module.eval()
    return bundle


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
        shares = _shares(bundle, item)
        probabilities = sorted(
            (
                Probability(label=label, probability=share)
                for label, share in zip(bundle.labels, shares, strict=True)
            ),
            key=lambda one: -one.probability,
        )
        yield PredictionMade(
            run=run,
            input=item,
            label=probabilities[0].label,
            probabilities=tuple(probabilities),
            seconds=time.perf_counter() - started,
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


def _shares(bundle: ModelBundle, item: str) -> list[float]:
    if isinstance(bundle.preprocessing, ImagePreprocessing):
        inputs = picture_inputs([item], bundle.preprocessing)
    else:
        assert bundle.tokenizer is not None
        inputs = text_inputs([clean_text(item)], bundle.tokenizer, bundle.preprocessing)
    with torch.inference_mode():
        shares: list[float] = bundle(inputs)[0].softmax(0).tolist()
    return shares


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
