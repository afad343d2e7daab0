"""The head of a model that names labels already: its part for each of them can be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from finetune_studio.engine.model.bundle import read_record
from finetune_studio.engine.model.folders import allowed_file, read_json
from finetune_studio.engine.model.heads import ClassifierHead, classifier_paths
from finetune_studio.engine.model.weights import read_tensors
from finetune_studio.project.choices import ModelSource, Target
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.meant import meant_run

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn

    from finetune_studio.project.project import ModelChoice

EXPORT_FILE = "finetune_studio.json"
"""In a model folder this program exported."""
_HEAD_FILE = "head.safetensors"  # of an exported text model


@dataclass(frozen=True)
class KnownHead:
    """What a model was taught to name.

    Attributes:
        labels: in the order of the rows.
        rows: by the path of each linear layer: weight [labels, width] and bias [labels].
        layers_read: how many of the last layers of a text encoder they were taught to read.
    """

    labels: tuple[str, ...]
    rows: Mapping[str, tuple[Tensor, Tensor]]
    layers_read: int = 1

    @torch.no_grad()
    def put_into(self, module: nn.Module, labels: Sequence[str]) -> None:
        """Give a new head the rows of the labels it shares with this one.

        Args:
            module: with new heads, at the same paths.
            labels: of the new heads, in the order of their rows.
        """
        shared = [label for label in self.labels if label in set(labels)]
        old = [self.labels.index(label) for label in shared]
        new = [list(labels).index(label) for label in shared]
        for path, (weight, bias) in self.rows.items():
            head = module.get_submodule(path)
            assert isinstance(head, ClassifierHead)
            head.linear.weight[new] = weight[old].to(head.linear.weight)
            head.linear.bias[new] = bias[old].to(head.linear.bias)


def known_labels(choice: ModelChoice) -> tuple[str, ...]:
    """The labels a model names already; none where it is a backbone, or answers otherwise.

    Raises:
        ProblemError: the files that say so are damaged.
    """
    from pathlib import Path

    path = Path(choice.path)
    if choice.source is not ModelSource.LOCAL or not path.is_dir():
        return ()
    if run := meant_run(path):
        record = read_record(RunFolder(run).model)
        return record.labels if record.outputs.kind is Target.LABEL else ()
    file = allowed_file(path, EXPORT_FILE)
    return exported_labels(read_json(file)) if file else ()


def exported_labels(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of an export, one of which each sample has."""
    labels = facts.get("labels")
    outputs = facts.get("outputs")
    kind = outputs.get("kind") if isinstance(outputs, dict) else None
    if not isinstance(labels, list) or kind not in (None, Target.LABEL.value):
        return ()
    return tuple(map(str, labels))


def picture_head(module: nn.Module, labels: tuple[str, ...]) -> KnownHead | None:
    """The head of a picture network that still has its own classifier."""
    rows = {path: _parts(module.get_submodule(path)) for path in classifier_paths(module)}
    return _fitting(labels, rows)


def text_head(folder: Path, facts: Mapping[str, Any]) -> KnownHead | None:
    """The head of an exported text model, with what the export says of it."""
    file = allowed_file(folder, _HEAD_FILE)
    tensors = read_tensors(file) if file else {}
    if tensors.keys() != {"weight", "bias"}:
        return None
    rows = {"head": (tensors["weight"], tensors["bias"])}
    read = facts.get("layers_read")
    found = _fitting(exported_labels(facts), rows)
    return replace(found, layers_read=read) if found and isinstance(read, int) else found


def _parts(layer: nn.Module) -> tuple[Tensor, Tensor]:
    linear: Any = layer
    weight = linear.weight.detach()
    bias = linear.bias.detach() if linear.bias is not None else torch.zeros(len(weight))
    return weight, bias


def _fitting(
    labels: tuple[str, ...], rows: Mapping[str, tuple[Tensor, Tensor]]
) -> KnownHead | None:
    fits = all(len(weight) == len(bias) == len(labels) for weight, bias in rows.values())
    return KnownHead(labels, rows) if labels and rows and fits else None
