"""Quantities with units, and dates: reading them from text and turning them into base units and days.

Inside the model time is in days, fractions are 0-1, and the amount of a material is in the
unit that the material declares. Everything else is a matter of this module.
"""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass

from sim.errors import quoted

DAYS_PER_YEAR = 365.0
DAYS_PER_MONTH = DAYS_PER_YEAR / 12.0
TIME_UNITS = {
    "day": 1.0,
    "week": 7.0,
    "month": DAYS_PER_MONTH,
    "quarter": DAYS_PER_YEAR / 4.0,
    "half-year": DAYS_PER_YEAR / 2.0,
    "year": DAYS_PER_YEAR,
}
LONGEST_YEARS = 100  # of any length of time, so that no run asks for the memory of a million years
LARGEST_NUMBER = 1e15  # beyond it floats no longer tell neighbours apart, and sums run over
POINTS = ("point", "points", "percentage point", "percentage points")  # hundredths of a share
RELATIVE = re.compile(r"\s*(?P<sign>[-+−xX×*])\s*(?P<amount>\.?\d.*)")  # `+5 days`, `x 1.2`
MASS_UNITS = {"t": 1.0, "kt": 1e3, "kg": 1e-3, "g": 1e-6}
QUANTITY = re.compile(
    r"\s*(?P<number>[+-]?(?:\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:,\d{3})+(?=\.)|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"\s*(?P<unit>[^\W\d_].*?|[%/$\u20ac\u00a3\u00a5].*?)?\s*"
)
GROUPED = re.compile(  # what people in some country take for one number
    r"\s*(?P<sign>[+-]?)(?P<number>\d+(?:[.,'\u2019_\s]\d+)+)\s*(?P<unit>[^\W\d_].*?|[%/].*?)?\s*"
)
ROUND_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d\d0")  # 1.000 in half of Europe, 1.250 t in a laboratory


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit it was written in.

    Attributes
    ----------
    value : float
        The number as written.
    unit : str
        The unit as written, `""` for a bare number, `"%"` for a percentage.
    signed : bool
        True when the text began with `+` or `-` (a change rather than a level).

    Examples
    --------
    >>> Quantity.parse("3086 t/month")
    Quantity(value=3086.0, unit='t/month', signed=False)
    >>> Quantity.parse("+35 days").signed
    True
    """

    value: float
    unit: str = ""
    signed: bool = False

    @classmethod
    def parse(cls, text: object, like: str = "a number with its unit") -> Quantity:
        """Read `text` as a number followed by a unit; raise ValueError when it is not one.

        `like` is what the message tells the user to write instead.
        """
        if isinstance(text, Quantity):
            return text
        if isinstance(text, int | float) and not isinstance(text, bool):
            return cls(_finite(text, text))
        match = QUANTITY.fullmatch(text) if isinstance(text, str) else None
        number = match["number"] if match else None
        if match is None or not number or not number.strip("+-"):
            raise ValueError(_unread(text, like))
        unit = (match["unit"] or "").strip()
        if unit and not unit.startswith("%") and ROUND_THOUSANDS.fullmatch(number):
            raise ValueError(_unread(text, like))
        return cls(_finite(number.replace(",", ""), text), unit, number[0] in "+-")


def _unread(text: object, like: str) -> str:
    """Say what is wrong with a text that is no quantity, or may be two."""
    ways = ways_to_write(text)
    if not ways:
        return f"{quoted(text)} is not a quantity; write {like}"
    if " or " in ways:
        return f"{quoted(text)} may be read in two ways; write {ways}"
    return f"{quoted(text)} is not a number as numbers are written here; write {ways}"


def ways_to_write(text: object) -> str:
    """Return how to write what a number with commas, points or blanks may mean; empty where it is none.

    Examples
    --------
    >>> ways_to_write("1.000 days"), ways_to_write("1,5 days")
    ("'1000 days' or '1 days'", "'1.5 days'")
    """
    match = GROUPED.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return ""
    unit = match["unit"] or ""
    unit = unit if unit.startswith("/") or not unit else f" {unit}"
    return " or ".join(f"'{match['sign']}{number}{unit}'" for number in readings(match["number"]))


def readings(number: str) -> list[str]:
    """Return what digits with commas, points, blanks or apostrophes between them may mean.

    Examples
    --------
    >>> readings("1,500"), readings("1,5"), readings("1.234,5"), readings("1 000")
    (['1500', '1.5'], ['1.5'], ['1234.5'], ['1000'])
    """
    signs = re.findall(r"\D", number)
    first, *groups = re.split(r"\D", number)
    whole = "".join((first, *groups)).lstrip("0") or "0"
    if any(len(group) != 3 for group in groups[:-1]) or (len(groups) > 1 and len(first) > 3):
        return []
    is_grouped = (
        len(groups[-1]) == 3 and len(set(signs)) == 1 and len(first) <= 3 and not first.startswith("0")
    )
    is_decimal = signs[-1] in ".," and signs.count(signs[-1]) == 1
    digits = groups[-1].rstrip("0")
    digits = f".{digits}" if digits else ""
    decimal = f"{''.join((first, *groups[:-1])).lstrip('0') or '0'}{digits}"
    return [*([whole] if is_grouped else []), *([decimal] if is_decimal else [])]


def _finite(number: str | float, text: object) -> float:
    """Turn a number or its digits into a float, unless it has no end."""
    try:
        value = float(number)
    except (ValueError, OverflowError):
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"{quoted(text)} is not finite; write a smaller number")
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(f"{quoted(text)} is too large to be meant; write a smaller number")
    return value


def days(text: object) -> float:
    """Turn a length of time into days.

    Examples
    --------
    >>> days("2 weeks")
    14.0
    """
    quantity = Quantity.parse(text, "a length of time, for example '30 days'")
    factor = time_factor(quantity.unit)
    if factor is None:
        shown = quoted(text) if isinstance(text, str) else text
        unit, factor = _TIME_WORDS.get(quantity.unit.lower().removesuffix("."), ("", 0.0))
        like = f"{quantity.value * factor:.4g} {unit}" if unit else "30 days"
        raise ValueError(f"{shown} is not a length of time; write for example '{like}'")
    value = quantity.value * factor
    if abs(value) > LONGEST_YEARS * DAYS_PER_YEAR:
        remedy = f"write '{LONGEST_YEARS} years' or less, which is for ever in a run"
        raise ValueError(f"{quoted(text)} is longer than {LONGEST_YEARS} years; {remedy}")
    return value


_TIME_WORDS = {  # what people write for a unit of time, and what to write instead
    **dict.fromkeys(("", "%", "d", "dy", "dys", "day(s)", "tage", "tag"), ("days", 1.0)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), ("days", 1.0 / 24.0)),
    **dict.fromkeys(("working days", "business days", "workdays", "weekdays"), ("days", 7.0 / 5.0)),
    **dict.fromkeys(("w", "wk", "wks"), ("weeks", 1.0)),
    **dict.fromkeys(("m", "mo", "mos", "mon", "mth", "mths"), ("months", 1.0)),
    **dict.fromkeys(("q", "qtr", "qtrs"), ("quarters", 1.0)),
    **dict.fromkeys(("y", "yr", "yrs", "a", "yrs."), ("years", 1.0)),
}


def fraction(text: object) -> float:
    """Turn a bare 0-1 number or a percentage into a number.

    Examples
    --------
    >>> fraction("30 %")
    0.3
    """
    like = "a number from 0 to 1 or a percentage such as '30 %'"
    quantity = Quantity.parse(text, like)
    if quantity.unit not in ("", "%"):
        raise ValueError(f"{quoted(text)} is not a share; write {like}")
    return quantity.value / 100.0 if quantity.unit == "%" else quantity.value


def time_factor(unit: str) -> float | None:
    """Return how many days one `unit` of time has, or None when it is no unit of time."""
    name = unit.strip().lower()
    return TIME_UNITS.get(name, TIME_UNITS.get(name.removesuffix("s")))


def unit_factor(unit: str, base: str) -> float | None:
    """Return what one `unit` is worth in `base`, or None when they do not convert.

    Examples
    --------
    >>> unit_factor("kg", "t")
    0.001
    """
    if unit == base or unit.removesuffix("s") == base.removesuffix("s"):
        return 1.0
    if unit in MASS_UNITS and base in MASS_UNITS:
        return MASS_UNITS[unit] / MASS_UNITS[base]
    return None


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
