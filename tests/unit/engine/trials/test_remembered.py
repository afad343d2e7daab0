from __future__ import annotations

import time

import torch

from finetune_studio import places
from finetune_studio.engine.trials.remembered import (
    Remembered,
    facts_of,
    recall,
    recall_model,
    remember,
)
from finetune_studio.events.descriptions import Trial
from finetune_studio.project.choices import Task
from tests.unit.engine.training.tiny import CPU, TinyBatch
from tests.unit.engine.trials.small import HEAD, noise, small_bundle

TRIAL = Trial(memory_format="contiguous", precision="fp32", threads=1, seconds=1.0)
FACTS = {"model": "a", "batch": "b"}


def case(facts: dict[str, str] = FACTS, age: float = 0.0) -> Remembered:
    return Remembered(facts=facts, at=time.time() - age, trials=(TRIAL,))


def test_what_is_remembered_comes_back_for_the_same_case_only() -> None:
    remember(case())
    found = recall(FACTS)
    assert found is not None
    assert found.trials == (TRIAL,)
    assert recall({**FACTS, "batch": "c"}) is None


def test_a_month_later_it_is_forgotten() -> None:
    remember(case(age=31 * 24 * 3600))
    assert recall(FACTS) is None


def test_a_damaged_file_is_as_good_as_none() -> None:
    remember(case())
    (file,) = places.timings().iterdir()
    file.write_text("{")
    assert recall(FACTS) is None


def test_what_trains_and_how_much_at_once_make_another_case() -> None:
    whole, head = small_bundle(), small_bundle(HEAD)
    facts = facts_of(whole, noise(), CPU)
    assert facts == facts_of(small_bundle(), noise(), CPU)
    assert facts != facts_of(head, noise(), CPU)
    assert facts != facts_of(whole, noise(7), CPU)


def test_texts_of_about_the_same_length_are_one_case() -> None:
    bundle = small_bundle()
    bundle.task = Task.TEXT
    facts = [
        facts_of(bundle, TinyBatch({"ids": torch.zeros(4, n)}, torch.zeros(4), torch.zeros(4)), CPU)
        for n in (40, 60, 70)
    ]
    assert facts[0] == facts[1] != facts[2]


def test_the_latest_of_a_model_is_found_whatever_of_it_trained() -> None:
    facts = facts_of(small_bundle(), noise(), CPU)
    assert recall_model("test/small", CPU) is None
    remember(case(facts))
    found = recall_model("test/small", CPU)
    assert found is not None
    assert found.facts == facts
    assert recall_model("test/other", CPU) is None
