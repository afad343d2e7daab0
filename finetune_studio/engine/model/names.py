"""What people call a module, from its place in the network and its kind."""

from __future__ import annotations

import re

_KINDS = {
    "BatchNorm2d": "Batch norm",
    "BatchNormAct2d": "Batch norm",
    "ClassifierHead": "Head",
    "Conv2d": "Convolution",
    "Conv2dNormActivation": "Convolution and norm",
    "Conv2dSame": "Convolution",
    "Embedding": "Table",
    "FrozenBatchNorm2d": "Batch norm",
    "LayerNorm": "Layer norm",
    "LayerNorm2d": "Layer norm",
    "Linear": "Linear layer",
    "NonDynamicallyQuantizableLinear": "Linear layer",
    "RMSNorm": "RMS norm",
    "SqueezeExcitation": "Squeeze and excitation",
    "SqueezeExcite": "Squeeze and excitation",
}
_PARTS = {
    "attention": "Attention",
    "attn": "Attention",
    "self_attention": "Attention",
    "attn_drop": "Attention",
    "self": "Query, key, value",
    "query": "Query",
    "key": "Key",
    "value": "Value",
    "query_proj": "Query",
    "key_proj": "Key",
    "value_proj": "Value",
    "q_lin": "Query",
    "k_lin": "Key",
    "v_lin": "Value",
    "q_proj": "Query",
    "k_proj": "Key",
    "v_proj": "Value",
    "qkv": "Query, key, value",
    "proj": "Projection",
    "out_proj": "Projection",
    "out_lin": "Projection",
    "conv_pw": "Pointwise convolution",
    "conv_pwl": "Pointwise convolution, down",
    "conv_dw": "Depthwise convolution",
    "conv_exp": "Convolution, up",
    "conv_head": "Last convolution",
    "conv_proj": "Patches",
    "conv_stem": "First convolution",
    "class_token": "Class token",
    "cls_token": "Class token",
    "dist_token": "Distillation token",
    "reg_token": "Register tokens",
    "pos_embed": "Positions",
    "pos_embedding": "Positions",
    "position_embeddings": "Positions",
    "patch_embed": "Patches",
    "token_type_embeddings": "Text or pair",
    "word_embeddings": "Words",
    "tok_embeddings": "Words",
    "rel_embeddings": "Relative positions",
    "relative_attention_bias": "Relative positions",
    "embeddings": "Embeddings",
    "encoder": "Encoder",
    "downsample": "Downsampling",
    "intermediate": "Feed-forward, up",
    "output": "Feed-forward, down",
    "mlp": "Feed-forward",
    "ffn": "Feed-forward",
    "fc1": "Feed-forward, up",
    "fc2": "Feed-forward, down",
    "lin1": "Feed-forward, up",
    "lin2": "Feed-forward, down",
    "se": "Squeeze and excitation",
    "classifier": "Classifier",
    "head": "Head",
    "linear": "Linear layer",
    "dense": "Linear layer",
    "norm": "Norm",
    "ln": "Norm",
    "LayerNorm": "Layer norm",
    "layer_norm": "Layer norm",
    "final_norm": "Last norm",
    "gamma": "Scale",
    "layer_scale": "Scale",
}
_LISTS = {"blocks", "layer", "layers", "stages", "albert_layers", "albert_layer_groups"}


def name_of(path: str, kind: str) -> str:
    """A short human name of one module.

    Args:
        path: dotted module (or parameter) path.
        kind: its class's name.
    """
    parent, _, last = path.rpartition(".")
    container = parent.rpartition(".")[2]
    if last == "output" and container == "attention":
        return "Projection"
    if last in _PARTS:
        return _PARTS[last]
    numbered = re.fullmatch(r"(.*?)_?(\d+)", last)
    if numbered is None:
        return _KINDS.get(kind) or _spaced(last)
    stem, number = numbered.groups()
    if not stem:
        return _counted(container, kind, int(number))
    return f"{_KINDS.get(kind) or _PARTS.get(stem) or _spaced(stem)} {int(number)}"


def _counted(container: str, kind: str, index: int) -> str:
    """A numbered child of a list: counted from 1, as people do."""
    if kind in _KINDS:
        return f"{_KINDS[kind]} {index + 1}"
    return f"{'Layers' if container in _LISTS and kind == 'Sequential' else 'Block'} {index + 1}"


def _spaced(name: str) -> str:
    """``"DepthwiseSeparableConv"`` and ``"some_part"`` as words."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip().lower()
    return words[:1].upper() + words[1:]
