from __future__ import annotations

from finetune_studio.engine.data.joining import in_words, joined, nearly_same


def test_same_names_are_one_label_and_all_are_in_the_models_order() -> None:
    labels = joined(("dog", "owl"), ("cat", "dog"))
    assert labels.all == ("cat", "dog", "owl")
    assert (labels.shared, labels.added, labels.earlier) == (("dog",), ("owl",), ("cat",))


def test_what_was_joined_is_said() -> None:
    assert in_words(joined(("dog", "owl"), ("cat", "dog"))) == (
        "3 labels together: “dog” in both; “owl” new; “cat” only in the earlier data."
    )
    assert in_words(joined(("a", "b"), ("b", "a"))) == "2 labels, the same in both."
    many = in_words(joined(tuple("abcdefgh"), ("x",)))
    assert "“a”, “b”, “c”, “d”, “e” and 3 more new" in many


def test_labels_that_differ_in_case_only_are_kept_apart_with_a_warning() -> None:
    labels = joined(("Cat", "owl"), ("cat", "dog"))
    assert labels.all == ("Cat", "cat", "dog", "owl")
    (problem,) = nearly_same(labels)
    assert "“Cat” and “cat”" in problem.what
    assert nearly_same(joined(("owl",), ("cat",))) == ()
