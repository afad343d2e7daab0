"""Pictures are looked over once; afterwards only those that changed are opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from finetune_studio.engine.data import picture_check, same_content, threads
from finetune_studio.engine.data.reading import survey
from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.engine.stopping import Stopped
from finetune_studio.project.project import DataChoice

Look = Callable[..., SampleSet]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of all pictures looked over from now on."""
    names: list[str] = []
    check = picture_check.check_picture

    def noted(path: str) -> picture_check.Verdict:
        names.append(Path(path).name)
        return check(path)

    monkeypatch.setattr(picture_check, "check_picture", noted)
    return names


@pytest.fixture
def odd_folder(photo_folder: Path) -> Path:
    """Pictures with a copy, a damaged, a tiny and a turned one among them."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(photo_folder / "cat" / "turned.jpg", exif=exif)
    Image.new("RGB", (8, 8)).save(photo_folder / "cat" / "tiny.png")
    (photo_folder / "dog" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    (photo_folder / "dog" / "copy.png").write_bytes((photo_folder / "dog" / "5.png").read_bytes())
    return photo_folder


def memory_of(cache: Path) -> Path:
    (file,) = (cache / "looked-over").iterdir()
    return file


def test_a_second_look_opens_nothing_and_tells_the_same(
    odd_folder: Path, look: Look, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = look(odd_folder)
    assert len(checked) == 12

    monkeypatch.setattr(same_content, "_file_digest", None)
    again = look(odd_folder)

    assert len(checked) == 12
    assert again.problems == first.problems
    assert again.samples == first.samples


def test_only_what_changed_is_looked_over_again(
    odd_folder: Path, look: Look, checked: list[str], picture: Callable[..., Path]
) -> None:
    look(odd_folder)
    checked.clear()
    picture(odd_folder / "cat" / "new.png", seed=99)
    picture(odd_folder / "dog" / "broken.jpg", seed=98)
    (odd_folder / "cat" / "0.png").unlink()
    os.utime(odd_folder / "cat" / "1.png", ns=(1, 1))

    found = look(odd_folder)

    assert sorted(checked) == ["1.png", "broken.jpg", "new.png"]
    assert len(found.samples) == 12
    assert "picture_damaged" not in {problem.code for problem in found.problems}


def test_a_copy_of_a_remembered_picture_is_found(
    photo_folder: Path, look: Look, checked: list[str]
) -> None:
    for number in range(8):  # no two of one size
        file = next(photo_folder.rglob(f"{number}.png"))
        file.write_bytes(file.read_bytes() + b"\0" * number * 500)
    look(photo_folder)
    (photo_folder / "dog" / "z.png").write_bytes((photo_folder / "dog" / "6.png").read_bytes())

    found = look(photo_folder)

    assert "duplicate" in {problem.code for problem in found.problems}
    assert checked[8:] == ["z.png"]


def test_leaving_out_tiny_pictures_needs_no_second_look(
    odd_folder: Path, look: Look, checked: list[str]
) -> None:
    assert len(look(odd_folder).samples) == 11

    assert len(look(odd_folder, leave_out=("picture_tiny",)).samples) == 10
    assert len(checked) == 12


def test_a_stop_keeps_what_was_looked_over(
    odd_folder: Path, cache: Path, look: Look, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_AHEAD", 1)
    monkeypatch.setattr(picture_check, "_TOGETHER", 1)
    choice = DataChoice(path=str(odd_folder))
    with pytest.raises(Stopped):
        survey(choice, None, cache, lambda event: None, lambda: len(checked) >= 6)
    before = len(checked)

    look(odd_folder)

    assert 6 <= before < 12
    assert len(checked) <= 12 + threads.thread_count()  # what was under way is begun anew


@pytest.mark.parametrize("content", [b"", b"ARROW1\0\0 nonsense", None])
def test_a_damaged_memory_is_no_memory(
    odd_folder: Path, cache: Path, look: Look, checked: list[str], content: bytes | None
) -> None:
    first = look(odd_folder)
    file = memory_of(cache)
    file.write_bytes(file.read_bytes()[:-20] if content is None else content)

    again = look(odd_folder)

    assert len(checked) == 24
    assert again.problems == first.problems
    look(odd_folder)
    assert len(checked) == 24


def test_names_that_are_no_text_are_looked_over_each_time(
    photo_folder: Path, look: Look, checked: list[str]
) -> None:
    odd = os.fsencode(photo_folder / "cat") + b"/\xff.png"
    try:
        os.rename(photo_folder / "cat" / "0.png", odd)  # noqa: PTH104 - bytes
    except OSError:
        pytest.skip("file names are text here")

    assert len(look(photo_folder).samples) == 8
    assert len(look(photo_folder).samples) == 8


def test_pictures_named_in_a_table_are_remembered_too(
    photo_folder: Path, look: Look, checked: list[str], table: Callable[..., Path]
) -> None:
    rows = "".join(
        f"{path.relative_to(photo_folder.parent)},{path.parent.name}\n"
        for path in sorted(photo_folder.rglob("*.png"))
    )
    file = table(f"file,label\n{rows}")

    assert look(file).samples == look(file).samples
    assert len(checked) == 8
