"""Draws of the uncertain values that agree with what was observed: history matching, then acceptance.

The outcome is a set of draws, never a best point. Only figures with ledger `fitted` are used, and those of
`acceptance` where asked; what is out of sample stays out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import arguments
from sim.deprecated import old_keywords
from sim.errors import CurbsimError
from sim.experiments import history_matching
from sim.experiments.hindcast import Hindcast, agree, compile_case, default_case, observed_figures
from sim.experiments.history_matching import Matched, Seen, Surface
from sim.questions import ask
from sim.runner.checkpoint import checkpointing
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.draws import columns_of
from sim.runner.options import RunOptions, StudyKeywords, takes
from sim.runner.parallel import run_whole
from sim.scenario import ScenarioLike, as_scenario
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
        return f"<Calibration {self.name}, {self.accepted.sum()} of {len(self.accepted)} points accepted>"

    def _repr_html_(self) -> str:
        return str(ask("Calibration._repr_html_", self))


def band(draws: Floats) -> Floats:
    """Return the 5, 50 and 95 % points of draws, [draw] or [draw, factor].

    By ranks over n + 1 (Weibull 1939), so that a further draw lies between the first and the last with a
    chance of exactly 90 %, given 19 draws or more.
    """
    return np.asarray(np.quantile(draws, BAND, axis=0, method="weibull"))


@old_keywords
@takes(StudyKeywords)
def calibrate(
    scenario: ScenarioLike | None = None,
    *,
    points: int = POINTS,
    waves: int = WAVES,
    no_stop: bool = False,
    **keywords: Unpack[StudyKeywords],
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
    seed, jobs, checkpoint, progress
        As in `run`.

    Raises
    ------
    CurbsimError
        When there is no table of observed figures, none of them is fitted, or nothing agrees with them.
    """
    points = arguments.whole_number("points", points, least=2, example=POINTS)
    waves = arguments.whole_number("waves", waves, least=1, example=WAVES)
    arguments.flag("no_stop", no_stop)
    scenario = default_case() if scenario is None else as_scenario(scenario, "calibrate")
    rows = observed_figures(scenario)
    options = RunOptions(replications=points * waves, **keywords)
    compiled = compile_case(scenario, rows, options)
    used = (rows["ledger"] == "fitted").to_numpy()
    seen = seen_of(rows, scenario.name)
    compiled = replace(compiled, columns=columns_of(f for f in compiled.factors if f.named))
    if not compiled.columns:
        raise CurbsimError(f"{scenario.name}: nothing is uncertain by name; write ranges under uncertain:")
    with checkpointing(options.checkpoint) as store:
        options = replace(options, checkpoint=store)
        matched = history_matching.match(
            lambda first, cube: _figures(compiled, first, cube, options),
            lambda cube, values: surfaces_of(cube, values[:, used]),
            seen,
            columns=len(compiled.columns),
            points=points,
            waves=waves,
            seed=compiled.seed,
        )
    return _judged(compiled, rows, seen, matched, no_stop)


def _figures(compiled: CompiledScenario, first: int, cube: Floats, options: RunOptions) -> Floats:
    """Simulate the figures of points; `first` is the number of the first of them in the study."""
    numbers = range(first, first + len(cube))
    whole = np.full((compiled.replications, cube.shape[1]), 0.5)  # the points of other waves are not run
    whole[numbers] = cube
    (results,) = run_whole([(replace(compiled, cube=whole, only="moments"), numbers)], options)
    return np.array([result.moments for result in results])


def seen_of(rows: pd.DataFrame, name: str) -> Seen:
    """Return the fitted figures with the variance of observation and discrepancy."""
    rows = rows[rows["ledger"] == "fitted"]
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
    return tuple(history_matching.fit(cube, column) for column in values.T)


def _judged(
    compiled: CompiledScenario, rows: pd.DataFrame, seen: Seen, matched: Matched, no_stop: bool
) -> Calibration:
    """Weigh the points of the last region, whatever their wave: all lie evenly on it."""
    name, used = compiled.scenario.name, (rows["ledger"] == "fitted").to_numpy()
    kept = history_matching.plausible(matched.cube, matched.waves, seen)
    if no_stop:
        kept &= agree(rows, matched.values)
    if not kept.any():
        raise CurbsimError(f"{name}: no point agrees with all figures; write more points or a larger error")
    weights = history_matching.log_kernel(matched.values[kept][:, used], seen)
    accepted = np.zeros(len(kept), dtype=bool)
    accepted[np.flatnonzero(kept)[history_matching.accept(weights, compiled.seed)]] = True
    named = [i for i, f in enumerate(compiled.factors) if f.named]
    return Calibration(
        name=name,
        factors=tuple(compiled.factors[i].name for i in named),
        rows=rows,
        seen=seen,
        matched=matched,
        draws=replace(compiled, cube=matched.cube).draws[:, named],
        kept=kept,
        accepted=accepted,
        effective=history_matching.effective_number(weights),
    )
