from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from torch import Tensor

from finetune_studio.engine.prefix.halves import StoredValue, value_like
from finetune_studio.engine.prefix.shelf import Shelf, digest
from finetune_studio.engine.prefix.store import INDEX, FeatureStore

ONES = torch.ones(6, dtype=torch.int64)
LENGTHS = torch.tensor([3, 1, 4, 2, 4, 1])


def pictures(dtype: torch.dtype = torch.float32) -> Tensor:
    """[6, 5, 2, 3], in the order of memory convolutions like."""
    return torch.randn(6, 5, 2, 3).to(dtype).to(memory_format=torch.channels_last)


def texts(tokens: int) -> list[Tensor]:
    """Of six texts: [tokens of it, 3]; ``tokens`` is where the padded batch will have them."""
    assert tokens in (1, 2)
    return [torch.randn(int(length), 3) for length in LENGTHS]


def batch_of(samples: list[Tensor], rows: list[int], tokens: int) -> Tensor:
    padded = torch.nn.utils.rnn.pad_sequence([samples[row] for row in rows], batch_first=True)
    return padded if tokens == 1 else padded.transpose(1, 2)


def filled(values: Tensor, folder: Path | None) -> FeatureStore:
    store = FeatureStore([value_like(values)], ONES, folder)
    store.put([0, 1, 2, 3], [values[:4]])
    store.put([4, 5], [values[4:]])
    return store


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("on_disk", [True, False])
def test_what_is_stored_comes_back_bit_by_bit_in_the_same_order_of_memory(
    dtype: torch.dtype, on_disk: bool, tmp_path: Path
) -> None:
    values = pictures(dtype)
    store = filled(values, tmp_path / "store" if on_disk else None)
    (found,) = store.gather([5, 0, 3])
    assert torch.equal(found, values[[5, 0, 3]])
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert found.dtype is dtype


def test_what_comes_back_can_be_written_into(tmp_path: Path) -> None:
    store = filled(pictures(), tmp_path / "store")
    before = store.gather([1])[0].clone()
    store.gather([1])[0].zero_()
    assert torch.equal(store.gather([1])[0], before)


@pytest.mark.parametrize("tokens", [1, 2])
def test_texts_are_padded_to_the_longest_of_a_batch_only(tokens: int, tmp_path: Path) -> None:
    samples = texts(tokens)
    batch = batch_of(samples, [0, 1, 2], tokens)
    store = FeatureStore([value_like(batch, tokens)], LENGTHS, tmp_path / "store")
    store.put([0, 1, 2], [batch])
    store.put([3, 4, 5], [batch_of(samples, [3, 4, 5], tokens)])
    assert store.complete
    for rows in ([2, 4], [1, 5], [3, 0, 1]):
        assert torch.equal(store.gather(rows)[0], batch_of(samples, rows, tokens))
    assert store.size == int(LENGTHS.sum()) * 3 * 4


def test_a_finished_store_is_found_again(tmp_path: Path) -> None:
    values = pictures()
    store = filled(values, tmp_path / "store")
    store.seconds = 12.5
    store.note(finished=True)
    again = FeatureStore([value_like(values)], ONES, tmp_path / "store")
    assert again.complete
    assert again.seconds == 12.5
    assert torch.equal(again.gather([0, 5])[0], values[[0, 5]])


def test_a_store_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    values = pictures()
    store = FeatureStore([value_like(values)], ONES, tmp_path / "store")
    store.put([0, 1, 2, 3], [values[:4]])
    store.note(finished=False)
    again = FeatureStore([value_like(values)], ONES, tmp_path / "store")
    assert again.done == 4
    again.put([4, 5], [values[4:]])
    assert torch.equal(again.gather(range(6))[0], values)


def test_a_store_never_noted_starts_anew(tmp_path: Path) -> None:
    values = pictures()
    FeatureStore([value_like(values)], ONES, tmp_path / "store").put([0, 1], [values[:2]])
    assert FeatureStore([value_like(values)], ONES, tmp_path / "store").done == 0


def damage_file(folder: Path) -> None:
    data = bytearray((folder / "0.bin").read_bytes())
    data[17] ^= 1
    (folder / "0.bin").write_bytes(data)


def cut_file(folder: Path) -> None:
    os.truncate(folder / "0.bin", 8)


def damage_index(folder: Path) -> None:
    (folder / INDEX).write_text("{", encoding="utf-8")


@pytest.mark.parametrize("damage", [damage_file, cut_file, damage_index])
def test_a_damaged_store_is_computed_again(damage: object, tmp_path: Path) -> None:
    values = pictures()
    filled(values, tmp_path / "store").note(finished=True)
    damage(tmp_path / "store")  # type: ignore[operator]
    again = FeatureStore([value_like(values)], ONES, tmp_path / "store")
    assert again.done == 0
    again.put(range(6), [values])
    assert torch.equal(again.gather(range(6))[0], values)


def test_a_store_taken_into_memory_outlives_its_files(tmp_path: Path) -> None:
    values = pictures()
    store = filled(values, tmp_path / "store")
    store.take_into_memory()
    (tmp_path / "store" / "0.bin").write_bytes(b"")
    assert torch.equal(store.gather(range(6))[0], values)


# -------------------------------------------------------------------------------------- the shelf

VALUE = StoredValue((1000,), torch.float32, None, (0,))


def put_on(shelf: Shelf, key: str) -> FeatureStore:
    store = shelf.open(key, [VALUE], ONES)
    store.put(range(6), [torch.randn(6, 1000)])
    store.note(finished=True)
    return store


def kept(cache: Path) -> set[str]:
    return {store.name for store in (cache / "features").iterdir()}


def test_the_store_longest_unused_makes_way(tmp_path: Path) -> None:
    room_for_two = 50_000 / 1e9
    for number, key in enumerate(("old", "older", "new")):
        put_on(Shelf(tmp_path, room_for_two), key)
        if key != "new":
            os.utime(tmp_path / "features" / key, (100 - number, 100 - number))
    assert kept(tmp_path) == {"old", "new"}


def test_a_store_of_this_run_never_makes_way(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 50_000 / 1e9)
    stores = [put_on(shelf, key) for key in ("a", "b", "c")]
    assert kept(tmp_path) == {"a", "b"}
    assert all(store.complete for store in stores)  # the third lives in memory


def test_without_room_on_disk_nothing_is_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 0.0)
    assert put_on(shelf, "a").gather([3])[0].shape == (1, 1000)
    assert not (tmp_path / "features").exists()


def test_what_fits_nowhere_is_not_held(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 1e-3)
    assert shelf.holds(1e6)
    assert not shelf.holds(1e15)
    assert shelf.place(1e3) == "memory"
    assert shelf.place(1e15) == "disk"


def test_another_weight_gives_another_name() -> None:
    weight = torch.zeros(4)
    before = digest([weight], "facts")
    assert before == digest([torch.zeros(4)], "facts")
    weight[2] = 1e-7
    assert digest([weight], "facts") != before
    assert digest([torch.zeros(4)], "other facts") != before
    assert digest([torch.zeros(2, 2)], "facts") != before
