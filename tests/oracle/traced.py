"""Rows of the engine's state that tell how they are written to: `a[i] = x` sets, `a[i] += x` adds.

A difference of values before and after would not do for what the day step moves, too: a link that is
credited 10 has been credited 10, whatever either side believes is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np


@dataclass
class Note:
    """One write: to which place of which row, what was there, what is there now, and what was added."""

    row: str
    index: int
    before: float
    after: float
    added: float | None  # None where a value was set


class Reading(float):
    """A value that was read from a place of a traced row; what is added to it is remembered."""

    place: tuple[str, int]

    @classmethod
    def of(cls, value: float, place: tuple[str, int]) -> Self:
        reading = cls(value)
        reading.place = place
        return reading

    def __add__(self, other: float) -> Sum:
        return Sum.of(float(self) + float(other), self.place, float(other))

    def __sub__(self, other: float) -> Sum:
        return Sum.of(float(self) - float(other), self.place, -float(other))


class Sum(float):
    """A value that was read plus what was added to it."""

    place: tuple[str, int]
    added: float

    @classmethod
    def of(cls, value: float, place: tuple[str, int], added: float) -> Self:
        reading = cls(value)
        reading.place, reading.added = place, added
        return reading


class Traced(np.ndarray):
    """A view of one row of the state that notes every write to one of its places."""

    notes: list[Note] | None = None  # of views that numpy makes of this one
    row = ""

    @classmethod
    def of(cls, view: np.ndarray, row: str, notes: list[Note]) -> Self:
        traced = view.view(cls)
        traced.notes, traced.row = notes, row
        return traced

    def __getitem__(self, index: Any) -> Any:
        reading = super().__getitem__(index)
        if self.notes is None or not np.isscalar(reading):
            return reading
        return Reading.of(float(reading), (self.row, int(index)))

    def __setitem__(self, index: Any, value: Any) -> None:
        before = super().__getitem__(index)
        super().__setitem__(index, value)
        if self.notes is None:
            return
        assert np.isscalar(before), f"{self.row}: places are written to one by one"
        same = isinstance(value, Sum) and value.place == (self.row, int(index))
        added = value.added if same else None
        self.notes.append(Note(self.row, int(index), float(before), float(value), added))
