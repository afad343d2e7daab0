from __future__ import annotations

import pytest

from finetune_studio.project.choices import (
    Adapters,
    Augmentation,
    Balancing,
    FreezePreset,
    Kept,
    Metric,
    Optimizer,
    Schedule,
    Target,
    Task,
)
from finetune_studio.project.facts import Facts
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from finetune_studio.project.recommendation import fill_recommended, reasons, recommended

HEAD = Project()
DEEP = Project(freeze=FreezePlan(preset=FreezePreset.EVERYTHING))


@pytest.mark.parametrize("project", [HEAD, DEEP, HEAD.edited(task=Task.TEXT)])
@pytest.mark.parametrize("samples", [0, 1, 7, 150, 1500, 20_000, 10**6])
def test_whatever_the_data_the_recommendation_is_within_bounds(
    project: Project, samples: int
) -> None:
    filled = fill_recommended(project, Facts(train_samples=samples))
    assert Hyperparameters(**filled.training.model_dump()) == filled.training


def test_few_samples_get_more_epochs_than_many() -> None:
    few = recommended(HEAD, Facts(train_samples=300))
    many = recommended(HEAD, Facts(train_samples=30_000))
    assert few["epochs"] > many["epochs"]


def test_pretrained_layers_get_smaller_steps_than_a_new_head() -> None:
    facts = Facts(train_samples=1000)
    head, deep = recommended(HEAD, facts), recommended(DEEP, facts)
    transformer = recommended(DEEP, facts.edited(transformer=True))
    assert head["learning_rate"] > deep["learning_rate"] > transformer["learning_rate"]


def test_sgd_gets_larger_steps() -> None:
    sgd = HEAD.edited(training=HEAD.training.edited(optimizer=Optimizer.SGD))
    facts = Facts(train_samples=1000)
    assert recommended(sgd, facts)["learning_rate"] > recommended(HEAD, facts)["learning_rate"]


@pytest.mark.parametrize("optimizer", list(Optimizer))
@pytest.mark.parametrize("schedule", list(Schedule))
def test_every_optimizer_and_schedule_has_recommended_settings(
    optimizer: Optimizer, schedule: Schedule
) -> None:
    training = Hyperparameters(optimizer=optimizer, schedule=schedule)
    filled = fill_recommended(HEAD.edited(training=training), Facts(train_samples=1000)).training
    assert 0 < filled.learning_rate <= 0.1
    assert 0 < filled.weight_decay <= 0.1


def test_changing_the_optimizer_back_changes_everything_back() -> None:
    facts = Facts(train_samples=1000)
    before = fill_recommended(DEEP, facts)
    lion = before.training.edited(optimizer=Optimizer.LION, schedule=Schedule.ONE_CYCLE)
    changed = fill_recommended(before.edited(training=lion), facts)
    assert changed.training.second_momentum == 0.99
    assert changed.training.warmup == 0.3
    assert changed.training.weight_decay == 5 * before.training.weight_decay
    back = changed.training.edited(optimizer=Optimizer.ADAMW, schedule=Schedule.COSINE)
    assert fill_recommended(changed.edited(training=back), facts) == before


def test_uneven_labels_are_judged_by_macro_f1() -> None:
    even = recommended(HEAD, Facts(label_counts=(10, 25)))
    uneven = recommended(HEAD, Facts(label_counts=(10, 31, 0)))
    assert even["best_metric"] is Metric.VAL_ACCURACY
    assert uneven["best_metric"] is Metric.VAL_MACRO_F1
    assert even["balancing"] is Balancing.OFF
    assert uneven["balancing"] is Balancing.EFFECTIVE


def test_the_page_says_how_uneven_labels_are_and_what_helps() -> None:
    uneven = reasons(HEAD, Facts(label_counts=(146, 19)))
    assert "Rare labels weigh more" in uneven["balancing"]
    assert "8 times" in uneven["balancing"]
    assert "uneven" in uneven["best_metric"]
    assert "even" in reasons(HEAD, Facts(label_counts=(10, 25)))["balancing"]


def test_texts_are_not_told_about_pictures() -> None:
    assert "augmentation" not in recommended(HEAD.edited(task=Task.TEXT), Facts())
    assert recommended(DEEP, Facts())["augmentation"] is Augmentation.LIGHT


def test_what_the_user_pinned_stays() -> None:
    pinned = HEAD.edited(training=HEAD.training.edited(epochs=77), pinned=("epochs",))
    assert fill_recommended(pinned, Facts(train_samples=1000)).training.epochs == 77


def test_filling_twice_changes_nothing_more() -> None:
    facts = Facts(train_samples=1000, label_counts=(900, 100))
    once = fill_recommended(DEEP, facts)
    assert fill_recommended(once, facts) == once


@pytest.mark.parametrize("project", [HEAD, DEEP])
def test_every_recommendation_has_a_reason(project: Project) -> None:
    facts = Facts(train_samples=1000, label_counts=(900, 100))
    assert recommended(project, facts).keys() <= reasons(project, facts).keys()
    assert all(reason.endswith(".") for reason in reasons(project, facts).values())


def test_pictures_with_one_label_are_told_apart_less_surely() -> None:
    texts = HEAD.edited(task=Task.TEXT)
    assert recommended(HEAD, Facts())["label_smoothing"] == 0.1
    assert recommended(HEAD, Facts(target=Target.LABELS))["label_smoothing"] == 0
    assert recommended(texts, Facts())["label_smoothing"] == 0


def test_texts_that_a_whole_model_learns_are_varied_and_low_blocks_learn_slower() -> None:
    whole = DEEP.edited(task=Task.TEXT)
    facts = Facts(train_samples=400, transformer=True, parameters=22_000_000)
    values = recommended(whole, facts)
    assert values["word_masking"] > 0
    assert values["rate_decay"] > 1 < values["head_rate"]
    assert values["label_smoothing"] > 0
    many = recommended(whole, facts.edited(train_samples=4000))
    names = ("word_masking", "label_smoothing", "rate_decay", "head_rate")
    assert [many[name] for name in names] == [0, 0, 1, 1]
    adapted = whole.edited(training=whole.training.edited(adapters=Adapters.LORA))
    for other in (HEAD.edited(task=Task.TEXT), adapted):
        left = recommended(other, facts)
        assert (left["word_masking"], left["rate_decay"], left["head_rate"]) == (0, 1, 1)


def test_a_head_alone_reads_several_layers_of_a_small_language_model() -> None:
    texts, small = HEAD.edited(task=Task.TEXT), Facts(transformer=True, parameters=22_000_000)
    assert recommended(texts, small)["layers_read"] > 1
    assert recommended(DEEP.edited(task=Task.TEXT), small)["layers_read"] == 1
    assert recommended(texts, small.edited(parameters=110_000_000))["layers_read"] == 1
    assert "layers_read" not in recommended(HEAD, small)


def test_few_validation_samples_do_not_choose_among_the_epochs_of_a_whole_language_model() -> None:
    whole = DEEP.edited(task=Task.TEXT)
    few, many = (
        Facts(train_samples=425, validation_samples=count, parameters=22_000_000)
        for count in (75, 750)
    )
    values = recommended(whole, few)
    assert (values["keep"], values["patience"]) == (Kept.LAST, 0)
    assert "75 validation samples" in reasons(whole, few)["keep"]
    for project, facts in ((whole, many), (whole, Facts()), (HEAD, few), (DEEP, few)):
        values = recommended(project, facts)
        assert values["keep"] is Kept.BEST
        assert values["patience"] > 0


def test_blocks_of_larger_language_models_differ_less_from_one_to_the_next() -> None:
    whole = DEEP.edited(task=Task.TEXT)
    small = recommended(whole, Facts(transformer=True, parameters=22_000_000))
    large = recommended(whole, Facts(transformer=True, parameters=110_000_000))
    assert 1 < large["rate_decay"] < small["rate_decay"]
