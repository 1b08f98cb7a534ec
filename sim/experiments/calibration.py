"""Which draws of the uncertain values agree with what was seen: history matching in waves, then acceptance.

The outcome is a set of draws, never a best point. Only figures with ledger `fitted` are used, and those of
`acceptance` where asked; what is out of sample stays out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.deprecated import old_keywords
from sim.errors import CurbsimError
from sim.experiments.hindcast import Hindcast, default_case, observed_figures, prepare_case
from sim.experiments.history_matching import (
    Matched,
    Seen,
    Surface,
    accept,
    effective_number,
    fit,
    log_kernel,
    match,
    plausible,
)
from sim.questions import ask
from sim.runner.checkpoint import CheckpointStore, checkpointing
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.options import Jobs, RunOptions
from sim.runner.parallel import Points
from sim.scenario import Scenario
from sim.types import Floats

POINTS, WAVES = 512, 3
BAND = (0.05, 0.50, 0.95)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Draws of the uncertain values, and which of them agree with what was seen.

    Attributes
    ----------
    name : str
        Of the scenario.
    factors : tuple of str
        Paths of the values that were calibrated.
    rows : DataFrame
        The observed figures.
    seen : Seen
        Those that were used.
    matched : Matched
        All points, with the figures of each.
    draws : array [point, factor]
        Values, in base units.
    kept : array [point]
        Points that no wave rules out.
    accepted : array [point]
        Points of the accepted set.
    """

    name: str
    factors: tuple[str, ...]
    rows: pd.DataFrame
    seen: Seen
    matched: Matched
    draws: Floats
    kept: NDArray[np.bool_]
    accepted: NDArray[np.bool_]
    effective: float

    def table(self) -> pd.DataFrame:
        """Return the 5, 50 and 95 % points of every value before and after, the most narrowed first.

        `narrowed` is 1 less the width of the accepted 90 % band over the prior one; below about the root of
        1 over the number accepted it cannot be told from chance.
        """
        first = self.draws[self.matched.wave == 1]
        prior, after = (band(x) for x in (first, self.draws[self.accepted]))
        width = np.maximum(prior[2] - prior[0], 1e-300)
        columns = {
            "factor": self.factors,
            **{f"prior_{100 * q:.0f}": prior[i] for i, q in enumerate(BAND)},
            **{f"accepted_{100 * q:.0f}": after[i] for i, q in enumerate(BAND)},
            "narrowed": 1.0 - (after[2] - after[0]) / width,
        }
        frame = pd.DataFrame(columns)
        return frame.sort_values(["narrowed", "factor"], ascending=[False, True]).reset_index(drop=True)

    def figures(self) -> Hindcast:
        """Return the observed figures beside the accepted set; out-of-sample ones were never used."""
        return Hindcast(f"{self.name}, accepted", self.rows, self.matched.values[self.accepted])

    def sets(self) -> pd.DataFrame:
        """Return the accepted draws: the wave and number of each, and its values in base units."""
        frame = pd.DataFrame(self.draws, columns=list(self.factors))
        frame.insert(0, "point", np.arange(len(frame)))
        frame.insert(0, "wave", self.matched.wave)
        return frame[self.accepted].reset_index(drop=True)

    def __repr__(self) -> str:
        """Return the name and how much is left."""
        return f"<Calibration {self.name}, {self.accepted.sum()} of {len(self.accepted)} points accepted>"

    def _repr_html_(self) -> str:
        return str(ask("Calibration._repr_html_", self))


def band(draws: Floats) -> Floats:
    """Return the 5, 50 and 95 % points of draws [draw, factor].

    By ranks over n + 1 (Weibull 1939), so that a further draw lies between the first and the last with a
    chance of exactly 90 %, given 19 draws or more.
    """
    return np.asarray(np.quantile(draws, BAND, axis=0, method="weibull"))


@old_keywords
def calibrate(
    scenario: Scenario | None = None,
    *,
    points: int = POINTS,
    waves: int = WAVES,
    no_stop: bool = False,
    seed: int | None = None,
    jobs: Jobs = None,
    checkpoint: str | Path | CheckpointStore | None = None,
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Find the draws of the uncertain values that agree with the fitted figures of a case.

    Parameters
    ----------
    scenario : Scenario, optional
        curbs_2019 to January 2020 when left out.
    points : int
        Simulated in each wave.
    no_stop : bool
        Also ask for what the acceptance figures say: no halt.
    checkpoint : path, optional
        The folder of run folders, where what is finished is kept for the same call; see `run`.

    Raises
    ------
    CurbsimError
        When there is no table of observed figures, none of them is fitted, or nothing agrees with them.
    """
    scenario = scenario or default_case()
    rows = observed_figures(scenario)
    options = RunOptions(
        replications=points * waves, seed=seed, jobs=jobs, checkpoint=checkpoint, progress=progress
    )
    prepared = prepare_case(scenario, rows, options)
    names = tuple(f.name for f in prepared.factors if f.named)
    used = (rows["ledger"] == "fitted").to_numpy()
    seen = seen_of(rows[used], scenario.name)
    if not names:
        raise CurbsimError(f"{scenario.name}: nothing is uncertain by name; write ranges under uncertain:")
    with checkpointing(checkpoint) as store:
        simulated = Points(prepared, "moments", replace(options, checkpoint=store))
        matched = match(
            simulated.simulate,
            lambda cube, values: surfaces_of(cube, values[:, used]),
            seen,
            columns=len(names),
            points=points,
            waves=waves,
            seed=prepared.seed,
        )
        return _judged(scenario.name, prepared, rows, seen, matched, simulated, no_stop)


def seen_of(rows: pd.DataFrame, name: str) -> Seen:
    """Return observed figures with the variance of observation and discrepancy."""
    if rows.empty:
        raise CurbsimError(f"{name}: no figure is fitted; write fitted in column ledger of hindcast.csv")
    known = rows.reindex(columns=["observation_sd", "discrepancy_sd"]).fillna(0.0).astype(float)
    variance = (known**2).sum(axis=1).to_numpy()
    if not (variance > 0.0).all():
        first = rows.loc[~(variance > 0.0), "id"].iloc[0]
        raise CurbsimError(f"hindcast.csv: {first}: fitted without an error; write observation_sd")
    return Seen(tuple(rows["id"]), rows["observed"].to_numpy(float), variance)


def surfaces_of(cube: Floats, values: Floats) -> tuple[Surface, ...]:
    """Fit a surface to every figure, [point, figure]."""
    return tuple(fit(cube, column) for column in values.T)


def _judged(
    name: str,
    prepared: CompiledScenario,
    rows: pd.DataFrame,
    seen: Seen,
    matched: Matched,
    simulated: Points,
    no_stop: bool,
) -> Calibration:
    """Weigh the points of the last region, whatever their wave: all lie evenly on it."""
    used = (rows["ledger"] == "fitted").to_numpy()
    kept = plausible(matched.cube, matched.waves, seen)
    if no_stop:
        must = (rows["ledger"] == "acceptance").to_numpy()
        kept &= (matched.values[:, must] == rows["observed"].to_numpy(float)[must]).all(axis=1)
    if not kept.any():
        raise CurbsimError(f"{name}: no point agrees with all figures; write more points or a larger error")
    weights = log_kernel(matched.values[kept][:, used], seen)
    accepted = np.zeros(len(kept), dtype=bool)
    accepted[np.flatnonzero(kept)[accept(weights, prepared.seed)]] = True
    named = [i for i, f in enumerate(prepared.factors) if f.named]
    return Calibration(
        name=name,
        factors=tuple(prepared.factors[i].name for i in named),
        rows=rows,
        seen=seen,
        matched=matched,
        draws=simulated.draws(matched.cube)[:, named],
        kept=kept,
        accepted=accepted,
        effective=effective_number(weights),
    )
