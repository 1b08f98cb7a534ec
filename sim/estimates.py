"""Estimates over replications: means with ranges, Monte Carlo errors, and digits that both support."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.network.arrays import Floats

LEVEL = 0.95  # of every interval
ANY_LOSS = 0.01  # days of output from which a replication counts as a loss


def estimate(metric: str, scope: str, values: Floats, unit: str) -> dict[str, Any]:
    """Summarise one measure over replications, leaving out those in which it does not occur."""
    found = values[~np.isnan(values)]
    number = len(found)
    chance = metric.endswith("_probability")
    spread = number > 0 and not chance  # the quantiles of a chance are 0 and 1
    low, high = np.quantile(found, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2]) if spread else (np.nan, np.nan)
    error = float(found.std(ddof=1) / np.sqrt(number)) if number > 1 else np.nan
    estimate = float(found.mean()) if number else np.nan
    return {
        "metric": metric,
        "scope": scope,
        "estimate": rounded(estimate, error),
        "median": rounded(float(np.median(found)) if spread else np.nan, error),
        "low": rounded(float(low), error),
        "high": rounded(float(high), error),
        "unit": unit,
        "monte_carlo_error": significant(error, 2),
        "replications": number,
    }


def interval(values: Floats, together: int = 1) -> tuple[float, float, float, float]:
    """Return the mean over replications, the bounds on it (95 %, Student's t) and its standard error.

    Replications without the measure count as missing. With `together`, so many intervals hold all their means
    with a chance of 95 % or more, however they depend on each other (Bonferroni; Dunn 1961).

    Examples
    --------
    >>> [round(x, 3) for x in interval(np.array([1.0, 2.0, 3.0, np.nan]))]
    [2.0, -0.484, 4.484, 0.577]
    >>> [round(x, 3) for x in interval(np.array([1.0, 2.0, 3.0]), 5)]
    [2.0, -3.73, 7.73, 0.577]
    """
    found = values[np.isfinite(values)]
    number = len(found)
    mean = float(found.mean()) if number else np.nan
    error = float(found.std(ddof=1) / np.sqrt(number)) if number > 1 else np.nan
    half = student(number, together) * error
    return mean, mean - half, mean + half, error


def student(number: int, together: int = 1) -> float:
    """Return how many standard errors an interval of 95 % reaches to either side; nan for one replication."""
    from scipy import special

    tail = (1.0 - LEVEL) / 2.0 / max(1, together)
    return float(special.stdtrit(number - 1, 1.0 - tail)) if number > 1 else np.nan


def proportion(inside: int, number: int) -> tuple[float, float]:
    """Return the exact binomial interval of a share (95 %, Clopper and Pearson 1934).

    Examples
    --------
    >>> [round(x, 3) for x in proportion(9, 10)]
    [0.555, 0.997]
    """
    from scipy import special

    tail = 0.5 - LEVEL / 2
    low = special.betaincinv(inside, number - inside + 1, tail) if inside else 0.0
    high = special.betaincinv(inside + 1, number - inside, 1.0 - tail) if inside < number else 1.0
    return float(low), float(high)


def plain(metric: str, scope: str, value: float, unit: str) -> dict[str, Any]:
    """Return a number that is not a mean over replications as a row of a summary."""
    return {
        "metric": metric,
        "scope": scope,
        "estimate": round(value, 4),
        "median": np.nan,
        "low": np.nan,
        "high": np.nan,
        "unit": unit,
        "monte_carlo_error": np.nan,
        "replications": 1,
    }


def rounded(value: float, error: float) -> float:
    """Round to the digits that the Monte Carlo error supports (a tenth of it), at most 6 significant."""
    value = significant(value, 6)
    if not np.isfinite(value) or not np.isfinite(error) or error <= 0.0:
        return value
    return float(round(value, max(0, 1 - int(np.floor(np.log10(error))))))


def significant(value: float, digits: int) -> float:
    """Round to a number of significant digits.

    Examples
    --------
    >>> significant(0.0123456, 2)
    0.012
    """
    if not np.isfinite(value) or abs(value) < 1e-12:
        return 0.0 if np.isfinite(value) else value
    return float(f"{value:.{digits}g}")
