"""Keyed uniforms straight from numpy's Philox, and laws by inverse distribution function (section 8)."""

from __future__ import annotations

import functools
import math
from hashlib import blake2b

import numpy as np
from scipy import integrate, special

from sim.scenario.schema.field_types import Distribution

BLOCK = 256
Z90 = 1.2815515655446004


class Draws:
    """The random numbers of one replication, by name and count."""

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication
        self.known: dict[str, list[float]] = {}

    def uniform(self, name: str, count: int = 0) -> float:
        """Return draw number `count` of the stream `name`."""
        drawn = self.known.get(name, [])
        if len(drawn) <= count:
            digest = blake2b(f"{self.seed}/{name}".encode(), digest_size=8).digest()
            key = np.array([int.from_bytes(digest, "little"), self.replication], dtype=np.uint64)
            number = BLOCK * (count // BLOCK + 1)
            words = np.random.Philox(key=key).random_raw(4 * number)[::4]
            drawn = [(int(word) >> 11) * 2.0**-53 for word in words]
            self.known[name] = drawn
        return drawn[count]

    def law(self, law: Distribution, name: str, count: int = 0) -> float:
        """Return a draw from a law."""
        value = quantile(law, self.uniform(name, count))
        return value if law.max is None else min(value, law.max)


def quantile(law: Distribution, u: float) -> float:
    """Return the value of a law at probability `u`."""
    x = law.parameters
    if law.law == "fixed":
        return x[0]
    if law.law == "uniform":
        return x[0] + u * (x[1] - x[0])
    if law.law == "loguniform":
        return math.exp(math.log(x[0]) + u * (math.log(x[1]) - math.log(x[0])))
    if law.law == "triangular":
        return _triangular(x[0], x[1], x[2], u)
    if law.law == "exponential":
        return -x[0] * math.log1p(-u)
    if law.law == "lognormal":
        return x[0] * math.exp(math.log(x[1] / x[0]) / Z90 * float(special.ndtri(u)))
    if law.law == "discrete":
        return _discrete(x, u)
    if law.law == "poisson":
        return poisson(x[0], u)
    return x[0] * ratio(law.law, x[1], u)


def mean(law: Distribution) -> float:
    """Return the mean of a law, of draws cut at its `max`."""
    x = law.parameters
    if law.max is not None and law.law != "fixed":
        area: float = integrate.quad(
            lambda u: min(quantile(law, u), law.max), 0.0, 1.0, limit=500, epsabs=1e-11
        )[0]
        return area
    if law.law == "uniform":
        return (x[0] + x[1]) / 2.0
    if law.law == "loguniform":
        return (x[1] - x[0]) / math.log(x[1] / x[0])
    if law.law == "triangular":
        return (x[0] + x[1] + x[2]) / 3.0
    if law.law == "lognormal":
        return x[0] * math.exp((math.log(x[1] / x[0]) / Z90) ** 2 / 2.0)
    if law.law == "discrete":
        half = len(x) // 2
        return sum(v * w for v, w in zip(x[:half], x[half:], strict=True)) / sum(x[half:])
    return x[0]


def ratio(law: str, cv: float, u: float) -> float:
    """Return a draw with mean 1; the normal one is cut at 0, and has its mean and variation after the cut."""
    if cv == 0.0:
        return 1.0
    if law == "gamma":
        return float(special.gammaincinv(1.0 / cv**2, u)) * cv**2
    if law == "normal":
        centre = _centre(cv)
        whole = centre * float(special.ndtr(centre)) + math.exp(-(centre**2) / 2.0) / math.sqrt(2.0 * math.pi)
        return max(0.0, centre + float(special.ndtri(u))) / whole
    variance = math.log(1.0 + cv**2)
    return math.exp(math.sqrt(variance) * float(special.ndtri(u)) - variance / 2.0)


@functools.cache
def _centre(cv: float) -> float:
    """Return t such that max(0, t + Z) has this variation, by halving an interval."""
    low, high = -30.0, 1.0 / cv + 1.0
    for _ in range(200):
        t = (low + high) / 2.0
        below, density = float(special.ndtr(t)), math.exp(-(t**2) / 2.0) / math.sqrt(2.0 * math.pi)
        mean = t * below + density
        square = (t**2 + 1.0) * below + t * density
        low, high = (t, high) if square > (1.0 + cv**2) * mean**2 else (low, t)
    return (low + high) / 2.0


def poisson(expected: float, u: float) -> float:
    """Return the smallest count whose cumulative probability exceeds `u`."""
    count = 0
    while float(special.pdtr(count, expected)) <= u:
        count += 1
    return float(count)


def _triangular(low: float, mode: float, high: float, u: float) -> float:
    if high == low:
        return low
    if u < (mode - low) / (high - low):
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))


def _discrete(x: tuple[float, ...], u: float) -> float:
    half = len(x) // 2
    reached = 0.0
    for value, weight in zip(x[:half], x[half:], strict=True):
        reached += weight
        if reached > u * sum(x[half:]):
            return value
    return x[half - 1]
