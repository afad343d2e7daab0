"""The figures behind `make bench`: medians, times reckoned from fewer epochs, bars, the table."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.benchmarks.training.bars import bars
from tests.benchmarks.training.contestants import LIMIT, OURS, RIVALS
from tests.benchmarks.training.figures import by_contestant, figures, seconds_to_end
from tests.benchmarks.training.preparation import picture_rows, text_rows
from tests.benchmarks.training.race import Plan
from tests.benchmarks.training.table import markdown
from tests.benchmarks.training.trial import Depth, Epoch, Network, Outcome, Task, Trial

TASK = Task(Network.EFFICIENTNET, Depth.HEAD, 4, 1e-3, 1, "pictures.csv", "weights")
RIVAL = RIVALS[0]


def outcome(
    who: str = OURS.name,
    ends: tuple[float, ...] = (2.0, 3.0, 4.0, 5.0),
    accuracies: tuple[float, ...] = (0.5, 0.79, 0.81, 0.8),
    memory: int = 100,
    disturbance: float = 0.0,
) -> Outcome:
    epochs = tuple(map(Epoch, ends, accuracies))
    trial = Trial(who, TASK, 1, len(ends), "folder")
    return Outcome(trial, ends[-1] + 0.5, epochs, ready=1.0, memory=memory, disturbance=disturbance)


def test_a_round_cut_short_is_reckoned_from_the_median_of_its_later_epochs() -> None:
    short = outcome(ends=(5.0, 7.0, 9.0), accuracies=(0.1, 0.2, 0.3))
    assert seconds_to_end(short) == 9.5 + 2.0
    found = figures([short], training_samples=100)
    assert found.reckoned
    assert (found.accuracy, found.nearly_final) == (None, None)


def test_a_whole_round_tells_accuracy_and_when_it_was_nearly_there() -> None:
    found = figures([outcome()], training_samples=100)
    assert (found.seconds, found.pace, found.nearly_final) == (5.5, 100.0, 3.0)
    assert (found.accuracy, found.best, found.reckoned) == (0.8, 0.81, False)


def test_an_epoch_alone_is_counted_without_what_came_before_it() -> None:
    assert seconds_to_end(outcome(ends=(3.0,), accuracies=(0.5,))) == 3.5 + 3 * 2.0


def test_disturbed_rounds_tell_accuracies_but_no_times() -> None:
    disturbed = outcome(ends=(20.0, 40.0, 60.0, 80.0), disturbance=0.5)
    calm = outcome(ends=(2.0,), accuracies=(0.1,))
    found = figures([disturbed, calm], 100)
    assert (found.accuracy, found.seconds) == (0.8, 2.5 + 3 * 1.0)
    assert (found.nearly_final, found.reckoned, found.rounds) == (3.0, True, 1)


def test_figures_are_medians_over_rounds() -> None:
    rounds = [outcome(ends=(1.0, 2.0, 3.0, end)) for end in (4.0, 40.0, 5.0)]
    assert figures(rounds, 100).seconds == 5.5


def test_an_outcome_survives_being_written_down() -> None:
    assert Outcome.from_json(outcome().to_json()) == outcome()


@pytest.mark.parametrize(("rival_end", "reached"), [(120.0, True), (60.0, False)])
def test_the_bar_is_the_fastest_rival(rival_end: float, reached: bool) -> None:
    slow = outcome(RIVALS[1].name, (200.0, 400.0, 600.0, 800.0))
    fast = outcome(RIVAL.name, (1.0, 2.0, 3.0, rival_end))
    judged = list(bars(TASK, by_contestant([outcome(), fast, slow], 100)))
    assert [bar.reached for bar in judged if "faster" in bar.what] == [reached]


def test_bars_need_those_they_compare_with() -> None:
    assert list(bars(TASK, by_contestant([outcome()], 100))) == []
    assert list(bars(TASK, by_contestant([outcome(RIVAL.name)], 100))) == []


def test_the_table_names_everybody_who_took_part_and_what_is_missed() -> None:
    everybody = [outcome(), outcome(RIVAL.name, memory=50), outcome(LIMIT.name, (1.0, 1.1, 1.2, 2))]
    text = markdown(everybody, {TASK.data: 100})
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("|")}
    assert rows[RIVAL.name].rstrip(" |").endswith("1.0 ×")
    assert "≤ 1.3 | 2.20 | missed" in rows[f"{TASK.name}: times the limit"]
    assert "≤ 1.1 | 2.00 | missed" in rows[f"{TASK.name}: memory against the leanest rival"]
    assert RIVALS[1].name not in rows


def test_only_rivals_are_cut_short_and_only_after_the_whole_rounds() -> None:
    plan = Plan(Path(), rounds=3, whole_rounds=1, rival_epochs=2)
    assert [plan.epochs(TASK, RIVAL, number) for number in (1, 2, 3)] == [4, 2, 2]
    assert [plan.epochs(TASK, OURS, number) for number in (1, 2)] == [4, 4]


def test_mirror_images_fill_up_in_the_part_of_their_original(tmp_path: Path) -> None:
    for place in range(6):
        file = tmp_path / "photos" / f"label{place % 2}" / f"{place}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
        picture.putpixel((0, 0), (10 * place, 0, 0, 255))
        picture.save(file)
    rows = picture_rows(tmp_path / "photos", tmp_path / "copies", 9)
    assert [part for _, _, part in rows].count("validation") == 3
    by_part: dict[str, set[int]] = {}
    for path, _, part in rows:
        with Image.open(path) as copy:
            left, right = (copy.getpixel((x, 0)) for x in range(2))
        assert isinstance(left, tuple)
        assert isinstance(right, tuple)
        assert (255, 255, 255) in (left, right)  # what was transparent
        by_part.setdefault(part, set()).add(min(left[0], right[0]))
    assert by_part["train"].isdisjoint(by_part["validation"])


def test_texts_are_found_by_either_names_of_the_columns(tmp_path: Path) -> None:
    for head in ("text,label", "review,sentiment"):
        file = tmp_path / "texts.csv"
        file.write_text(head + "\n" + "".join(f"words {n},A\n" for n in range(9)) + ",B\n")
        rows = text_rows(file, 6)
        assert [part for _, _, part in rows].count("train") == 4
        assert {label for _, label, _ in rows} == {"a"}
