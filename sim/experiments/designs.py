"""Designs of sensitivity analysis: which points of the unit cube to run, each with which random future.

A factor is one column of the cube or several that move together, such as the members of a wildcard. Chance is
one more factor, the last: its value is the random future that a point sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.randomness import key
from sim.runner.draws import sobol, strata
from sim.types import Floats, Ints

CHANCE, OTHERS = "chance", "others"  # factors for random events, and for all values without one of their own

LEVELS = 4  # of a trajectory, even
STEP = LEVELS / (2 * (LEVELS - 1))  # of the way from the lowest to the highest level (Morris 1991)


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of the unit cube.

    Attributes
    ----------
    names : tuple of str
        Of columns.
    named : tuple of str
        Those that share one Sobol' sequence; each other one has strata keyed by its own name.
    factor : array [column]
        Number of the factor that a column belongs to, from 0.
    """

    names: tuple[str, ...]
    named: tuple[str, ...]
    factor: Ints

    @property
    def factors(self) -> int:
        """Return the number of factors, chance left out."""
        return int(self.factor.max(initial=-1)) + 1


@dataclass(frozen=True, eq=False)
class Design:
    """Points to run.

    Attributes
    ----------
    cube : array [point, column]
    future : array [point]
        Number of the random future that each point sees.
    levels : array [point, column], optional
        What SALib needs to know of trajectories, chance in the last column.
    """

    cube: Floats
    future: Ints
    levels: Floats | None = None

    def __len__(self) -> int:
        return len(self.cube)


def saltelli(columns: Columns, points: int, seed: int) -> Design:
    """Return the points of a Saltelli design: for each base point A, one factor at a time from B, B.

    Parameters
    ----------
    points : int
        Base points, a power of two; the design has `points * (factors + 3)` points, chance being a factor.

    Notes
    -----
    A and B are the halves of one scrambled Sobol' sequence of twice the dimensions (Saltelli et al. 2010).
    The futures of A are 0, 1, 2 ..., those of B follow: what tells A from "A with chance from B" is chance.

    Examples
    --------
    >>> one = Columns(("a", "b"), ("a", "b"), np.array([0, 1]))
    >>> saltelli(one, 2, seed=1).future.tolist()
    [0, 0, 0, 2, 2, 1, 1, 1, 3, 3]
    """
    base = _base(columns, points, seed)
    chance = columns.factors
    cube = np.repeat(base[0][:, None, :], chance + 3, axis=1)
    for factor in range(chance):
        members = columns.factor == factor
        cube[:, 1 + factor, members] = base[1][:, members]
    cube[:, -1] = base[1]
    future = np.repeat(np.arange(points)[:, None], chance + 3, axis=1)
    future[:, -2:] += points
    return Design(cube.reshape(-1, len(columns.names)), future.ravel())


def _base(columns: Columns, points: int, seed: int) -> tuple[Floats, Floats]:
    """Return the base points A and B; a new column changes no other one."""
    first, second = np.empty((2, points, len(columns.names)))
    shared = sobol(2 * len(columns.named), points, seed)
    for column, name in enumerate(columns.names):
        if name in columns.named:
            place = columns.named.index(name)
            first[:, column], second[:, column] = shared[:, place], shared[:, place + len(columns.named)]
        else:
            first[:, column] = strata([f"sensitivity/{name}"], points, seed)[0]
            second[:, column] = strata([f"sensitivity/again/{name}"], points, seed)[0]
    return first, second


def trajectories(columns: Columns, number: int, seed: int) -> Design:
    """Return the points of trajectories on which one factor after the other takes a step (Morris 1991).

    Levels are the middles of four equally likely parts of a law, so that laws without bounds have no end that
    is infinite. A trajectory sees one future, and another one after the step of chance.

    Parameters
    ----------
    number : int
        Of trajectories; the design has `number * (factors + 2)` points.
    """
    from SALib.sample import morris

    wide = len(columns.names) + 1
    rng = np.random.default_rng(key(seed, "morris"))
    levels = morris.sample(problem(columns), number, num_levels=LEVELS, seed=rng)
    of = np.repeat(np.arange(number), columns.factors + 2)
    future = 2 * of + (levels[:, -1] > 0.5)
    cube = (0.5 + levels[:, : wide - 1] * (LEVELS - 1)) / LEVELS
    return Design(np.asarray(cube), future, np.asarray(levels))


def problem(columns: Columns) -> dict[str, object]:
    """Return the columns and chance as SALib describes them."""
    names = [str(i) for i in range(len(columns.names) + 1)]
    groups = [f"factor {i}" for i in [*columns.factor.tolist(), columns.factors]]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names), "groups": groups}
