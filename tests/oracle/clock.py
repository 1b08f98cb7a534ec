"""The clock of the oracle: each day is two units of SimPy time, the first for policy, the second for goods.

What happens at real time x acts in day floor(x + 0.5). Day d of the run covers SimPy time 2 d to 2 d + 2;
policy at real times d - 0.5 to d + 0.5 fills the first unit, the phases of the day step fill the second.
"""

from __future__ import annotations

import datetime
import heapq
import math
from collections.abc import Generator
from enum import IntEnum
from typing import Any, TypeAlias

import simpy

Steps: TypeAlias = Generator[simpy.Event, Any, None]  # what a SimPy process is made of

SIXTEENTH = 1.0 / 16.0


class Phase(IntEnum):
    """The steps of a day in their order; all facilities finish one before any begins the next."""

    ARRIVE = 0
    EXPIRE = 1
    SPLIT = 2
    POOL = 3
    SWITCH = 4
    POOL_AGAIN = 5
    START = 6
    COMPLETE = 7
    SHIP = 8
    DELIVER = 9
    BELIEVE = 10
    ORDER = 11
    EVENING = 12


class Rank(IntEnum):
    """The order of what acts at one moment; the number of an event, by kind and name, is added."""

    ENDING = 10_000
    START = 20_000
    CREDIT = 30_000
    LAPSE = 40_000
    MORNING = 50_000


class Days(simpy.Environment):
    """A SimPy environment that knows days, phases and the order of policy within a day."""

    def __init__(self, start: datetime.date) -> None:
        super().__init__()
        self.start = start

    def at(self, x: float, rank: int) -> simpy.Event:
        """Return an event at real time `x`, or now when that has passed; lower ranks come first."""
        day = day_of(x)
        return self._scheduled(2.0 * day + (x - (day - 0.5)), rank)

    def phase(self, day: int, phase: Phase) -> simpy.Event:
        """Return an event at a phase of a day."""
        return self._scheduled(2.0 * day + 1.0 + phase * SIXTEENTH, 1)

    def moment(self) -> float:
        """Return the real time of now, while policy acts."""
        day = math.floor(self.now / 2.0)
        return day - 0.5 + (self.now - 2.0 * day)

    def number(self, date: datetime.date) -> int:
        """Return the day number of a date."""
        return (date - self.start).days

    def date(self, day: int) -> datetime.date:
        """Return the date of a day number."""
        return self.start + datetime.timedelta(days=day)

    def _scheduled(self, time: float, rank: int) -> simpy.Event:
        """Schedule at an absolute time, which adding a delay to now would round."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        heapq.heappush(self._queue, (max(time, self._now), rank, next(self._eid), event))  # type: ignore[misc]
        return event


def day_of(x: float) -> int:
    """Return the day in which real time `x` acts."""
    return math.floor(x + 0.5)
