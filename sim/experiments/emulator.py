"""A quadratic response surface of one figure over the few values that move it, and how wrong it is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from sim.types import Floats

MOST_ACTIVE = 5
CLEAR = 3.0  # a rank correlation is clear when it is so many standard errors from 0


@dataclass(frozen=True, eq=False)
class Surface:
    """A figure as a quadratic function of points in the unit cube (Box and Wilson 1951).

    Attributes
    ----------
    active : tuple of int
        Columns that move the figure.
    weights : array [term]
    variance : float
        Mean squared error of predicting a run that was left out: what the surface misses, other values
        and chance together.
    """

    active: tuple[int, ...]
    weights: Floats
    variance: float

    def __call__(self, cube: Floats) -> Floats:
        """Return the mean of the figure at points [point, column]."""
        return np.asarray(_terms(cube[:, self.active]) @ self.weights)


def fit(cube: Floats, values: Floats) -> Surface:
    """Fit a surface to values [point] at points [point, column].

    Examples
    --------
    >>> cube = np.random.default_rng(1).random((200, 3))
    >>> surface = fit(cube, 1.0 + 2.0 * cube[:, 1] ** 2)
    >>> surface.active, bool(surface.variance < 1e-20)
    ((1,), True)
    """
    active = find_active(cube, values)
    terms = _terms(cube[:, active])
    weights = np.asarray(np.linalg.lstsq(terms, values, rcond=None)[0])
    leverage = np.einsum("ij,ji->i", terms, np.linalg.pinv(terms))
    left_out = (values - terms @ weights) / np.maximum(1.0 - leverage, 1e-6)
    return Surface(active, weights, float(np.mean(left_out**2)))


def find_active(cube: Floats, values: Floats) -> tuple[int, ...]:
    """Return the columns with a clear rank correlation, the clearest first, five at most."""
    from scipy import stats

    if values.std() == 0.0:
        return ()
    ranks = stats.rankdata(values)
    found = [float(np.corrcoef(stats.rankdata(column), ranks)[0, 1]) for column in cube.T]
    order = sorted(range(len(found)), key=lambda i: -abs(found[i]))
    return tuple(i for i in order[:MOST_ACTIVE] if abs(found[i]) > CLEAR / np.sqrt(len(values)))


def _terms(x: Floats) -> Floats:
    """Return 1, every column, every square and every product."""
    pairs = itertools.combinations_with_replacement(range(x.shape[1]), 2)
    return np.column_stack([np.ones(len(x)), x, *(x[:, i] * x[:, j] for i, j in pairs)])
