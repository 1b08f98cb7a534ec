"""What an observed case can say about another: the draws it leaves, and the other's loss inside and outside.

The same draws run through the case that was seen and through a counterfactual. A case without a stop rules
few draws out; how far what it leaves differs from what it rules out is what it teaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.importance import explain
from sim.deprecated import old_keywords
from sim.errors import CurbsimError
from sim.experiments.calibration import seen_of, surfaces_of
from sim.experiments.hindcast import default_case, observed_figures, prepare_case
from sim.experiments.history_matching import plausible
from sim.questions import ask
from sim.results.estimates import ANY_LOSS, interval, proportion
from sim.results.measures import PROCESS_MEASURES
from sim.results.restricted import exposed_processes
from sim.runner.checkpoint import CheckpointStore
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.options import Jobs, RunOptions
from sim.runner.parallel import run_whole
from sim.runner.replications import prepare, require_sound, shared_columns
from sim.scenario import Scenario
from sim.types import Floats

QUANTILES = (0.05, 0.50, 0.95)


@dataclass(frozen=True, eq=False)
class Identification:
    """A counterfactual beside what was seen, draw by draw.

    Attributes
    ----------
    name, factual : str
        Of the counterfactual, and of the case that was seen.
    rows : DataFrame
        The observed figures.
    figures : array [draw, figure]
        Of the case that was seen.
    loss : array [draw]
        Of the counterfactual: what its users of the curbed goods lose, net, in `unit`.
    short : array [draw]
        Draws in which any of them ever makes less than its baseline.
    no_stop : array [draw]
        Draws in which the case shows what its acceptance figures say.
    not_ruled_out : array [draw]
        Draws that history matching on the fitted figures leaves.
    prepared : Prepared
        The counterfactual with its draws.
    """

    name: str
    factual: str
    rows: pd.DataFrame
    figures: Floats
    loss: Floats
    unit: str
    short: NDArray[np.bool_]
    no_stop: NDArray[np.bool_]
    not_ruled_out: NDArray[np.bool_]
    prepared: CompiledScenario

    def table(self) -> pd.DataFrame:
        """Return the loss of the counterfactual over all draws, and inside and outside of each set.

        `low`, `median` and `high` are the 5, 50 and 95 % points over draws, `mean_low` and `mean_high` the
        95 % interval of the mean; `p_value` tells whether inside and outside differ (Kolmogorov and Smirnov;
        Massey 1951).
        """
        both = self.no_stop & self.not_ruled_out
        rows = [self._told("all draws", np.ones(len(self.loss), dtype=bool))]
        for words, inside in (
            ("no stop", self.no_stop),
            ("not ruled out by fitted figures", self.not_ruled_out),
            ("both", both),
        ):
            value = _p_value(self.loss[inside], self.loss[~inside])
            for part, place in (("inside", inside), ("outside", ~inside)):
                rows.append({**self._told(f"{words}: {part}", place), "p_value": value})
        return pd.DataFrame(rows)

    def _told(self, words: str, place: NDArray[np.bool_]) -> dict[str, float | str | int]:
        """Describe the loss over some draws."""
        loss, number, hits = self.loss[place], int(place.sum()), int(self.short[place].sum())
        low, median, high = np.quantile(loss, QUANTILES, method="weibull") if number else (np.nan,) * 3
        mean, mean_low, mean_high, error = interval(loss)
        least, most = proportion(hits, number) if number else (np.nan, np.nan)
        return {
            "draws": words,
            "number": number,
            "mean": mean,
            "mean_low": mean_low,
            "mean_high": mean_high,
            "monte_carlo_error": error,
            "low": float(low),
            "median": float(median),
            "high": float(high),
            "unit": self.unit,
            "loss_probability": hits / number if number else np.nan,
            "loss_probability_low": least,
            "loss_probability_high": most,
            "p_value": np.nan,
        }

    def moments(self) -> pd.DataFrame:
        """Return how far each figure of the case goes with the loss of the counterfactual across draws.

        Rank correlation with its 95 % interval (Fisher 1915; Bonett and Wright 2000): a figure that does not
        go with the loss teaches nothing about it, however well it is known.
        """
        found = []
        for i, row in enumerate(self.rows.to_dict("records")):
            told = _correlation(self.figures[:, i], self.loss)
            found.append({k: row[k] for k in ("id", "target", "title", "ledger") if k in row} | told)
        frame = pd.DataFrame(found)
        order = frame["correlation"].abs().sort_values(ascending=False, kind="stable").index
        return frame.loc[order].reset_index(drop=True)

    def estimates(self) -> pd.DataFrame:
        """Return which uncertain values the loss of the counterfactual hinges on; see `sim.importance`."""
        return explain(
            self.prepared.scenario,
            tuple(f.name for f in self.prepared.factors),
            self.prepared.draws,
            self.loss,
        )

    def __repr__(self) -> str:
        """Return the names and how many draws are left."""
        left = int((self.no_stop & self.not_ruled_out).sum())
        return f"<Identification of {self.name} by {self.factual}, {left} of {len(self.loss)} draws left>"

    def _repr_html_(self) -> str:
        return str(ask("Identification._repr_html_", self))


@old_keywords
def identify(
    counterfactual: Scenario,
    factual: Scenario | None = None,
    *,
    replications: int | None = None,
    seed: int | None = None,
    jobs: Jobs = None,
    checkpoint: str | Path | CheckpointStore | None = None,
    progress: Callable[[int], None] | None = None,
) -> Identification:
    """Run the same draws through a case that was seen and through a counterfactual.

    Parameters
    ----------
    factual : Scenario, optional
        curbs_2019 to January 2020 when left out; a table of observed figures lies beside its files.
    replications : int, optional
        Draws; those of the counterfactual when left out.
    checkpoint : path, optional
        The folder of run folders, where what is finished is kept for the same call; see `run`.

    Raises
    ------
    CurbsimError
        When nobody in the counterfactual uses what is curbed, or no figure is fitted.
    """
    factual = factual or default_case()
    rows = observed_figures(factual)
    used = (rows["ledger"] == "fitted").to_numpy()
    seen = seen_of(rows[used], factual.name)
    options = RunOptions(
        replications=replications, seed=seed, jobs=jobs, checkpoint=checkpoint, progress=progress
    ).settled(counterfactual)
    names = shared_columns((factual, counterfactual), options) or ()
    case = prepare_case(factual, rows, options, names)
    other = prepare(counterfactual, options, columns=names)
    require_sound(counterfactual, other)
    exposed = [other.network.processes.index(name) for name in exposed_processes(other.plan, other.network)]
    if not exposed:
        raise CurbsimError(
            f"{counterfactual.name}: no treatment acts on what anybody uses; write another one"
        )
    numbers = range(other.replications)
    first, second = run_whole([(case, numbers), (other, numbers)], options)
    figures = np.array([outcome.moments for outcome in first])
    measures = np.array([outcome.measures.process for outcome in second])[:, :, exposed]
    loss, unit = _whole_loss(measures, counterfactual.document.meta.currency)
    named = [i for i, f in enumerate(case.factors) if f.named]
    cube = case.points[:, [names.index(case.factors[i].name) for i in named]]
    must = (rows["ledger"] == "acceptance").to_numpy()
    return Identification(
        name=counterfactual.name,
        factual=factual.name,
        rows=rows,
        figures=figures,
        loss=loss,
        unit=unit,
        short=np.asarray((measures[:, PROCESS_MEASURES.index("lost_days_gross"), :] > ANY_LOSS).any(axis=1)),
        no_stop=(figures[:, must] == rows["observed"].to_numpy(float)[must]).all(axis=1),
        not_ruled_out=plausible(cube, [surfaces_of(cube, figures[:, used])], seen),
        prepared=other,
    )


def _whole_loss(measures: Floats, currency: str) -> tuple[Floats, str]:
    """Return what all users of the curbed goods lose by draw: in money, in days where a price is missing."""
    value = measures[:, PROCESS_MEASURES.index("lost_value"), :]
    if np.isfinite(value).all():
        return np.asarray(value.sum(axis=1)), currency
    return np.asarray(measures[:, PROCESS_MEASURES.index("lost_days"), :].sum(axis=1)), "days"


def _p_value(inside: Floats, outside: Floats) -> float:
    from scipy import stats

    if min(len(inside), len(outside)) < 2:
        return float("nan")
    return float(stats.ks_2samp(inside, outside, method="asymp").pvalue)


def _correlation(figure: Floats, loss: Floats) -> dict[str, float]:
    """Return the rank correlation with its interval; what never happens counts as later than any day."""
    from scipy import special, stats

    late = np.where(np.isnan(figure), np.inf, figure)
    nothing = {"correlation": 0.0, "low": np.nan, "high": np.nan}
    if len(set(late.tolist())) < 2 or not loss.std() > 0.0 or len(loss) < 5:
        return nothing
    r = float(np.corrcoef(stats.rankdata(late), stats.rankdata(loss))[0, 1])
    half = float(special.ndtri(0.975)) * np.sqrt((1.0 + r * r / 2.0) / (len(loss) - 3))
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    return {"correlation": r, "low": float(np.tanh(z - half)), "high": float(np.tanh(z + half))}
