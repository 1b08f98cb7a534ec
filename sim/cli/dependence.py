"""The command `sensitivity`: what an answer depends on, as table, words, figure and run folder."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pandas as pd

from sim import store
from sim.cli.futures import Futures
from sim.cli.output import Row, print_rows, progress_bar, say
from sim.cli.running import compile_with_message, require_writable
from sim.cli.views import records
from sim.experiments import Sensitivity, sensitivity
from sim.experiments.dependence import effect, share
from sim.experiments.sensitivities import planned_runs
from sim.scenario import Scenario
from sim.words import counted

SHOWN = 15  # factors; --format csv shows all


def sensitivity_command(
    scenario: Scenario,
    paths: list[str] | None,
    question: dict[str, str | None],
    points: int | None,
    futures: Futures,
    out: Path,
    form: str,
) -> None:
    """Print what an answer depends on; keep tables, figure and finished batches in a run folder."""
    require_writable(out)
    compile_with_message()
    method = str(question["method"])
    folder = out / f"sensitivity-{scenario.name}-{scenario.hash[:8]}"
    with progress_bar(planned_runs(scenario, paths, method=method, points=points), scenario.name) as advance:
        found = sensitivity(
            scenario,
            paths,
            **question,  # type: ignore[arg-type]
            points=points,
            **futures.options("replications", "uncertainty"),
            folder=folder / "batches",
            progress=advance,
        )
    file = save(found, folder, question)
    if form != "table":
        print_rows(records(found.table()), form)
    else:
        print(caption(found))
        print_rows(rows(found), form, right=("by itself", "with interactions", "mu*", "sigma"))
        print(found.words())
    say(f"tables and figure: {file}.*")


def save(found: Sensitivity, folder: Path, question: dict[str, str | None]) -> Path:
    """Write the table, the screening and the figure; return their path without its ending."""
    from sim import plots

    asked = "-".join(str(part) for part in (found.method, question["who"], question["measure"]))
    name = re.sub(r"[^\w]+", "-", asked if question["who"] else found.method)
    tables = {name: found.table()}
    if found.screening is not None:
        tables[f"{name}-screening"] = found.screening.table()
    for key, table in tables.items():
        store.write_whole(folder / f"{key}.csv", functools.partial(store.write_summary, table))
    if (_size(found.table()) > 0.0).any():
        plots.save(plots.sensitivity(found.table()), folder / name)
    return folder / name


def _size(table: pd.DataFrame) -> pd.Series[float]:
    return table["total" if "total" in table else "mu_star"]


def caption(found: Sensitivity) -> str:
    """Return how to read the table."""
    runs = counted(found.runs, "future")
    if found.method == "morris":
        return (
            f"{found.title}: Morris screening of {found.about}, {found.points} trajectories, {runs}.\n"
            "mu*: mean size of the change as a value goes from the 12.5 % to the 87.5 % point of its range, "
            "or from one random future to another, with its 95 % interval (bootstrap); sigma: the spread of "
            "these changes, large where values interact or effects bend."
        )
    screened = found.screening
    first = f", chosen by {counted(screened.runs, 'future')} of Morris screening" if screened else ""
    return (
        f"{found.title}: Sobol' indices of {found.about}, {found.points} base points, {runs}{first}.\n"
        "Share of the variance that a value explains by itself, and with all its interactions, with 95 % "
        "intervals (bootstrap). Nothing is held fixed."
    )


def rows(found: Sensitivity) -> list[Row]:
    """Return the most important factors."""
    shown = records(found.table().head(SHOWN))
    if found.method == "morris":
        return [
            {
                "value": row["title"],
                "mu*": effect(row, found.unit),
                "sigma": effect({**row, **_bare(row["sigma"])}, found.unit),
                "range": row["range"],
                "grade": row["grade"],
            }
            for row in shown
        ]
    return [
        {
            "value": row["title"],
            "by itself": share(row, "first"),
            "with interactions": share(row, "total"),
            "range": row["range"],
            "grade": row["grade"],
        }
        for row in shown
    ]


def _bare(value: float) -> Row:
    """Return a figure without an interval."""
    return {"mu_star": value, "mu_star_low": float("nan"), "mu_star_high": float("nan")}
