"""What an answer of the model says, in words. Used by predict.py; needs nothing but Python."""

from __future__ import annotations

from typing import Any

SHOWN = 3


def said(answer: dict[str, float], outputs: dict[str, Any]) -> str:
    """An answer in words: the likeliest labels, all that reach their threshold, or the number.

    Args:
        answer: as predict() gives it, in the order of the labels.
        outputs: what the model answers, from the facts beside it.
    """
    if outputs["kind"] == "number":
        (number,) = answer.values()
        return f"{number:.4g} {outputs['unit']}".strip()
    if outputs["kind"] == "labels":
        given = [pair for pair in likeliest(answer) if pair[0] in given_labels(answer, outputs)]
        return words(given) or f"none of the labels (likeliest: {words(likeliest(answer)[:1])})"
    return words(likeliest(answer)[:SHOWN])


def given_labels(answer: dict[str, float], outputs: dict[str, Any]) -> list[str]:
    """Where a sample can have several labels: those it is given, each from its threshold on."""
    thresholds = outputs["thresholds"] or [0.5] * len(answer)
    pairs = zip(answer.items(), thresholds, strict=True)
    return [label for (label, share), threshold in pairs if share >= threshold]


def likeliest(answer: dict[str, float]) -> list[tuple[str, float]]:
    """Labels with their probabilities, the likeliest first."""
    return sorted(answer.items(), key=lambda pair: -pair[1])


def words(pairs: list[tuple[str, float]]) -> str:
    """Labels with their probabilities, as one line."""
    return ", ".join(f"{label} {share:.1%}" for label, share in pairs)
