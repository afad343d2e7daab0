from __future__ import annotations

from finetune_studio.engine.export.card import CardFacts, model_card
from finetune_studio.events.descriptions import Figures
from finetune_studio.project.project import Project


def _card(**changes: object) -> str:
    facts = {
        "project": Project(name="Beans"),
        "run": "2026-11-23-001",
        "epoch": 6,
        "model_title": "ResNet-18",
        "licence": "BSD-3-Clause",
        "labels": ("leaf", "rust"),
        "parameters": 11_200_000,
        "validation": Figures(loss=0.4, accuracy=0.842, macro_f1=0.81, weighted_f1=0.84),
        "evaluation": None,
    }
    return model_card(CardFacts(**(facts | changes)))  # type: ignore[arg-type]


def test_the_card_names_base_licence_labels_and_figures() -> None:
    card = _card()
    for wanted in ("ResNet-18", "license: bsd-3-clause", "- rust", "84.2%", "epoch 6"):
        assert wanted in card


def test_words_of_the_user_cannot_become_markup() -> None:
    card = _card(labels=("<script>alert(1)</script>", "a|b", "[x](http://evil)\n# title"))
    assert "<script>" not in card
    assert "a\\|b" in card
    assert "\n# title" not in card
    assert "[x](http" not in card
