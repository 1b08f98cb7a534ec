"""Quantities with units: reading them from text and turning them into base units.

Inside the model time is in days, fractions are 0-1, and the amount of a material is in the
unit that the material declares. Everything else is a matter of this module.
"""

from __future__ import annotations

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
LONGEST_DAYS = 1e10  # people write a billion for never
LARGEST_NUMBER = 1e15  # beyond it floats no longer tell neighbours apart, and sums run over
POINTS = ("point", "points", "percentage point", "percentage points")  # hundredths of a share
RELATIVE = re.compile(r"\s*(?P<sign>[-+−xX×*])\s*(?P<amount>\.?\d.*)")  # `+5 days`, `x 1.2`
MASS_UNITS = {"t": 1.0, "kt": 1e3, "kg": 1e-3, "g": 1e-6}
QUANTITY = re.compile(
    r"^\s*(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(?P<unit>[^\d\s].*?)?\s*$"
)


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
    >>> Quantity.parse("3,086 t/month")
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
        match = QUANTITY.match(text) if isinstance(text, str) else None
        number = match["number"] if match else None
        if match is None or not number or not number.strip("+-"):
            raise ValueError(f"{quoted(text)} is not a quantity; write {like}")
        unit = (match["unit"] or "").strip()
        return cls(_finite(number.replace(",", ""), text), unit, number[0] in "+-")


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
        raise ValueError(f"{shown} is not a length of time; write for example '{quantity.value:g} days'")
    value = quantity.value * factor
    if abs(value) > LONGEST_DAYS:
        raise ValueError(f"{quoted(text)} is too long to be meant; write a shorter time")
    return value


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
