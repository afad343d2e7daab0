from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.model.sources import load
from finetune_studio.project import model_files
from finetune_studio.project.model_catalog import CATALOG, choice_from_text
from finetune_studio.project.problems import ProblemError


@pytest.mark.parametrize(
    "entry",
    [entry for entry in CATALOG if not entry.id.startswith("starter/")][::6],
    ids=lambda entry: entry.id,
)
def test_a_model_that_is_not_here_is_not_fetched_but_explained(entry) -> None:  # noqa: ANN001
    with pytest.raises(ProblemError) as caught:
        load(entry.choice(), ["a", "b"])
    assert caught.value.problem.code == "model_missing"
    assert str(model_files.folder(entry.id)) in caught.value.problem.remedy


def test_a_model_in_our_models_folder_opens(timm_folder: Callable[..., Path]) -> None:
    folder = model_files.folder("timm/test_resnet.r160_in1k")
    folder.parent.mkdir(parents=True)
    timm_folder().rename(folder)
    bundle = load(choice_from_text("timm/test_resnet.r160_in1k"), ["a", "b"], dropout=0.4)
    assert bundle.id == "timm/test_resnet.r160_in1k"
    assert bundle.architecture.dropout == 0.4
    assert bundle.preprocessing.size == 160


def test_the_same_seed_gives_the_same_model_and_touches_nobody_elses_numbers(
    timm_folder: Callable[..., Path],
) -> None:
    choice = choice_from_text(str(timm_folder()))
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = load(choice, ["a", "b"], seed=1)
    assert torch.equal(torch.rand(3), expected)
    again, other = load(choice, ["a", "b"], seed=1), load(choice, ["a", "b"], seed=2)
    state = first.module.state_dict()
    assert all(torch.equal(state[n], t) for n, t in again.module.state_dict().items())
    differing = {n for n, t in other.module.state_dict().items() if not torch.equal(state[n], t)}
    assert differing == {"fc.linear.weight"}


def test_an_unknown_id_is_a_problem() -> None:
    choice = choice_from_text("torchvision/resnet18").edited(id="torchvision/resnet17")
    with pytest.raises(ProblemError) as caught:
        load(choice, ["a", "b"])
    assert caught.value.problem.code == "model_unknown"


@pytest.mark.parametrize(
    ("path", "unwanted"), [("starter/efficientnet_lite0", "transformers"), ("text", "timm")]
)
def test_a_picture_job_imports_no_transformers_and_a_text_job_no_timm(
    path: str, unwanted: str, text_folder: Callable[..., Path]
) -> None:
    import subprocess
    import sys

    name = str(text_folder()) if path == "text" else path
    code = (
        "import sys; from finetune_studio.engine.model.sources import load;"
        "from finetune_studio.engine.model import layers, download;"
        "from finetune_studio.project.model_catalog import choice_from_text;"
        f"load(choice_from_text({name!r}), ['a', 'b'], max_tokens=16);"
        f"assert {unwanted!r} not in sys.modules"
    )
    root = Path(model_files.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
