from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from finetune_studio.engine.model.encoder_settings import ENCODERS, read_config
from finetune_studio.engine.model.sources import load
from finetune_studio.engine.model.transformers_models import open_folder
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.problems import ProblemError

# What the smallest network of some kinds needs beside the common sizes.
EXTRA: dict[str, dict[str, Any]] = {
    "deberta": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "deberta-v2": {
        "relative_attention": True,
        "pos_att_type": ["p2c", "c2p"],
        "position_buckets": 8,
        "norm_rel_ebd": "layer_norm",
        "share_att_key": True,
        "type_vocab_size": 0,
    },
    "eurobert": {"num_key_value_heads": 2},
    "mobilebert": {"intra_bottleneck_size": 16, "true_hidden_size": 16},
    "modernbert": {"global_attn_every_n_layers": 2, "local_attention": 8},
    "rembert": {"input_embedding_size": 16, "output_embedding_size": 16},
    "squeezebert": {"q_groups": 1, "k_groups": 1, "v_groups": 1, "intermediate_groups": 1,
                    "output_groups": 1, "post_attention_groups": 1},
}  # fmt: skip


def _change(folder: Path, **settings: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))


def _code(folder: Path) -> str:
    with pytest.raises(ProblemError) as caught:
        open_folder(folder, 16)
    return caught.value.problem.code


@pytest.mark.parametrize("kind", sorted(ENCODERS))
def test_padding_never_changes_what_an_encoder_says(
    kind: str, text_folder: Callable[..., Path]
) -> None:
    folder = text_folder(kind, **EXTRA.get(kind, {}))
    bundle = load(choice_from_text(str(folder)), ["a", "b"], max_tokens=24)
    assert bundle.tokenizer is not None
    alone = bundle.tokenizer(["a very good film"], return_tensors="pt")
    padded = bundle.tokenizer(["a very good film", "bad " * 12], padding=True, return_tensors="pt")
    assert padded["input_ids"].shape[1] > alone["input_ids"].shape[1]
    with torch.inference_mode():
        torch.testing.assert_close(
            bundle(dict(padded))[:1], bundle(dict(alone)), rtol=1e-4, atol=1e-6
        )


def test_the_weights_of_the_folder_are_in_the_encoder(text_folder: Callable[..., Path]) -> None:
    folder = text_folder()
    stored = load_file(folder / "model.safetensors")
    module = open_folder(folder, 16).module
    assert all(torch.equal(tensor, stored[name]) for name, tensor in module.state_dict().items())


def test_names_of_older_files_are_understood(text_folder: Callable[..., Path]) -> None:
    folder = text_folder()
    stored = load_file(folder / "model.safetensors")
    older = {
        f"bert.{name}".replace("Norm.weight", "Norm.gamma").replace(
            "Norm.bias", "Norm.beta"
        ): tensor
        for name, tensor in stored.items()
    }
    save_file(older, folder / "model.safetensors")
    module = open_folder(folder, 16).module
    assert all(torch.equal(tensor, stored[name]) for name, tensor in module.state_dict().items())


def test_half_precision_files_become_float32(text_folder: Callable[..., Path]) -> None:
    folder = text_folder()
    stored = load_file(folder / "model.safetensors")
    save_file(
        {name: tensor.half() for name, tensor in stored.items()}, folder / "model.safetensors"
    )
    module = open_folder(folder, 16).module
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float32}


def test_a_missing_tensor_is_not_made_up(text_folder: Callable[..., Path]) -> None:
    folder = text_folder()
    stored = load_file(folder / "model.safetensors")
    del stored["encoder.layer.1.attention.self.query.weight"]
    save_file(stored, folder / "model.safetensors")
    assert _code(folder) == "weights_do_not_fit"


def test_a_configuration_of_other_sizes_than_its_weights_is_refused(
    text_folder: Callable[..., Path],
) -> None:
    folder = text_folder()
    _change(folder, intermediate_size=52)
    assert _code(folder) == "weights_do_not_fit"


@pytest.mark.parametrize(
    "settings",
    [
        {"num_hidden_layers": 10**7},
        {"hidden_size": 10**9},
        {"vocab_size": -(10**12)},
        {"hidden_size": 3200, "intermediate_size": 48000},
        {"hidden_size": "large"},
    ],
)
def test_absurd_sizes_are_refused_before_memory_is_taken(
    settings: dict[str, Any], text_folder: Callable[..., Path]
) -> None:
    folder = text_folder()
    _change(folder, **settings)
    assert _code(folder) == "model_damaged"


def test_nothing_in_a_configuration_can_name_code(
    text_folder: Callable[..., Path], tmp_path: Path
) -> None:
    folder = text_folder()
    canary = tmp_path / "canary"
    code = f"open({str(canary)!r}, 'w').close()"
    for name in ("modeling_evil.py", "configuration_evil.py", "tokenization_evil.py"):
        (folder / name).write_text(code)
    _change(
        folder,
        auto_map={"AutoConfig": "configuration_evil.Evil", "AutoModel": "modeling_evil.Evil"},
        trust_remote_code=True,
        _attn_implementation="evil/kernel",
        _attn_implementation_internal="evil/kernel",
        quantization_config={"quant_method": "evil"},
        text_config={"trust_remote_code": True},
    )
    settings = {
        "auto_map": {"AutoTokenizer": ["tokenization_evil.Evil", None]},
        "tokenizer_class": "Evil",
        "pad_token": "[PAD]",
        "chat_template": "{{ x }}",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    config = read_config(folder)
    assert not {"auto_map", "trust_remote_code", "quantization_config"} & set(config.to_dict())
    assert open_folder(folder, 16).module.config._attn_implementation in {"sdpa", "eager"}
    assert not canary.exists()


@pytest.mark.parametrize("kind", ["gpt2", "t5", "vit", None, "../evil"])
def test_what_is_no_text_encoder_is_refused_by_name(
    kind: str | None, text_folder: Callable[..., Path]
) -> None:
    folder = text_folder()
    _change(folder, model_type=kind)
    assert _code(folder) == "model_unsuitable"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(name: str, text_folder: Callable[..., Path]) -> None:
    folder = text_folder()
    (folder / name).unlink()
    with pytest.raises(ProblemError) as caught:
        open_folder(folder, 16)
    assert name in caught.value.problem.what


def test_texts_are_cut_where_the_positions_end(text_folder: Callable[..., Path]) -> None:
    assert open_folder(text_folder(), 999).preprocessing.max_tokens == 40
    # RoBERTa counts positions from behind the number of its padding.
    assert open_folder(text_folder("roberta"), 999).preprocessing.max_tokens == 39
    assert open_folder(text_folder("electra"), 12).preprocessing.max_tokens == 12


def test_a_tokenizer_that_knows_more_than_its_model_is_refused(
    text_folder: Callable[..., Path],
) -> None:
    """An unknown number would be read from outside the table, which takes a GPU down."""
    assert _code(text_folder(vocab_size=9)) == "tokenizer_missing"
