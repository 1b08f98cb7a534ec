"""Distributions: inverse distribution functions, means, and whole-day tables for compiled code."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
from scipy import special

from sim.errors import CurbsimError
from sim.scenario.schema.field_types import Z90, Distribution
from sim.types import Floats
from sim.units import DAYS_PER_YEAR, LONGEST_YEARS

STILL = 1e-6  # variation below which nothing varies: its square would be lost
UNCUT = 0.12  # variation up to which a normal law is next to never below 0 (1 in 10^16)
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
    return float(special.gammaincinv(1.0 / cv**2, u)) * mean * cv**2 if cv > STILL else mean


def _normal(x: Numbers, u: float) -> float:
    mean, cv = x
    centre, spread = cut_normal(cv)
    return mean * max(0.0, centre + spread * float(special.ndtri(u))) if cv else mean


@functools.cache
def cut_normal(cv: float) -> tuple[float, float]:
    """Return centre and spread of the normal law that has mean 1 and this variation once it is cut at 0.

    With centre t s and spread s, the mean of max(0, t s + s Z) is s (t F(t) + f(t)) and its mean square
    s^2 ((t^2 + 1) F(t) + t f(t)), where f and F are density and distribution function of Z. Their ratio
    falls from infinity to 1 as t rises, so that there is one t for each variation.

    Examples
    --------
    >>> cut_normal(0.1)
    (1.0, 0.1)
    """
    if cv <= UNCUT:
        return 1.0, cv

    from scipy.optimize import brentq  # takes a tenth of a second, and few need it

    def excess(t: float) -> float:
        mean, square = _cut_moments(t)
        return math.log(square) - 2.0 * math.log(mean) - math.log1p(cv**2)

    t = float(brentq(excess, -30.0, 1.0 / UNCUT + 1.0, xtol=1e-14, rtol=1e-14))
    spread = 1.0 / _cut_moments(t)[0]
    return t * spread, spread


def _cut_moments(t: float) -> tuple[float, float]:
    """Return the mean of max(0, t + Z) and of its square; far below 0 as ratios to the density."""
    below, density = float(special.ndtr(t)), math.exp(-0.5 * t * t) / math.sqrt(2.0 * math.pi)
    return t * below + density, (t * t + 1.0) * below + t * density


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
    "loguniform": lambda x, u: x[0] * (x[1] / x[0]) ** u,
    "triangular": _triangular,
    "exponential": lambda x, u: -x[0] * math.log1p(-u),
    "discrete": _discrete,
    "poisson": _poisson,
    "gamma": _gamma,
    "normal": _normal,
    "lognormal": _lognormal,
}


@functools.cache
def mean(law: Distribution) -> float:
    """Return the mean of a law, of draws cut at its `max`.

    Examples
    --------
    >>> mean(Distribution("uniform", (0.0, 10.0))), mean(Distribution("uniform", (0.0, 10.0), max=5.0))
    (5.0, 3.75)
    """
    return _whole_mean(law) if law.max is None else _cut_mean(law, law.max)


def _cut_mean(law: Distribution, top: float) -> float:
    """Return the integral over u of min(Q(u), top), Q being the inverse distribution function."""
    x, half = law.parameters, len(law.parameters) // 2
    if law.law == "discrete":
        return float(np.dot(np.minimum(x[:half], top), x[half:]) / math.fsum(x[half:]))
    if law.law == "poisson":  # the integral of 1 - F from 0 to top
        whole = np.arange(math.floor(top) + 1)
        return float(np.dot(1.0 - special.pdtr(whole, x[0]), np.minimum(1.0, top - whole)))
    from scipy.integrate import quad
    from scipy.optimize import brentq

    inverse, last = INVERSES[law.law], 1.0 - 1e-16
    if inverse(x, 0.0) >= top or inverse(x, last) <= top:
        return min(top, _whole_mean(law))
    reached = float(brentq(lambda u: inverse(x, u) - top, 0.0, last, xtol=1e-15, rtol=1e-14))
    below, _ = quad(lambda u: inverse(x, u), 0.0, reached, epsabs=1e-12, epsrel=1e-12, limit=200)
    return float(below) + top * (1.0 - reached)


def _whole_mean(law: Distribution) -> float:
    x = law.parameters
    if law.law == "discrete":
        half = len(x) // 2
        return float(np.dot(x[:half], x[half:]) / math.fsum(x[half:]))
    if law.law == "lognormal":
        return x[0] * math.exp(_sigma(x) ** 2 / 2.0)
    if law.law == "loguniform":
        return (x[1] - x[0]) / math.log(x[1] / x[0]) if x[1] > x[0] else x[0]
    count = {"uniform": 2, "triangular": 3}.get(law.law, 1)
    return float(math.fsum(x[:count]) / count)


@functools.cache
def whole_days(law: Distribution, scale: float = 1.0) -> Floats:
    """Tabulate `scale` x a lead time in whole days: entry k is the probability of at most k days.

    A drawn time x counts as floor(x + 0.5) days; the table ends where 0.999 is reached, and
    longer times count as that many days.
    """
    grid = (np.arange(4000) + 0.5) / 4000.0
    drawn = np.floor(scale * np.array([quantile(law, float(u)) for u in grid]) + 0.5)
    if drawn[3996] > LONGEST_YEARS * DAYS_PER_YEAR:
        wrong = f"one time in a thousand a law of lead times gives more than {LONGEST_YEARS} years"
        raise CurbsimError(f"{wrong}; write max: in it, or a smaller p90 or cv")
    drawn = drawn.astype(np.int64)
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
