"""The formats a model can be exported in. A new format is a new function in `WRITERS`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from finetune_studio import places
from finetune_studio.engine.export.onnx_graph import write_onnx
from finetune_studio.engine.export.plain_state import encoder_and_head, plain_state_dict
from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle
from finetune_studio.project.choices import ExportFormat, Task
from finetune_studio.project.files import write_atomic

FACTS_FILE = "finetune_studio.json"


def write(bundle: ModelBundle, export_format: ExportFormat, folder: Path) -> None:
    """Write a model and its `predict.py` into an empty folder.

    Args:
        bundle: in eval mode, on the processor, in float32.
        export_format: one of `WRITERS`.
        folder: exists and is empty.
    """
    WRITERS[export_format](bundle, folder)
    script = f"predict_{export_format.value}_{bundle.task.value}.py"
    shutil.copyfile(places.resources() / "export" / script, folder / "predict.py")
    _write_json(folder / "labels.json", list(bundle.labels))


def snippet(export_format: ExportFormat, task: Task) -> str:
    """A few lines that use the export, run inside its folder."""
    wanted = '["photo.jpg"]' if task is Task.IMAGE else '["a text"]'
    extra = "pillow" if task is Task.IMAGE else "tokenizers"
    needs = {
        ExportFormat.ONNX: f"pip install onnxruntime {extra}",
        ExportFormat.FOLDER: "pip install torch torchvision timm safetensors pillow"
        if task is Task.IMAGE
        else "pip install torch transformers safetensors",
    }[export_format]
    return f"# {needs}\nfrom predict import predict\n\nprint(predict({wanted}))\n"


def facts_of(bundle: ModelBundle) -> dict[str, Any]:
    """What a program needs beside the weights, as JSON-ready values."""
    return {
        "labels": list(bundle.labels),
        "preprocessing": bundle.preprocessing.model_dump(mode="json"),
        "library": bundle.architecture.library,
        "architecture": bundle.architecture.name,
        "image_size": bundle.architecture.image_size,
        "licence_of_base": bundle.licence,
    }


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


WRITERS: dict[ExportFormat, Callable[[ModelBundle, Path], None]] = {
    ExportFormat.ONNX: _onnx,
    ExportFormat.FOLDER: _folder,
}
