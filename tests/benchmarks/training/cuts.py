"""Each network cut by hand where training begins: what is computed once, and what is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from tests.benchmarks.training.networks import frozen_network
from tests.benchmarks.training.trial import Depth, Network, Task


@dataclass(frozen=True)
class Cut:
    """Two parts of a network.

    Attributes:
        before: from the network's inputs to what is stored, by sample; nothing trains in it.
        after: from what is stored to logits; all of it trains.
    """

    before: nn.Module
    after: nn.Module


def cut(task: Task, labels: int, *, store: bool) -> Cut:
    """The network of a task; without ``store`` nothing comes before the cut."""
    network: Any = frozen_network(task, labels)
    split = _text_cut if task.network.reads_texts else _SPLITS[task.network]
    made = split(network, task.depth if store else Depth.ALL)
    made.before.eval()
    for module in made.after.modules():
        own = list(module.parameters())
        module.training = not own or any(parameter.requires_grad for parameter in own)
    return made


class _Steps(nn.Module):
    """Functions and modules one after another."""

    def __init__(self, *steps: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self._steps = steps
        self.parts = nn.ModuleList(step for step in steps if isinstance(step, nn.Module))

    def forward(self, inputs: Tensor) -> Tensor:
        for step in self._steps:
            inputs = step(inputs)
        return inputs


def _efficientnet(network: Any, depth: Depth) -> Cut:
    stem = (network.conv_stem, network.bn1, *network.blocks[:-1])
    last = (network.blocks[-1], network.conv_head, network.bn2, network.global_pool)
    return _divided(stem, last, network.classifier, depth)


def _resnet(network: Any, depth: Depth) -> Cut:
    stem = (network.conv1, network.bn1, network.relu, network.maxpool)
    stages = (network.layer1, network.layer2, network.layer3)
    last = (network.layer4, network.avgpool, nn.Flatten())
    return _divided((*stem, *stages), last, network.fc, depth)


def _divided(stem: Any, last: Any, head: nn.Module, depth: Depth) -> Cut:
    if depth is Depth.HEAD:
        return Cut(_Steps(*stem, *last), head)
    if depth is Depth.LAST:
        return Cut(_Steps(*stem), _Steps(*last, head))
    return Cut(nn.Identity(), _Steps(*stem, *last, head))


_SPLITS = {Network.EFFICIENTNET: _efficientnet, Network.RESNET: _resnet}


# ------------------------------------------------------------------------------------- texts


class _Encoder(nn.Module):
    """Tokens to the mean of their vectors, or to the vectors themselves."""

    def __init__(self, bert: Any, *, pooled: bool) -> None:
        super().__init__()
        self.bert = bert
        self._pooled = pooled

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = self.bert(input_ids=tokens, attention_mask=mask)[0]
        return _mean(hidden, mask) if self._pooled else hidden


class _LastLayer(nn.Module):
    """The vectors of tokens to logits, through one more layer."""

    def __init__(self, layer: Any, head: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.head = head

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        made = self.layer(hidden, attention_mask=mask[:, None, None, :].bool())
        logits: Tensor = self.head(_mean(made[0] if isinstance(made, tuple) else made, mask))
        return logits


class _Whole(nn.Module):
    """Tokens to logits."""

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        logits: Tensor = self.head(self.encoder(tokens, mask))
        return logits


def _mean(hidden: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1)


def _text_cut(network: Any, depth: Depth) -> Cut:
    bert, head = network.bert, network.classifier
    bert.pooler = None
    if depth is Depth.HEAD:
        return Cut(_Encoder(bert, pooled=True), head)
    if depth is Depth.ALL:
        return Cut(nn.Identity(), _Whole(_Encoder(bert, pooled=True), head))
    layers = bert.encoder.layer
    last = layers[-1]
    bert.encoder.layer = layers[:-1]
    return Cut(_Encoder(bert, pooled=False), _LastLayer(last, head))
