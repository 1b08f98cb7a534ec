"""Indices of sensitivity with bootstrap intervals, by SALib, for any model that runs a design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from sim.experiments.designs import LEVELS, STEP, Columns, Design, problem, saltelli, trajectories
from sim.randomness import key
from sim.results.estimates import LEVEL
from sim.types import Floats

RESAMPLES = 500  # of the bootstrap
METHODS = ("sobol", "morris")
Model = Callable[[Design], Floats]  # outcome [point]


def sobol_indices(columns: Columns, model: Model, points: int, seed: int) -> pd.DataFrame:
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
    told: dict[str, Any] = sobol.analyze(
        {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)},
        outcome,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=_seed(seed),
    )
    found = {"first": (told["S1"], told["S1_conf"]), "total": (told["ST"], told["ST_conf"])}
    return _frame(len(names), ("first", "total"), found).clip(0.0, 1.0)


def morris_effects(columns: Columns, model: Model, number: int, seed: int) -> pd.DataFrame:
    """Return the mean absolute elementary effect of every factor, chance last.

    Parameters
    ----------
    number : int
        Of trajectories.

    Returns
    -------
    DataFrame
        mu_star with its 95 % bootstrap interval, and sigma, in the unit of the outcome: its change as a value
        goes from the 12.5 % to the 87.5 % point of its law; for chance, from one future to another. sigma is
        nan for factors of several columns, whose steps go both ways.

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
    told: dict[str, Any] = morris.analyze(
        problem(columns),
        design.levels,
        outcome,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        num_levels=LEVELS,
        seed=np.random.default_rng(_seed(seed)),
    )
    order = np.argsort([int(name.split()[1]) for name in told["names"]])
    size = np.ones(factors)
    size[-1] = STEP  # another future has no distance
    star, half, sigma = (
        np.asarray(told[name], dtype=float)[order] * size for name in ("mu_star", "mu_star_conf", "sigma")
    )
    return _frame(factors, ("mu_star",), {"mu_star": (star, half)}).assign(sigma=sigma)


def _seed(seed: int) -> int:
    return int(key(seed, "bootstrap")) % 2**32


def _frame(rows: int, names: tuple[str, ...], found: dict[str, tuple[Any, Any]]) -> pd.DataFrame:
    """Return estimates with the bounds of their intervals, none below 0; all 0 where nothing varies."""
    columns: dict[str, Floats] = {}
    for name in names:
        middle, half = (np.asarray(part, dtype=float) for part in found.get(name, (np.zeros(rows),) * 2))
        columns |= {name: middle, f"{name}_low": middle - half, f"{name}_high": middle + half}
    return pd.DataFrame(columns).clip(lower=0.0)
