"""Samples arrive whole, below the chosen folder, and hold what they say."""

from __future__ import annotations

import csv
import stat
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from finetune_studio.samples import SAMPLES, SampleSet, UnsafeArchiveError, extract, unpack


def _archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return path


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_each_sample_unpacks_below_the_folder(sample: SampleSet, tmp_path: Path) -> None:
    data = unpack(sample.id, tmp_path / "new" / "project")
    assert data.parent == tmp_path / "new" / "project"
    assert data.is_dir() == sample.file.endswith(".zip")
    assert list(data.parent.iterdir()) == [data]


def test_unpacking_again_keeps_what_is_there(tmp_path: Path) -> None:
    data = unpack("reviews", tmp_path)
    data.write_text("edited")
    assert unpack("reviews", tmp_path) == data
    assert data.read_text() == "edited"


def test_an_unknown_sample_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match=r"'cats' is none of digits, reviews"):
        unpack("cats", tmp_path)


def test_the_digits_are_1797_small_pictures_in_ten_even_folders(tmp_path: Path) -> None:
    data = unpack("digits", tmp_path)
    count = Counter(file.parent.name for file in data.rglob("*.png"))
    assert sorted(count) == list("0123456789")
    assert sum(count.values()) == 1797
    assert max(count.values()) - min(count.values()) < 10
    with Image.open(data / "7" / "7-001.png") as picture:
        assert (picture.size, picture.mode) == ((40, 40), "L")
        assert picture.getextrema() == (0, 255)


def _reviews(folder: Path) -> list[dict[str, str]]:
    with unpack("reviews", folder).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_reviews_are_many_and_uneven(tmp_path: Path) -> None:
    rows = _reviews(tmp_path)
    assert list(rows[0]) == ["review", "product", "sentiment"]
    assert len(rows) >= 400
    share = Counter(row["sentiment"].strip().lower() for row in rows)
    assert set(share) == {"positive", "neutral", "negative", ""}
    assert share["positive"] > 1.5 * share["neutral"] > 2 * share["negative"]


def test_the_reviews_are_messy_in_the_ways_that_real_ones_are(tmp_path: Path) -> None:
    rows = _reviews(tmp_path)
    texts = [row["review"] for row in rows]
    labels_of: dict[str, set[str]] = {}
    for row in rows:
        labels_of.setdefault(row["review"], set()).add(row["sentiment"])
    copies = Counter((row["review"], row["sentiment"]) for row in rows)
    assert sum(not row["sentiment"] for row in rows) == 3
    assert sum(count - 1 for count in copies.values()) == 4
    assert sum(len(labels) > 1 for labels in labels_of.values()) == 2
    assert sum(row["sentiment"] != row["sentiment"].strip() for row in rows) == 1
    for oddity in ("\n", '"', ",", "&amp;", "  "):
        assert any(oddity in text for text in texts), oddity
    assert any(text.isupper() for text in texts)
    assert any(max(map(ord, text)) > 0x1F000 for text in texts)
    assert any(text != text.strip() for text in texts)


def test_no_two_reviews_are_cut_from_one_template(tmp_path: Path) -> None:
    openings = Counter(" ".join(row["review"].lower().split()[:4]) for row in _reviews(tmp_path))
    assert openings.most_common(1)[0][1] <= 3


@pytest.mark.parametrize(
    "name", ["../out.txt", "/out.txt", "a/../../out.txt", "C:/out.txt", "..\\out"]
)
def test_an_archive_that_leads_out_of_its_folder_is_refused(name: str, tmp_path: Path) -> None:
    archive = _archive(tmp_path / "bad.zip", "fine.txt", name)
    with pytest.raises(UnsafeArchiveError, match="leads out of the folder"):
        extract(archive, tmp_path / "into")
    assert not (tmp_path / "into").exists()


def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnsafeArchiveError, match="not a plain file"):
        extract(tmp_path / "bad.zip", tmp_path / "into")


def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(65 * 2**20))
    with pytest.raises(UnsafeArchiveError, match="more than"):
        extract(tmp_path / "bomb.zip", tmp_path / "into")


def test_a_failed_unpacking_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = tmp_path / "resources"
    (resources / "samples").mkdir(parents=True)
    _archive(resources / "samples" / "digits.zip", "../out.txt")
    monkeypatch.setattr("finetune_studio.places.resources", lambda: resources)
    with pytest.raises(UnsafeArchiveError):
        unpack("digits", tmp_path / "project")
    assert list((tmp_path / "project").iterdir()) == []
