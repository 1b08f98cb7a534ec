"""The case beside what was observed: each figure, the simulated distribution, and what it was used for.

Only figures that were not used to build the case are scored.
"""

from __future__ import annotations

import calendar
import datetime
import pathlib
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.deprecated import old_keywords
from sim.errors import CurbsimError
from sim.questions import ask
from sim.results.estimates import proportion
from sim.results.moments import MEASURES, Moment
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.options import ReplicationKeywords, RunOptions, takes
from sim.runner.parallel import run_whole
from sim.runner.replications import compile_scenario, require_sound
from sim.scenario import Scenario, ScenarioLike, as_scenario, load
from sim.types import Floats

TABLE = "hindcast.csv"
BAND = 0.90
NUMBERS = ("observed", "observation_sd", "discrepancy_sd")
LEDGER = ("input", "fitted", "acceptance", "out of sample")


@dataclass(frozen=True, eq=False)
class Hindcast:
    """Observed figures beside their simulated distributions.

    Attributes
    ----------
    rows : DataFrame
        The table of observed figures.
    values : array [replication, figure]
    """

    name: str
    rows: pd.DataFrame
    values: Floats

    def table(self) -> pd.DataFrame:
        """Return observed, median, 90 % band, rank and CRPS of every figure, with its ledger.

        `rank` is the share of replications below what was observed, ties counting half; `crps` the
        continuous ranked probability score in the unit of the figure (Gneiting and Raftery 2007); `inside`,
        whether the band holds what was observed. What never happens counts as later than any day.
        """
        observed = self.rows["observed"].to_numpy(dtype=np.float64)
        scores = [_score(self.values[:, i], x) for i, x in enumerate(observed)]
        first = self.rows[["id", "target", "title", "ledger", "observed", "unit"]]
        last = self.rows[["status", "source", "note"]]
        return pd.concat([first, pd.DataFrame(scores, index=first.index), last], axis=1)

    def score(self) -> dict[str, float]:
        """Return how many out-of-sample figures lie inside their band, with the binomial interval.

        Without such figures the share is NaN and its interval 0 to 1.
        """
        table = self.table()
        scored = table[table["ledger"] == "out of sample"]
        inside, number = int(scored["inside"].sum()), len(scored)
        low, high = proportion(inside, number)
        share = inside / number if number else np.nan
        return {"inside": inside, "figures": number, "share": share, "low": low, "high": high}

    def __repr__(self) -> str:
        return f"<Hindcast {self.name}, {len(self.rows)} figures>"

    def _repr_html_(self) -> str:
        return str(ask("Hindcast._repr_html_", self))


@old_keywords
@takes(ReplicationKeywords)
def hindcast(scenario: ScenarioLike | None = None, **keywords: Unpack[ReplicationKeywords]) -> Hindcast:
    """Run a case and set every observed figure of its world beside the simulated distribution.

    Parameters
    ----------
    scenario : Scenario, optional
        curbs_2019, from January 2019 to January 2020, when left out.
    replications, seed, jobs, checkpoint, progress
        As in `run`.

    Raises
    ------
    CurbsimError
        When no file of the scenario has a table hindcast.csv beside it.
    """
    options = RunOptions(**keywords)
    scenario = default_case() if scenario is None else as_scenario(scenario, "hindcast")
    rows = observed_figures(scenario)
    compiled = compile_case(scenario, rows, options)
    (results,) = run_whole([(compiled, range(compiled.replications))], options)
    return Hindcast(scenario.name, rows, np.array([result.moments for result in results]))


def compile_case(scenario: Scenario, rows: pd.DataFrame, options: RunOptions) -> CompiledScenario:
    """Compile a case that measures the observed figures."""
    moments = tuple(_moment(row) for _, row in rows.iterrows())
    compiled = compile_scenario(scenario, options, moments=moments)
    require_sound(compiled)
    return compiled


def agree(rows: pd.DataFrame, figures: Floats) -> NDArray[np.bool_]:
    """Tell of each run whether it shows what the acceptance figures say."""
    must = (rows["ledger"] == "acceptance").to_numpy()
    return np.asarray((figures[:, must] == rows["observed"].to_numpy(float)[must]).all(axis=1))


def default_case() -> Scenario:
    """Return the case that is set beside what was observed when none is named."""
    return load("curbs_2019", changes={"run.end": "2020-01-31"})


def observed_figures(scenario: Scenario) -> pd.DataFrame:
    """Read the table of observed figures beside the files of a scenario."""
    for file in reversed(scenario.files):
        path = pathlib.Path(file).with_name(TABLE)
        if path.is_file():
            rows = pd.read_csv(path, dtype=str, keep_default_na=False)
            numbers = {c: pd.to_numeric(rows[c], errors="coerce") for c in NUMBERS if c in rows}
            return _checked(rows.assign(**numbers), path)
    raise CurbsimError(f"{scenario.name}: no {TABLE} beside its files; write one, as in scenarios/korea_2019")


def _checked(rows: pd.DataFrame, path: pathlib.Path) -> pd.DataFrame:
    for column, known in (("measure", tuple(MEASURES)), ("ledger", LEDGER)):
        for number, word in enumerate(rows[column], 2):
            if word not in known:
                raise CurbsimError(
                    f"{path}:{number}:{column}: unknown '{word}'; write one of {', '.join(known)}"
                )
    return rows


def _moment(row: pd.Series) -> Moment:
    return Moment(
        measure=row["measure"],
        materials=tuple(row["material"].split("|")) if row["material"] else (),
        origin=row["origin"],
        destination=row["destination"],
        facility=row["facility"],
        begin=_date(row["begin"], last=False),
        end=_date(row["end"], last=True),
    )


def _date(text: str, *, last: bool) -> datetime.date | None:
    """Read a date, or the first or last day of a month."""
    if not text:
        return None
    year, month, *day = (int(part) for part in text.split("-"))
    if day:
        return datetime.date(year, month, day[0])
    return datetime.date(year, month, calendar.monthrange(year, month)[1] if last else 1)


def _score(values: Floats, observed: float) -> dict[str, float | bool]:
    """Describe a distribution beside what was observed."""
    late = np.where(np.isnan(values), np.inf, values)
    low, median, high = np.quantile(late, [0.5 - BAND / 2, 0.5, 0.5 + BAND / 2], method="inverted_cdf")
    rank = float((late < observed).mean() + 0.5 * (late == observed).mean())
    return {
        "median": float(median),
        "low": float(low),
        "high": float(high),
        "rank": rank,
        "crps": crps(values[~np.isnan(values)], observed),
        "inside": bool(low <= observed <= high),
    }


def crps(values: Floats, observed: float) -> float:
    """Return the continuous ranked probability score of an ensemble: E|X - y| - E|X - X'| / 2.

    Examples
    --------
    >>> crps(np.array([1.0, 3.0]), 2.0)
    0.5
    """
    if not len(values):
        return float("nan")
    ordered = np.sort(values)
    number = len(ordered)
    weights = 2.0 * np.arange(1, number + 1) - number - 1.0
    return float(np.abs(ordered - observed).mean() - (weights * ordered).sum() / number**2)
