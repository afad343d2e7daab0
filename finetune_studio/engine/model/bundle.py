"""A model with everything that belongs to it: preprocessing, labels, blocks, tokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Union

from pydantic import Field, ValidationError

from finetune_studio.engine.model.adapters import AdapterRecord
from finetune_studio.engine.model.outputs import ONE_OF_THEM, Outputs
from finetune_studio.project.choices import Task
from finetune_studio.project.cleaning import CleaningStep
from finetune_studio.project.files import write_atomic
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.value import Value

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedTokenizerFast

RECORD_FILE = "bundle.json"
CONFIG_FILE = "config.json"

_Side = Annotated[int, Field(ge=8, le=4096)]
_Colour = Annotated[float, Field(ge=-1000.0, le=1000.0)]
_Spread = Annotated[float, Field(gt=0.0, le=1000.0)]


class ImagePreprocessing(Value):
    """How a picture becomes the square the model saw while it was pretrained.

    Attributes:
        size: side of the square in pixels.
        resize: length of the shorter side, in pixels, before the centre is cut out.
        crop: ``center`` keeps the proportions and cuts; ``squash`` distorts and cuts nothing.
        mean, std: per channel (red, green, blue), for values between 0 and 1.
    """

    size: _Side
    resize: _Side
    crop: Literal["center", "squash"] = "center"
    mean: tuple[_Colour, _Colour, _Colour]
    std: tuple[_Spread, _Spread, _Spread]
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"


class TextPreprocessing(Value):
    """How a text becomes tokens.

    Attributes:
        max_tokens: where it is cut, special tokens included.
        cleaning: the steps it goes through before, in this order; all of them are on.
    """

    max_tokens: int = Field(ge=4, le=65536)
    cleaning: tuple[CleaningStep, ...] = ()


class Architecture(Value):
    """What rebuilds a module without the weights it was pretrained with.

    Attributes:
        library: who defines it; ``transformers`` reads the rest from ``config.json``.
        name: its name in the library.
        dropout: share of the features that is zeroed before the head while training.
        image_size: side of the square its position embeddings are made for; 0 for its own.
        layers_read: how many of the last layers of a text encoder the head reads.
    """

    library: Literal["torchvision", "timm", "transformers"]
    name: str
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    image_size: int = Field(default=0, ge=0, le=4096)
    layers_read: int = Field(default=1, ge=1)


class BundleRecord(Value):
    """What `bundle.json` holds; the weights lie beside it or elsewhere."""

    version: Literal[1] = 1
    id: str
    title: str
    task: Task
    licence: str
    labels: tuple[str, ...]
    transformer: bool
    architecture: Architecture
    preprocessing: Union[ImagePreprocessing, TextPreprocessing]  # noqa: UP007 - pydantic's order
    outputs: Outputs = ONE_OF_THEM
    adapters: AdapterRecord | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the network people have a name for, by the paths of its modules."""

    name: str
    paths: tuple[str, ...]


@dataclass
class ModelBundle:
    """A classifier with everything that belongs to it; the same for pictures and texts.

    Attributes:
        blocks: from input to head; disjoint, and together they hold every parameter.
        parameters: count, the new head included.
        tokenizer: of a text model.
        outputs: what the logits mean; one stands for each label.
        adapters: what was put into the module for training; ``None`` once it is merged.
    """

    id: str
    title: str
    task: Task
    licence: str
    labels: tuple[str, ...]
    module: nn.Module
    blocks: tuple[Block, ...]
    preprocessing: ImagePreprocessing | TextPreprocessing
    tokenizer: PreTrainedTokenizerFast | None
    transformer: bool
    parameters: int
    architecture: Architecture
    outputs: Outputs = ONE_OF_THEM
    adapters: AdapterRecord | None = None

    def __call__(self, inputs: dict[str, Tensor]) -> Tensor:
        """Logits, float32 [batch, labels].

        Args:
            inputs: of pictures ``pixels``, normalised float [batch, 3, height, width]; of texts
                ``input_ids`` and ``attention_mask``, int64 [batch, tokens].
        """
        if self.task is Task.IMAGE:
            logits: Tensor = self.module(inputs["pixels"])
        else:
            logits = self.module(inputs["input_ids"], inputs["attention_mask"])
        return logits.float()

    def record(self) -> BundleRecord:
        """The facts of this bundle, without its weights."""
        return BundleRecord(
            id=self.id,
            title=self.title,
            task=self.task,
            licence=self.licence,
            labels=self.labels,
            transformer=self.transformer,
            architecture=self.architecture,
            preprocessing=self.preprocessing,
            outputs=self.outputs,
            adapters=self.adapters,
        )

    def save(self, folder: Path) -> None:
        """Write what rebuilds the architecture, tokenizer included; not the weights.

        Raises:
            OSError: the folder cannot be written to.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if self.tokenizer is not None:
            from finetune_studio.engine.model.text_classifier import TextClassifier

            assert isinstance(self.module, TextClassifier)
            self.tokenizer.save_pretrained(folder)
            write_atomic(folder / CONFIG_FILE, self.module.config_text())
        write_atomic(folder / RECORD_FILE, self.record().model_dump_json(indent=2))


def read_record(folder: Path) -> BundleRecord:
    """The record `ModelBundle.save` left in a folder.

    Raises:
        ProblemError: there is none, or it is damaged (code ``bundle_damaged``).
    """
    file = folder / RECORD_FILE
    try:
        return BundleRecord.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise ProblemError.of(
            f"The description of the model in {folder} cannot be read.",
            str(error).splitlines()[0],
            "Restore the folder from a backup, or train again.",
            where=str(file),
            code="bundle_damaged",
        ) from error
