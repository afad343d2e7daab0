"""The formats a model can be exported in. A new format is a new function in `WRITERS`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from finetune_studio import places
from finetune_studio.engine.data import text_cleaning
from finetune_studio.engine.export.onnx_graph import write_onnx
from finetune_studio.engine.export.plain_state import encoder_and_head, plain_state_dict
from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle
from finetune_studio.project.choices import CleaningKind, ExportFormat, Target, Task
from finetune_studio.project.files import write_atomic

FACTS_FILE = "finetune_studio.json"
_WORDS = "answer_words.py"

# Read where it lies: a packed application has it as a file too.
_CLEANING = Path(text_cleaning.__file__).with_suffix(".py")
_NEEDED = {CleaningKind.ENCODING: "ftfy", CleaningKind.EMOJI: "emoji"}


def write(bundle: ModelBundle, export_format: ExportFormat, folder: Path) -> None:
    """Write a model and its `predict.py` into an empty folder.

    Args:
        bundle: in eval mode, on the processor, in float32.
        export_format: one of `WRITERS`.
        folder: exists and is empty.
    """
    WRITERS[export_format](bundle, folder)
    script = f"predict_{export_format.value}_{bundle.task.value}.py"
    scripts = places.resources() / "export"
    shutil.copyfile(scripts / script, folder / "predict.py")
    shutil.copyfile(scripts / _WORDS, folder / _WORDS)
    if bundle.task is Task.TEXT:
        shutil.copyfile(_CLEANING, folder / _CLEANING.name)
    _write_json(folder / "labels.json", list(bundle.labels))


def needed_packages(bundle: ModelBundle) -> tuple[str, ...]:
    """What cleaning texts needs to be installed beside what runs the model."""
    if isinstance(bundle.preprocessing, ImagePreprocessing):
        return ()
    kinds = [step.kind for step in bundle.preprocessing.cleaning]
    return tuple(package for kind, package in _NEEDED.items() if kind in kinds)


def snippet(export_format: ExportFormat, task: Task, packages: Sequence[str] = ()) -> str:
    """A few lines that use the export, run inside its folder.

    Args:
        export_format: of the export.
        task: of the model.
        packages: to be installed beside what runs any such model.
    """
    wanted = '["photo.jpg"]' if task is Task.IMAGE else '["a text"]'
    extra = "pillow" if task is Task.IMAGE else "tokenizers"
    needs = {
        ExportFormat.ONNX: f"pip install onnxruntime {extra}",
        ExportFormat.FOLDER: "pip install torch torchvision timm safetensors pillow"
        if task is Task.IMAGE
        else "pip install torch transformers safetensors",
    }[export_format]
    needs = " ".join([needs, *packages])
    return f"# {needs}\nfrom predict import predict\n\nprint(predict({wanted}))\n"


def facts_of(bundle: ModelBundle) -> dict[str, Any]:
    """What a program needs beside the weights, as JSON-ready values."""
    return {
        "labels": list(bundle.labels),
        "outputs": bundle.outputs.edited(thresholds=_thresholds(bundle)).model_dump(mode="json"),
        "preprocessing": bundle.preprocessing.model_dump(mode="json"),
        "library": bundle.architecture.library,
        "architecture": bundle.architecture.name,
        "image_size": bundle.architecture.image_size,
        "layers_read": bundle.architecture.layers_read,
        "licence_of_base": bundle.licence,
    }


def _thresholds(bundle: ModelBundle) -> tuple[float, ...]:
    several = bundle.outputs.kind is Target.LABELS
    return bundle.outputs.thresholds_of(len(bundle.labels)) if several else ()


def _onnx(bundle: ModelBundle, folder: Path) -> None:
    write_onnx(bundle, folder / "model.onnx", facts_of(bundle))
    if bundle.tokenizer is not None:
        bundle.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))


def _folder(bundle: ModelBundle, folder: Path) -> None:
    from safetensors.torch import save_file

    _write_json(folder / FACTS_FILE, facts_of(bundle))
    if bundle.task is Task.IMAGE:
        save_file(plain_state_dict(bundle.module), folder / "model.safetensors", {"format": "pt"})
        _write_json(folder / "config.json", _timm_config(bundle))
        return
    encoder, head = encoder_and_head(bundle.module)
    encoder.config.id2label = dict(enumerate(bundle.labels))
    encoder.config.label2id = {label: index for index, label in enumerate(bundle.labels)}
    encoder.config.problem_type = _PROBLEM_TYPES[bundle.outputs.kind]
    encoder.save_pretrained(folder)
    save_file(head, folder / "head.safetensors", {"format": "pt"})
    if bundle.tokenizer is not None:
        bundle.tokenizer.save_pretrained(folder)


def _timm_config(bundle: ModelBundle) -> dict[str, Any]:
    """The configuration as timm writes it; torchvision has none of its own."""
    picture = bundle.preprocessing
    if not isinstance(picture, ImagePreprocessing):
        raise TypeError("a picture model has picture preprocessing")
    return {
        "architecture": bundle.architecture.name.partition(".")[0],
        "num_classes": len(bundle.labels),
        "label_names": list(bundle.labels),
        "pretrained_cfg": {
            "input_size": [3, picture.size, picture.size],
            "interpolation": picture.interpolation,
            "crop_pct": picture.size / picture.resize,
            "crop_mode": picture.crop,
            "mean": list(picture.mean),
            "std": list(picture.std),
            "num_classes": len(bundle.labels),
        },
    }


def _write_json(file: Path, value: Any) -> None:
    write_atomic(file, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


_PROBLEM_TYPES = {
    Target.LABEL: "single_label_classification",
    Target.LABELS: "multi_label_classification",
    Target.NUMBER: "regression",
}
WRITERS: dict[ExportFormat, Callable[[ModelBundle, Path], None]] = {
    ExportFormat.ONNX: _onnx,
    ExportFormat.FOLDER: _folder,
}
