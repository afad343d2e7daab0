from __future__ import annotations

from pathlib import Path

from finetune_studio.events.events import EpochStarted, Progress, StepFinished
from finetune_studio.runs.event_log import EventLog, read_log


def started(epoch: int) -> EpochStarted:
    return EpochStarted(epoch=epoch, steps=3)


def write(file: Path, *epochs: int) -> None:
    with EventLog(file) as log:
        for epoch in epochs:
            log.append(started(epoch))


def test_what_is_written_is_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write(file, 1, 2, 3)
    assert list(read_log(file)) == [started(1), started(2), started(3)]


def test_writing_goes_on_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write(file, 1)
    write(file, 2)
    assert list(read_log(file)) == [started(1), started(2)]


def test_a_line_cut_short_anywhere_loses_itself_alone(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write(file, 1, 2)
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first, len(whole)):
        file.write_bytes(whole[:cut])
        # A line that lacks only its newline is still complete.
        expected = [started(1), started(2)] if cut == len(whole) - 1 else [started(1)]
        assert list(read_log(file)) == expected
        write(file, 3)
        assert list(read_log(file)) == [started(1), started(3)]


def test_a_file_of_one_long_half_line_starts_anew(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"x" * 200_000)
    write(file, 1)
    assert list(read_log(file)) == [started(1)]


def test_a_line_of_a_newer_program_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write(file, 1)
    with file.open("ab") as opened:
        opened.write(b'{"event":"SomethingNew","at":0}\n')
    write(file, 2)
    assert list(read_log(file)) == [started(1), started(2)]


def test_no_file_is_no_events(tmp_path: Path) -> None:
    assert list(read_log(tmp_path / "none.jsonl")) == []


def test_events_can_be_left_out_by_name(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    step = StepFinished(step=1, epoch=1, loss=0.0, accuracy=0.0, learning_rates={})
    with EventLog(file) as log:
        for event in (started(1), step, Progress(phase="x", done=1)):
            log.append(event)
    assert list(read_log(file, without=("StepFinished", "Progress"))) == [started(1)]


def test_what_was_flushed_can_be_read_while_the_log_is_open(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with EventLog(file) as log:
        log.append(started(1))
        log.flush()
        assert list(read_log(file)) == [started(1)]
        log.append(started(2))
        log.sync()
        assert list(read_log(file)) == [started(1), started(2)]
