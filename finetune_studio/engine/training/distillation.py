"""Learning without forgetting (Li & Hoiem 2016): earlier labels are answered as before training.

To the loss of each sample, ``weight * T**2 * KL(before || now)`` is added, of the shares of the
earlier labels alone, ``softmax(logits / T)``. That is the paper's distillation loss less what no
training changes; the square keeps the gradient's size whatever the temperature (Hinton et al.
2015). No earlier sample is needed: what the model said of the new ones is enough.

New samples are told apart among the labels of the new data alone, as in the paper: see
`sparing.py`.

What it said is computed from the weights before training, which lie in the run's folder. Where
nothing varies, that happens once for each sample, in an order that is always the same; where
samples vary, in each step, of what the step is given. Both follow from the run's files alone, so
a run that goes on is taught as it would have been.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.evaluation.answers import Forward
from finetune_studio.engine.evaluation.weights import save_trained
from finetune_studio.engine.pieces import in_pieces
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.project.choices import Task
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.text_variation import text_variation_of
from finetune_studio.project.variation import variation_of

if TYPE_CHECKING:
    from finetune_studio.engine.data.loaders import Batches
    from finetune_studio.engine.model.bundle import ModelBundle

_FILE = "before.safetensors"


class Distillation:
    """Holds a network's answers about some labels near those before training."""

    def __init__(
        self,
        module: nn.Module,
        before: dict[str, Tensor],
        columns: Sequence[int],
        compute: Compute,
        *,
        weight: float,
        temperature: float,
    ) -> None:
        """Nothing is computed yet.

        Args:
            module: in training, on its device.
            before: what ever trains in it, as it was before training, by name.
            columns: places of the earlier labels among the logits.
            compute: where and in what numbers.
            weight: of what is added to the loss.
            temperature: T.
        """
        own = module.state_dict(keep_vars=True)
        self._pairs = [(own[name], _like(own[name], tensor)) for name, tensor in before.items()]
        self._module = module
        self._columns = compute.here(torch.tensor(columns))
        self._compute = compute
        self._weight = weight
        self._temperature = temperature
        self._forward: Forward | None = None
        self._known: Tensor | None = None

    def turn_to(self, forward: Forward) -> None:
        """Ask in this way from now on: inputs to logits, of a network in evaluation mode."""
        self._forward = forward

    def ask_all(self, batches: Batches, emit: Emit, stop_requested: StopRequested) -> None:
        """Ask about each sample once; for samples that never vary.

        Raises:
            Stopped: a stop was asked for.
            ProblemError: not even one sample fits into memory.
        """
        meter = Meter(emit, "Asking the model before training", len(batches), "samples")
        places, answers = [], []
        for batch in batches.in_order():
            check(stop_requested)
            (said,), _ = in_pieces(
                lambda inputs: (self.answers(self._compute.moved(inputs), None),),
                batch.inputs,
                self._compute.device,
                at_once=0,
                what="asking the model before training",
            )
            places.append(batch.indices)
            answers.append(said)
            meter.advance(len(batch.indices))
        meter.done()
        found = torch.cat(answers)
        order = torch.cat(places)
        known = found.new_zeros(int(order.max()) + 1, found.shape[1])
        known[self._compute.here(order)] = found
        self._known = known

    @torch.no_grad()
    def answers(self, inputs: dict[str, Tensor], indices: Tensor | None) -> Tensor:
        """What the network said of samples before training, float32 [batch, earlier labels].

        Args:
            inputs: of the samples, on the device.
            indices: their places, where each may have been asked about already, int64 [batch].
        """
        if self._known is not None and indices is not None:
            return self._known[self._compute.here(indices)]
        assert self._forward is not None
        with self._as_before(), self._compute.numbers():
            return self._forward(inputs).float()[:, self._columns]

    def loss(self, logits: Tensor, before: Tensor) -> Tensor:
        """What is added to the mean loss of a batch.

        Args:
            logits: float32 [batch, labels].
            before: as `answers` gives them.
        """
        now = functional.log_softmax(logits[:, self._columns] / self._temperature, dim=1)
        then = functional.log_softmax(before / self._temperature, dim=1)
        apart = functional.kl_div(now, then, reduction="batchmean", log_target=True)
        return self._weight * self._temperature**2 * apart

    @contextmanager
    def _as_before(self) -> Iterator[None]:
        """Inside, the network has the weights before training, and leaves nothing to chance."""
        training = [part for part in self._module.modules() if part.training]
        own = [tensor.data for tensor, _ in self._pairs]
        try:
            self._module.eval()
            for tensor, before in self._pairs:
                tensor.data = before
            yield
        finally:
            for (tensor, _), data in zip(self._pairs, own, strict=True):
                tensor.data = data
            for part in training:
                part.training = True


def save_before(module: nn.Module, ever: frozenset[str], folder: Path) -> None:
    """Write down what ever trains, as it is before training."""
    save_trained(module, ever, folder, _FILE)


def distillation_for(
    training: Hyperparameters,
    bundle: ModelBundle,
    known: Sequence[str],
    folder: Path,
    compute: Compute,
) -> Distillation | None:
    """The distillation that some settings ask for, if any.

    Args:
        training: the settings.
        bundle: the model, on its device.
        known: the earlier labels.
        folder: where `save_before` wrote.
        compute: where and in what numbers.
    """
    if not training.distillation:
        return None
    return Distillation(
        bundle.module,
        load_file(folder / _FILE),
        [bundle.labels.index(label) for label in known],
        compute,
        weight=training.distillation,
        temperature=training.distillation_temperature,
    )


def is_always_the_same(training: Hyperparameters, task: Task) -> bool:
    """Whether a sample of training looks the same in every epoch."""
    if task is Task.TEXT:
        return text_variation_of(training) is None
    return variation_of(training) is None and not training.mixup and not training.cutmix


def _like(own: Tensor, before: Tensor) -> Tensor:
    """On the same device and in the same order of memory."""
    return torch.empty_like(own, requires_grad=False).copy_(before)
