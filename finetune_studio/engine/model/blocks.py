"""The parts of a network people have a name for, in the order a sample passes them.

The last block is the head. Whatever stands between the last stage and the head (a final norm, a
last convolution) belongs to the block before the head, since it is pretrained like it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from torch import nn

from finetune_studio.engine.model.bundle import Block
from finetune_studio.engine.model.text_classifier import TextClassifier

if TYPE_CHECKING:
    from torch.nn import Module

_Groups = list[tuple[str, list[str]]]


def blocks_of(module: Module, head: Sequence[str]) -> tuple[Block, ...]:
    """A classifier's blocks from input to head.

    Args:
        module: with its new head in place.
        head: the paths of the head's modules.
    """
    groups = _groups_of(module, tuple(head))
    blocks = [Block(name, tuple(paths)) for name, paths in groups if paths]
    return (*blocks, Block("Head", tuple(head)))


def _groups_of(module: Module, head: tuple[str, ...]) -> _Groups:
    if isinstance(module, TextClassifier):
        return _text_groups(module)
    if hasattr(module, "group_matcher"):
        return _timm_groups(module, head)
    return _TORCHVISION[type(module).__name__](module)


# ------------------------------------------------------------------------------- torchvision


def _resnet(module: Module) -> _Groups:
    del module
    stages = [(f"Stage {n}", [f"layer{n}"]) for n in range(1, 5)]
    return [("Stem", ["conv1", "bn1", "relu", "maxpool"]), *stages]


def _vgg(module: Module) -> _Groups:
    stages: _Groups = [("Stage 1", [])]
    for name, layer in module.get_submodule("features").named_children():
        stages[-1][1].append(f"features.{name}")
        if isinstance(layer, nn.MaxPool2d):
            stages.append((f"Stage {len(stages) + 1}", []))
    connected = [name for name, _ in module.get_submodule("classifier").named_children()][:-1]
    # Most of VGG's parameters: a block of its own, so that the head alone stays quick to train.
    return [*stages[:-1], ("Fully connected", [f"classifier.{name}" for name in connected])]


def _mobilenet(module: Module) -> _Groups:
    names = [name for name, _ in module.get_submodule("features").named_children()]
    groups: _Groups = [("Stem", ["features.0"])]
    for name in names[1:-1]:
        if len(groups) == 1 or _halves(module.get_submodule(f"features.{name}")):
            groups.append((f"Stage {len(groups)}", []))
        groups[-1][1].append(f"features.{name}")
    groups[-1][1].extend([f"features.{names[-1]}", "classifier.0", "classifier.1", "classifier.2"])
    return groups


def _halves(unit: Module) -> bool:
    """Whether a unit makes the picture smaller."""
    return any(isinstance(part, nn.Conv2d) and part.stride != (1, 1) for part in unit.modules())


def _efficientnet(module: Module) -> _Groups:
    names = [name for name, _ in module.get_submodule("features").named_children()]
    stages = [(f"Stage {name}", [f"features.{name}"]) for name in names[1:-1]]
    stages[-1][1].append(f"features.{names[-1]}")
    return [("Stem", ["features.0"]), *stages]


def _paired_stages(module: Module, *after: str) -> _Groups:
    """Stem, then stages of which all but the first begin with a module that downsamples."""
    names = [name for name, _ in module.get_submodule("features").named_children()]
    stages: _Groups = [("Stage 1", [f"features.{names[1]}"])]
    for shrink, units in zip(names[2::2], names[3::2], strict=True):
        stages.append((f"Stage {len(stages) + 1}", [f"features.{shrink}", f"features.{units}"]))
    stages[-1][1].extend(after)
    return [("Stem", ["features.0"]), *stages]


def _convnext(module: Module) -> _Groups:
    return _paired_stages(module, "classifier.0", "classifier.1")


def _swin(module: Module) -> _Groups:
    return _paired_stages(module, "norm")


def _vit(module: Module) -> _Groups:
    names = [name for name, _ in module.get_submodule("encoder.layers").named_children()]
    layers = [(f"Layer {n}", [f"encoder.layers.{name}"]) for n, name in enumerate(names, start=1)]
    layers[-1][1].append("encoder.ln")
    stem = ["class_token", "conv_proj", "encoder.pos_embedding", "encoder.dropout"]
    return [("Stem", stem), *layers]


_TORCHVISION: dict[str, Callable[[Module], _Groups]] = {
    "VGG": _vgg,
    "ResNet": _resnet,
    "MobileNetV3": _mobilenet,
    "EfficientNet": _efficientnet,
    "ConvNeXt": _convnext,
    "SwinTransformer": _swin,
    "VisionTransformer": _vit,
}


# -------------------------------------------------------------------------------------- timm


def _timm_groups(module: Any, head: tuple[str, ...]) -> _Groups:
    """By timm's own grouping of parameters, made for layer-wise learning rates."""
    from timm.models._manipulate import group_parameters

    matched = group_parameters(module, module.group_matcher(coarse=True), return_values=False)
    parameters = [list(matched[index]) for index in sorted(matched)]
    in_head = tuple(f"{path}." for path in head)
    body = [[name for name in group if not name.startswith(in_head)] for group in parameters]
    *body, last = body
    if any(name.startswith(in_head) for name in parameters[-1]):
        body[-1].extend(last)
    else:
        body.append(last)
    groups = [("", covering_paths(module, frozenset(group))) for group in body if group]
    return _named(module, groups)


def _named(module: Module, groups: _Groups) -> _Groups:
    named = [("Stem", groups[0][1])]
    for _, paths in groups[1:]:
        kind = "Stage" if _is_stage(module, paths) else "Layer"
        named.append((f"{kind} {len(named)}", paths))
    return named


def _is_stage(module: Module, paths: list[str]) -> bool:
    """Whether a group is made of repeated units, rather than being one such unit."""
    if paths[0] not in dict(module.named_modules()):
        return False
    first = module.get_submodule(paths[0])
    lists = (nn.Sequential, nn.ModuleList)
    if isinstance(first, lists) or "Stage" in type(first).__name__:
        return True
    return isinstance(getattr(first, "blocks", None), lists)


def covering_paths(module: Module, names: frozenset[str], prefix: str = "") -> list[str]:
    """The fewest module paths (and loose parameters) that hold just the named parameters."""
    own = [prefix + name for name, _ in module.named_parameters(recurse=False)]
    paths = [name for name in own if name in names]
    for child_name, child in module.named_children():
        path = prefix + child_name
        inside = [f"{path}.{name}" for name, _ in child.named_parameters()]
        if inside and names.issuperset(inside):
            paths.append(path)
        elif not names.isdisjoint(inside):
            paths.extend(covering_paths(child, names, f"{path}."))
    return paths


# ------------------------------------------------------------------------------ transformers


def _text_groups(module: TextClassifier) -> _Groups:
    """Embeddings, then the encoder's layers; a last norm goes with the last layer."""
    layers_path = _layer_list(module)
    names = [name for name, _ in module.get_submodule(layers_path).named_children()]
    layers = [(f"Layer {n}", [f"{layers_path}.{name}"]) for n, name in enumerate(names, start=1)]
    if len(layers) < module.encoder.config.num_hidden_layers:  # ALBERT runs one layer many times
        layers = [("Shared layers", [path for _, paths in layers for path in paths])]
    embeddings: list[str] = []
    reached = False
    for path in _around(module, layers_path):
        if path == layers_path:
            reached = True
        elif reached and _is_last_norm(module, path):
            layers[-1][1].append(path)
        else:
            # Tables of relative positions stand behind the layers but serve all of them.
            embeddings.append(path)
    return [("Embeddings", embeddings), *layers]


def _is_last_norm(module: Module, path: str) -> bool:
    parent, _, name = path.rpartition(".")
    # DeBERTa's `encoder.LayerNorm` normalises its table of relative positions, for every layer.
    of_positions = hasattr(module.get_submodule(parent), "rel_embeddings")
    return re.search(r"norm|ln", name.lower()) is not None and not of_positions


def _layer_list(module: Module) -> str:
    """The path of the list that holds most of the parameters."""
    lists = [
        (path, part)
        for path, part in module.named_modules()
        if path.startswith("encoder") and isinstance(part, nn.ModuleList)
    ]
    return max(lists, key=lambda item: _size(item[1].parameters()))[0]


def _size(parameters: Iterable[nn.Parameter]) -> int:
    return sum(parameter.numel() for parameter in parameters)


def _around(module: Module, layers_path: str, prefix: str = "encoder") -> list[str]:
    """The paths with parameters in an encoder, the list of layers taken as one, in order."""
    paths: list[str] = []
    for name, child in module.get_submodule(prefix).named_children():
        path = f"{prefix}.{name}"
        if layers_path.startswith(f"{path}."):
            paths.extend(_around(module, layers_path, path))
        elif any(True for _ in child.parameters()):
            paths.append(path)
    return paths
