"""Designs of a sensitivity analysis, and the indices that they give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.randomness import key
from sim.results.estimates import LEVEL
from sim.runner.draws import strata
from sim.types import Floats, Ints

METHODS = ("sobol", "morris")
CHANCE, OTHERS = "chance", "others"  # factors for random events, and for all values without one of their own
LEVELS = 4  # of a trajectory, even
STEP = LEVELS / (2 * (LEVELS - 1))  # of the way from the lowest to the highest level (Morris 1991)
RESAMPLES = 500  # of the bootstrap


@dataclass(frozen=True, eq=False)
class DesignColumns:
    """The columns of the unit cube."""

    names: tuple[str, ...]
    named: tuple[str, ...]  # share one Sobol' sequence; each other column has strata keyed by its name
    factor: Ints  # [column], number of the factor that it belongs to, from 0

    @property
    def factors(self) -> int:
        """Return the number of factors, chance left out."""
        return int(self.factor.max(initial=-1)) + 1


@dataclass(frozen=True, eq=False)
class Design:
    """Points to run."""

    cube: Floats  # [point, column]
    chance: Ints  # [point], number of the replication whose random events it sees
    levels: Floats | None = None  # [point, column] of trajectories for SALib, chance in the last column

    def __len__(self) -> int:
        return len(self.cube)


Model = Callable[[Design], Floats]  # outcome [point]


def saltelli(columns: DesignColumns, points: int, seed: int) -> Design:
    """Return the points of a Saltelli design: for each base point A, one factor at a time from B, B.

    Parameters
    ----------
    points : int
        Base points, a power of two; the design has `points * (factors + 3)` points, chance being a factor.

    Notes
    -----
    A and B are the halves of one scrambled Sobol' sequence of twice the dimensions (Saltelli et al. 2010).
    A sees the random events of replications 0, 1, 2 ..., B those that follow: what tells A from "A with
    chance from B" is chance.

    Examples
    --------
    >>> columns = DesignColumns(("a", "b"), ("a", "b"), np.array([0, 1]))
    >>> saltelli(columns, 2, seed=1).chance.tolist()
    [0, 0, 0, 2, 2, 1, 1, 1, 3, 3]
    """
    first, second = _base(columns, points, seed)
    block = columns.factors + 3  # A, each factor from B, chance from B, B
    cube = np.repeat(first[:, None, :], block, axis=1)
    for factor in range(columns.factors):
        members = columns.factor == factor
        cube[:, 1 + factor, members] = second[:, members]
    cube[:, -1] = second
    chance = np.repeat(np.arange(points)[:, None], block, axis=1)
    chance[:, -2:] += points
    return Design(cube.reshape(-1, len(columns.names)), chance.ravel())


def _base(columns: DesignColumns, points: int, seed: int) -> tuple[Floats, Floats]:
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


def sobol(dimensions: int, number_of_points: int, seed: int) -> Floats:
    """Return the first points of a scrambled Sobol' sequence (Owen 1998; Joe and Kuo 2008)."""
    if dimensions == 0:
        return np.empty((number_of_points, 0))
    from scipy.stats import qmc

    power = max(0, int(np.ceil(np.log2(max(1, number_of_points)))))
    engine = qmc.Sobol(dimensions, scramble=True, bits=64, rng=np.random.default_rng(key(seed, "sobol")))
    return np.asarray(engine.random_base2(power)[:number_of_points])


def trajectories(columns: DesignColumns, number: int, seed: int) -> Design:
    """Return the points of trajectories on which one factor after the other takes a step (Morris 1991).

    Levels are the middles of four equally likely parts of a law, so that laws without bounds have no end that
    is infinite. A trajectory sees the random events of one replication, and of another after the step of
    chance.

    Parameters
    ----------
    number : int
        Of trajectories; the design has `number * (factors + 2)` points.
    """
    from SALib.sample import morris

    rng = np.random.default_rng(key(seed, "morris"))
    levels = morris.sample(problem(columns), number, num_levels=LEVELS, seed=rng)
    trajectory = np.repeat(np.arange(number), columns.factors + 2)
    cube = (0.5 + levels[:, :-1] * (LEVELS - 1)) / LEVELS
    return Design(np.asarray(cube), 2 * trajectory + (levels[:, -1] > 0.5), np.asarray(levels))


def problem(columns: DesignColumns) -> dict[str, object]:
    """Return the columns and chance as SALib describes them."""
    names = [str(i) for i in range(len(columns.names) + 1)]
    groups = [f"factor {i}" for i in [*columns.factor.tolist(), columns.factors]]
    return {**_unit_cube(names), "groups": groups}


def _unit_cube(names: list[str]) -> dict[str, object]:
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def sobol_indices(columns: DesignColumns, model: Model, points: int, seed: int) -> pd.DataFrame:
    """Return first-order and total Sobol' indices of every factor, chance last.

    Parameters
    ----------
    points : int
        Base points, a power of two.

    Returns
    -------
    DataFrame
        first, first_low, first_high, total, total_low, total_high: shares of the variance, 0 to 1.

    Notes
    -----
    First order by equation (b), total by equation (f) of table 2 of Saltelli et al. (2010), the latter due
    to Jansen (1999); 95 % intervals from a bootstrap over base points, which for Sobol' points are too wide
    rather than too narrow. What lies below 0 or above 1 is chance, and is written as 0 or 1.
    """
    from SALib.analyze import sobol

    outcome = model(saltelli(columns, points, seed))
    names = [str(i) for i in range(columns.factors + 1)]
    if not outcome.std() > 0.0:
        return _frame(len(names), ("first", "total"), {})
    indices: dict[str, Any] = sobol.analyze(
        _unit_cube(names),
        outcome,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=_seed(seed),
    )
    halves = {"first": (indices["S1"], indices["S1_conf"]), "total": (indices["ST"], indices["ST_conf"])}
    return _frame(len(names), ("first", "total"), halves).clip(0.0, 1.0)


def morris_effects(columns: DesignColumns, model: Model, number: int, seed: int) -> pd.DataFrame:
    """Return the mean absolute elementary effect of every factor, chance last.

    Parameters
    ----------
    number : int
        Of trajectories.

    Returns
    -------
    DataFrame
        mu_star with its 95 % bootstrap interval, and sigma, in the unit of the outcome: its change as a value
        goes from the 12.5 % to the 87.5 % point of its law; for chance, from one replication to another.
        sigma is nan for factors of several columns, whose steps go both ways.

    Notes
    -----
    Morris (1991); mu_star and groups by Campolongo, Cariboni and Saltelli (2007).
    """
    from SALib.analyze import morris

    design = trajectories(columns, number, seed)
    outcome = model(design)
    factors = columns.factors + 1
    if not outcome.std() > 0.0:
        return _frame(factors, ("mu_star",), {}).assign(sigma=0.0)
    effects: dict[str, Any] = morris.analyze(
        problem(columns),
        design.levels,
        outcome,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        num_levels=LEVELS,
        seed=np.random.default_rng(_seed(seed)),
    )
    order = np.argsort([int(name.split()[1]) for name in effects["names"]])
    size = np.ones(factors)
    size[-1] = STEP  # another replication has no distance
    star, half, sigma = (
        np.asarray(effects[name], dtype=float)[order] * size for name in ("mu_star", "mu_star_conf", "sigma")
    )
    return _frame(factors, ("mu_star",), {"mu_star": (star, half)}).assign(sigma=sigma)


def _seed(seed: int) -> int:
    return int(key(seed, "bootstrap")) % 2**32


def _frame(rows: int, names: tuple[str, ...], estimates: dict[str, tuple[Any, Any]]) -> pd.DataFrame:
    """Return estimates with the bounds of their intervals, none below 0; all 0 where nothing varies."""
    columns: dict[str, Floats] = {}
    for name in names:
        middle, half = (np.asarray(part, dtype=float) for part in estimates.get(name, (np.zeros(rows),) * 2))
        columns |= {name: middle, f"{name}_low": middle - half, f"{name}_high": middle + half}
    return pd.DataFrame(columns).clip(lower=0.0)
