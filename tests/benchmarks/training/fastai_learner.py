"""fastai with its defaults: `vision_learner` for pictures, a `Learner` for texts, one cycle."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import torch
import torchvision
from fastai.callback.core import Callback, CancelFitException
from fastai.callback.schedule import Learner  # with `fit_one_cycle`, which this module adds
from fastai.data.block import CategoryBlock, DataBlock
from fastai.data.core import DataLoaders
from fastai.data.transforms import ColReader, ColSplitter
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import accuracy
from fastai.text.data import SortedDL, pad_input
from fastai.torch_core import params, set_seed
from fastai.vision.augment import Resize
from fastai.vision.data import ImageBlock, Normalize
from fastai.vision.learner import vision_learner
from safetensors.torch import load_file
from torch import Tensor, nn

from tests.benchmarks.training.networks import pretrained, trainable_paths
from tests.benchmarks.training.samples import (
    SIZE,
    STATISTICS,
    Rows,
    TextSamples,
    read_rows,
    tokenizer_of,
)
from tests.benchmarks.training.trial import Depth, Network, Stopwatch, Task, Trial, compete

_ARCHITECTURES = {
    Network.EFFICIENTNET: "tf_efficientnet_lite0",
    Network.RESNET: torchvision.models.resnet50,
}


def train(trial: Trial, watch: Stopwatch) -> None:
    """One trial."""
    task = trial.task
    watch.start()
    set_seed(task.seed)
    learner = text_learner(task) if task.network.reads_texts else picture_learner(task)
    learner.model.to(torch.device(task.device))
    if task.depth is not Depth.ALL:
        learner.freeze()
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(task.epochs, task.learning_rate, cbs=[_Report(watch)])
    watch.stop()


class _Report(Callback):
    """Tells the watch of each epoch, and ends the training when it has had enough."""

    order = 60  # after the recorder, whose figures it passes on

    def __init__(self, watch: Stopwatch) -> None:
        super().__init__()
        self._watch = watch

    def before_fit(self) -> None:
        """The first epoch begins."""
        self._watch.ready()

    def after_epoch(self) -> None:
        """An epoch is validated."""
        self._watch.epoch(float(self.learn.recorder.values[-1][-1]))
        if self._watch.had_enough:
            raise CancelFitException


# ---------------------------------------------------------------------------------- pictures


def picture_learner(task: Task) -> Any:
    """A learner for the task's pictures; nothing is frozen yet."""
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_x=ColReader("picture"),
        get_y=ColReader("label"),
        splitter=ColSplitter("valid"),
        item_tfms=Resize(SIZE),
        batch_tfms=Normalize.from_stats(*STATISTICS[task.network]),
    )
    loaders = block.dataloaders(_table(task), bs=task.batch_size, device=torch.device(task.device))
    learner = vision_learner(
        loaders,
        _ARCHITECTURES[task.network],
        pretrained=False,
        metrics=accuracy,
        splitter=partial(_groups, task=task),
    )
    _fill(learner.model[0], task)
    return learner


def _table(task: Task) -> Any:
    table = pd.read_csv(task.data, dtype=str, keep_default_na=False)
    table["valid"] = table["split"] == "validation"
    return table


def _fill(body: nn.Module, task: Task) -> None:
    """Give fastai's body the weights of the pretrained network: both list them in one order."""
    own = body.state_dict()
    given = list(load_file(task.weights, device="cpu").items())
    outline = pretrained(task, labels=2).state_dict()
    order = {name: place for place, name in enumerate(outline)}
    ordered = [value for _, value in sorted(given, key=lambda item: order[item[0]])]
    body.load_state_dict(dict(zip(own, ordered[: len(own)], strict=True)))


def _groups(model: Any, task: Task) -> list[Any]:
    """What is frozen, then what trains: fastai freezes all groups but the last."""
    body, head = model[0], model[1]
    if task.depth is not Depth.LAST:
        return [params(body), params(head)]
    last = _last_block(body, task)
    inside = {id(parameter) for parameter in last}
    rest = [parameter for parameter in params(body) if id(parameter) not in inside]
    return [rest, [*last, *params(head)]]


def _last_block(body: Any, task: Task) -> list[Any]:
    if task.network is Network.RESNET:
        return list(params(body[-1]))  # `layer4`: pooling and classifier are cut off
    *paths, _ = trainable_paths(task)
    return [one for path in paths for one in params(body.model.get_submodule(path))]


# ------------------------------------------------------------------------------------- texts


class _TokensOnly(nn.Module):
    """A transformers network for fastai's batches: tokens alone, the mask made from them."""

    def __init__(self, network: Any, padding: int) -> None:
        super().__init__()
        self.network = network
        self._padding = padding

    def forward(self, tokens: Tensor) -> Tensor:
        """The logits of padded tokens."""
        mask = (tokens != self._padding).long()
        logits: Tensor = self.network(input_ids=tokens, attention_mask=mask).logits
        return logits


def text_learner(task: Task) -> Any:
    """A learner for the task's texts; nothing is frozen yet."""
    training, validation = read_rows(task)
    tokenizer = tokenizer_of(task)
    network = _TokensOnly(pretrained(task, len(training.labels)), tokenizer.pad_token_id)
    pad = partial(pad_input, pad_idx=tokenizer.pad_token_id)

    def loader(part: Rows, *, shuffle: bool) -> Any:
        tokens = TextSamples(part, tokenizer, task.max_tokens).tokens
        pairs = list(zip(map(torch.tensor, tokens), map(torch.tensor, part.targets), strict=True))
        return SortedDL(
            pairs,
            res=[len(one) for one in tokens],
            bs=task.batch_size,
            shuffle=shuffle,
            drop_last=shuffle,
            before_batch=pad,
            device=torch.device(task.device),
        )

    return Learner(
        DataLoaders(loader(training, shuffle=True), loader(validation, shuffle=False)),
        network,
        loss_func=CrossEntropyLossFlat(),
        metrics=accuracy,
        splitter=partial(_text_groups, task=task),
    )


def _text_groups(model: Any, task: Task) -> list[Any]:
    paths = trainable_paths(task)
    last = [one for path in paths for one in params(model.network.get_submodule(path))]
    inside = {id(parameter) for parameter in last}
    rest = [parameter for parameter in params(model) if id(parameter) not in inside]
    return [rest, last]


if __name__ == "__main__":
    compete(train)
