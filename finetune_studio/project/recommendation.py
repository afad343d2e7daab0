"""Recommended hyperparameters, and the reasons for them, in one place.

Rules of thumb behind the numbers: a fresh head on frozen features wants a rate of some thousandths
with AdamW, a pretrained convolutional network about a tenth of that, a pretrained transformer 2e-5
to 5e-5 (Devlin et al., BERT, 2019, appendix A.3). Few samples want more epochs, so that the number
of steps stays in the hundreds. What was measured stands beside the number it decided; `make bench
BENCH="--part recipe"` puts the whole to the test.
"""

from __future__ import annotations

from typing import Any

from finetune_studio.project.choices import (
    Adapters,
    Augmentation,
    Balancing,
    FreezePreset,
    Kept,
    Metric,
    Target,
    Task,
)
from finetune_studio.project.facts import Facts
from finetune_studio.project.optimizer_advice import (
    ADVICE,
    usual_start_divisor,
    usual_warmup,
)
from finetune_studio.project.project import Project

# Heads on frozen features, means of ten divisions. 422 photographs, 19 to 146 of each of seven
# labels: weights by the effective number raised macro F1 from 77.4 to 79.1 % and accuracy from
# 82.8 to 83.6 %, balanced weights and sampling as much. 450 film reviews, 8 to 1: macro F1 48.7 %
# as they are, 57.7 % with focal loss, 65.9 % balanced weights, 66.3 % sampling, 67.1 % effective
# number, which also loses the least accuracy of the last three (89.0 to 84.7 %).
_FOR_RARE_LABELS = Balancing.EFFECTIVE
_ENOUGH_STEPS = 200
# A head on features of EfficientNet-Lite0, means of eight divisions, with rate and smoothing:
# 276 photographs of seven kinds, 2e-3 and none 81.8 %, 2e-3 and 0.1 83.5, 5e-3 and 0.1 85.6, 7e-3
# and 0.1 86.6, 1e-2 and 0.1 86.2, 2e-2 and 0.1 81.6; ten digits each of ten, 2e-3 and none 87.4,
# 1e-2 and 0.1 90.4. Of the good rates the lowest, since features of other networks are larger.
_HEAD_RATE = {Task.IMAGE: 5e-3, Task.TEXT: 2e-3}
_SMOOTHING = 0.1
# A head on frozen MiniLM, 425 film reviews, means of three divisions: 74.4 % on the last layer,
# 76.9 on the mean of the last three, 76.4 of four. Where every layer trains it made no difference.
_LAYERS_READ = 3
# All of MiniLM on 425 film reviews, 216 steps, means of three divisions: 79.7 % at 1e-4; 80.5 when
# words are hidden, answers are smoothed, the head learns faster and each block 1.3 times slower
# than the one above. LoRA 79.6, the upper half of the blocks alone 79.5, R-Drop 79.3, twice the
# rate 78.3; by chance such means differ by half a point. 300 reviews of products, 95 steps: 78.5 at
# 1e-4, 73.4 at 6e-5. On 4,250 reviews all of that holds the model back: 85.5 with it, 86.4 without
# hidden words, 87.0 without any of it (one division). Adversarial words of 0.5 take twice the time
# for 81.2 against 81.1 on the 425 (six divisions) and 86.4 against 86.2 on the 4,250 (three).
_MANY_SAMPLES = 2000
_BLOCKS_SLOWER, _MANY_BLOCKS_SLOWER = 1.3, 1.15  # about five times from the first to the last
_HEAD_FASTER = 10.0
_WORDS_HIDDEN = 0.1
# With fewer validation samples the best of some epochs is the luckiest of them: a standard error is
# three points. The rate falls to zero, so the last epoch is the calmest: 0.8 points more on each of
# two divisions of the same reviews. Heads on pictures did not gain by it (84.3 against 85.5).
_TELL_EPOCHS_APART = 200
# Adapters start from zero beside weights that stay (Hu et al., LoRA, 2021, tables 9 and 11: 2e-4 to
# 5e-4 where tuning all weights takes 1e-5 to 5e-5).
_RATE_OF_ADAPTERS = 5.0


def recommended(project: Project, facts: Facts) -> dict[str, Any]:
    """The recommended value of each hyperparameter that depends on the circumstances."""
    batch = _batch_size(project, facts)
    head_only = project.freeze.preset is FreezePreset.HEAD
    advice = ADVICE[project.training.optimizer]
    values: dict[str, Any] = {
        "batch_size": batch,
        "epochs": _epochs(facts, batch, head_only=head_only),
        "learning_rate": _learning_rate(project, facts, head_only=head_only),
        "rate_decay": _rate_decay(project, facts),
        "head_rate": _HEAD_FASTER if _tunes_with_few_texts(project, facts) else 1.0,
        "second_momentum": advice.second_momentum,
        "weight_decay": advice.weight_decay(0.01 if head_only else 0.05),
        "warmup": usual_warmup(project.training.schedule),
        "start_divisor": usual_start_divisor(project.training.schedule),
        "dropout": 0.1 if facts.train_samples > _MANY_SAMPLES else 0.2,
        "label_smoothing": _smoothing(project, facts),
        "balancing": _FOR_RARE_LABELS if facts.to_balance else Balancing.OFF,
        "best_metric": _best_metric(facts),
        "patience": _patience(project, facts),
        "keep": Kept.LAST if _keeps_last(project, facts) else Kept.BEST,
    }
    if project.task is Task.IMAGE:
        values["augmentation"] = Augmentation.OFF if head_only else Augmentation.LIGHT
    else:
        values["layers_read"] = _LAYERS_READ if head_only and facts.small else 1
        values["word_masking"] = _WORDS_HIDDEN if _tunes_with_few_texts(project, facts) else 0.0
    return values


def reasons(project: Project, facts: Facts) -> dict[str, str]:
    """Why the recommendation is what it is, a sentence for each hyperparameter."""
    how_deep = (
        "the head alone trains"
        if project.freeze.preset is FreezePreset.HEAD
        else "pretrained layers train"
    )
    kind = "transformer" if facts.transformer else "network"
    optimizer = project.training.optimizer.title_text
    return {
        "batch_size": f"Fits {facts.train_samples:,} training samples.",
        "epochs": f"About {_ENOUGH_STEPS} steps or more with {facts.train_samples:,} samples.",
        "learning_rate": f"Usual for a {kind} of which {how_deep}.",
        "rate_decay": "Low blocks of a language model with few texts had better change little.",
        "head_rate": "Faster with few texts: the head is new and has the longest way to go.",
        "second_momentum": f"Usual for {optimizer}.",
        "weight_decay": f"Usual for {optimizer}; more when pretrained layers train.",
        "warmup": "Long for one cycle, short for the rest.",
        "start_divisor": "32 for slanted triangles, as in ULMFiT; 25 else, as in fastai.",
        "dropout": "More when samples are few.",
        "label_smoothing": _why_smoothing(project, facts),
        "balancing": _why_balancing(facts),
        "best_metric": _why_metric(facts),
        "patience": _why_patience(project, facts),
        "keep": _why_keep(project, facts),
        "augmentation": "Off for a head on frozen features, light otherwise.",
        "layers_read": "Where they stay frozen, layers below the last one often say more.",
        "word_masking": "With few texts, hidden words keep a whole model from learning by heart.",
    }


def fill_recommended(project: Project, facts: Facts) -> Project:
    """The project with every hyperparameter that is not pinned at its recommended value."""
    values = {
        name: value
        for name, value in recommended(project, facts).items()
        if name not in project.pinned
    }
    return project.edited(training=project.training.edited(**values))


def _best_metric(facts: Facts) -> Metric:
    if facts.target is Target.NUMBER:
        return Metric.VAL_MAE
    several = facts.target is Target.LABELS
    return Metric.VAL_MACRO_F1 if several or facts.uneven else Metric.VAL_ACCURACY


def _keeps_last(project: Project, facts: Facts) -> bool:
    few = 0 < facts.validation_samples < _TELL_EPOCHS_APART
    return few and _tunes_all_texts(project)


def _patience(project: Project, facts: Facts) -> int:
    if _keeps_last(project, facts):
        return 0
    return 4 if project.freeze.preset is FreezePreset.HEAD else 3


def _tunes_all_texts(project: Project) -> bool:
    """Whether all of a language model trains, not adapters in its place."""
    everything = project.freeze.preset is FreezePreset.EVERYTHING
    return project.task is Task.TEXT and everything and project.training.adapters is Adapters.OFF


def _tunes_with_few_texts(project: Project, facts: Facts) -> bool:
    """Whether there is more to hold on to than to learn."""
    return _tunes_all_texts(project) and facts.train_samples <= _MANY_SAMPLES


def _rate_decay(project: Project, facts: Facts) -> float:
    if not _tunes_with_few_texts(project, facts):
        return 1.0
    return _BLOCKS_SLOWER if facts.small else _MANY_BLOCKS_SLOWER


def _smoothing(project: Project, facts: Facts) -> float:
    helps = project.task is Task.IMAGE or _tunes_with_few_texts(project, facts)
    return _SMOOTHING if helps and facts.target is Target.LABEL else 0.0


def _why_smoothing(project: Project, facts: Facts) -> str:
    if _smoothing(project, facts):
        return "A model too sure of what it trains on is less often right afterwards."
    return "Helps with one label a sample: on pictures, and a whole language model with few texts."


def _why_balancing(facts: Facts) -> str:
    if facts.to_balance:
        times = f"{facts.unevenness:.0f}"
        return f"Rare labels weigh more, because one label has {times} times as many as another."
    if facts.target is Target.LABEL:
        return "The labels are even."
    return "Only where a sample has one label."


def _why_patience(project: Project, facts: Facts) -> str:
    if _keeps_last(project, facts):
        return "Off: the last epochs, with their small rates, do the model good."
    return "Saves time once validation has stopped improving."


def _why_keep(project: Project, facts: Facts) -> str:
    if _keeps_last(project, facts):
        return f"{facts.validation_samples} validation samples cannot tell which epoch was best."
    return "Validation tells which epoch was best."


def _why_metric(facts: Facts) -> str:
    if facts.target is Target.NUMBER:
        return "The mean error is in the numbers' own unit, and outliers do not rule it."
    if facts.target is Target.LABELS:
        return "Macro F1: with several labels, saying no to everything is mostly right."
    return "Macro F1, because the labels are uneven." if facts.uneven else "The labels are even."


def _batch_size(project: Project, facts: Facts) -> int:
    if facts.train_samples < 200:
        return 8
    if facts.train_samples < 1000 or project.freeze.preset is not FreezePreset.HEAD:
        return 16
    return 32


def _epochs(facts: Facts, batch_size: int, *, head_only: bool) -> int:
    steps = max(1, facts.train_samples // batch_size)
    longest = 12 if head_only else 10
    return max(4 if head_only else 3, min(longest, -(-_ENOUGH_STEPS // steps)))


def _learning_rate(project: Project, facts: Facts, *, head_only: bool) -> float:
    if head_only:
        rate = _HEAD_RATE[project.task]
    elif facts.transformer:
        rate = 1e-4 if facts.small else 5e-5
    else:
        rate = 3e-4
    if not head_only and project.training.adapters is Adapters.LORA:
        rate *= _RATE_OF_ADAPTERS
    return float(f"{rate * ADVICE[project.training.optimizer].rate:.3g}")
