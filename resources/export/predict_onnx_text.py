"""Says what texts are. Needs onnxruntime and tokenizers: pip install onnxruntime tokenizers.

python predict.py "a text" ["another text" ...]

Give it texts as they are: `text_cleaning.py` does to them what was done in training. Where that
repairs encodings or looks for emoji it needs ftfy or emoji as well.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime reports home unless told before it starts

import numpy as np
import onnxruntime
from answer_words import said
from text_cleaning import cleaner
from tokenizers import Tokenizer

HERE = Path(__file__).parent
SESSION = onnxruntime.InferenceSession(str(HERE / "model.onnx"), providers=["CPUExecutionProvider"])
FACTS = json.loads(SESSION.get_modelmeta().custom_metadata_map["finetune_studio"])
LABELS = FACTS["labels"]
OUTPUTS = FACTS["outputs"]  # one label, several with their thresholds, or a number
CLEAN = cleaner(FACTS["preprocessing"]["cleaning"])
TOKENIZER = Tokenizer.from_file(str(HERE / "tokenizer.json"))
TOKENIZER.enable_truncation(FACTS["preprocessing"]["max_tokens"])
TOKENIZER.no_padding()


def predict(texts: list[str]) -> list[dict[str, float]]:
    """The probability of every label, or the number, for each text."""
    answers = []
    for text in texts:
        tokens = TOKENIZER.encode(CLEAN(text))
        feed = {
            "input_ids": np.array([tokens.ids], dtype=np.int64),
            "attention_mask": np.array([tokens.attention_mask], dtype=np.int64),
        }
        (told,) = SESSION.run(None, feed)
        answers.append(dict(zip(LABELS, told[0].tolist(), strict=True)))
    return answers


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for text, answer in zip(sys.argv[1:], predict(sys.argv[1:]), strict=True):
        print(f"{text[:60]}: {said(answer, OUTPUTS)}")
