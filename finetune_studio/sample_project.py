"""Projects on the sample data, ready to train without a network."""

from __future__ import annotations

from pathlib import Path

from finetune_studio import places, samples
from finetune_studio.project import storage
from finetune_studio.project.choices import Task
from finetune_studio.project.choosing import with_model
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, Project

_MODELS = {Task.IMAGE: "starter/efficientnet_lite0", Task.TEXT: "starter/minilm-l6"}


def make_sample_project(sample_id: str) -> Path:
    """The folder of a sample's project; made when it is not there yet.

    Raises:
        ProblemError: there is no such sample, or the folder cannot be written to.
        OSError: so says the unpacking.
    """
    sample = next((known for known in samples.SAMPLES if known.id == sample_id), None)
    if sample is None:
        ids = ", ".join(known.id for known in samples.SAMPLES)
        raise ProblemError.of(
            f"There is no sample called “{sample_id}”.", "", f"Known: {ids}.", code="sample_unknown"
        )
    folder = places.projects() / f"sample-{sample_id}"
    if not storage.is_project(folder):
        data = samples.unpack(sample_id, folder / "data")
        project = Project(name=sample.title, data=DataChoice(path=str(data)))
        storage.save(with_model(project, choice_from_text(_MODELS[Task(sample.task)])), folder)
    return folder
