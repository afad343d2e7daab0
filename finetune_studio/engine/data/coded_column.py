"""A column of few different values, such as labels: each value once, and a number for each row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Coded:
    """The different values, in order of appearance, and which of them each row has.

    Attributes:
        codes: places among the values, int32 [rows].
    """

    values: list[str]
    codes: np.ndarray


class Coding:
    """Puts the batches of a column together; each brings its own list of values."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._codes: list[np.ndarray] = [np.empty(0, np.int32)]

    def add(self, column: pa.DictionaryArray) -> None:
        """Add the next rows."""
        numbers = self._numbers
        values = column.dictionary.to_pylist()
        places = [numbers.setdefault(value, len(numbers)) for value in values]
        self._codes.append(np.array(places, np.int32)[column.indices.to_numpy()])

    def starts_with_space(self) -> bool:
        """Whether a space comes first in any value."""
        return any(value.startswith(" ") for value in self._numbers)

    def coded(self) -> Coded:
        """The whole column; spaces before a value are passed over, as the row reader does."""
        return Coded([value.lstrip(" ") for value in self._numbers], np.concatenate(self._codes))


def is_coded(column: pa.Array) -> bool:
    """Whether a column comes as values and numbers."""
    return pa.types.is_dictionary(column.type)
