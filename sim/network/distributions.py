"""Distributions: inverse distribution functions, means, and whole-day tables for compiled code."""

from __future__ import annotations

import functools
import math

import numpy as np
from scipy import special

from sim.scenario.schema.field_types import Distribution
from sim.types import Floats

Z90 = 1.2815515655446004


def quantile(law: Distribution, u: float) -> float:
    """Return the value of a law at probability `u` in [0, 1).

    Examples
    --------
    >>> quantile(Distribution("triangular", (0.0, 1.0, 2.0)), 0.5)
    1.0
    """
    value = _quantile(law.law, law.parameters, u)
    return min(value, law.max) if law.max is not None else value


def _quantile(law: str, x: tuple[float, ...], u: float) -> float:
    if law == "fixed":
        return x[0]
    if law == "uniform":
        return x[0] + u * (x[1] - x[0])
    if law == "triangular":
        return _triangular(x[0], x[1], x[2], u)
    if law == "exponential":
        return -x[0] * math.log1p(-u)
    if law == "discrete":
        return _discrete(x, u)
    if law == "poisson":
        return float(_poisson(x[0], u))
    return _continuous(law, x, u)


def _continuous(law: str, x: tuple[float, ...], u: float) -> float:
    """Invert the laws of (mean, cv) and (median, p90)."""
    mean, cv = x
    if cv == 0.0 and law != "lognormal":
        return mean
    if law == "gamma":
        return float(special.gammaincinv(1.0 / cv**2, u)) * mean * cv**2
    if law == "normal":
        return max(0.0, mean * (1.0 + cv * float(special.ndtri(u))))
    sigma = math.log(x[1] / x[0]) / Z90 if x[1] > x[0] else 0.0  # lognormal by median and 90 % point
    return x[0] * math.exp(sigma * float(special.ndtri(u))) if sigma else x[0]


def _triangular(low: float, mode: float, high: float, u: float) -> float:
    if high == low:
        return low
    split = (mode - low) / (high - low)
    if u < split:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))


def _discrete(x: tuple[float, ...], u: float) -> float:
    half = len(x) // 2
    values, weights = x[:half], np.cumsum(x[half:])
    return float(values[int(np.searchsorted(weights, u * weights[-1], side="right"))])


def _poisson(mean: float, u: float) -> int:
    count = 0
    while special.pdtr(count, mean) <= u:
        count += 1
    return count


def mean(law: Distribution) -> float:
    """Return the mean of a law (of the law without its `max`)."""
    x = law.parameters
    if law.law == "discrete":
        half = len(x) // 2
        return float(np.dot(x[:half], x[half:]) / sum(x[half:]))
    if law.law == "lognormal":
        sigma = math.log(x[1] / x[0]) / Z90 if x[1] > x[0] else 0.0
        return float(x[0] * math.exp(sigma**2 / 2.0))
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
    """Return the mode where people gave one, else the median, the middle or the mean.

    Examples
    --------
    >>> central(Distribution("triangular", (25.0, 30.0, 90.0)))
    30.0
    """
    if law.law in ("fixed", "lognormal", "gamma", "normal", "exponential", "poisson"):
        return law.parameters[0]
    return law.parameters[1] if law.law == "triangular" else quantile(law, 0.5)


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
