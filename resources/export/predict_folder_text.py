"""Says what texts are. Needs torch, transformers and safetensors.

python predict.py "a text" ["another text" ...]

Give it texts as they are: `text_cleaning.py` does to them what was done in training. Where that
repairs encodings or looks for emoji it needs ftfy or emoji as well.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from answer_words import said
from safetensors.torch import load_file
from text_cleaning import cleaner
from transformers import AutoModel, PreTrainedTokenizerFast, logging

logging.set_verbosity_error()  # the part of BERT that is not used is reported as missing

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "finetune_studio.json").read_text(encoding="utf-8"))
LABELS = FACTS["labels"]
OUTPUTS = FACTS["outputs"]  # one label, several with their thresholds, or a number
CLEAN = cleaner(FACTS["preprocessing"]["cleaning"])
TOKENIZER = PreTrainedTokenizerFast.from_pretrained(HERE, local_files_only=True)
ENCODER = AutoModel.from_pretrained(HERE, local_files_only=True, use_safetensors=True).eval()
HEAD = load_file(HERE / "head.safetensors")  # weight [labels, width], bias [labels]


def told(logits: torch.Tensor) -> torch.Tensor:
    """Probabilities of the labels, or the number in its own unit."""
    if OUTPUTS["kind"] == "number":
        return logits * OUTPUTS["spread"] + OUTPUTS["mean"]
    return logits.sigmoid() if OUTPUTS["kind"] == "labels" else logits.softmax(-1)


@torch.inference_mode()
def predict(texts: list[str]) -> list[dict[str, float]]:
    """The probability of every label, or the number, for each text."""
    answers = []
    for text in texts:
        tokens = TOKENIZER(
            CLEAN(text),
            truncation=True,
            max_length=FACTS["preprocessing"]["max_tokens"],
            return_tensors="pt",
            return_token_type_ids=False,
        )
        states = ENCODER(**tokens, output_hidden_states=True).hidden_states
        read = torch.cat(states[-FACTS["layers_read"] :])  # [layers, tokens, width]
        logits = HEAD["weight"] @ read.mean(dim=(0, 1)) + HEAD["bias"]  # [labels]
        answers.append(dict(zip(LABELS, told(logits).tolist(), strict=True)))
    return answers


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for text, answer in zip(sys.argv[1:], predict(sys.argv[1:]), strict=True):
        print(f"{text[:60]}: {said(answer, OUTPUTS)}")
