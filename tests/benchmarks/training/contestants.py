"""Who takes part. Each is a module whose ``train`` does one trial in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contestant:
    """One program that fine-tunes.

    Attributes:
        name: what the table calls it.
        module: in `package`.
        rival: whether we have to be faster than it; the others are bounds.
        how: what it is, in a sentence.
    """

    name: str
    module: str
    rival: bool
    how: str
    package: str = "tests.benchmarks.training"


OURS = Contestant(
    "Finetune Studio",
    "ours",
    rival=False,
    how="the `train` job of a warm worker, as Start in the window gives it: model, data, measured "
    "choices, caches, validation, checkpoints and curves included.",
)
LIMIT = Contestant(
    "the limit",
    "limit",
    rival=False,
    how="one forward pass over the data in the faster number format, then training the rest on "
    "what was stored; nothing else is done or written.",
)
TUNED = Contestant(
    "tuned loop",
    "tuned_loop",
    rival=False,
    how="pixels in memory, bfloat16, channels-last, a fused optimizer and no synchronisation: a "
    "plain loop as an expert writes it, without stored features.",
)
RIVALS = (
    Contestant(
        "PyTorch loop",
        "bare_loop",
        rival=True,
        how="float32, a DataLoader with two workers that decodes in every epoch, AdamW.",
    ),
    Contestant(
        "transformers' Trainer",
        "hf_trainer",
        rival=True,
        how="its defaults, validating every epoch; picture networks behind a wrapper.",
    ),
    Contestant(
        "fastai",
        "fastai_learner",
        rival=True,
        how="its defaults: `vision_learner`, for texts a `Learner` with sorted batches, "
        "`fit_one_cycle`.",
    ),
)
EVERYBODY = (OURS, *RIVALS, TUNED, LIMIT)
