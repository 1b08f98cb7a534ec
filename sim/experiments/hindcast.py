"""The case beside what was observed: each figure, the simulated distribution, its use and its scores.

A forecast is scored at an origin: figures known by then are in sample, those that came later are forecast.
"""

from __future__ import annotations

import datetime
import functools
import pathlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.deprecated import old_keywords
from sim.errors import CurbsimError
from sim.experiments.scoring import figures
from sim.experiments.scoring.ensemble import BAND
from sim.experiments.scoring.figures import read_date
from sim.experiments.scoring.scorecard import OriginForecast, Scorer
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
NUMBERS = ("observed", "observation_sd", "discrepancy_sd")
LEDGER = ("input", "fitted", "acceptance", "out of sample")
ORIGINS = ("2019-09-30", "2019-11-15")  # of curbs_2019: before and after the first licence for liquid HF
KNOWN_UNTIL = "known_until"  # field of `run` up to which a scenario takes in what was observed


@dataclass(frozen=True, eq=False)
class Hindcast:
    """Observed figures beside their simulated distributions.

    Attributes
    ----------
    rows : DataFrame
        The table of observed figures.
    values : array [replication, figure]
    scorer : Scorer, optional
        None when the table does not say what was known when.
    forecasts : tuple of OriginForecast
        What the case says at each origin.
    """

    name: str
    rows: pd.DataFrame
    values: Floats
    scorer: Scorer | None = None
    forecasts: tuple[OriginForecast, ...] = ()

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

        Figures that restate another one count once, with it.
        """
        table = self.table()
        scored = table[(table["ledger"] == "out of sample").to_numpy() & self.once()]
        inside, number = int(scored["inside"].sum()), len(scored)
        low, high = proportion(inside, number) if number else (np.nan, np.nan)
        share = inside / number if number else np.nan
        return {"inside": inside, "figures": number, "share": share, "low": low, "high": high}

    def once(self) -> NDArray[np.bool_]:
        """Tell which figures restate no other one."""
        if "same_as" not in self.rows:
            return np.ones(len(self.rows), dtype=bool)
        return np.asarray(self.rows["same_as"] == "")

    def scores(self) -> pd.DataFrame:
        """Return skill, coverage and sharpness by origin, role and group: docs/scores.md has each formula."""
        return self._scores.copy()

    @functools.cached_property
    def _scores(self) -> pd.DataFrame:
        """Keep the scores: they take seconds, and are printed, shown and saved."""
        scorer = self._scorer()
        return pd.concat([scorer.scores(said) for said in self.forecasts], ignore_index=True)

    def by_figure(self) -> pd.DataFrame:
        """Return role, PIT and scores of every figure at every origin, on its scale."""
        scorer = self._scorer()
        return pd.concat([scorer.by_figure(said) for said in self.forecasts], ignore_index=True)

    def _scorer(self) -> Scorer:
        if self.scorer is None or not self.forecasts:
            raise CurbsimError(
                f"{self.name}: no origin to score at; write group and known_on in {TABLE}, and an origin "
                "within the run"
            )
        return self.scorer

    def __repr__(self) -> str:
        return f"<Hindcast {self.name}, {len(self.rows)} figures>"

    def _repr_html_(self) -> str:
        return str(ask("Hindcast._repr_html_", self))


@old_keywords
@takes(ReplicationKeywords)
def hindcast(
    scenario: ScenarioLike | None = None,
    *,
    origins: Sequence[str | datetime.date] | None = None,
    **keywords: Unpack[ReplicationKeywords],
) -> Hindcast:
    """Run a case and set every observed figure of its world beside the simulated distribution.

    Parameters
    ----------
    scenario : Scenario, optional
        curbs_2019, from January 2019 to January 2020, when left out.
    origins : sequence of dates, optional
        Dates at which forecasts are scored, such as ["2019-09-30"]; when left out, 30 September and
        15 November 2019, where they lie in the run.
    replications, seed, jobs, checkpoint, progress
        As in `run`.

    Raises
    ------
    CurbsimError
        When no file of the scenario has a table hindcast.csv beside it, or an origin is no date of the run.
    """
    options = RunOptions(**keywords)
    scenario = default_case() if scenario is None else as_scenario(scenario, "hindcast")
    rows, cases = observed_figures(scenario), cases_of(scenario, origins)
    tasks = [compile_case(case, rows, options) for case in cases]
    results = run_whole([(task, range(task.replications)) for task in tasks], options)
    values = {
        case.hash: np.array([one.moments for one in of]) for case, of in zip(cases, results, strict=True)
    }
    forecasts = tuple(
        OriginForecast(date, values[known_until(scenario, date).hash])
        for date in read_origins(scenario, rows, origins)
    )
    scorer = scorer_of(scenario, rows, options.seed_of(scenario)) if forecasts else None
    return Hindcast(scenario.name, rows, values[scenario.hash], scorer, forecasts)


def cases_of(scenario: Scenario, origins: Sequence[str | datetime.date] | None = None) -> list[Scenario]:
    """Return the case, then what it becomes at each origin where that is another run."""
    dates = read_origins(scenario, observed_figures(scenario), origins)
    cases = [scenario, *(known_until(scenario, date) for date in dates)]
    return list({case.hash: case for case in cases}.values())


def known_until(scenario: Scenario, origin: datetime.date) -> Scenario:
    """Return the case as it takes in what was known at an origin, where it can; else the case itself."""
    if KNOWN_UNTIL not in type(scenario.document.run).model_fields:
        return scenario
    return scenario.with_({f"run.{KNOWN_UNTIL}": str(origin)})


def read_origins(
    scenario: Scenario, rows: pd.DataFrame, given: Sequence[str | datetime.date] | None
) -> list[datetime.date]:
    """Return the origins of a hindcast: dates between the start of the curbs and the end of the run."""
    if given is not None and (isinstance(given, str) or not isinstance(given, Iterable)):
        raise CurbsimError(f"origins is {given!r}; write a list of dates, such as ['2019-09-30']")
    if not figures.scored(rows).any():
        if given:
            raise CurbsimError(f"{scenario.name}: no figure has a group; write group and known_on in {TABLE}")
        return []
    first, last = curbs_start(scenario, rows), scenario.document.run.end
    dates = [_origin(date) for date in (ORIGINS if given is None else given)]
    for date in dates:
        if given is not None and not first <= date < last:
            raise CurbsimError(
                f"origins: {date} is not within the curbs; write a date from {first} to {last}"
            )
    return sorted({date for date in dates if first <= date < last})


def _origin(given: str | datetime.date) -> datetime.date:
    try:
        return given if isinstance(given, datetime.date) else datetime.date.fromisoformat(given)
    except (TypeError, ValueError):
        raise CurbsimError(f"origins: {given!r} is no date; write one such as 2019-09-30") from None


def curbs_start(scenario: Scenario, rows: pd.DataFrame) -> datetime.date:
    """Return the first day of the curbs: that from which figures count days, else that of a treatment.

    A scenario without curbs is set beside the same figures.
    """
    counted = rows[figures.scored(rows) & rows["scale"].isin(("date", "count", "days lost"))]
    days = [read_date(text, last=False) for text in counted["begin"]]
    days = days or [e.date for e in scenario.document.events.values() if e.role == "treatment"]
    return min((day for day in days if day), default=scenario.document.run.start)


def scorer_of(scenario: Scenario, rows: pd.DataFrame, seed: int) -> Scorer:
    """Return what scores the forecasts of a case: the figures whose period lies in its run."""
    run, start = scenario.document.run, curbs_start(scenario, rows)
    places = np.flatnonzero(figures.scored(rows) & figures.within(rows, run.start, run.end))
    return Scorer(
        rows=rows.iloc[places].reset_index(drop=True),
        columns=places,
        history=figures.read_history(table_path(scenario).parent, rows.iloc[places], start),
        start=start,
        horizon=figures.last_day(rows.iloc[places]) or run.end,
        seed=seed,
    )


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


def table_path(scenario: Scenario) -> pathlib.Path:
    """Return the table of observed figures beside the files of a scenario."""
    for file in reversed(scenario.files):
        path = pathlib.Path(file).with_name(TABLE)
        if path.is_file():
            return path
    raise CurbsimError(f"{scenario.name}: no {TABLE} beside its files; write one, as in scenarios/korea_2019")


def observed_figures(scenario: Scenario) -> pd.DataFrame:
    """Read the table of observed figures beside the files of a scenario."""
    path = table_path(scenario)
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    numbers = {c: pd.to_numeric(rows[c], errors="coerce") for c in NUMBERS if c in rows}
    return figures.checked(_checked(rows.assign(**numbers), path), path)


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
        begin=read_date(row["begin"], last=False),
        end=read_date(row["end"], last=True),
        factor=row["normal"] / row["normal_simulated"] if row["normal_simulated"] > 0.0 else 1.0,
    )


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
