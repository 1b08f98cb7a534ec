"""Results: what a run left behind, as arrays by replication and as tidy tables."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.arguments import called_as, shown
from sim.errors import CurbsimError, did_you_mean
from sim.files import whole_folder
from sim.network.large.country_groups import coarse_document
from sim.questions import ask
from sim.results import codebook, store, tables
from sim.results.estimates import ANY_LOSS, Estimate, plain, summarise, summary_row
from sim.results.saved.listing import is_run_folder
from sim.results.saved.manifest import MANIFEST, read_manifest, require_as_written, sealed
from sim.results.tables import Index
from sim.scenario import Scenario, load
from sim.types import Floats, Row
from sim.units import Clock

SCOPES = {
    "process": "processes",
    "stock": "stocks",
    "demand": "demands",
    "licence": "materials",
    "event": "events",
}
TOUCHED = 0.1  # mean days of gross loss from which processes that are neither users nor suppliers are listed
SCENARIO, ARRAYS = "scenario.yaml", "replications.npz"  # what a run folder is read from
SHARE_DIGITS = 4  # of what bound a loss, wherever it is shown
NO_LOSS_TIMES = ("first_short_day", "first_loss_day", "first_stop_day", "time_to_survive", "time_to_recover")


@dataclass(frozen=True, eq=False)
class Result:
    """A finished run: a scenario replayed many times, each time paired with its baseline.

    Attributes
    ----------
    name, title : str
        Of the scenario.
    labels : Index
        Names of rows and columns.
    arrays : dict
        `process` [replication, measure, process], `stock`, `demand`, `licence`, `by_material`, `trade`,
        `open_files` [replication, week, material] and `waits` [replication, material, week of waiting],
        `output` and `cover` by week, `horizon` [replication, date, measure, process],
        `draws` [replication, factor], `replication` [replication].
    manifest : dict
        Versions, seed, hash of inputs, replications asked for and done.
    daily, origin : callable
        Make the daily tables, which a what-if never needs, and give the scenario.
    """

    name: str
    title: str
    labels: Index
    arrays: dict[str, Any]
    manifest: dict[str, Any]
    origin: Callable[[], Scenario]
    daily: Callable[[], dict[str, pd.DataFrame]] = dict

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the daily tables of the recorded replications, made when they are first asked for."""
        return self.daily()

    @cached_property
    def scenario(self) -> Scenario:
        """Return the scenario that was run; of a run folder, it is read when it is first asked for.

        That of a network in tables has an entry for each country, as the results have.
        """
        scenario, labels = self.origin(), self.labels
        if scenario.document.network is None:
            return scenario
        seen = coarse_document(
            scenario.document, labels.processes, labels.stocks, labels.routes, labels.demands
        )
        return replace(scenario, document=seen)

    @property
    def interrupted(self) -> str:
        """Return how far a run came that the user stopped; nothing for a whole one."""
        asked = self.manifest["replications_asked"]
        if self.replications < asked:
            return f"interrupted: {self.replications:,} of {asked:,} replications"
        missing = "interrupted: replications are whole, other model structures are missing"
        return missing if self.manifest["stopped_early"] else ""

    @property
    def replications(self) -> int:
        """Return how many replications were finished."""
        return len(self.arrays["replication"])

    @called_as("write a group and a measure, such as values('process', 'lost_days')")
    def values(self, group: str, measure: str = "", scope: str | None = None) -> Floats:
        """Return one measure [replication, scope], or [replication] for one scope.

        For example `values("process", "lost_days")`, `values("stock", "minimum_cover", "fab/acid")`.

        Raises
        ------
        CurbsimError
            When there is no group, measure or scope of that name.
        """
        tables.require_group(self.labels.measures, group, measure)
        values = np.asarray(self.arrays[group][:, self.labels.measures[group].index(measure), :])
        if scope is None:
            return values
        names = getattr(self.labels, SCOPES[group])
        if scope not in names:
            raise CurbsimError(f"unknown {group} '{scope}'; {did_you_mean(scope, names)}")
        return np.asarray(values[:, names.index(scope)])

    @called_as("write one of production, stocks, shipments, licences, demand, events or trade")
    def table(self, name: str) -> pd.DataFrame:
        """Return a tidy table: production, stocks, shipments, licences, demand, events or trade.

        All but trade hold the replications that are recorded by day (`run.record_replications`).

        Raises
        ------
        CurbsimError
            When there is no table of that name.
        """
        if name == "trade":
            return tables.trade_table(self.labels, self.arrays)
        if name not in self.tables:
            raise CurbsimError(f"there is no table '{name}'; {did_you_mean(name, [*self.tables, 'trade'])}")
        return self.tables[name]

    def daily_mean(self, name: str) -> pd.DataFrame:
        """Return production, stocks, shipments or demand by day: means over the recorded replications.

        The column `replications` counts them: those of `run.record_replications`, not all that were run.

        Examples
        --------
        >>> import sim
        >>> two = sim.load("embargo_hf").with_({"run.record_replications": 2})
        >>> covers = sim.run(two, replications=2, jobs=1).daily_mean("stocks")
        >>> list(covers)
        ['day', 'date', 'facility', 'material', 'stock', 'cover', 'replications']
        """
        return tables.daily_mean(self.tables, name)

    def summary(self) -> pd.DataFrame:
        """Return metric, scope, estimate, low, high, unit, monte_carlo_error, replications.

        `low` and `high` hold 95 % of replications, over parameters and chance together;
        `monte_carlo_error` is the standard error of `estimate`. Days (of events, first held back, first lost,
        first stopped), times to survive and to recover, and `lost_days_if_any` are over the replications in
        which they occur.
        """
        rows: list[Row] = []
        for group, named in SCOPES.items():
            scopes = getattr(self.labels, named)
            for measure in self.labels.measures[group]:
                values = self.values(group, measure)
                rows += [
                    summary_row(measure, scope, values[:, i], self.unit(group, measure, i))
                    for i, scope in enumerate(scopes)
                ]
        rows += self._losses()
        frame = pd.DataFrame([row for row in rows if row["replications"] > 0])
        return frame.sort_values(["metric", "scope"], kind="stable").reset_index(drop=True)

    def _losses(self) -> list[Row]:
        """Return the chance of any loss, the loss given a loss, and shares by limiting material."""
        net, gross, stopped = (
            self.values("process", measure) for measure in ("lost_days", "lost_days_gross", "stopped_days")
        )
        rows = []
        for p, scope in enumerate(self.labels.processes):
            any_loss = gross[:, p] > ANY_LOSS
            rows += [
                summary_row("loss_probability", scope, any_loss.astype(np.float64), "share"),
                summary_row("stop_probability", scope, (stopped[:, p] > 0.0).astype(np.float64), "share"),
                summary_row("lost_days_if_any", scope, np.where(any_loss, net[:, p], np.nan), "days"),
            ]
        took_place = np.isfinite(self.values("event", "event_day")).astype(np.float64)
        for i, scope in enumerate(self.labels.events):
            rows.append(summary_row("event_probability", scope, took_place[:, i], "share"))
        return rows + [
            plain(f"lost_share_{kind}", scope, share, "share")
            for scope, kinds in self.limiting().items()
            for kind, share in kinds.items()
        ]

    def limiting(self) -> dict[str, dict[str, float]]:
        """Return, for each process that lost starts, the share of the loss by what bound them."""
        lost = self.arrays["by_material"].mean(axis=0)
        names = (*self.labels.materials, "demand", "capacity")
        usual = np.maximum(lost.sum(axis=1), 1e-300)
        return {
            process: {
                names[i]: round(float(lost[p, i] / usual[p]), SHARE_DIGITS)
                for i in np.argsort(-lost[p], kind="stable")
                if lost[p, i] > 1e-3 * usual[p]
            }
            for p, process in enumerate(self.labels.processes)
            if (self.values("process", "lost_days_gross")[:, p] > ANY_LOSS).any()
        }

    def unit(self, group: str, measure: str, index: int) -> str:
        """Return the unit of a measure of one scope."""
        unit = codebook.MEASURE_UNITS[measure]
        if unit == "currency":
            return self.labels.currency
        if unit != "material":
            return unit
        if group == "process":
            return self.labels.units[self.labels.process_material[index]]
        return "unit"

    def lost_by_users(self, *, structure: bool = False) -> Floats:
        """Return what all users lose, gross, by replication, in `lost_unit`.

        With `structure`, each replication has the model structure that was drawn for it.
        """
        labels = self.labels
        measure = "lost_days_gross" if self.lost_unit == "days" else "lost_value_gross"
        users = [labels.processes.index(name) for name in labels.exposed]
        arrays = self.arrays["structure" if structure else "process"]
        return np.asarray(arrays[:, labels.measures["process"].index(measure), users].sum(axis=1))

    @property
    def lost_unit(self) -> str:
        """Return in what losses add up: the currency, or days where a price is missing."""
        made = dict(zip(self.labels.processes, self.labels.process_material, strict=True))
        priced = all(made[name] in self.labels.price for name in self.labels.exposed)
        return self.labels.currency if priced else "days"

    def date(self, day: float) -> str:
        """Return the date of a day of the run."""
        return Clock(datetime.date.fromisoformat(self.labels.start)).iso(day)

    @property
    def horizon(self) -> str:
        """Return the last day of the run, up to which losses are added up: net ones depend on it."""
        return self.date(self.labels.days - 1)

    @called_as("write headline() for all rows, headline().head(10) for the first ten")
    def headline(self) -> pd.DataFrame:
        """Return who loses how much, when and why: a row for each process, users first, by gross value lost.

        Gross losses (what is not made while output is below the baseline) come first; net ones, less what is
        made up by `horizon`, stand beside them. Numbers are those of `summary`; dates are medians over the
        replications in which they occur, and shares say in how many that is.
        """
        return pd.DataFrame(ask("Result.headline", self))

    def first_days(self, order: str = "held_back") -> pd.DataFrame:
        """Return on which days starts are first held back, output is first lost, and starts first stop.

        One row for each process of the headline, with the median date over the replications in which it
        happens, the range of 95 % of them (`_low`, `_high`), the share of replications in which it happens
        (`_share`), and the share in which it happens to this process before all others of its group
        (`_first`; processes that share the first day share it).

        Parameters
        ----------
        order : str
            held_back, lost or stopped: what rows are ordered by in each group. First those to whom it most
            often happens first, then by median date; last those to whom it never happens.

        Raises
        ------
        CurbsimError
            When `order` is another word.
        """
        return pd.DataFrame(ask("Result.first_days", self)(order))

    def horizons(self) -> pd.DataFrame:
        """Return gross and net losses up to each date of `sim.run(..., horizons=[...])` and of the whole run.

        One row for each date and process of the headline, and one for the sum over each group (`who` is
        `all`, in money only). Each row is what a run that ends on that date gives.
        """
        return pd.DataFrame(ask("Result.horizons", self))

    def group(self, process: str) -> str:
        """Return whether a process is a user, a supplier, or other: see `sim.results.restricted`."""
        if process in self.labels.exposed:
            return "user"
        return "supplier" if process in self.labels.suppliers else "other"

    def is_touched(self, index: int) -> bool:
        """Tell whether a process that is neither user nor supplier loses enough to be listed."""
        return bool(np.abs(self.values("process", "lost_days_gross")[:, index]).mean() >= TOUCHED)

    def lowest_cover(self, process: str) -> tuple[Estimate, str]:
        """Return the lowest cover over the stocks that a process draws on, and of which material.

        Of each stock the lowest cover of a replication, summarised as in `summary`: over the replications in
        which the stock is used. One that is idle in some draws (nothing of it is used, so it has no cover) is
        compared by the others; one that is idle in all of them is left out.
        """
        lows = self.values("stock", "minimum_cover")
        covers: list[tuple[float, str, Floats]] = []
        for i in dict(zip(self.labels.processes, self.labels.uses)).get(process, ()):
            material = self.labels.stocks[i].rpartition("/")[2]
            known = lows[np.isfinite(lows[:, i]), i]
            if len(known):
                covers.append((float(known.mean()), material, known))
        _, material, known = min(covers, key=lambda cover: cover[:2], default=(np.nan, "", np.empty(0)))
        return summarise(known), material

    def words(self) -> str:
        """Return the answer in sentences computed from the numbers, one paragraph a line.

        Who loses, how much, when, why and with what chance; who does not; suppliers; final demand.
        """
        return str(ask("Result.words", self))

    def plot(self, name: str | None = None, width: float | None = None) -> Any:
        """Draw a figure of a run folder by name: loss_by_material, cover, output, network, exceedance, ...

        Left out, the losses by what caused them. Functions of `sim.plots` take more, such as one material.
        """
        return ask("Result.plot", self, name, width)

    @property
    def folder_name(self) -> str:
        """Return the name of the run's folder: the scenario, a mark if it was changed, and a hash."""
        inputs = "".join(
            str(self.manifest[key])
            for key in ("hash", "baseline_hash", "seed", "replications_asked", "uncertainty")
        ) + "".join(self.manifest.get("processes", ()))
        name = store.marked(self.name, self.manifest["changes"])
        return f"{name}-{hashlib.sha256(inputs.encode()).hexdigest()[:8]}"

    def save(
        self,
        folder: str | Path = "runs",
        *,
        formats: str | Iterable[str] = store.DAILY,
        figures: Callable[[Path], object] | None = None,
        report: Callable[[Path], object] | None = None,
    ) -> Path:
        """Write the run folder, whole or not at all, and return its path.

        Parameters
        ----------
        formats : str or sequence of str
            Of the tables by day and month: parquet, csv, dta. All others are CSV.
        figures, report : callable, optional
            Called when all numbers are in their place, with the folder to draw figures in, and with the run
            folder. One that fails is left out, with a LeftOutWarning.

        Raises
        ------
        CurbsimError
            When the folder cannot be written.
        """
        formats = store.require_formats(formats)
        target = Path(folder) / self.folder_name
        with whole_folder(target) as part:
            (part / SCENARIO).write_text(self.scenario.to_yaml(), encoding="utf-8")
            store.write_summary(self.summary(), part / "summary.csv")
            store.write_summary(self.horizons(), part / "horizons.csv")
            store.write_codebook(part / "codebook.csv", codebook.rows())
            store.write_arrays(self.arrays, part / ARRAYS)
            by_time = {**self.tables, "trade": tables.trade_table(self.labels, self.arrays)}
            store.write_tables(part / "tables", by_time, formats)
            manifest = {**self.manifest, "labels": asdict(self.labels)}
            store.write_json(sealed(manifest, part, (SCENARIO, ARRAYS)), part / MANIFEST)
        store.show(target, figures, report)
        return target

    def __repr__(self) -> str:
        """Return the name and how much was run."""
        done = self.interrupted or f"{self.replications} replications"
        changed = " (changed)" * bool(self.manifest["changes"])
        return f"<Result {self.name}{changed}: {done}, seed {self.manifest['seed']}>"

    def _repr_html_(self) -> str:
        return str(ask("Result._repr_html_", self))

    def __reduce__(self) -> tuple[type[Result], tuple[Any, ...]]:
        """Copy or pickle what is known, daily tables and scenario included: a copy needs no folder."""
        made = (partial(_same, self.origin()), partial(_same, self.tables))
        return Result, (self.name, self.title, self.labels, self.arrays, self.manifest, *made)


def _same(value: Any) -> Any:
    return value


def read(path: str | Path) -> Result:
    """Read a run folder back.

    Raises
    ------
    CurbsimError
        When the folder is not that of a run, or was written in the format of another version.
    """
    if not isinstance(path, str | Path):
        raise CurbsimError(f"read takes the path of a run folder, not {shown(path)}")
    folder = Path(path)
    manifest, labels = read_manifest(folder)
    return Result(
        name=manifest["scenario"],
        title=manifest["title"],
        labels=labels,
        arrays=store.read_arrays(require_as_written(folder, manifest, ARRAYS)),
        manifest=manifest,
        daily=partial(_daily_tables, folder / "tables"),
        origin=lambda: load(require_as_written(folder, manifest, SCENARIO)),
    )


def finished_run(given: object) -> Result | None:
    """Return a run that was made before, where a result or the path of a run folder is given."""
    if isinstance(given, str | Path) and is_run_folder(given):
        return read(given)
    return given if isinstance(given, Result) else None


def as_result(given: Result | str | Path, of: str) -> Result:
    """Return the result that a public function was given, read when it is the path of a run folder."""
    if (result := finished_run(given)) is not None:
        return result
    remedy = "write what sim.run returns, or the path of a run folder"
    raise CurbsimError(f"{of} takes a result, not {shown(given)}; {remedy}")


def _daily_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the daily tables; trade is made from the arrays."""
    tables = store.read_tables(folder)
    tables.pop("trade", None)
    return tables
