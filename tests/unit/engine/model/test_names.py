from __future__ import annotations

import pytest

from finetune_studio.engine.model.names import name_of


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("conv1", "Conv2d", "Convolution 1"),
        ("layer3", "Sequential", "Layer 3"),
        ("layer3.0", "BasicBlock", "Block 1"),
        ("features.0", "Conv2d", "Convolution 1"),
        ("blocks.2", "Sequential", "Layers 3"),
        ("blocks.2.0.conv_dw", "Conv2dSame", "Depthwise convolution"),
        ("encoder.encoder.layer.4.attention", "BertAttention", "Attention"),
        ("encoder.encoder.layer.4.attention.self.query", "Linear", "Query"),
        ("encoder.encoder.layer.4.attention.output", "BertSelfOutput", "Projection"),
        ("encoder.encoder.layer.4.output", "BertOutput", "Feed-forward, down"),
        ("encoder.embeddings.word_embeddings", "Embedding", "Words"),
        ("cls_token", "Parameter", "Class token"),
        ("encoder.layers.encoder_layer_3", "EncoderBlock", "Encoder layer 3"),
        ("strange_part", "StrangeThing", "Strange part"),
    ],
)
def test_modules_are_called_what_people_call_them(path: str, kind: str, name: str) -> None:
    assert name_of(path, kind) == name
