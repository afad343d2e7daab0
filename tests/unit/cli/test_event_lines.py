from __future__ import annotations

from finetune_studio.cli.event_lines import line_of
from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import PhaseDescription
from finetune_studio.events.history import RunHistory, replay

PHASES = (
    PhaseDescription(first_epoch=1, woken=("Head",), trainable=9_000),
    PhaseDescription(first_epoch=3, woken=("Stage 7", "Stage 6"), trainable=2_700_000),
)


def prepared(phases: tuple[PhaseDescription, ...]) -> tuple[ev.ModelPrepared, RunHistory]:
    event = ev.ModelPrepared(
        title="Net", parameters=3_400_000, trainable=2_700_000, labels=("a", "b"), phases=phases
    )
    return event, replay([ev.RunStarted(run="r", folder="/r", epochs=6), event])


def test_a_run_says_at_its_start_what_wakes_when() -> None:
    lines = line_of(*prepared(PHASES)).splitlines()
    assert lines[1] == "Unfreezing: Head from epoch 1, Stage 7 and Stage 6 from epoch 3"
    assert len(line_of(*prepared(())).splitlines()) == 1


def test_a_run_says_what_wakes_when_it_does() -> None:
    _, run = prepared(PHASES)
    said = [
        line_of(event := ev.EpochStarted(epoch=n, steps=2), run.after(event)) for n in (1, 2, 3)
    ]
    assert said == [
        "",
        "",
        "From epoch 3 on Stage 7 and Stage 6 train too: 2.7 M of 3.4 M parameters",
    ]
