"""A forecast as draws of figures on their scales, beside what was observed, and its proper scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.types import Floats

BAND = 0.90
CHUNK = 1024  # draws whose distances to all others are in memory at a time


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Draws of figures, with the error of observation, beside what was observed.

    Attributes
    ----------
    observed : array [figure]
    draws : array [draw, figure]
    weights : array [draw]
        They add up to 1; see `of`.
    names : tuple of str
        Of the figures; ties of a figure are broken by a stream of its name.
    """

    observed: Floats
    draws: Floats
    weights: Floats
    names: tuple[str, ...]

    @classmethod
    def of(
        cls,
        observed: Floats,
        draws: Floats,
        weights: Floats | None = None,
        ancestors: NDArray[np.int64] | None = None,
        names: Iterable[str] = (),
    ) -> Ensemble:
        """Return an ensemble of distinct draws; those with one ancestor are one, with their weights added.

        Without weights, all draws weigh alike; without ancestors, each is its own; without names, figures go
        by their place.
        """
        of = tuple(names) or tuple(map(str, range(len(observed))))
        w: Floats = np.ones(len(draws)) if weights is None else np.asarray(weights, dtype=np.float64)
        if ancestors is not None:
            _, first, inverse = np.unique(ancestors, return_index=True, return_inverse=True)
            draws, w = draws[first], np.asarray(np.bincount(inverse, weights=w), dtype=np.float64)
        return cls(np.asarray(observed, dtype=np.float64), draws[w > 0.0], w[w > 0.0] / w.sum(), of)

    @property
    def effective(self) -> float:
        """Return how many equal draws these are worth: 1 over the sum of squared weights (Kish 1965)."""
        return float(1.0 / (self.weights**2).sum())

    def part(self, columns: Sequence[int] | NDArray[np.int64]) -> Ensemble:
        """Return the ensemble of some figures."""
        names = tuple(self.names[i] for i in columns)
        return Ensemble(self.observed[columns], self.draws[:, columns], self.weights, names)

    def crps(self) -> Floats:
        """Return the fair weighted CRPS of each figure."""
        pairs = zip(self.draws.T, self.observed, strict=True)
        return np.array([fair_crps(draws, y, self.weights) for draws, y in pairs])

    def energy(self) -> float:
        """Return the fair weighted energy score of all figures together."""
        return fair_energy(self.draws, self.observed, self.weights)

    def bands(self) -> Floats:
        """Return the lower and upper end of the 90 % band of each figure, [end, figure]."""
        tails = (0.5 - BAND / 2, 0.5 + BAND / 2)
        ends = [[quantile(column, self.weights, tail) for column in self.draws.T] for tail in tails]
        return np.array(ends).reshape(2, len(self.observed))

    def widths(self) -> Floats:
        """Return the width of each 90 % band."""
        low, high = self.bands()
        return np.asarray(high - low)


def fair_crps(draws: Floats, observed: float, weights: Floats) -> float:
    """Return sum w |x - y| - sum over i, j of w_i w_j |x_i - x_j| / (2 (1 - sum w^2)).

    The score that an ensemble of any size can expect from draws of the distribution (Ferro 2014). One draw
    alone has no spread to subtract.

    Examples
    --------
    >>> fair_crps(np.array([0.0, 2.0]), 1.0, np.array([0.5, 0.5]))
    0.0
    """
    order = np.argsort(draws, kind="stable")
    x, w = draws[order], weights[order]
    error = float((w * np.abs(x - observed)).sum())
    spread = float((w * x * (2.0 * np.cumsum(w) - w - 1.0)).sum())  # half the sum over all pairs
    left = 1.0 - float((w**2).sum())
    return error - spread / left if left > 1e-12 else error


def fair_energy(draws: Floats, observed: Floats, weights: Floats) -> float:
    """Return the fair weighted energy score: `fair_crps` by Euclidean distance (Gneiting and Raftery 2007).

    Examples
    --------
    >>> round(fair_energy(np.array([[0.0, 0.0], [3.0, 4.0]]), np.zeros(2), np.array([0.5, 0.5])), 6)
    0.0
    """
    from scipy.spatial import distance

    error = float((weights * np.linalg.norm(draws - observed, axis=1)).sum())
    rows = range(0, len(draws), CHUNK)
    pairs = sum(
        float(weights[i : i + CHUNK] @ distance.cdist(draws[i : i + CHUNK], draws) @ weights) for i in rows
    )
    left = 1.0 - float((weights**2).sum())
    return error - 0.5 * pairs / left if left > 1e-12 else error


def quantile(draws: Floats, weights: Floats, level: float) -> float:
    """Return the smallest draw up to which the weights add up to a level.

    Examples
    --------
    >>> quantile(np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.3]), 0.5)
    1.0
    """
    order = np.argsort(draws, kind="stable")
    reached = np.cumsum(weights[order]) >= level - 1e-12
    return float(draws[order][reached.argmax() if reached.any() else -1])
