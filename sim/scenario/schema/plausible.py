"""Numbers that are more likely slips than meant: a percent sign too few or too many, weights, points."""

from __future__ import annotations

import datetime
import math
import re
from contextlib import suppress
from typing import Any

from sim.errors import quoted
from sim.units import RELATIVE, Quantity, time_factor

# Bare numbers that are more likely a forgotten percent sign; with a sign any number may stand.
LARGEST_FACTOR = 9.99
LARGEST_HEADROOM = 1.0
LARGEST_CV = 3.0
SMALLEST_YIELD = 0.02
SMALLEST_ALLOWANCE = 0.01
NO_YIELD = 1e-9
LETTERS_OF_PLURAL = 4  # from which a unit that ends in s may be one: wafers, not gas
WEIGHTS_SLACK = 0.011  # of parts that are rounded to two places: 0.33 three times


def dates(text: object) -> str:
    """Return how to write the dates that a text may mean.

    Examples
    --------
    >>> dates("7/4/2019"), dates("31.12.2019"), dates("2019-7-4"), dates("soon")[:14]
    ('2019-07-04 or 2019-04-07', '2019-12-31', '2019-07-04', 'year-month-day')
    """
    parts = re.fullmatch(r"\s*(\d{1,4})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{1,4})\s*", str(text))
    first, second, third = (int(part) for part in parts.groups()) if parts else (0, 0, 0)
    if first > 999:
        orders = [(first, second, third)]
    else:  # month first as in America, then day first; after a point only day first
        orders = [(third, first, second), (third, second, first)][1 if "." in str(text) else 0 :]
    meant = []
    for year, month, day in orders if max(first, third) > 999 else ():
        with suppress(ValueError):
            meant.append(datetime.date(year, month, day).isoformat())
    return " or ".join(dict.fromkeys(meant)) or "year-month-day, for example 2019-07-04"


def inherits(text: Any, *, signs: bool = False, of_all: str = "") -> None:
    """Raise where a text changes an inherited value: what reads it here has none; `signs` are its own.

    `of_all` is what is meant where a change in per cent would leave so much of the whole.
    """
    match = RELATIVE.fullmatch(text) if isinstance(text, str) else None
    if match is not None and match["sign"] not in ("+-−" if signs else "-−"):
        wrong = f"{quoted(text)} changes an inherited value, and none is written here"
        raise ValueError(f"{wrong}; write {of_all or 'the value itself, without ' + quoted(match['sign'])}")


def of_the_whole(text: Any, of: str = "") -> str:
    """Return what a change in per cent leaves of the whole: what is meant by `+30 %` where a factor stands.

    Examples
    --------
    >>> of_the_whole("+30 %"), of_the_whole("-10 %"), of_the_whole("x 1.2")
    ("'130 %'", "'90 %'", '')
    """
    match = RELATIVE.fullmatch(text) if isinstance(text, str) else None
    if match is None or match["sign"] not in "+-−":
        return ""
    with suppress(ValueError):
        quantity = Quantity.parse(match["amount"])
        whole = 100.0 + (quantity.value if match["sign"] == "+" else -quantity.value)
        if quantity.unit == "%" and whole >= 0.0:
            return f"'{whole:.12g} %{of}'"
    return ""


def rates(quantity: Quantity) -> str:
    """Return how to write the amount per time that a text may mean, with its own number.

    Examples
    --------
    >>> rates(Quantity.parse("400000 wafers per month")), rates(Quantity.parse("926 t"))
    ("'400000 wafer/month'", "for example '926 t/month'")
    >>> rates(Quantity.parse("926 %"))
    "for example '926 t/month'"
    """
    words = re.fullmatch(r"(?P<unit>\w+)\s*(?:(?:\bper\b|\ba\b|/)\s*(?P<time>\w+))?", quantity.unit)
    if words is None:
        return "for example '926 t/month'"
    unit = words["unit"] if len(words["unit"]) < LETTERS_OF_PLURAL else words["unit"].removesuffix("s")
    time = (words["time"] or "").lower().removesuffix("s")
    if time_factor(time) is None:
        return f"for example '{quantity.value:.15g} {unit}/month'"
    return f"'{quantity.value:.15g} {unit}/{time}'"


def refuse_bare(quantity: Quantity, most: float, shown: str, whole: str = "") -> None:
    """Refuse a bare number above `most`, which may be a percentage whose sign is missing."""
    if quantity.unit == "" and abs(quantity.value) > most:
        raise ValueError(f"{shown} may be a percentage or a factor; write {_both(quantity.value, whole)}")


def _both(value: float, whole: str = "") -> str:
    """Return the two ways to write a number that may be a percentage or a multiple."""
    of = " of baseline" if whole else ""
    return f"'{value:.15g} %{of}' or '{100.0 * value:.15g} %{of}'"


def refuse_small_yield(value: float, text: Any) -> float:
    """Return a yield, unless it is below 2 % and written with a percent sign: then that is one too many."""
    if 0.0 < value < NO_YIELD:
        raise ValueError(f"{quoted(text)} is too small to be meant; write a share such as 0.95 or '95 %'")
    if 0.0 < value < SMALLEST_YIELD and isinstance(text, str) and "%" in text:
        written = Quantity.parse(text).value
        both = f"'{100.0 * written:.15g} %', or {value:.15g} if next to nothing is good"
        raise ValueError(f"{quoted(text)} is a yield below 2 %; write {both}")
    return value


def refuse_small_allowance(share: float, text: str) -> float:
    """Return what a quota allows, unless it is below 1 % and written with a percent sign: one too many."""
    if 0.0 < share < SMALLEST_ALLOWANCE and "%" in text:
        both = f"'{1e4 * share:.6g} % of baseline', or '{share:.6g} of baseline' if next to nothing may pass"
        raise ValueError(f"{quoted(text)} is an allowance below 1 %; write {both}")
    return share


def growth(text: Any) -> float:
    """Read a growth a year, which may be negative: a bare number, or a percentage."""
    like = "a number such as 0.05 or '5 %'"
    quantity = Quantity.parse(text, like)
    if quantity.unit not in ("", "%"):
        raise ValueError(f"{quoted(text)} is not a growth a year; write {like}")
    refuse_bare(quantity, 1.0, quoted(text))
    value = quantity.value / 100.0 if quantity.unit == "%" else quantity.value
    if value <= -1.0:
        raise ValueError(f"{quoted(text)} leaves nothing after a year; write more than '-100 %'")
    return value


def number(text: Any) -> Any:
    """Keep true and false from being read as 1 and 0, and decimal commas from being no number."""
    if isinstance(text, bool):
        raise ValueError(f"{quoted(text)} is not a number; write digits")
    return Quantity.parse(text).value if isinstance(text, str) and "," in text else text


def whole(text: Any) -> Any:
    """Keep numbers with a point from being read as whole ones: 1.000 is a thousand in half of Europe."""
    written = str(number(text)).strip()
    if isinstance(text, str | float) and re.fullmatch(r"[+-]?\d+\.\d*", written):
        value = float(written)
        both = f"{value:.0f} or {value * 1000:.0f}" if value.is_integer() else "3"
        raise ValueError(
            f"{quoted(text)} is not a whole number; write it without a point, for example {both}"
        )
    return text


def check_weights(weights: list[Any], shares: list[float]) -> None:
    """Refuse weights that sum to 0, and percentages or fractions of 1 that do not add up."""
    total = math.fsum(shares)
    if not total > 0.0:
        raise ValueError("the weights sum to 0; write one weight above 0 at least")
    is_part = any("%" in str(weight) for weight in weights) or (
        max(shares) <= 1.0 and any(share not in (0.0, 1.0) for share in shares)
    )
    if is_part and abs(total - 1.0) > WEIGHTS_SLACK:
        raise ValueError(f"the weights sum to {100.0 * total:.6g} %, not 100 %; write weights that add up")


def other_words(text: dict[Any, Any]) -> str:
    """Return what the words of other programs are called here, where some stand in a distribution."""
    known = {"min": "low", "max": "high", "sd": "cv, a share of the mean", "std": "cv, a share of the mean"}
    if "min" not in text:
        known.pop("max")
    return "".join(f"{word} is {name} here; " for word, name in known.items() if word in text)
