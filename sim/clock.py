"""Dates and day numbers: day 0 is the first day of a run."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The calendar of a run that begins on `start`.

    Examples
    --------
    >>> clock = Clock(datetime.date(2019, 1, 1))
    >>> clock.day("2019-07-04")
    184
    >>> clock.iso(184)
    '2019-07-04'
    """

    start: datetime.date

    def day(self, date: datetime.date | str) -> int:
        """Return the number of a date; negative before the start."""
        if isinstance(date, str):
            date = datetime.date.fromisoformat(date)
        return (date - self.start).days

    def date(self, day: float) -> datetime.date:
        """Return the date of the day in which time `day` acts (10.3 acts in day 10)."""
        return self.start + datetime.timedelta(days=int((day + 0.5) // 1))

    def iso(self, day: float) -> str:
        """Return the date of a day as text, year-month-day."""
        return self.date(day).isoformat()

    def months(self, days: int) -> tuple[str, ...]:
        """Return the calendar months that a run of `days` days touches, as `2019-07`.

        Examples
        --------
        >>> Clock(datetime.date(2019, 12, 31)).months(2)
        ('2019-12', '2020-01')
        """
        last = self.date(max(days - 1, 0))
        count = (last.year - self.start.year) * 12 + last.month - self.start.month + 1
        first = self.start.year * 12 + self.start.month - 1
        return tuple(f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(first, first + count))

    def month_index(self, day: int) -> int:
        """Return the place of a day's month in `months`."""
        date = self.date(day)
        return (date.year - self.start.year) * 12 + date.month - self.start.month
