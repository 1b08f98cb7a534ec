"""Final demand over time: growth, season and noise as one matrix per replication (MODEL.md section 7)."""

from __future__ import annotations

import datetime
import functools

import numpy as np
from scipy import special

from sim.network.arrays import Network
from sim.randomness import key, uniforms
from sim.scenario.schema import Demand, Document, Noise
from sim.types import Floats, Ints


def profiles(document: Document, network: Network, seed: int, replication: int, days: int) -> Floats:
    """Return the factor of every varying demand on every day, shape [days, varying demands]."""
    rows = network.arrays.demand_profile
    matrix = np.ones((days, max(1, int(rows.max(initial=-1)) + 1)))
    for d in np.flatnonzero(rows >= 0):
        name = network.demands[int(d)]
        entry = document.demand[name]
        factor = _course(entry, document.run.start, days)
        if entry.noise is not None:
            u = uniforms(key(seed, f"demand/{name}"), replication, days)
            factor = factor * _noise(entry.noise, u, network.arrays.demand_rate[d] * factor)
        matrix[:, rows[d]] = factor
    return matrix


@functools.lru_cache(maxsize=8)
def months(start: datetime.date, days: int) -> Ints:
    """Return the month of the year, 1 to 12, of every day of a run."""
    return np.array([(start + datetime.timedelta(days=day)).month for day in range(days)], dtype=np.int64)


def _course(entry: Demand, start: datetime.date, days: int) -> Floats:
    """Return growth x season by day."""
    time = np.arange(days)
    factor = (1.0 + entry.growth) ** (time / 365.0)
    if entry.season:
        by_month = np.array([entry.season.get(month, 1.0) for month in range(1, 13)])
        factor = factor * by_month[months(start, days) - 1]
    return np.asarray(factor, dtype=np.float64)


def _noise(noise: Noise, u: Floats, mean: Floats) -> Floats:
    """Return factors with mean 1 by inverse distribution function."""
    if noise.law == "poisson":
        return _poisson(u, mean) / np.where(mean > 0, mean, 1.0)
    cv = noise.cv
    if cv == 0.0:
        return np.ones_like(u)
    if noise.law == "gamma":
        return np.asarray(special.gammaincinv(1.0 / cv**2, u) * cv**2)
    normal = special.ndtri(u)
    if noise.law == "normal":
        return np.asarray(np.maximum(0.0, 1.0 + cv * normal))
    sigma = np.sqrt(np.log1p(cv**2))
    return np.asarray(np.exp(sigma * normal - 0.5 * sigma**2))


def _poisson(u: Floats, mean: Floats) -> Floats:
    """Return the smallest count whose distribution function exceeds `u`."""
    count = np.maximum(0.0, np.floor(special.pdtrik(np.maximum(u, 1e-300), mean)) - 2.0)
    while (low := special.pdtr(count, mean) <= u).any():
        count = np.where(low, count + 1.0, count)
    return np.asarray(count, dtype=np.float64)
