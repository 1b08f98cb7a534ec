"""Field types of the scenario format: what a value may look like and what it becomes."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from sim.errors import quoted
from sim.scenario.schema import plausible
from sim.scenario.schema.countries import country_code, country_words
from sim.scenario.schema.plausible import inherits, of_the_whole
from sim.units import LARGEST_NUMBER, Quantity, days, fraction, time_factor

DISTRIBUTION_KEYS = frozenset(
    {"low", "mode", "high", "median", "p90", "mean", "cv", "values", "weights", "law", "max"}
)
FORM_KEYS = DISTRIBUTION_KEYS - {"law", "max", "cv"}  # that tell one form of distribution from another


Z90, Z999 = 1.2815515655446004, 3.090232306167813  # of a standard normal, at 90 and 99.9 %
LARGEST_COUNT = 1_000_000
ALLOWANCE = "'30 % of baseline', '926 t/month', '900 t' or none"
LEVEL = "days of use or an amount, for example '15 days' or '200 t'"
COVER = "'60 days' to set the cover, '+35 days' or '-10 days' to change it"
COUNTRY_REMEDY = "write two capital letters (ISO 3166), for example KR; KOR, 410 and South Korea will do, too"
FACTOR = "a factor such as 1.2 or '120 %'"


class Signed:
    """Stands on a field whose own format has signs: there `+` and `-` change nothing that is inherited."""


@dataclass(frozen=True, slots=True)
class ArrayColumn:
    """Where draws of a field go: an array of compiled numbers (`sim.network.parameters.Parameters`).

    Attributes
    ----------
    array : str
        Its name.
    of_material : bool
        Whether the numbers are in the unit of the material.
    place : int
        In an array with one number for the whole model.
    """

    array: str
    of_material: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of something, in the unit it was written in (`3 kg`, `145 t`)."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Rate:
    """An amount per day, in the unit it was written in (`926 t/month` is 926/30.42 t a day)."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Price:
    """Money for one unit of a material (`1450 USD/t`)."""

    value: float
    currency: str
    unit: str


@dataclass(frozen=True, slots=True)
class Share:
    """A share of something named, today the baseline flow (`30 % of baseline`)."""

    value: float


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a level in days (`+35 days`) or as a factor (`+20 %`)."""

    value: float
    unit: Literal["days", "share"]


@dataclass(frozen=True, slots=True)
class Distribution:
    """What people know of an uncertain number, as the parameters of a named law.

    Attributes
    ----------
    law : str
        `fixed` (value,), `uniform` and `loguniform` (low, high), `triangular` (low, mode, high),
        `lognormal` (median, p90), `gamma` (mean, cv), `normal` (mean, cv), `exponential` (mean,),
        `poisson` (mean,) or `discrete` (values, then as many weights).
    parameters : tuple of float
        In the order above, in the base unit of the field.
    max : float or None
        Draws above it are set to it.
    """

    law: str
    parameters: tuple[float, ...]
    max: float | None = None


def _amount(text: Any) -> Amount:
    if isinstance(text, Amount):
        return text
    inherits(text)
    quantity = Quantity.parse(text, "an amount with its unit, for example '3 kg'")
    if not quantity.unit or quantity.unit.startswith("%") or "/" in quantity.unit:
        raise ValueError(f"{quoted(text)} is not an amount; write a number with its unit, for example '3 kg'")
    return Amount(_positive(quantity, text), quantity.unit)


def _rate(text: Any) -> Rate:
    if isinstance(text, Rate):
        return text
    inherits(text)
    quantity = Quantity.parse(text, "an amount per time, for example '926 t/month'")
    unit, _, per = quantity.unit.partition("/")
    factor = time_factor(per) if per else None
    if factor is None or not unit.strip():
        raise ValueError(f"{quoted(text)} is not an amount per time; write {plausible.rates(quantity)}")
    return Rate(_positive(quantity, text) / factor, unit.strip())


def _per_time(text: Any) -> float:
    """Read how often something happens, as a number a day."""
    inherits(text)
    quantity = Quantity.parse(text, "a number per time, for example 0.2/year")
    unit, _, per = quantity.unit.partition("/")
    factor = time_factor(per) if per else None
    if unit.strip() or factor is None:
        raise ValueError(f"{quoted(text)} is not a number per time; write for example 0.2/year")
    return _positive(quantity, text) / factor


def _price(text: Any) -> Price:
    if isinstance(text, Price):
        return text
    inherits(text)
    quantity = Quantity.parse(text, "a price, for example '1450 USD/t'")
    currency, _, unit = quantity.unit.partition("/")
    if not (len(currency) == 3 and currency.isupper() and unit):
        raise ValueError(f"{quoted(text)} is not a price; write for example '1450 USD/t'")
    return Price(_positive(quantity, text), currency, unit.strip())


def _positive(quantity: Quantity, text: Any) -> float:
    if quantity.value < 0.0:
        raise ValueError(f"{quoted(text)} is negative; write 0 or more")
    return quantity.value


def _days(text: Any) -> float:
    inherits(text)
    value = days(text)
    if value < 0:
        raise ValueError(f"{quoted(text)} is negative; write a length of time of 0 days or more")
    return value


def share(text: Any) -> float:
    """Read a share from 0 to 1, or in %."""
    inherits(text)
    value = fraction(text)
    if not 0.0 <= value <= 1.0:
        percent = 1.0 < value <= 100.0 and isinstance(text, int | float)
        like = f"'{value:g} %', or a share from 0 to 1" if percent else "a share such as 0.3 or '30 %'"
        raise ValueError(f"{quoted(text)} is not between 0 and 1; write {like}")
    return value


def _factor(text: Any, whole: str = "", most: float = math.inf, *, of_all: str = "") -> float:
    """Read a factor; `whole` is what the message shows where the factor is part of a text.

    A bare number above `most` may be a percentage whose sign is missing.
    """
    inherits(text, of_all=of_all)
    quantity = Quantity.parse(text, FACTOR)
    shown = quoted(whole or text)
    if quantity.unit not in ("", "%"):
        raise ValueError(f"{shown} is not a factor; write {FACTOR}")
    if quantity.value < 0.0:
        raise ValueError(f"{shown} is negative; write {of_all or FACTOR}")
    plausible.refuse_bare(quantity, most, shown, whole)
    return quantity.value / 100.0 if quantity.unit == "%" else quantity.value


def factor_of(text: Any) -> float:
    """Read a factor as events have it: a bare number that may be a percentage is refused."""
    return _factor(text, most=plausible.LARGEST_FACTOR, of_all=of_the_whole(text))


def _factor_up_to(most: float) -> BeforeValidator:
    """Make a reader of factors whose bare numbers are at most `most`."""
    return BeforeValidator(lambda text: _factor(text, most=most))


def _date(text: Any) -> datetime.date:
    if isinstance(text, datetime.date):
        return text
    inherits(text)
    try:
        return datetime.date.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError(f"{quoted(text)} is not a date; write {plausible.dates(text)}") from None


def _level(text: Any) -> float | Amount:
    """Read a stock level: days of use, or an amount."""
    if isinstance(text, Amount):
        return text
    inherits(text)
    quantity = Quantity.parse(text, LEVEL)
    if not quantity.unit or quantity.unit.startswith("%"):
        raise ValueError(f"{quoted(text)} is neither days of use nor an amount; write {LEVEL}")
    return _days(text) if time_factor(quantity.unit) else _amount(text)


def _target(text: Any) -> float | Change:
    """Read a cover target: an absolute `60 days`, or a change `+35 days`."""
    if isinstance(text, Change):
        return text
    inherits(text, signs=True)
    quantity = Quantity.parse(text, COVER)
    if not time_factor(quantity.unit):
        raise ValueError(f"{quoted(text)} is not in days; write {COVER}")
    return Change(days(text), "days") if quantity.signed else _days(text)


def _allowance(text: Any) -> Share | Rate | Amount | None:
    """Read what a quota lets through: `30 % of baseline`, `926 t/month`, an amount, or none."""
    if text is None or isinstance(text, Share | Rate | Amount):
        return text
    of = " of baseline"
    words = text.strip() if isinstance(text, str) else ""
    of_all = of_the_whole(words.removesuffix(of), of)
    inherits(text, of_all=of_all)
    if words.lower() == "none":
        return None
    if words.lower().endswith("of baseline"):
        part = words[: -len("of baseline")].strip()
        share = _factor(part, words, most=1.0, of_all=of_the_whole(part, of))
        return Share(plausible.refuse_small_allowance(share, words))
    quantity = Quantity.parse(text, ALLOWANCE)
    if quantity.unit.startswith("%"):
        raise ValueError(f"{quoted(text)} leaves open of what; write {of_all or quoted(words + of)}")
    if not quantity.unit:
        raise ValueError(f"{quoted(text)} has no unit; write {ALLOWANCE}")
    return _rate(text) if "/" in quantity.unit else _amount(text)


def _criticality(text: Any) -> float:
    words = {"critical": 1.0, "important": 0.5, "non_critical": 0.0}
    if isinstance(text, str) and text.strip() in words:
        return words[text.strip()]
    try:
        return share(text)
    except ValueError:
        raise ValueError(
            f"{quoted(text)} is not a criticality; "
            "write critical, important, non_critical or a number from 0 to 1"
        ) from None


def _forecast(text: Any) -> tuple[str, float]:
    """Read how a stock's need is forecast, as (rule, days)."""
    if isinstance(text, tuple):
        return text
    if isinstance(text, dict) and set(text) == {"average"}:
        return ("average", max(1.0, _days(text["average"])))
    if text in ("fixed", "yesterday"):
        return (str(text), 1.0)
    if isinstance(text, dict):
        given = ", ".join(map(str, text)) or "nothing"
        raise ValueError(f"a forecast has no {given}; write fixed, yesterday or {{average: 14 days}}")
    raise ValueError(f"{quoted(text)} is not a forecast; write fixed, yesterday or {{average: 14 days}}")


def distribution(text: Any, read: Any = _days) -> Distribution:
    """Read a distribution whose numbers are read by `read`; a bare value is a fixed one.

    Examples
    --------
    >>> distribution({"low": "30 days", "mode": "60 days", "high": "90 days"}).law
    'triangular'
    """
    if isinstance(text, Distribution):
        return text
    if not isinstance(text, dict):
        return Distribution("fixed", (read(text),))
    known = {key: value for key, value in text.items() if key not in ("law", "max")}
    law = text.get("law")
    top = read(text["max"]) if "max" in text else None
    for keys, laws in _LAWS.items():
        if set(known) == set(keys):
            return _form(known, keys, laws[0] if law is None else law, top, read)
    raise ValueError(
        f"with {', '.join(map(str, text)) or 'nothing'} this is not a distribution; "
        f"{plausible.other_words(text)}write {{low, mode, high}}, {{low, high}}, {{median, p90}}, "
        "{mean, cv}, {values, weights} or a bare value"
    )


_LAWS: dict[tuple[str, ...], tuple[str, ...]] = {  # by the words of a form, the usual one first
    ("low", "mode", "high"): ("triangular",),
    ("low", "high"): ("uniform", "loguniform"),
    ("median", "p90"): ("lognormal",),
    ("mean", "cv"): ("gamma", "normal", "lognormal"),
    ("mean",): ("exponential", "poisson"),
    ("values", "weights"): ("discrete",),
}
FORMS = frozenset(map(frozenset, _LAWS))  # numbers that are a distribution


def _form(known: Any, keys: tuple[str, ...], law: Any, top: float | None, read: Any) -> Distribution:
    if law not in _LAWS[keys]:
        like = " or ".join(_LAWS[keys])
        raise ValueError(f"law {quoted(law)} does not go with {', '.join(keys)}; write {like}")
    if law == "discrete":
        values, weights = known["values"], known["weights"]
        if not isinstance(values, list) or not isinstance(weights, list) or len(values) != len(weights):
            raise ValueError("values and weights differ in length; write one weight for each value")
        shares = [_factor(weight) for weight in weights]
        plausible.check_weights(weights, shares)
        return Distribution(law, (*(read(v) for v in values), *shares), top)
    numbers = tuple(
        _factor(known[key], most=plausible.LARGEST_CV) if key == "cv" else read(known[key]) for key in keys
    )
    ordered = numbers if "cv" not in keys else ()
    if list(ordered) != sorted(ordered):
        raise ValueError(f"{', '.join(keys)} are not in rising order; write the smallest first")
    if law == "lognormal" and "cv" in keys:
        numbers = _median_and_p90(*numbers)
    if top is not None and top <= numbers[0]:
        raise ValueError(f"max is not above {keys[0]}, so that nothing would vary; write a larger max")
    if law in ("lognormal", "gamma", "loguniform") and numbers[0] <= 0.0:
        raise ValueError(f"{keys[0]} is not above 0, as law {law} needs; write a number above 0")
    return Distribution(law, numbers, top)


def _median_and_p90(mean: float, cv: float) -> tuple[float, float]:
    """Rewrite a lognormal given by mean and coefficient of variation."""
    sigma = math.sqrt(math.log1p(cv**2))
    median = mean / math.sqrt(1.0 + cv**2)
    return median, median * math.exp(Z90 * sigma)


def by_material(text: Any) -> dict[str, Any]:
    """Read a value that may differ by material, `{hf_liquid: ..., other: ...}`, or is one for all."""
    if isinstance(text, dict) and not set(text) <= DISTRIBUTION_KEYS:
        return text
    return {"other": text}


def _word_or_days(*words: str) -> Any:
    """Make a reader of a length of time in whose place some words may stand."""
    like = f"{', '.join(words)} or a length of time such as '30 days'"

    def reader(text: Any) -> Any:
        if isinstance(text, str) and text in words:
            return text
        Quantity.parse(text, like)
        return _days(text)

    return reader


def _unsigned(text: Any) -> Any:
    """Read a number of 0 or more."""
    inherits(text)
    return plausible.number(text)


def _whole(text: Any) -> Any:
    """Read a whole number of 0 or more."""
    inherits(text)
    return plausible.whole(text)


def _country(text: Any) -> Any:
    """Read a country as two letters, however ISO 3166 writes it; what is no text is for pydantic."""
    if not isinstance(text, str | int) or isinstance(text, bool):
        return text
    code = country_code(str(text))
    if code is None:
        raise ValueError(f"{quoted(text)} is not a country code; {COUNTRY_REMEDY}")
    return code


_TEXT = WithJsonSchema({"type": ["string", "number"]})
ANY_VALUE = WithJsonSchema({"type": ["string", "number", "object", "null"]})
Days = Annotated[float, BeforeValidator(_days), _TEXT]
Fraction = Annotated[float, BeforeValidator(share), _TEXT]
FactorField = Annotated[float, BeforeValidator(factor_of), _TEXT]
Headroom = Annotated[float, _factor_up_to(plausible.LARGEST_HEADROOM), _TEXT]
Variation = Annotated[float, _factor_up_to(plausible.LARGEST_CV), _TEXT]
Yield = Annotated[float, BeforeValidator(lambda text: plausible.refuse_small_yield(share(text), text)), _TEXT]
Growth = Annotated[float, BeforeValidator(plausible.growth), Signed, _TEXT]
Criticality = Annotated[float, BeforeValidator(_criticality), _TEXT]
AmountField = Annotated[Any, BeforeValidator(_amount), _TEXT]
RateField = Annotated[Any, BeforeValidator(_rate), _TEXT]
PerTime = Annotated[float, BeforeValidator(_per_time), _TEXT]
PriceField = Annotated[Any, BeforeValidator(_price), _TEXT]
Date = Annotated[datetime.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Level = Annotated[Any, BeforeValidator(_level), _TEXT]
Target = Annotated[Any, BeforeValidator(_target), Signed, _TEXT]
Allowance = Annotated[Any, BeforeValidator(_allowance), ANY_VALUE]
Forecast = Annotated[Any, BeforeValidator(_forecast), ANY_VALUE]
DaysLaw = Annotated[Any, BeforeValidator(distribution), ANY_VALUE]
NumberLaw = Annotated[Any, BeforeValidator(lambda text: distribution(text, _unsigned)), ANY_VALUE]
Lot = Annotated[Any, BeforeValidator(_word_or_days("order", "contract")), _TEXT]
Reorder = Annotated[Any, BeforeValidator(_word_or_days("auto")), _TEXT]
ReviewByMaterial = Annotated[dict[str, DaysLaw], BeforeValidator(by_material), ANY_VALUE]
DaysByMaterial = Annotated[dict[str, Days], BeforeValidator(by_material), ANY_VALUE]
ShareByMaterial = Annotated[dict[str, Fraction], BeforeValidator(by_material), ANY_VALUE]
LotByMaterial = Annotated[dict[str, Lot], BeforeValidator(by_material), ANY_VALUE]
ReorderByMaterial = Annotated[dict[str, Reorder], BeforeValidator(by_material), ANY_VALUE]
Whole = Annotated[int, BeforeValidator(_whole)]
Country = Annotated[str, BeforeValidator(_country), _TEXT]
Countries = Annotated[tuple[str, ...], BeforeValidator(country_words)]
Count = Annotated[Whole, Field(le=LARGEST_COUNT)]
Number = Annotated[
    float, BeforeValidator(plausible.number), Signed, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)
]
NumberFromZero = Annotated[float, BeforeValidator(_unsigned), Field(ge=0, le=LARGEST_NUMBER)]
