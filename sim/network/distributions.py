"""Distributions: inverse distribution functions, means, and whole-day tables for compiled code."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
from scipy import special

from sim.scenario.schema.field_types import Distribution
from sim.types import Floats

Z90 = 1.2815515655446004  # of a standard normal, at 90 %
Numbers = tuple[float, ...]  # the parameters of a law


def quantile(law: Distribution, u: float) -> float:
    """Return the value of a law at probability `u` in [0, 1).

    Examples
    --------
    >>> quantile(Distribution("triangular", (0.0, 1.0, 2.0)), 0.5)
    1.0
    """
    value = INVERSES[law.law](law.parameters, u)
    return min(value, law.max) if law.max is not None else value


def _triangular(x: Numbers, u: float) -> float:
    low, mode, high = x
    if high == low:
        return low
    split = (mode - low) / (high - low)
    if u < split:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))


def _discrete(x: Numbers, u: float) -> float:
    half = len(x) // 2
    values, weights = x[:half], np.cumsum(x[half:])
    return float(values[int(np.searchsorted(weights, u * weights[-1], side="right"))])


def _poisson(x: Numbers, u: float) -> float:
    count = 0
    while special.pdtr(count, x[0]) <= u:
        count += 1
    return float(count)


def _gamma(x: Numbers, u: float) -> float:
    mean, cv = x
    return float(special.gammaincinv(1.0 / cv**2, u)) * mean * cv**2 if cv else mean


def _normal(x: Numbers, u: float) -> float:
    mean, cv = x
    return max(0.0, mean * (1.0 + cv * float(special.ndtri(u)))) if cv else mean


def _lognormal(x: Numbers, u: float) -> float:
    sigma = _sigma(x)
    return x[0] * math.exp(sigma * float(special.ndtri(u))) if sigma else x[0]


def _sigma(x: Numbers) -> float:
    """Return sigma of a lognormal by its median and 90 % point."""
    median, p90 = x
    return math.log(p90 / median) / Z90 if p90 > median else 0.0


INVERSES: dict[str, Callable[[Numbers, float], float]] = {
    "fixed": lambda x, u: x[0],
    "uniform": lambda x, u: x[0] + u * (x[1] - x[0]),
    "triangular": _triangular,
    "exponential": lambda x, u: -x[0] * math.log1p(-u),
    "discrete": _discrete,
    "poisson": _poisson,
    "gamma": _gamma,
    "normal": _normal,
    "lognormal": _lognormal,
}


def mean(law: Distribution) -> float:
    """Return the mean of a law (of the law without its `max`)."""
    x = law.parameters
    if law.law == "discrete":
        half = len(x) // 2
        return float(np.dot(x[:half], x[half:]) / sum(x[half:]))
    if law.law == "lognormal":
        return x[0] * math.exp(_sigma(x) ** 2 / 2.0)
    count = {"uniform": 2, "triangular": 3}.get(law.law, 1)
    return float(sum(x[:count]) / count)


@functools.cache
def whole_days(law: Distribution, scale: float = 1.0) -> Floats:
    """Tabulate `scale` x a lead time in whole days: entry k is the probability of at most k days.

    A drawn time x counts as floor(x + 0.5) days; the table ends where 0.999 is reached, and
    longer times count as that many days.
    """
    grid = (np.arange(4000) + 0.5) / 4000.0
    drawn = np.floor(scale * np.array([quantile(law, float(u)) for u in grid]) + 0.5).astype(np.int64)
    top = int(drawn[3996])
    table = np.cumsum(np.bincount(np.minimum(drawn, top), minlength=top + 1)) / 4000.0
    table[-1] = 1.0
    return np.asarray(table, dtype=np.float64)


def central(law: Distribution) -> float:
    """Return the median: as many draws lie above it as below.

    Examples
    --------
    >>> round(central(Distribution("triangular", (25.0, 30.0, 90.0))), 1)
    45.8
    """
    return quantile(law, 0.5)


def quantiles(law: Distribution, u: Floats) -> Floats:
    """Return the values of a law at many probabilities, to the last bit what `quantile` gives."""
    if law.law == "uniform" and law.max is None:
        low, high = law.parameters
        return low + u * (high - low)
    if law.law == "triangular" and law.max is None and law.parameters[0] < law.parameters[2]:
        low, mode, high = law.parameters
        rising = low + np.sqrt(u * (high - low) * (mode - low))
        falling = high - np.sqrt((1.0 - u) * (high - low) * (high - mode))
        return np.where(u < (mode - low) / (high - low), rising, falling)
    return np.array([quantile(law, float(x)) for x in u])
