"""Whether a run computes its frozen layers once, and what its batches then pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.data.loaders import Batches
from finetune_studio.engine.evaluation.answers import Forward
from finetune_studio.engine.model.folding import Folding
from finetune_studio.engine.prefix.decisions import Decision, Decisions
from finetune_studio.engine.prefix.dividing import Search
from finetune_studio.engine.prefix.features import FeatureSource, Frozen
from finetune_studio.engine.prefix.halves import Halves, NotDivisible
from finetune_studio.engine.prefix.shelf import Shelf, digest
from finetune_studio.engine.prefix.worth import Room
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.events import FrozenPartPlanned
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.text_variation import text_variation_of
from finetune_studio.project.variation import variation_of

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle

_PROBED = 4  # samples
# Tracing a network takes a few seconds; a run must save more than that.
_WORTH_TRACING_S = 4.0


@dataclass(frozen=True)
class Route:
    """What batches pass on their way to the logits: the whole network, or its second half.

    Attributes:
        training, evaluation: inputs to logits, in these modes.
        train, validation: the batches that fit.
    """

    training: Forward
    evaluation: Forward
    train: Batches
    validation: Batches


@dataclass(frozen=True)
class _Amount:
    """What would be stored: samples of training times views, and of validation."""

    samples: int
    tokens: float


def plan_route(  # noqa: PLR0913 - each is one fact, and all are needed
    bundle: ModelBundle,
    paths: frozenset[str],
    compute: Compute,
    training: Hyperparameters,
    train: Batches,
    validation: Batches,
    *,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
    epochs: int = 0,
    first_epoch: int = 1,
    worth_tracing_s: float = _WORTH_TRACING_S,
    kept: Path | None = None,
) -> Route:
    """Divide the network when that is possible and pays; tell what was decided.

    Args:
        bundle: frozen, and on the device.
        paths: module or parameter paths of what trains.
        compute: where and in what numbers.
        training: the settings.
        train: whole batches, from samples.
        validation: likewise.
        cache: folder of the project's cache.
        emit: hears of the decision, and later of the computing.
        stop_requested: asked while computing.
        epochs: how many take this route; 0 is all of the run.
        first_epoch: the first of them.
        worth_tracing_s: the least that must be saved where no quick way works.
        kept: the file that says how it was decided before, for a run that goes on.
    """
    plain = Route(bundle, bundle, train, validation)
    epochs = epochs or training.epochs
    views = _views(bundle, training) if _varied(bundle, training) else 0
    shelf = Shelf(cache, training.stored_gigabytes)
    amount = _amount(train, validation, views)
    search = Search(
        bundle,
        paths,
        compute,
        Room(amount.tokens, lambda size: shelf.holds(size * amount.samples)),
        spared=amount.samples * (epochs - 1),
        worth_tracing_s=worth_tracing_s,
    )
    try:
        _require_sense(bundle, training, epochs)
        halves = _decided(search, _probe(train, compute), Decisions(kept), first_epoch)
    except NotDivisible as why:
        emit(FrozenPartPlanned(used=False, reason=str(why), first_epoch=first_epoch))
        return plain
    size = sum(value.bytes_of(amount.tokens) for value in halves.values)
    total = int(size * amount.samples)
    emit(
        FrozenPartPlanned(
            used=True,
            reason="What lies before the first layer that trains is the same every epoch.",
            share=halves.share,
            bytes_per_sample=int(size),
            size=total,
            place=shelf.place(total),
            views=views,
            first_epoch=first_epoch,
        )
    )
    numbers = f"{compute.device.type}:{compute.precision}:{bundle.preprocessing!r}"
    key = digest(halves.state, halves.signature, numbers)
    prefix = Folding(halves.prefix, bundle.module, exact=True)
    frozen = Frozen(prefix, halves.values, compute, shelf, key, emit, stop_requested)
    return Route(
        halves.training,
        halves.evaluation,
        train.taken_from(FeatureSource(train.source, frozen, train.positions, "training", views)),
        validation.taken_from(
            FeatureSource(validation.source, frozen, validation.positions, "validation", 0)
        ),
    )


def _varied(bundle: ModelBundle, training: Hyperparameters) -> bool:
    """Whether training samples are varied at random."""
    if bundle.tokenizer is None:
        return variation_of(training) is not None
    return text_variation_of(training) is not None


def _views(bundle: ModelBundle, training: Hyperparameters) -> int:
    """How many variations of each sample are stored; 0 where every epoch has its own."""
    return training.augmented_views if bundle.tokenizer is None else training.text_views


def _require_sense(bundle: ModelBundle, training: Hyperparameters, epochs: int) -> None:
    """Settle what needs no look at the network.

    Raises:
        NotDivisible: the plain way is the only one, or the better one.
    """
    if not training.reuse_frozen:
        raise NotDivisible("It is switched off.")
    if all(parameter.requires_grad for parameter in bundle.module.parameters()):
        raise NotDivisible("Every layer trains, so there is nothing to compute once.")
    if epochs == 1:
        raise NotDivisible("In a single epoch every sample passes only once anyway.")
    if bundle.tokenizer is None and (training.mixup or training.cutmix):
        raise NotDivisible("Mixed pictures differ every time, so the frozen layers see each anew.")
    if _varied(bundle, training) and not _views(bundle, training):
        if bundle.tokenizer is None:
            raise NotDivisible(
                "Augmentation varies every epoch anew; augmented views are set to 0."
            )
        raise NotDivisible("Text variation varies every epoch anew; varied texts are set to 0.")


def _amount(train: Batches, validation: Batches, views: int) -> _Amount:
    lengths = train.source.lengths(train.positions, None)
    tokens = sum(lengths) / max(1, len(lengths))
    return _Amount(len(train) * max(1, views) + len(validation), tokens)


def _probe(train: Batches, compute: Compute) -> dict[str, Tensor]:
    """A few real samples, on the device.

    Raises:
        NotDivisible: there are too few.
    """
    places = train.positions[:_PROBED]
    if len(places) <= 1:
        raise NotDivisible("There are too few samples.")
    return compute.moved(train.source.inputs(places, None))


def _decided(
    search: Search, inputs: dict[str, Tensor], decisions: Decisions, first_epoch: int
) -> Halves:
    """As it was decided before; else as it is found best now, which is kept.

    Raises:
        NotDivisible: the network stays whole.
    """
    before = decisions.before(first_epoch, search.paths)
    if before is not None:
        if not before.place:
            raise NotDivisible(before.reason)
        room = replace(search.room, only=before.place)
        return replace(search, room=room).best(inputs)
    phase = Decision(first_epoch=first_epoch, paths=tuple(sorted(search.paths)))
    try:
        halves = search.best(inputs)
    except NotDivisible as why:
        decisions.keep(phase.edited(reason=str(why)))
        raise
    decisions.keep(phase.edited(place=halves.place))
    return halves
