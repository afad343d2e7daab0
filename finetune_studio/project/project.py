"""The project: everything that was decided, as one frozen value."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator, model_validator

from finetune_studio.project.choices import DataKind, ModelSource, Target, Task
from finetune_studio.project.cleaning import CleaningStep
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.value import Value

FORMAT_VERSION = 1


class ModelChoice(Value):
    """Which pretrained model is tuned.

    Attributes:
        id: ``starter/efficientnet_lite0``, ``torchvision/resnet18``, ``timm/<name>``,
            ``transformers/<repository>`` or ``local/<name>``.
        title: what people call it.
        path: the folder or safetensors file of a local model.
        architecture: for a bare state dict, the catalogue id whose shape it has.
    """

    id: str
    source: ModelSource
    task: Task
    title: str
    path: str = ""
    architecture: str = ""


class DataChoice(Value):
    """Where the labelled data lie and how to read them. Empty fields are detected.

    Attributes:
        path: a folder or a table file.
        kind: how the data lie on disk; ``None`` is detected.
        text_column, image_column, label_column, split_column: columns of a table.
        delimiter, encoding: of a CSV or TSV file.
        target: what is learned of each sample; ``None`` is detected.
        label_separator: between the labels of one cell, where a sample has several; ``[]`` for
            cells that are lists.
        label_columns: columns that say yes or no to one label each, instead of a label column.
        number_unit: of numbers; shown behind each.
        leave_out: codes of problems whose samples are left out on the user's word. With
            ``label_spelling`` none is left out: labels that differ in case or spaces only are
            merged into the most frequent spelling.
        allow_outside: the user agreed that a table may point to pictures outside its folder.
    """

    path: str
    kind: DataKind | None = None
    text_column: str = ""
    image_column: str = ""
    label_column: str = ""
    split_column: str = ""
    delimiter: str = ""
    encoding: str = ""
    target: Target | None = None
    label_separator: str = ""
    label_columns: tuple[str, ...] = ()
    number_unit: str = ""
    leave_out: tuple[str, ...] = ()
    allow_outside: bool = False


class EarlierChoice(DataChoice):
    """What was learned before and is not to be forgotten, and how to read it.

    Attributes:
        path: a folder or a table file; or the folder of a run, or of a project for its newest
            run, whose data are meant. Empty where nothing is to be remembered.
    """

    path: str = ""

    @field_validator("path")
    @classmethod
    def _means_the_same_everywhere(cls, path: str) -> str:
        return str(Path(path).expanduser().absolute()) if path else ""


class SplitChoice(Value):
    """How samples without a split of their own are divided. Fractions of all samples."""

    validation: float = Field(default=0.15, ge=0.01, le=0.8, title="Validation share")
    test: float = Field(default=0.15, ge=0.0, le=0.8, title="Test share")
    seed: int = Field(default=7, ge=0, le=2**31 - 1, title="Split seed")

    @model_validator(mode="after")
    def _leaves_something_to_train_on(self) -> SplitChoice:
        if self.validation + self.test > 0.9:
            raise ValueError("validation and test together must leave at least 10 % for training")
        return self


class Project(Value):
    """Everything decided. Sections are what ``--set section.field=value`` names.

    Attributes:
        earlier: what was learned before, so that it is not forgotten.
        pinned: names of hyperparameters the user set; all others follow the recommendation.
        cleaning: what is done to a text before a model reads it, in this order; each kind once.
    """

    version: int = FORMAT_VERSION
    name: str = "Untitled"
    task: Task = Task.IMAGE
    model: ModelChoice | None = None
    data: DataChoice | None = None
    earlier: EarlierChoice = EarlierChoice()
    split: SplitChoice = SplitChoice()
    cleaning: tuple[CleaningStep, ...] = ()
    freeze: FreezePlan = FreezePlan()
    training: Hyperparameters = Hyperparameters()
    pinned: tuple[str, ...] = ()

    @field_validator("cleaning")
    @classmethod
    def _cleans_once(cls, steps: tuple[CleaningStep, ...]) -> tuple[CleaningStep, ...]:
        if len({step.kind for step in steps}) < len(steps):
            raise ValueError("a step of cleaning can be there only once")
        return steps
