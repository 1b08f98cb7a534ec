"""What each of many independent values does to an outcome, from ranks: no new runs.

It sees effects that rise or fall throughout. Interactions, effects that turn round, and chance stay
unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.estimates import LEVEL
from sim.types import Floats, Ints

ALPHA = 0.05  # of taking chance for a leading value, over all values together
TINY = 1e-9
LEANS = 0.5  # of the effect of a group that must point one way


@dataclass(frozen=True, eq=False)
class Effects:
    """What each value does to an outcome, by ranks.

    Attributes
    ----------
    slope : array [factor]
        Change of the outcome, in its standard deviations, for one standard deviation of the value.
    error : array [factor]
        Variance of `slope` by chance.
    """

    slope: Floats
    error: Floats

    def share(self, members: Ints | NDArray[np.bool_]) -> tuple[float, float, float]:
        """Return the share of variance of some of the values together, with bounds of 95 %."""
        slope, error = self.slope[members], self.error[members]
        told = error > TINY**2
        sure = float((slope[~told] ** 2).sum())
        share = sure + float((slope[told] ** 2 - error[told]).sum())
        if not told.any():
            return share, sure, sure
        low, high = _noncentral(float((slope[told] ** 2 / error[told]).sum()), int(told.sum()))
        scale = float(error[told].mean())
        return share, min(1.0, sure + scale * low), min(1.0, sure + scale * high)

    def direction(self, members: Ints | NDArray[np.bool_]) -> str:
        """Return + where the outcome rises with the values, - where it falls, nothing where they differ."""
        slope = self.slope[members]
        lean = float((slope * np.abs(slope)).sum() / max(TINY**2, float((slope**2).sum())))
        return "+" if lean > LEANS else "-" if lean < -LEANS else ""


def effects(draws: Floats, outcome: Floats) -> Effects:
    """Return what each of many independent values does to an outcome.

    Parameters
    ----------
    draws : array [replication, factor]
    outcome : array [replication]

    Notes
    -----
    Standardised rank regression (Saltelli and Marivoet 1990). For independent values the squared slope is
    the first-order share of the variance of ranks, as far as the response is monotone; its expected noise
    is taken off, so that hundreds of irrelevant values sum to about 0. The leading values (forward selection,
    5 % over all values, Bonferroni) stand together in the regression, every other one beside them: what they
    explain is then no noise for the others. The variance is that of independent values, which chance
    correlation of a sample does not touch. Not seen: responses that rise and fall again, and interactions.

    Examples
    --------
    >>> x = np.random.default_rng(1).random((200, 3))
    >>> found = effects(x, 2 * x[:, 0] - x[:, 1])
    >>> [round(found.share(np.array([i]))[0], 1) for i in range(2)], found.direction(np.array([1]))
    ([0.8, 0.1], '-')
    """
    x, y = _standard(draws), _standard(outcome[:, None])[:, 0]
    chosen: list[int] = []
    slope, error, left = _partial(x, y, chosen)
    while left > TINY and len(chosen) < len(y) // 10:
        strength = np.where(error > 0.0, slope**2 / np.maximum(error, TINY**2), 0.0)
        strength[chosen] = 0.0
        best = int(np.argmax(strength))
        if not _beyond_chance(float(strength[best]), len(y) - len(chosen) - 2, x.shape[1]):
            break
        chosen.append(best)
        slope, error, left = _partial(x, y, chosen)
    total = float((slope[chosen] ** 2 - error[chosen]).sum()) + left
    return Effects(slope / np.sqrt(total), error / total)


def _standard(values: Floats) -> Floats:
    """Return ranks with mean 0 and variance 1; columns that do not vary are 0."""
    ranks = pd.DataFrame(values).rank().to_numpy()
    ranks = ranks - ranks.mean(axis=0)
    spread = ranks.std(axis=0)
    return np.asarray(ranks / np.where(spread > 0.0, spread, 1.0))


def _partial(x: Floats, y: Floats, chosen: list[int]) -> tuple[Floats, Floats, float]:
    """Regress on the chosen columns, and on each other column beside them.

    Returns the slope of every column, its variance, and the variance that the chosen ones leave.
    """
    basis = np.linalg.qr(x[:, chosen])[0]
    others, rest = x - basis @ (basis.T @ x), y - basis @ (basis.T @ y)
    size = (others**2).sum(axis=0)
    usable = size > TINY * len(y)
    size = np.where(usable, size, 1.0)
    slope = np.where(usable, others.T @ rest / size, 0.0)
    free = len(y) - len(chosen) - 1
    error = np.where(usable, (rest @ rest / size - slope**2) / (free - 1), 0.0)
    left = float(rest @ rest) / free
    if chosen:
        inverse = np.linalg.inv(x[:, chosen].T @ x[:, chosen])
        slope[chosen] = inverse @ (x[:, chosen].T @ y)
        error[chosen] = left * np.diag(inverse)
    return slope, np.maximum(error, 0.0), left


def _beyond_chance(strength: float, free: int, number: int) -> bool:
    """Tell whether the largest of many squared t values is more than chance gives."""
    from scipy import special

    return 2.0 * float(special.stdtr(free, -np.sqrt(strength))) * number <= ALPHA


def _noncentral(statistic: float, number: int) -> tuple[float, float]:
    """Return bounds of 95 % on the noncentrality of a chi-square value."""
    from scipy import special

    tail = 0.5 - LEVEL / 2
    low, high = (
        float(special.chndtrinc(statistic, number, chance))
        if special.chdtr(number, statistic) > chance
        else 0.0
        for chance in (1.0 - tail, tail)
    )
    return low, high
