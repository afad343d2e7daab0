"""The base of every value that is passed around: frozen, and strict about unknown fields."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value. Editing makes a new one with :meth:`edited`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=True, ser_json_inf_nan="strings"
    )

    def edited(self, **changes: Any) -> Self:
        """A copy with some fields replaced, checked like a new value.

        Raises:
            pydantic.ValidationError: a new value is out of bounds or of the wrong kind.
        """
        known = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**known, **changes})
