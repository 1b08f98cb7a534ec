"""What the commands of sensitivity, importance, calibration, identification and thresholds do."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import pandas as pd

from sim.analysis.importance import FEWEST, importance
from sim.cli.printing import print_rows, print_table, progress_bar, say
from sim.cli.run_actions import compile_with_message, long_work, save
from sim.errors import CurbsimError
from sim.experiments.calibration import Calibration, calibrate
from sim.experiments.hindcast import default_case
from sim.experiments.identification import Identification, identify
from sim.experiments.sensitivity import Sensitivity, planned_runs, sensitivity
from sim.experiments.sweep import threshold
from sim.files import write_whole
from sim.reporting.experiment_text import effect, share
from sim.reporting.table import Column, Row, Table, records
from sim.reporting.terminal_tables import late
from sim.results import store
from sim.results.estimates import support
from sim.results.numbers import between, counted, number
from sim.results.result import read
from sim.runner.options import RunOptions
from sim.scenario import Scenario

RUNS = Path("runs")  # where a stopped command that leaves no folder is kept
ENDS = ("low", "high")
SHOWN = 12  # rows of values and figures; --format csv shows all
HINGES = (
    "What the loss hinges on: share of the variance of ranks that goes with each value alone, 95 % interval."
)
ENOUGH = 19  # accepted draws from which the 90 % band is one


def calibrate_command(
    scenario: Scenario | None,
    points: int,
    waves: int,
    no_stop: bool,
    options: RunOptions,
    out: Path,
    form: str,
) -> None:
    """Calibrate, save the accepted set, print what was narrowed and how figures fare."""
    scenario = scenario or default_case()
    folder = out / f"calibration-{scenario.name}-{scenario.hash[:8]}"
    design: dict[str, Any] = {"points": points, "waves": waves, "no_stop": no_stop}
    work = functools.partial(calibrate, scenario, **design, **options.keywords("replications", "uncertainty"))
    with long_work(work, out, points * waves, "calibrating") as found:
        save_calibration(found, folder)
    if form != "table":
        print_rows(records(found.table()), form)
    else:
        print(calibration_caption(found))
        print_rows(narrowed_rows(found), form, right=("prior", "accepted", "narrowed"))
        print_rows(figure_rows(found), form, right=("observed", "accepted, median", "90 % band"))
    say(f"accepted set: {folder / 'accepted.csv'}")


def save_calibration(found: Calibration, folder: Path) -> None:
    """Write the accepted set, what it narrows, and how it stands to the observed figures."""
    tables = {"accepted": found.sets(), "narrowed": found.table(), "figures": found.figures().table()}
    for name, table in tables.items():
        write_whole(folder / f"{name}.csv", functools.partial(store.write_summary, table))


def calibration_caption(found: Calibration) -> str:
    """Return how much is left, and how to read the table."""
    shares = ", ".join(f"{100 * share_text:.2g} %" for share_text in found.matched.shares[1:])
    accepted = int(found.accepted.sum())
    few = (
        "" if accepted >= ENOUGH else f" Fewer than {ENOUGH}: the bands are too narrow; write more --points."
    )
    return (
        f"{found.name}: {len(found.kept)} points; not ruled out after each wave: {shares or '-'} of the "
        f"prior; accepted: {accepted} draws (the weights are worth {found.effective:.0f}).{few}\n"
        "5, 50 and 95 % points before and after, in base units. A band narrowed by less than about "
        f"{100 / max(accepted, 1) ** 0.5:.0f} % cannot be told from chance."
    )


def narrowed_rows(found: Calibration) -> list[Row]:
    """Return the values that were narrowed most."""
    return [
        {
            "value": row["factor"],
            "prior": " / ".join(number(row[f"prior_{q}"]) for q in (5, 50, 95)),
            "accepted": " / ".join(number(row[f"accepted_{q}"]) for q in (5, 50, 95)),
            "narrowed": f"{100 * row['narrowed']:.0f} %",
        }
        for row in records(found.table().head(SHOWN))
    ]


def figure_rows(found: Calibration) -> list[Row]:
    """Return the figures that were used, and those that were not."""
    return [
        {
            "figure": row["title"],
            "used as": row["ledger"],
            "observed": number(row["observed"]),
            "accepted, median": late(row["median"], support(row["low"], row["high"])),
            "90 % band": " to ".join(late(row[end], support(row["low"], row["high"])) for end in ENDS),
            "unit": row["unit"],
            "": "" if row["inside"] else "outside",
        }
        for row in records(found.figures().table())
        if row["ledger"] in ("fitted", "out of sample")
    ]


def identify_command(
    counterfactual: Scenario,
    factual: Scenario | None,
    options: RunOptions,
    out: Path,
    form: str,
) -> None:
    """Print and save the counterfactual inside and outside of what was seen, and what goes with its loss."""
    total = options.total(counterfactual)
    if total < FEWEST:
        raise CurbsimError(f"to identify takes {FEWEST} replications, not {total}; write more")
    factual = factual or default_case()
    work = functools.partial(identify, counterfactual, factual, **options.keywords("uncertainty"))
    with long_work(work, out, 2 * total, counterfactual.name) as found:
        table = found.table()
        tables = {"sets_of_draws": table, "figures": found.moments(), "hinges": found.estimates()}
        save("identify", [counterfactual, factual], options, out, tables)
    if form != "table":
        print_rows(records(table), form)
        return
    print(identify_caption(found))
    print_rows(set_rows(found), form, right=("draws left", "mean", "95 % of mean", "5 to 95 %", "p"))
    print("What each figure could teach: rank correlation with the loss across draws, 95 % interval.")
    rows = [
        {
            "figure": row["title"],
            "used as": row["ledger"],
            "correlation": f"{row['correlation']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
        }
        for row in records(tables["figures"].head(SHOWN))
    ]
    print_rows(rows, form, right=("correlation",))
    print(HINGES)
    print_rows(importance_rows(tables["hinges"].head(SHOWN)), form, right=("share of variance",))


def importance_command(folder: Path, who: str | None, form: str) -> None:
    """Print what the answer of a run hinges on, and on how good values it rests."""
    result = read(folder)
    table = importance(result, who)
    if form != "table":
        print_rows(records(table), form)
        return
    print(f"{result.title}: {who or 'what is lost by those that use what is curbed'}")
    if table.empty:
        print("It does not vary, or nothing in it is uncertain.")
        return
    print(HINGES)
    print_rows(importance_rows(table.head(SHOWN)), form, right=("share of variance",))
    print_rows(
        grade_rows(importance(result, who, by="grade")), form, right=("uncertain values", "share of variance")
    )


def importance_rows(table: pd.DataFrame) -> list[Row]:
    """Return values with their shares."""
    return [
        {
            "value": row["title"],
            "range": row["range"],
            "share of variance": share_text(row),
            "": {"+": "raises", "-": "lowers"}.get(row["direction"], ""),
            "grade": row["grade"],
        }
        for row in records(table)
    ]


def grade_rows(table: pd.DataFrame) -> list[Row]:
    """Return how much rests on values of each grade."""
    return [
        {
            "rests on": row["grade"],
            "uncertain values": row["values"] or "",
            "share of variance": share_text(row),
        }
        for row in records(table)
    ]


def share_text(row: Row) -> str:
    """Write a share with its interval; what lies below 0 is chance.

    Examples
    --------
    >>> share_text({"share": 0.209, "low": -0.01, "high": 0.254})
    '21 % (0 to 25)'
    """
    low, high = (min(1.0, max(0.0, row[end])) for end in ("low", "high"))
    return f"{100 * max(0.0, row['share']):.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def identify_caption(found: Identification) -> str:
    """Return how to read the sets."""
    return (
        f"{found.name} as seen through {found.factual}: net loss of those that use what is curbed, "
        f"{_unit(found)[0]}, over {len(found.loss)} draws that run through both.\n"
        "No stop: draws in which no plant stands still where none was reported to. Ruled out: by history "
        "matching on the fitted figures. p: that inside and outside are alike (Kolmogorov-Smirnov)."
    )


def _unit(found: Identification) -> tuple[str, float]:
    return ("days", 1.0) if found.unit == "days" else (f"million {found.unit}", 1e6)


def set_rows(found: Identification) -> list[Row]:
    """Return the loss over all draws, and inside and outside of each set."""
    scale = _unit(found)[1]
    return [
        {
            "draws": row["draws"],
            "draws left": row["number"],
            "mean": number(row["mean"] / scale, support(row["mean_low"] / scale, row["mean_high"] / scale)),
            "95 % of mean": between(row["mean_low"] / scale, row["mean_high"] / scale),
            "5 to 95 %": between(row["low"] / scale, row["high"] / scale),
            "p": "" if pd.isna(row["p_value"]) else f"{row['p_value']:.2g}",
        }
        for row in records(found.table())
    ]


def threshold_command(
    scenario: Scenario,
    axes: tuple[dict[str, list[object]], dict[str, list[object]], dict[str, list[object]]],
    process: str | None,
    options: RunOptions,
    out: Path | None,
    form: str,
) -> None:
    """Print the chance of a stop over stock, delay and alternatives, or draw it."""
    compile_with_message()
    stock, delay, share_text = axes
    total = options.total(scenario)
    points = math.prod(len(values) for axis in axes for values in axis.values())
    with progress_bar(points * total, scenario.name) as progress:
        found = threshold(
            scenario,
            stock=stock,
            delay=delay,
            share=share_text or None,
            process=process,
            **options.keywords("uncertainty", "checkpoint", "progress"),
            checkpoint=RUNS,
            progress=progress,
        )
    if out is not None:
        from sim import plots

        plots.save(plots.stop_contours(found), out)
        say(f"{out} written")
    if form != "table":
        print_rows(records(found), form)
        return
    print(f"{scenario.title}: chance that {found['process'].iloc[0]} stands still on any day, {total} draws.")
    print_rows(threshold_rows(found), form)


def threshold_rows(found: pd.DataFrame) -> list[Row]:
    """Return a row for each share and stock, a column for each delay."""
    rows: dict[tuple[str, str], Row] = {}
    for cell in records(found):
        share_text: str = "" if pd.isna(cell["share"]) else f"{cell['share']:.2g}"
        stock = number(cell["stock"])
        row = rows.setdefault((share_text, stock), {"share": share_text, "stock, days": stock})
        row[f"{number(cell['delay'])} days"] = (
            f"{100 * cell['estimate']:.0f} % ({100 * cell['low']:.0f} to {100 * cell['high']:.0f})"
        )
    return list(rows.values())


FACTORS = 15  # factors; --format csv shows all


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
    frame = found.table().head(FACTORS)
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
