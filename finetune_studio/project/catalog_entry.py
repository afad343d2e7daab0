"""One pretrained model as the catalogue describes it, before anything is downloaded."""

from __future__ import annotations

from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.project import ModelChoice
from finetune_studio.project.value import Value


class CatalogEntry(Value):
    """One pretrained model.

    Attributes:
        id: ``<source>/<name>``, as ``--model`` takes it.
        good_for: one sentence on when to take it.
        parameters: of the backbone with its original head.
        download_bytes: size of the weights; 0 when unknown.
        input_size: side of the square picture in pixels, or the longest text in tokens.
        gmacs: billions of multiply-adds for one sample (a text of 128 tokens).
        accuracy: as published, in percent; ``None`` when there is none to compare.
        accuracy_note: on what data, by whom.
        licence: of the weights, as an SPDX name where there is one.
        pretrained_on: the data the weights come from.
        transformer: whether the backbone is a transformer.
        repository: the Hugging Face repository of the weights, if they lie there.
        url: where the weights lie otherwise; its file name carries the first 8 hex digits of
            the SHA-256, as torchvision's do.
    """

    id: str
    source: ModelSource
    task: Task
    title: str
    good_for: str
    parameters: int
    download_bytes: int
    input_size: int
    gmacs: float
    licence: str
    pretrained_on: str
    accuracy: float | None = None
    accuracy_note: str = ""
    transformer: bool = False
    repository: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """The model's name within its source."""
        return self.id.partition("/")[2]

    def choice(self) -> ModelChoice:
        """The decision to tune this model."""
        return ModelChoice(id=self.id, source=self.source, task=self.task, title=self.title)
