"""A tuned model as an ONNX graph, with the preprocessing that any runtime computes alike inside.

Inside: uint8 pixels to normalised floats, the model, and what its outputs mean: softmax, sigmoid,
or the number in its own unit. Outside, in `predict.py`: decoding and resizing pictures, since
resizers of different runtimes differ, and cutting texts into tokens.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle
from finetune_studio.engine.model.outputs import Outputs
from finetune_studio.project.choices import Target

METADATA_KEY = "finetune_studio"
# A protobuf file ends at 2 GB; larger weights go into a file beside it.
_LARGEST_SINGLE_FILE = 1_800_000_000


class PictureGraph(nn.Module):
    """Pixels to probabilities, or to a number.

    Shapes: pixels uint8 [batch, size, size, 3] to probabilities float32 [batch, labels].
    """

    scale: Tensor
    shift: Tensor

    def __init__(
        self, module: nn.Module, preprocessing: ImagePreprocessing, outputs: Outputs
    ) -> None:
        super().__init__()
        self.module = module
        self.outputs = outputs
        scale = 255.0 * torch.tensor(preprocessing.std).view(1, 3, 1, 1)
        shift = 255.0 * torch.tensor(preprocessing.mean).view(1, 3, 1, 1)
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)

    def forward(self, pixels: Tensor) -> Tensor:
        """Classify pictures."""
        floats = pixels.permute(0, 3, 1, 2).float()  # [batch, 3, size, size]
        logits = self.module((floats - self.shift) / self.scale)  # [batch, labels]
        return self.outputs.told(logits)


class TextGraph(nn.Module):
    """Tokens to probabilities, or to a number.

    Shapes: input_ids, attention_mask int64 [batch, tokens] to probabilities float32
    [batch, labels].
    """

    def __init__(self, module: nn.Module, outputs: Outputs) -> None:
        super().__init__()
        self.module = module
        self.outputs = outputs

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Classify texts."""
        return self.outputs.told(self.module(input_ids, attention_mask))


def write_onnx(bundle: ModelBundle, file: Path, facts: dict[str, Any]) -> None:
    """Write a bundle as one ONNX file.

    Args:
        bundle: in eval mode, on the processor, in float32.
        file: to write.
        facts: labels and preprocessing, kept in the file's metadata under `METADATA_KEY`.
    """
    import onnx

    interface = _picture(bundle) if bundle.tokenizer is None else _text(bundle)
    with _quiet():
        program = torch.onnx.export(
            interface.graph.eval(),
            interface.example,
            dynamo=True,
            input_names=list(interface.names),
            output_names=["number" if bundle.outputs.kind is Target.NUMBER else "probabilities"],
            dynamic_shapes=interface.dynamic_shapes,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx gave no program")
    weights = sum(p.numel() * p.element_size() for p in interface.graph.parameters())
    program.model.metadata_props[METADATA_KEY] = json.dumps(facts, ensure_ascii=False)
    program.save(str(file), external_data=weights > _LARGEST_SINGLE_FILE)
    onnx.checker.check_model(str(file))


@dataclass(frozen=True)
class _Interface:
    """A graph, inputs to trace it with, their names, and which of their sizes vary."""

    graph: nn.Module
    example: tuple[Tensor, ...]
    names: tuple[str, ...]
    dynamic_shapes: Any


def _picture(bundle: ModelBundle) -> _Interface:
    preprocessing = bundle.preprocessing
    if not isinstance(preprocessing, ImagePreprocessing):
        raise TypeError("a picture model has picture preprocessing")
    size = preprocessing.size
    example = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    shapes = {"pixels": {0: torch.export.Dim("batch")}}
    graph = PictureGraph(bundle.module, preprocessing, bundle.outputs)
    return _Interface(graph, (example,), ("pixels",), shapes)


def _text(bundle: ModelBundle) -> _Interface:
    example = torch.ones(2, 8, dtype=torch.int64)
    longest = getattr(bundle.preprocessing, "max_tokens", 512)
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens", min=2, max=longest)
    names = ("input_ids", "attention_mask")
    shapes = {name: {0: batch, 1: tokens} for name in names}
    return _Interface(
        TextGraph(bundle.module, bundle.outputs), (example, example.clone()), names, shapes
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter talks about its own renaming of dimensions, which is nothing to act on."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
