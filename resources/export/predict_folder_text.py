"""Says what texts are. Needs torch, transformers and safetensors.

python predict.py "a text" ["another text" ...]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModel, PreTrainedTokenizerFast, logging

logging.set_verbosity_error()  # the part of BERT that is not used is reported as missing

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "finetune_studio.json").read_text(encoding="utf-8"))
LABELS = FACTS["labels"]
TOKENIZER = PreTrainedTokenizerFast.from_pretrained(HERE, local_files_only=True)
ENCODER = AutoModel.from_pretrained(HERE, local_files_only=True, use_safetensors=True).eval()
HEAD = load_file(HERE / "head.safetensors")  # weight [labels, width], bias [labels]


@torch.inference_mode()
def predict(texts: list[str]) -> list[dict[str, float]]:
    """The probability of every label, for each text."""
    answers = []
    for text in texts:
        tokens = TOKENIZER(
            text.strip(),
            truncation=True,
            max_length=FACTS["preprocessing"]["max_tokens"],
            return_tensors="pt",
            return_token_type_ids=False,
        )
        hidden = ENCODER(**tokens).last_hidden_state[0]  # [tokens, width]
        logits = HEAD["weight"] @ hidden.mean(dim=0) + HEAD["bias"]  # [labels]
        answers.append(dict(zip(LABELS, logits.softmax(-1).tolist(), strict=True)))
    return answers


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for text, answer in zip(sys.argv[1:], predict(sys.argv[1:]), strict=True):
        best = sorted(answer.items(), key=lambda pair: -pair[1])[:3]
        print(f"{text[:60]}: " + ", ".join(f"{label} {share:.1%}" for label, share in best))
