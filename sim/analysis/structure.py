"""Model structure as a source of uncertainty: ranges over it, and shares of variance by factor.

A run with `structure` replays each replication with another structure, drawn from a full factorial in
balanced random order (Montgomery 2017, chapter 5), with the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.arguments import choice
from sim.errors import CurbsimError
from sim.randomness import key, uniforms
from sim.results import codebook
from sim.results.estimates import LEVEL, summary_row
from sim.results.measures import require_measure
from sim.results.result import Result, as_result
from sim.types import Floats, Ints

JACKKNIFE_GROUPS = 20  # of replications, of which the jackknife leaves out one
LEAST_SPREAD = 1e-6  # of a measure that varies
TINY = 1e-300
INTERACTIONS = "interactions"
WITHIN = "parameters and chance"  # the share of variance within a structure


def cells(levels: tuple[int, ...], replications: int, seed: int) -> Ints:
    """Return the level of each factor in each replication, [replication, factor].

    Every block of as many replications as there are combinations holds each once, in an order of its own.

    Examples
    --------
    >>> sorted(map(tuple, cells((2, 2), 4, seed=1).tolist()))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    number = int(np.prod(levels))
    blocks = -(-replications // number)
    orders = [np.argsort(uniforms(key(seed, f"structure/{block}"), 0, number)) for block in range(blocks)]
    chosen = np.concatenate(orders)[:replications]
    return np.stack(np.unravel_index(chosen, levels), axis=1).astype(np.int64)


def structure(
    result: Result | str | Path, measure: str = "lost_days_gross", *, by: str = "process"
) -> pd.DataFrame:
    """Return a measure over parameters, chance and model structure, every structure alike.

    Parameters
    ----------
    measure : str
        A measure of processes.
    by : str
        process: its range, by process; choice: which share of its variance each choice of structure explains,
        by process, with `low` and `high` (95 %, jackknife over replications). Processes whose measure does
        not vary have no shares.

    Raises
    ------
    CurbsimError
        When the run left the structure as written, or, by choice, has fewer than two replications of each
        structure: what choices do together cannot be told from chance then.
    """
    tables = {"process": _ranges, "choice": _shares}
    result = as_result(result, "structure")
    choice("value of by", by, tables)
    require_measure(measure)
    if "structure" not in result.arrays:
        raise CurbsimError("the run left the model structure as written; write sim.run(..., structure=True)")
    values = result.arrays["structure"][:, result.labels.measures["process"].index(measure), :]
    return tables[by](result, measure, values)


def _ranges(result: Result, measure: str, values: Floats) -> pd.DataFrame:
    """Return the range of a measure by process."""
    rows = [
        {"who": name, **summary_row(measure, name, values[:, p], result.unit("process", measure, p))}
        for p, name in _shown(result)
    ]
    return pd.DataFrame(rows, columns=list(codebook.COLUMNS["structure_ranges"]))


def _shares(result: Result, measure: str, values: Floats) -> pd.DataFrame:
    """Return the share of variance by process and structural factor."""
    if len(values) < (least := fewest(result.labels.structure_levels)):
        raise CurbsimError(f"shares by structure need {least} replications, the run has {len(values)}")
    written = result.values("process", measure)
    shown = [(p, who) for p, who in _shown(result) if values[:, p].std() > LEAST_SPREAD]
    columns = [p for p, _ in shown]
    levels = np.asarray(result.arrays["structure_cell"])
    share, low, high = shares_with_intervals(values[:, columns], written[:, columns], levels)
    rows = [
        {"who": who, "factor": factor, "share": share[i, p], "low": low[i, p], "high": high[i, p]}
        for p, (_, who) in enumerate(shown)
        for i, factor in enumerate((*result.labels.structure_factors, INTERACTIONS, WITHIN))
    ]
    return pd.DataFrame(rows, columns=list(codebook.COLUMNS["structure_shares"]))


def fewest(levels: Iterable[Sequence[Any]]) -> int:
    """Return the replications that shares of variance need: two of each structure."""
    return 2 * math.prod(len(values) for values in levels)


def shares_with_intervals(outcome: Floats, written: Floats, levels: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the shares of `decompose` with bounds of 95 %, by leaving groups of replications out.

    Delete-group jackknife (Efron 1982), Student's t; duplicates of a bootstrap would pass for replications
    of the same structure that agree.
    """
    from scipy import special

    number = len(outcome)
    groups = min(JACKKNIFE_GROUPS, number)
    place = np.arange(number) % groups
    subsets = [place != group for group in range(groups)]
    again = np.array([decompose(outcome[rows], written[rows], levels[rows]) for rows in subsets])
    error = np.sqrt((groups - 1) * again.var(axis=0))
    half = float(special.stdtrit(groups - 1, 0.5 + LEVEL / 2)) * error if groups > 1 else np.nan * error
    share = decompose(outcome, written, levels)
    return share, np.clip(share - half, 0.0, 1.0), np.clip(share + half, 0.0, 1.0)


def decompose(outcome: Floats, written: Floats, levels: Ints) -> Floats:
    """Split the variance of outcomes: each factor, factors together, and what is left within a structure.

    Parameters
    ----------
    outcome, written : array [replication, outcome]
        With the structure of each replication, and with the structure as written under the same draws.
    levels : array [replication, factor]

    Returns
    -------
    array [factor + 2, outcome]
        Shares of the variance of `outcome`, which add up to 1.

    Notes
    -----
    Analysis of covariance of a balanced randomised factorial (Montgomery 2017, chapter 15): `written` is the
    covariate, which takes much of what parameters and chance do out of the error. What noise adds to the
    spread of means is taken off (omega squared, Hays 1963); a share below 0 is noise alone and counts as 0.
    """
    cell = np.unique(levels, axis=0, return_inverse=True)[1].ravel()
    centred = outcome - outcome.mean(axis=0)
    adjusted = centred - _slope(centred, written, cell) * (written - written.mean(axis=0))
    noise = _within(adjusted, cell)
    main = [_between(adjusted, column, noise) for column in levels.T]
    together = _between(adjusted, cell, noise) - np.sum(main, axis=0)
    shares = np.clip(np.array([*main, together]) / np.maximum((centred**2).mean(axis=0), TINY), 0.0, None)
    shares /= np.maximum(1.0, shares.sum(axis=0))
    return np.vstack([shares, 1.0 - shares.sum(axis=0)])


def _means(values: Floats, group: Ints) -> tuple[Floats, Floats]:
    """Return the means of groups, [group, outcome], and the share of replications in each, [group, 1]."""
    _, place = np.unique(group, return_inverse=True)
    member = np.equal.outer(np.arange(place.max() + 1), place).astype(np.float64)
    size = member.sum(axis=1, keepdims=True)
    return member @ values / size, size / len(values)


def _slope(outcome: Floats, covariate: Floats, cell: Ints) -> Floats:
    """Return the slope of outcomes on the covariate within cells."""
    place = np.unique(cell, return_inverse=True)[1]
    x = covariate - _means(covariate, cell)[0][place]
    y = outcome - _means(outcome, cell)[0][place]
    return np.asarray((x * y).sum(axis=0) / np.maximum((x * x).sum(axis=0), TINY))


def _within(values: Floats, cell: Ints) -> Floats:
    """Return the variance within cells, one degree of freedom less for the slope."""
    means, size = _means(values, cell)
    left = values - means[np.unique(cell, return_inverse=True)[1]]
    return np.asarray((left**2).sum(axis=0) / max(1, len(values) - len(size) - 1))


def _between(values: Floats, group: Ints, noise: Floats) -> Floats:
    """Return the variance of the means of groups, less what noise alone would give."""
    means, size = _means(values, group)
    return np.asarray((size * means**2).sum(axis=0) - (len(size) - 1) * noise / len(values))


def _shown(result: Result) -> list[tuple[int, str]]:
    """List the users and the suppliers."""
    named = {*result.labels.exposed, *result.labels.suppliers}
    return [(p, name) for p, name in enumerate(result.labels.processes) if name in named]
