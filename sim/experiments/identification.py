"""What an observed case says about another: the draws that it leaves, and the loss inside and outside them.

The same draws run through the case that was seen and through a counterfactual. A case without a stop rules
few draws out; how far what it leaves differs from what it rules out is what it teaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.importance import explain
from sim.deprecated import old_keywords
from sim.errors import CurbsimError
from sim.experiments.calibration import band, seen_of, surfaces_of
from sim.experiments.hindcast import agree, compile_case, default_case, observed_figures
from sim.experiments.history_matching import plausible
from sim.questions import ask
from sim.results.estimates import ANY_LOSS, interval, proportion
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult, measured
from sim.runner.options import ReplicationKeywords, RunOptions, takes
from sim.runner.parallel import run_whole
from sim.runner.replications import compile_scenario, require_sound
from sim.scenario import ScenarioLike, as_scenario
from sim.types import Floats


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
        Of the counterfactual: what its users lose, gross, in `unit`.
    short : array [draw]
        Draws in which any of them ever makes less than its baseline.
    no_stop : array [draw]
        Draws in which the case shows what its acceptance figures say.
    not_ruled_out : array [draw]
        Draws that history matching on the fitted figures leaves.
    compiled : CompiledScenario
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
    compiled: CompiledScenario

    def table(self) -> pd.DataFrame:
        """Return the loss of the counterfactual over all draws, and inside and outside of each set.

        `low`, `median` and `high` are the 5, 50 and 95 % points over draws, `mean_low` and `mean_high` the
        95 % interval of the mean; `p_value` tells whether inside and outside differ (Kolmogorov and Smirnov;
        Massey 1951).
        """
        sets = {
            "no stop": self.no_stop,
            "not ruled out by fitted figures": self.not_ruled_out,
            "both": self.no_stop & self.not_ruled_out,
        }
        rows = [self._row("all draws", np.ones(len(self.loss), dtype=bool))]
        for words, inside in sets.items():
            value = _p_value(self.loss[inside], self.loss[~inside])
            for part, place in (("inside", inside), ("outside", ~inside)):
                rows.append({**self._row(f"{words}: {part}", place), "p_value": value})
        return pd.DataFrame(rows)

    def _row(self, words: str, place: NDArray[np.bool_]) -> dict[str, float | str | int]:
        """Describe the loss over some draws."""
        loss, number, hits = self.loss[place], int(place.sum()), int(self.short[place].sum())
        points = band(loss) if number else (np.nan,) * 3
        least, most = proportion(hits, number) if number else (np.nan, np.nan)
        return {
            "draws": words,
            "number": number,
            **dict(zip(("mean", "mean_low", "mean_high", "monte_carlo_error"), interval(loss))),
            **dict(zip(("low", "median", "high"), points)),
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
        about = self.rows[[name for name in ("id", "target", "title", "ledger") if name in self.rows]]
        correlations = [_correlation(figure, self.loss) for figure in self.figures.T]
        frame = pd.concat([about, pd.DataFrame(correlations, index=about.index)], axis=1)
        order = frame["correlation"].abs().sort_values(ascending=False, kind="stable").index
        return frame.loc[order].reset_index(drop=True)

    def estimates(self) -> pd.DataFrame:
        """Return which uncertain values the loss of the counterfactual hinges on; see `sim.importance`."""
        names = tuple(factor.name for factor in self.compiled.factors)
        return explain(self.compiled.scenario, names, self.compiled.draws, self.loss)

    def __repr__(self) -> str:
        left = int((self.no_stop & self.not_ruled_out).sum())
        return f"<Identification of {self.name} by {self.factual}, {left} of {len(self.loss)} draws left>"

    def _repr_html_(self) -> str:
        return str(ask("Identification._repr_html_", self))


@old_keywords
@takes(ReplicationKeywords)
def identify(
    counterfactual: ScenarioLike, factual: ScenarioLike | None = None, **keywords: Unpack[ReplicationKeywords]
) -> Identification:
    """Run the same draws through a case that was seen and through a counterfactual.

    Parameters
    ----------
    factual : Scenario, optional
        curbs_2019 to January 2020 when left out; a table of observed figures lies beside its files.
    replications : int, optional
        Draws; those of the counterfactual when left out.
    seed, jobs, checkpoint, progress
        As in `run`.

    Raises
    ------
    CurbsimError
        When nobody in the counterfactual is exposed to a treatment, or no figure is fitted.
    """
    counterfactual = as_scenario(counterfactual, "identify")
    factual = default_case() if factual is None else as_scenario(factual, "identify")
    rows = observed_figures(factual)
    used = (rows["ledger"] == "fitted").to_numpy()
    seen = seen_of(rows, factual.name)
    options = RunOptions(**keywords).settled(counterfactual)
    case = compile_case(factual, rows, options)
    other = compile_scenario(counterfactual, options)
    require_sound(other)
    if not other.exposed:
        raise CurbsimError(
            f"{counterfactual.name}: no treatment acts on what anybody uses; write another one"
        )
    numbers = range(other.replications)
    first, second = run_whole([(case, numbers), (other, numbers)], options)
    figures = np.array([result.moments for result in first])
    named = [i for i, f in enumerate(case.factors) if f.named]
    cube = case.points[:, named]
    return Identification(
        name=counterfactual.name,
        factual=factual.name,
        rows=rows,
        figures=figures,
        **_losses(other, second),
        no_stop=agree(rows, figures),
        not_ruled_out=plausible(cube, [surfaces_of(cube, figures[:, used])], seen),
        compiled=other,
    )


def _losses(compiled: CompiledScenario, results: list[ReplicationResult]) -> dict[str, Any]:
    """Return what all users lose, gross: in money, or in days where a price is missing."""
    value, days = (
        measured(results, measure, list(compiled.exposed.values()))
        for measure in ("lost_value_gross", "lost_days_gross")
    )
    priced = bool(np.isfinite(value).all())
    return {
        "loss": (value if priced else days).sum(axis=1),
        "unit": compiled.document.meta.currency if priced else "days",
        "short": (days > ANY_LOSS).any(axis=1),
    }


def _p_value(inside: Floats, outside: Floats) -> float:
    from scipy import stats

    if min(len(inside), len(outside)) < 2:
        return float("nan")
    return float(stats.ks_2samp(inside, outside, method="asymp").pvalue)


def _correlation(figure: Floats, loss: Floats) -> dict[str, float]:
    """Return the rank correlation with its interval; what never happens counts as later than any day."""
    from scipy import special, stats

    late = np.where(np.isnan(figure), np.inf, figure)
    if len(set(late.tolist())) < 2 or not loss.std() > 0.0 or len(loss) < 5:
        return {"correlation": 0.0, "low": np.nan, "high": np.nan}
    r = float(np.corrcoef(stats.rankdata(late), stats.rankdata(loss))[0, 1])
    half = float(special.ndtri(0.975)) * np.sqrt((1.0 + r * r / 2.0) / (len(loss) - 3))
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    return {"correlation": r, "low": float(np.tanh(z - half)), "high": float(np.tanh(z + half))}
