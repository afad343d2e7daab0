"""timm's networks, with or without pretrained weights, and the starter that is one of them."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from pydantic import ValidationError

from finetune_studio.engine.model.backbone import Backbone
from finetune_studio.engine.model.bundle import CONFIG_FILE, Architecture, ImagePreprocessing
from finetune_studio.engine.model.converter import convert
from finetune_studio.engine.model.folders import allowed_file, read_json
from finetune_studio.engine.model.weights import shapes_in
from finetune_studio.project import model_files
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from torch import Tensor

STARTER_ID = "starter/efficientnet_lite0"
# The starter's weights were converted from TensorFlow: found by its padding (`tf_`) and its
# preprocessing, with which the photographs of tests/e2e/test_known_answer.py are named best.
STARTER_NAME = "tf_efficientnet_lite0.in1k"
_STARTER_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_OWN_INTERPOLATIONS = {"bilinear", "bicubic"}


def timm_names(query: str, limit: int = 50) -> tuple[str, ...]:
    """Pretrained timm models with a text in their name, for searching beyond the catalogue."""
    import timm

    pattern = f"*{query.strip().lower()}*"
    names = timm.list_models(pretrained=True)
    return tuple(name for name in names if fnmatch.fnmatchcase(name.lower(), pattern))[:limit]


def open_starter(folder: Path) -> Backbone:
    """The starter model for pictures; its weights become safetensors at the first time."""
    weights = folder / model_files.WEIGHTS
    if not weights.is_file():
        published = next(folder.glob("efficientnet-lite0-*.pth"))
        weights = model_files.folder(STARTER_ID) / model_files.WEIGHTS
        convert(published, weights, sha256=_STARTER_SHA256, rename=_starter_names)
    return open_timm(STARTER_NAME, weights)


def _starter_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published tensors under timm's names: both list the network in the same order."""
    import timm

    with torch.device("meta"):
        names = list(timm.create_model(STARTER_NAME).state_dict())
    return dict(zip(names, tensors.values(), strict=True))


def open_folder(folder: Path, name: str = "", image_size: int = 0) -> Backbone:
    """A folder in timm's format: ``model.safetensors`` and ``config.json``.

    Args:
        folder: where they lie.
        name: the network's name, where it is known better than by ``config.json``.
        image_size: side of the square it will see; 0 for the one it was pretrained with.

    Raises:
        ProblemError: a file is missing, damaged, or for a network timm does not have.
    """
    weights = allowed_file(folder, model_files.WEIGHTS)
    if weights is None:
        raise ProblemError.of(
            f"{folder} holds no {model_files.WEIGHTS}.", "",
            "Download the model again, or choose another folder.",
            where=str(folder), code="model_missing",
        )  # fmt: skip
    config = allowed_file(folder, CONFIG_FILE)
    settings = read_json(config) if config else {}
    declared = settings.get("pretrained_cfg")
    return open_timm(
        name or str(settings.get("architecture", "")),
        weights,
        image_size=image_size,
        declared=declared if isinstance(declared, dict) else {},
    )


def open_timm(
    name: str,
    weights: Path | None,
    *,
    image_size: int = 0,
    declared: Mapping[str, Any] | None = None,
) -> Backbone:
    """One of timm's networks with its classifier.

    Args:
        name: as timm calls it, with or without the tag of its weights.
        weights: a safetensors file; without one the first weights are random.
        image_size: side of the square it will see; 0 for the one it was pretrained with.
        declared: preprocessing facts that go with the weights; timm's own without them.

    Raises:
        ProblemError: timm does not have it (code ``model_unknown``), or the weights do not fit
            (code ``weights_do_not_fit``).
    """
    options: dict[str, Any] = {"img_size": image_size} if image_size else {}
    known = _known_name(name)
    module = _filled(known, weights, options) if weights else _built(known, options)
    facts = {**module.pretrained_cfg, **(declared or {})}
    return Backbone(
        module=module,
        preprocessing=_preprocessing(facts, image_size, name),
        architecture=Architecture(library="timm", name=known, image_size=image_size),
        licence=str(facts.get("license") or ""),
    )


def _known_name(name: str) -> str:
    """A name timm knows: with its tag, or without where only the architecture is known."""
    import timm

    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise ProblemError.of(
            f"timm {timm.__version__} has no model “{name}”.",
            "It may be newer than the installed version, or misspelt.",
            "Choose one from the list, or update timm.",
            where=name,
            code="model_unknown",
        )
    return name if tag and timm.is_model_pretrained(name) else architecture


def _built(name: str, options: Mapping[str, Any]) -> Any:
    import timm

    return timm.create_model(name, pretrained=False, **options)


def _filled(name: str, weights: Path, options: Mapping[str, Any]) -> Any:
    """A network with weights from a file, by timm's own loading, which resizes positions."""
    import timm

    with torch.device("meta"):
        outline = timm.create_model(name, pretrained=False)
    shapes = shapes_in(weights)
    cfg = outline.pretrained_cfg
    classifier = cfg.get("classifier")
    first = classifier[0] if isinstance(classifier, (tuple, list)) else classifier
    outputs = shapes.get(f"{first}.weight", (0,))[0]
    overlay = {"file": str(weights), "num_classes": outputs, "label_offset": 0}
    try:
        return timm.create_model(
            name,
            pretrained=True,
            pretrained_cfg_overlay=overlay,
            num_classes=outputs,
            **options,
        )
    except (RuntimeError, KeyError, ValueError) as error:
        raise ProblemError.of(
            f"The weights in {weights.name} are for another network than {name}.",
            str(error).splitlines()[0],
            "Choose the architecture they were trained with.",
            where=str(weights),
            code="weights_do_not_fit",
        ) from error


def _preprocessing(facts: Mapping[str, Any], image_size: int, name: str) -> ImagePreprocessing:
    interpolation = facts.get("interpolation")
    try:
        size = image_size or int(facts["input_size"][-1])
        return ImagePreprocessing(
            size=size,
            resize=int(size / float(facts.get("crop_pct") or 0.875)),
            crop="squash" if facts.get("crop_mode") == "squash" else "center",
            mean=tuple(facts["mean"]),
            std=tuple(facts["std"]),
            interpolation=interpolation if interpolation in _OWN_INTERPOLATIONS else "bicubic",
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError, ValidationError) as error:
        raise ProblemError.of(
            f"{name} does not say how its pictures are prepared.",
            str(error).splitlines()[0],
            "Restore its config.json, or choose another model.",
            where=name,
            code="model_damaged",
        ) from error
