"""The command `sensitivity`: what an answer depends on, as table, words, figure and run folder."""

from __future__ import annotations

import functools
from pathlib import Path

from sim.cli.folders import long_work, save
from sim.cli.output import print_rows, print_table
from sim.experiments.sensitivities import Sensitivity, planned_runs, sensitivity
from sim.reporting.experiment_text import effect, share
from sim.reporting.table import Column, Row, Table, records
from sim.results.numbers import counted
from sim.runner.options import RunOptions
from sim.scenario import Scenario

SHOWN = 15  # factors; --format csv shows all


def sensitivity_command(
    scenario: Scenario,
    paths: list[str] | None,
    question: dict[str, str | None],
    points: int | None,
    options: RunOptions,
    out: Path,
    form: str,
) -> None:
    """Print what an answer depends on; keep tables and figure in a run folder."""
    method = str(question["method"])
    planned = planned_runs(scenario, paths, method=method, points=points)
    left_to_design = options.keywords("replications", "uncertainty")
    work = functools.partial(sensitivity, scenario, paths, **question, points=points, **left_to_design)  # type: ignore[arg-type]
    with long_work(work, out, planned, scenario.name) as found:
        asked = {**question, "paths": paths, "points": found.points}
        tables = {one.method: one.table() for one in (found, found.screening) if one is not None}
        save("sensitivity", [scenario], options, out, tables, functools.partial(draw, found), **asked)
    if form != "table":
        print_rows(records(found.table()), form)
        return
    print(caption(found))
    print_table(shown(found))
    print(found.words())


def draw(found: Sensitivity, folder: Path) -> None:
    """Draw the figure, where there is anything to show."""
    from sim import plots

    table = found.table()
    if (table["total" if "total" in table else "mu_star"] > 0.0).any():
        plots.save(plots.sensitivity(table), folder / "sensitivity")


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


def shown(found: Sensitivity) -> Table:
    """Return the most important factors."""
    frame = found.table().head(SHOWN)
    rows = records(frame)
    if found.method == "morris":
        texts = {
            "mu*": [effect(row, found.unit) for row in rows],
            "sigma": [effect({**row, **_bare(row["sigma"])}, found.unit) for row in rows],
        }
    else:
        texts = {
            "by itself": [share(row, "first") for row in rows],
            "with interactions": [share(row, "total") for row in rows],
        }
    columns = (
        Column("value", "title"),
        *(Column(heading, heading, "number") for heading in texts),
        Column("range", "range"),
        Column("grade", "grade"),
    )
    return Table(found.method, frame.assign(**texts), columns=columns)


def _bare(value: float) -> Row:
    """Return a figure without an interval."""
    return {"mu_star": value, "mu_star_low": float("nan"), "mu_star_high": float("nan")}
