"""Whether figures look like draws of a forecast: counts inside bands, a joint rank, and their null.

Figures that move together are inside or outside together, so that neither a binomial interval nor a rank of
one figure is a test of many (docs/scores.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.experiments.scoring.ensemble import BAND, Ensemble, quantile
from sim.randomness import key, uniforms
from sim.types import Floats

JOINT = (0.025, 0.975)  # joint p within which a forecast is accepted
RIDGE = 1e-9  # keeps a correlation of figures that are one another's copy invertible


@dataclass(frozen=True)
class Coverage:
    """How many figures lie inside their bands, beside what the forecast itself reaches, and the joint p."""

    inside: int
    null_low: int
    null_high: int
    effective_figures: float
    joint_p: float

    @property
    def accepted(self) -> bool:
        """Tell whether the count lies in its range and the joint p in 0.025 to 0.975."""
        return self.null_low <= self.inside <= self.null_high and JOINT[0] <= self.joint_p <= JOINT[1]


def judge(forecast: Ensemble, seed: int) -> Coverage:
    """Return how well what was observed looks like a draw of a forecast; a keyed stream breaks ties."""
    count, null = inside(forecast, forecast.observed[None])[0], inside(forecast, forecast.draws)
    low, high = (quantile(null.astype(float), forecast.weights, t) for t in (0.5 - BAND / 2, 0.5 + BAND / 2))
    whole = np.vstack([forecast.draws, forecast.observed])
    size = forecast.effective
    weights = np.append(forecast.weights * size, 1.0) / (size + 1.0)
    scores = normal_scores(whole, weights, seed, forecast.names)
    depth = squared_distance(scores, shrunk_correlation(scores, weights))
    return Coverage(
        inside=int(count),
        null_low=int(low),
        null_high=int(high),
        effective_figures=effective_figures(shrunk_correlation(scores[:-1], forecast.weights)),
        joint_p=float(weights[depth >= depth[-1]].sum()),
    )


def inside(forecast: Ensemble, truths: Floats) -> NDArray[np.int64]:
    """Return how many figures of each truth [truth, figure] lie inside the 90 % bands of a forecast."""
    low, high = forecast.bands()
    return np.asarray(((truths >= low) & (truths <= high)).sum(axis=1), dtype=np.int64)


def pass_chance(rival: Ensemble, truths: Floats, weights: Floats, seed: int) -> float:
    """Return the chance that a forecast is accepted when truths [truth, figure] come from elsewhere.

    The correlation is that of the forecast's own draws.
    """
    null = inside(rival, rival.draws).astype(float)
    low, high = (quantile(null, rival.weights, tail) for tail in (0.5 - BAND / 2, 0.5 + BAND / 2))
    scores = normal_scores(rival.draws, rival.weights, seed, rival.names)
    matrix = shrunk_correlation(scores, rival.weights)
    depth = np.sort(squared_distance(scores, matrix))
    others = squared_distance(_normal(_ranks_of(truths, rival, seed)), matrix)
    beyond = len(depth) - np.searchsorted(depth, others, side="left")
    p = (1.0 + beyond) / (len(depth) + 1.0)
    counts = inside(rival, truths)
    passed = (counts >= low) & (counts <= high) & (p >= JOINT[0]) & (p <= JOINT[1])
    return float(weights[passed].sum() / weights.sum())


def pits(forecast: Ensemble, seed: int) -> Floats:
    """Return the randomised PIT of each figure: its rank among the draws, ties broken at random.

    Uniform on (0, 1) when what was observed is a draw of the forecast (Czado, Gneiting and Held 2009).
    """
    return np.asarray(_ranks_of(forecast.observed[None], forecast, seed)[0])


def normal_scores(draws: Floats, weights: Floats, seed: int, names: Sequence[str]) -> Floats:
    """Return the normal quantiles of weighted ranks, [draw, figure]; ties are broken by a keyed stream."""
    columns = []
    for name, column in zip(names, draws.T, strict=True):
        order = np.lexsort((uniforms(key(seed, f"hindcast/ties/{name}"), 0, len(column)), column))
        rank = np.empty(len(column))
        rank[order] = np.cumsum(weights[order]) - 0.5 * weights[order]
        columns.append(rank)
    return _normal(np.column_stack(columns))


def _ranks_of(truths: Floats, forecast: Ensemble, seed: int) -> Floats:
    """Return the randomised rank of truths among the draws of a forecast, each as one more draw."""
    size, columns = forecast.effective, []
    for name, draws, values in zip(forecast.names, forecast.draws.T, truths.T, strict=True):
        order = np.argsort(draws, kind="stable")
        below = np.concatenate([[0.0], np.cumsum(forecast.weights[order])])
        first = np.searchsorted(draws[order], values, side="left")
        last = np.searchsorted(draws[order], values, side="right")
        chance = uniforms(key(seed, f"hindcast/ties/{name}/truth"), 0, len(values))
        equal = below[last] - below[first]
        columns.append((size * (below[first] + chance * equal) + chance) / (size + 1.0))
    return np.column_stack(columns)


def _normal(ranks: Floats) -> Floats:
    from scipy import special

    return np.asarray(special.ndtri(np.clip(ranks, 1e-12, 1.0 - 1e-12)))


def shrunk_correlation(scores: Floats, weights: Floats) -> Floats:
    """Return the correlation of normal scores, shrunk to the identity (Ledoit and Wolf 2004).

    The share of the identity is the estimated variance of the correlations over their distance from it; it
    goes to 0 as draws grow in number, and makes the matrix invertible when they are few.
    """
    root = np.sqrt(np.maximum(weights @ scores**2, 1e-300))
    z = scores / root
    sample = (z * weights[:, None]).T @ z
    figures = len(sample)
    distance = float(((sample - np.eye(figures)) ** 2).sum())
    each = (z**2).sum(axis=1) ** 2 - 2.0 * np.einsum("ki,ij,kj->k", z, sample, z) + (sample**2).sum()
    share = min(1.0, float((weights**2 * each).sum()) / distance) if distance > 0.0 else 1.0
    shrunk = share * np.eye(figures) + (1.0 - share) * sample
    return np.asarray((shrunk + RIDGE * np.eye(figures)) / (1.0 + RIDGE))


def effective_figures(correlation: Floats) -> float:
    """Return how many independent figures correlated ones are worth: n^2 over the sum of r_ij^2.

    Examples
    --------
    >>> effective_figures(np.eye(4)), effective_figures(np.ones((4, 4)))
    (4.0, 1.0)
    """
    return float(len(correlation) ** 2 / (correlation**2).sum())


def squared_distance(scores: Floats, correlation: Floats) -> Floats:
    """Return D = z' R^-1 z of each row."""
    return np.asarray((scores * np.linalg.solve(correlation, scores.T).T).sum(axis=1))
