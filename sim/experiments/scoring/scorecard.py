"""Scores of a forecast at an origin, group by group: skill, coverage, sharpness, and each figure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.experiments.scoring import coverage, figures, naive
from sim.experiments.scoring.ensemble import Ensemble
from sim.experiments.scoring.scales import add_error, on_scale
from sim.randomness import key, uniforms
from sim.types import Floats

LEAST = 4  # figures of a group
RESAMPLES = 2000
LEVEL = 0.95
ALL = "all"
SCORED = figures.ROLES[:2]
KEYS = ("origin", "role", "set")


@dataclass(frozen=True, eq=False)
class OriginForecast:
    """What a model says at an origin.

    Attributes
    ----------
    origin : date
    values : array [draw, figure]
        In the units of the table of figures; nan for a date that never comes.
    weights, ancestors : array [draw], optional
        Of draws that do not weigh alike, or that go back to the same one.
    """

    origin: datetime.date
    values: Floats
    weights: Floats | None = None
    ancestors: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Scorer:
    """The figures of a case, ready to score forecasts.

    Attributes
    ----------
    rows : DataFrame
        Those that are scored.
    columns : array
        Where they stand among the values of a forecast.
    history : DataFrame
        From which naive forecasts are made.
    start, horizon : date
        First day of the curbs; last day of a date, from which on it counts as never.
    seed : int
        Of errors of observation and of ties.
    drawn : dict
        Naive forecasts that have been drawn, by the day on which they are made.
    """

    rows: pd.DataFrame
    columns: NDArray[np.int64]
    history: pd.DataFrame
    start: datetime.date
    horizon: datetime.date
    seed: int
    drawn: dict[datetime.date, dict[str, Floats]] = field(default_factory=dict)

    def last(self, row: pd.Series) -> float:
        """Return the horizon of a date, in days."""
        begin = figures.read_date(row["begin"], last=False)
        return float((self.horizon - begin).days) if begin else np.inf

    def forecast(self, said: OriginForecast) -> Ensemble:
        """Return the draws of all scored figures on their scales, with the error of observation."""
        values = said.values[:, self.columns]
        columns = [
            self._simulated(row, x) for (_, row), x in zip(self.rows.iterrows(), values.T, strict=True)
        ]
        return Ensemble.of(
            self.observed(), np.column_stack(columns), said.weights, said.ancestors, self.rows["id"]
        )

    def observed(self) -> Floats:
        """Return what was observed, on the scales."""
        return np.array(
            [self._scaled(row, row["observed"], row["normal"]) for _, row in self.rows.iterrows()]
        )

    def _scaled(self, row: pd.Series, values: Any, normal: float) -> Floats:
        return on_scale(row["scale"], values, normal=normal, last=self.last(row))

    def _simulated(self, row: pd.Series, values: Floats) -> Floats:
        return self._with_error(row, self._scaled(row, values, row["normal"]), self.seed, "")

    def _with_error(self, row: pd.Series, draws: Floats, seed: int, who: str) -> Floats:
        last = float(self._scaled(row, np.inf, 1.0)) if row["scale"] == "date" else np.inf
        return add_error(row["scale"], draws, float(row["scale_sd"]), seed, f"{who}{row['id']}", last=last)

    def rivals(self, origin: datetime.date, role: str) -> dict[str, Floats]:
        """Return draws of each naive forecast, [draw, figure]; in sample they are those of the first day."""
        day = self.start if role == "in sample" else origin
        if day not in self.drawn:
            known = naive.KnownHistory.of(self.history, self.start, day)
            self.drawn[day] = {name: self._rival_draws(name, known) for name in naive.NAMES}
        return self.drawn[day]

    def _rival_draws(self, name: str, known: naive.KnownHistory) -> Floats:
        columns = []
        for _, row in self.rows.iterrows():
            draws = naive.draw(name, row, known)
            if row["scale"] in ("count", "date", "days lost"):
                draws = self._scaled(row, draws, 1.0)
            columns.append(self._with_error(row, draws, naive.SEED, f"{name}/"))
        return np.column_stack(columns)

    def roles(self, origin: datetime.date) -> NDArray[np.str_]:
        """Return what each figure is at an origin."""
        return np.array([figures.role(row, origin) for _, row in self.rows.iterrows()], dtype=str)

    def groups(self, origin: datetime.date) -> Iterator[tuple[str, str, NDArray[np.int64]]]:
        """Yield role, group and places of groups of four figures or more; all together first, once."""
        roles, of = self.roles(origin), self.rows["group"].to_numpy(str)
        for role in SCORED:
            for group in (ALL, *dict.fromkeys(of)):
                places = np.flatnonzero((roles == role) & ((of == group) | (group == ALL)))
                repeats = group != ALL and len(places) == (roles == role).sum()
                if len(places) >= LEAST and not repeats:
                    yield role, group, places

    def scores(self, said: OriginForecast) -> pd.DataFrame:
        """Return one row for each role and group: see docs/scores.md for every column."""
        whole = self.forecast(said)
        rivals = {role: self.rivals(said.origin, role) for role in SCORED}
        rows = [
            self._score(f"{said.origin}/{role}/{group}", places, whole.part(places), rivals[role])
            | {"origin": str(said.origin), "role": role, "set": group}
            for role, group, places in self.groups(said.origin)
        ]
        frame = pd.DataFrame(rows)
        return frame[[*KEYS, *(name for name in frame if name not in KEYS)]] if rows else frame

    def _score(
        self, name: str, places: NDArray[np.int64], forecast: Ensemble, naive_draws: dict[str, Floats]
    ) -> dict[str, Any]:
        """Score one group."""
        rivals = {rival: draws[:, places] for rival, draws in naive_draws.items()}
        pool = Ensemble.of(forecast.observed, np.vstack(list(rivals.values())))
        own, reference = forecast.crps(), pool.crps()
        low, high = skill_interval(own, reference, name)
        found = coverage.judge(forecast, self.seed)
        row = {
            "figures": len(places),
            "used": int((self.rows["ledger"].to_numpy(str)[places] != "out of sample").sum()),
            "crps": float(own.mean()),
            "pool_crps": float(reference.mean()),
            "skill": skill(own, reference),
            "skill_low": low,
            "skill_high": high,
            "energy": forecast.energy(),
            "pool_energy": pool.energy(),
            "inside": found.inside,
            "null_low": found.null_low,
            "null_high": found.null_high,
            "effective_figures": found.effective_figures,
            "joint_p": found.joint_p,
            "accepted": found.accepted,
            "width": float(forecast.widths().mean()),
            "pool_width": float(pool.widths().mean()),
            "effective_size": forecast.effective,
        }
        for rival, draws in rivals.items():
            row |= _rival(rival, draws, forecast, reference)
        return row

    def by_figure(self, said: OriginForecast) -> pd.DataFrame:
        """Return one row for each scored figure: its role, PIT, and score beside that of the pool."""
        whole, roles = self.forecast(said), self.roles(said.origin)
        pools = {role: self._pool(whole, said.origin, role).crps() for role in SCORED}
        reference = [
            pools["in sample" if role == "in sample" else "forecast"][i] for i, role in enumerate(roles)
        ]
        low, high = whole.bands()
        pit = coverage.pits(whole, self.seed)
        columns = {
            "origin": str(said.origin),
            "role": roles,
            "scaled": whole.observed,
            "scaled_low": low,
            "scaled_high": high,
            "pit": pit,
            "crps": whole.crps(),
            "pool_crps": reference,
        }
        about = self.rows[["id", "title", "group", "ledger", "known_on"]].rename(columns={"group": "set"})
        return pd.concat([about, pd.DataFrame(columns)], axis=1)

    def _pool(self, whole: Ensemble, origin: datetime.date, role: str) -> Ensemble:
        return Ensemble.of(whole.observed, np.vstack(list(self.rivals(origin, role).values())))


def _rival(name: str, draws: Floats, forecast: Ensemble, reference: Floats) -> dict[str, float]:
    """Return the skill of a naive forecast, whether it is accepted, and the chance that it would be."""
    rival = Ensemble.of(forecast.observed, draws, names=(f"{name}/{figure}" for figure in forecast.names))
    place = name.replace(" ", "_")
    return {
        f"{place}_skill": skill(rival.crps(), reference),
        f"{place}_accepted": float(coverage.judge(rival, naive.SEED).accepted),
        f"{place}_passes": coverage.pass_chance(rival, forecast.draws, forecast.weights, naive.SEED),
    }


def skill(scores: Floats, reference: Floats) -> float:
    """Return 1 - sum S / sum S_ref: sums first, never a mean of ratios; nan when the reference is exact.

    Examples
    --------
    >>> skill(np.array([1.0, 0.0]), np.array([1.0, 3.0]))
    0.75
    """
    total = float(reference.sum())
    return 1.0 - float(scores.sum()) / total if total > 0.0 else np.nan


def skill_interval(scores: Floats, reference: Floats, name: str) -> tuple[float, float]:
    """Return the 95 % interval of a skill: figures drawn again, each with both of its scores (bootstrap).

    It takes figures for independent; where `effective_figures` is below their number, it is too narrow.
    """
    number = len(scores)
    chance = uniforms(key(naive.SEED, f"hindcast/skill/{name}"), 0, RESAMPLES * number)
    picked = (chance.reshape(RESAMPLES, number) * number).astype(int)
    own, other = scores[picked].sum(axis=1), reference[picked].sum(axis=1)
    ratios = 1.0 - own[other > 0.0] / other[other > 0.0]
    if not len(ratios):
        return np.nan, np.nan
    low, high = np.quantile(ratios, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)
