from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from finetune_studio.engine.model.sources import load
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import ModelChoice


def _code(path: Path, **settings: str) -> str:
    choice = ModelChoice(
        id="local/x", source=ModelSource.LOCAL, task=Task.IMAGE, title="x", path=str(path),
        **settings,
    )  # fmt: skip
    with pytest.raises(ProblemError) as caught:
        load(choice, ["a", "b"])
    return caught.value.problem.code


def test_a_folder_opens_as_what_its_configuration_says(
    text_folder: Callable[..., Path], timm_folder: Callable[..., Path]
) -> None:
    text = load(choice_from_text(str(text_folder())), ["a", "b"], max_tokens=16)
    image = load(choice_from_text(str(timm_folder())), ["a", "b"])
    assert (text.task, text.transformer) == (Task.TEXT, True)
    assert (image.task, image.transformer) == (Task.IMAGE, False)


def test_a_bare_file_opens_in_the_architecture_it_fits(tmp_path: Path) -> None:
    from torchvision.models import mobilenet_v3_small

    network = mobilenet_v3_small(num_classes=3)
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    bundle = load(choice_from_text(str(tmp_path / "mine.safetensors")), ["a", "b"])
    assert bundle.architecture.name == "mobilenet_v3_small"
    assert torch.equal(
        bundle.module.state_dict()["features.0.0.weight"], network.features[0][0].weight
    )


def test_an_architecture_can_be_named(tmp_path: Path) -> None:
    import timm

    save_file(timm.create_model("test_resnet").state_dict(), tmp_path / "mine.safetensors")
    choice = choice_from_text(str(tmp_path / "mine.safetensors"))
    named = choice.edited(architecture="timm/test_resnet.r160_in1k")
    assert load(named, ["a", "b"]).architecture.library == "timm"


def test_tensors_of_no_known_network_are_refused(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(2)}, tmp_path / "mine.safetensors")
    assert _code(tmp_path / "mine.safetensors") == "model_unsuitable"


@pytest.mark.parametrize("name", ["model.bin", "model.pth", "model.pt", "model.ckpt", "model.pkl"])
def test_a_file_that_could_run_code_is_never_opened(name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    payload = f"cbuiltins\nopen\n(V{canary}\nVw\ntR."
    (tmp_path / name).write_text(payload)
    assert _code(tmp_path / name) == "model_unsafe"
    assert not canary.exists()


def test_a_pickle_that_calls_itself_safetensors_is_refused(tmp_path: Path) -> None:
    torch.save({"x": torch.zeros(2)}, tmp_path / "model.safetensors")
    assert _code(tmp_path / "model.safetensors") == "weights_damaged"


def test_what_is_gone_or_no_model_is_said_so(tmp_path: Path) -> None:
    assert _code(tmp_path / "gone") == "model_missing"
    (tmp_path / "empty").mkdir()
    assert _code(tmp_path / "empty") == "model_unsuitable"
    (tmp_path / "notes.txt").write_text("hello")
    assert _code(tmp_path / "notes.txt") == "model_unsuitable"


def test_weights_that_are_a_link_to_somewhere_else_are_refused(
    tmp_path: Path, timm_folder: Callable[..., Path]
) -> None:
    folder = timm_folder()
    (folder / "model.safetensors").rename(tmp_path / "elsewhere.safetensors")
    (folder / "model.safetensors").symlink_to(tmp_path / "elsewhere.safetensors")
    assert _code(folder) == "model_unsafe"


@pytest.mark.parametrize("kind", ["text", "timm", "torchvision"])
def test_a_model_this_program_exported_can_be_tuned_again(
    kind: str,
    tmp_path: Path,
    text_folder: Callable[..., Path],
    timm_folder: Callable[..., Path],
) -> None:
    from torchvision.models import mobilenet_v3_small

    from finetune_studio.engine.export.writers import write
    from finetune_studio.project.choices import ExportFormat

    if kind == "torchvision":
        source = tmp_path / "net.safetensors"
        save_file(mobilenet_v3_small().state_dict(), source)
    else:
        source = text_folder() if kind == "text" else timm_folder()
    first = load(choice_from_text(str(source)), ["a", "b", "c"], max_tokens=16)
    (tmp_path / "exported").mkdir()
    write(first, ExportFormat.FOLDER, tmp_path / "exported")
    again = load(choice_from_text(str(tmp_path / "exported")), ["x", "y"], max_tokens=16)
    assert again.task is first.task
    assert again.preprocessing == first.preprocessing
    before, after = first.module.state_dict(), again.module.state_dict()
    head = first.blocks[-1].paths[0]
    assert all(torch.equal(before[n], after[n]) for n in before if not n.startswith(f"{head}."))
