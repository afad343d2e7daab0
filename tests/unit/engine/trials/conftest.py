"""Tiny models have nothing to divide among threads."""

from __future__ import annotations

from tests.unit.engine.one_thread import one_thread

__all__ = ["one_thread"]
