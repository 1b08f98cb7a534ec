"""What the command prints of a result: few digits, dates, and words instead of ids where they help."""

from __future__ import annotations

import math

import pandas as pd

from sim.cli.output import Row
from sim.estimates import significant
from sim.experiments.comparison import Comparison
from sim.experiments.grid import Sweep
from sim.experiments.hindcasting import Hindcast
from sim.factorial import structure
from sim.losses import CURBED, FEW
from sim.results import Result
from sim.scenario import Scenario
from sim.words import between, error, number, percent, support

COLUMNS = (
    "who",
    "lost days",
    "median",
    "95 % range",
    "any structure",
    "MC error",
    "lost value",
    "95 % range of value",
    "ever short",
    "first day short",
    "lowest cover",
    "held back by",
)
MILLION = 1e6
COVER_DIGITS = 2  # of a mean that stands without its range
GROUPS = {"user": "uses what is curbed", "supplier": "ships what is curbed", "other": "others"}
OTHERS = 10  # at most so many rows of processes that are touched indirectly
LEAST = 0.005  # means below are 0 as printed
NOTHING_LOST = "No process makes less than its baseline on any day, in any replication."
NOTICED = 0.5  # days of output from which those are shown


def run_rows(result: Result) -> list[Row]:
    """Return the main table: who, lost output, chance, first day short, cover, cause."""
    frame = result.headline()
    if frame.empty:
        return []
    others = (frame["group"] == "other") & (frame["lost_days"] < NOTICED)
    frame = frame[~others]
    rest = frame[frame["group"] == "other"].head(OTHERS)
    frame = frame[frame["group"] != "other"]
    wide = _any_structure(result)
    rows: list[Row] = []
    for group, label in GROUPS.items():
        part = rest if group == "other" else frame[frame["group"] == group]
        if len(part):
            rows.append(dict.fromkeys(COLUMNS, "") | {"who": f"[{label}]"})
            rows += [_run_row(row, wide.get(row["who"], "-")) for row in records(part)]
    if not wide:
        for row in rows:
            del row["any structure"]
    return rows


def _any_structure(result: Result) -> dict[str, str]:
    """Return the range of lost days over parameters, chance and model structure, by process."""
    if "structure" not in result.arrays:
        return {}
    rows = records(structure(result))
    return {row["who"]: between(row["low"], row["high"]) for row in rows}


def left_out(result: Result, rows: list[Row]) -> str:
    """Say how many processes the table does not show."""
    shown = sum(not row["who"].startswith("[") for row in rows)
    hidden = len(result.headline()) - shown
    if hidden <= 0:
        return ""
    return f"{hidden} more, touched indirectly: they lose least, or gain; --format csv shows them.\n"


def _run_row(row: Row, wide: str) -> Row:
    unit = support(row["low"], row["high"], row["monte_carlo_error"])
    value, low, high = (row[name] / MILLION for name in ("lost_value", "lost_value_low", "lost_value_high"))
    money = support(low, high)
    cells = (
        row["who"],
        number(row["lost_days"], unit),
        number(row["median"], unit),
        between(row["low"], row["high"], unit),
        wide,
        error(row["monte_carlo_error"]),
        number(value, money),
        between(low, high, money),
        percent(row["loss_probability"]),
        row["first_day_short"] or "-",
        cover(row["minimum_cover"], row["minimum_cover_material"]),
        cause(row["limiting_material"], row["limiting_share"], row["group"]),
    )
    return dict(zip(COLUMNS, cells, strict=True))


def hindcast_rows(found: Hindcast) -> list[Row]:
    """Return observed figures beside the simulated distribution."""
    return [_hindcast_row(row) for row in records(found.table())]


def _hindcast_row(row: Row) -> Row:
    unit = support(row["low"], row["high"])
    return {
        "figure": row["title"],
        "used as": row["ledger"],
        "observed": number(row["observed"]),
        "median": late(row["median"], unit),
        "90 % band": f"{late(row['low'], unit)} to {late(row['high'], unit)}",
        "unit": row["unit"],
        "rank": f"{row['rank']:.2f}",
        "CRPS": number(row["crps"]),
        "": "" if row["inside"] else "outside",
    }


def late(value: float, unit: float = math.nan) -> str:
    """Write a number, or that something never happens."""
    return number(value, unit) if math.isfinite(value) else "never"


def hindcast_score(found: Hindcast) -> str:
    """Return the score and how to read the table."""
    told = found.score()
    return (
        f"Out of sample: {told['inside']:.0f} of {told['figures']:.0f} figures lie inside their 90 % band "
        f"({100 * told['low']:.0f} to {100 * told['high']:.0f} %, exact binomial 95 % interval); "
        f"{len(found.values)} replications.\n"
        "Used as input, fitted or used in acceptance: not scored. Rank: share of replications below what was "
        "observed. CRPS: continuous ranked probability score, in the unit of the figure."
    )


def sweep_caption(grid: Sweep, measure: str) -> str:
    """Return how to read a sweep."""
    first = grid.results[0]
    return (
        f"{first.title}: {len(grid.points)} points, {first.replications} replications with the same draws.\n"
        f"Mean of {measure} over replications with their middle 95 %. Step: paired difference from the value "
        f"before of {grid.paths[-1]}, with its 95 % interval (Student's t)."
    )


def groups_caption(grid: Sweep) -> str:
    """Return how to read the groups of a sweep."""
    return f"The same in lost value at base prices, million {grid.results[0].labels.currency}, by country."


def sweep_rows(grid: Sweep, table: pd.DataFrame, *, millions: bool = False) -> list[Row]:
    """Return the rows of a sweep in which something is lost at some point."""
    unit = 1e6 if millions else 1.0
    figures = ["estimate", "low", "high", "monte_carlo_error", "step", "step_low", "step_high"]
    told = table.assign(**{name: table[name] / unit for name in figures})
    some = told.groupby("who")["estimate"].transform(lambda values: values.abs().max()) >= LEAST
    return [
        {
            "who": row["who"],
            **{short(path): row[path] for path in grid.paths},
            "mean": number(row["estimate"], support(row["low"], row["high"], row["monte_carlo_error"])),
            "95 % range": between(row["low"], row["high"]),
            "MC error": error(row["monte_carlo_error"]),
            "step": number(row["step"], support(row["step_low"], row["step_high"])),
            "95 % interval of step": between(row["step_low"], row["step_high"]),
        }
        for row in records(told[some])
    ]


def short(path: str) -> str:
    """Return the last two keys of a path, for the head of a column.

    Examples
    --------
    >>> short("events.talks.rounds.relief.date")
    'relief.date'
    """
    return ".".join(path.split(".")[-2:])


def roles_caption(scenario: Scenario, replications: int) -> str:
    """Return how to read the table of treatments and responses."""
    return (
        f"{scenario.title}: lost days of baseline output, mean of {replications} replications with the same "
        "draws, with the 95 % interval of the mean (Student's t).\n"
        "Interaction: both, less curb alone, less responses alone, plus neither; negative: responses help."
    )


def roles_rows(table: pd.DataFrame) -> list[Row]:
    """Return lost days by process, treatment and response."""
    return [
        {
            "who": row["who"],
            "events": row["arm"],
            "lost days": number(row["lost_days"], support(row["low"], row["high"], row["monte_carlo_error"])),
            "95 % interval": between(row["low"], row["high"]),
            "MC error": error(row["monte_carlo_error"]),
        }
        for row in records(table)
    ]


def records(frame: pd.DataFrame) -> list[Row]:
    """Return a table as rows keyed by column."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def cover(days: float, material: str) -> str:
    """Write a cover with what it is of."""
    return f"{number(significant(days, COVER_DIGITS))} d {material}" if math.isfinite(days) else "-"


def cause(name: str, share: float, group: str = "") -> str:
    """Write what held production back, with its share of the loss.

    Examples
    --------
    >>> cause("acid", 0.64), cause("demand", 1.0, "supplier"), cause("demand", 1.0, "other")
    ('acid 64 %', 'curbed orders 100 %', 'few orders 100 %')
    """
    if name == "demand":
        name = CURBED if group == "supplier" else FEW
    return f"{name} {percent(share)}" if name else "-"


def caption(result: Result) -> str:
    """Return how to read the main table."""
    done, asked = result.manifest["replications"], result.manifest["replications_asked"]
    stopped = f", {asked} asked" if done != asked else ""
    return (
        f"{result.title}\n"
        f"Lost output net of catch-up, in days of baseline output, {result.labels.start} + "
        f"{result.labels.days} days; mean over {done} replications{stopped}, seed {result.manifest['seed']}, "
        f"{result.manifest['uncertain_values']} uncertain values.\n"
        "95 % range: over parameters and chance together. MC error: standard error of the mean. "
        "Ever short: chance that output falls below the baseline at any time, made up later or not. "
        "First day short: median. Lowest cover: days of use, mean.\n"
        f"Lost value: million {result.labels.currency} at base prices. Held back by: what bound production "
        f"on the days it was lost; {CURBED}: buyers may not, or do not, order what is curbed; {FEW}: nobody "
        "orders. Negative: more than the baseline. The dearest losses first."
    )


def compare_caption(comparison: Comparison, shown: int) -> str:
    """Return how to read a comparison."""
    first, number_of = comparison.results[0], len(comparison.table())
    hidden = number_of - shown
    more = f" {hidden} more rows: --format csv." if hidden > 0 else ""
    return (
        f"Lost days of baseline output against {first.name}, {first.replications} replications with the same "
        "draws.\nDifference: mean of paired differences with its 95 % interval (Student's t), for one row "
        f"and for all {number_of:,} rows at once (Bonferroni); positive: more is lost. Variance: of the "
        "paired difference, in % of what it would be without common draws. Users of what is curbed first, "
        f"then by value.{more}"
    )


def compare_rows(comparison: Comparison, limit: int = 25) -> list[Row]:
    """Return paired differences, users of what is curbed first, then by value."""
    frame = comparison.table()
    order = frame.sort_values(["exposed", "value"], ascending=False, kind="stable").index
    return [_compare_row(row) for row in records(frame.loc[order].head(limit))]


def _compare_row(row: Row) -> Row:
    unit = support(row["low"], row["high"], row["monte_carlo_error"])
    return {
        "scenario": row["scenario"],
        "who": row["who"],
        "lost days, first": number(row["first"], unit),
        "lost days": number(row["second"], unit),
        "difference": number(row["difference"], unit),
        "95 % interval": between(row["low"], row["high"], unit),
        "all rows at once": between(row["low_all"], row["high_all"], unit),
        "MC error": error(row["monte_carlo_error"]),
        "variance": percent(row["variance_ratio"]),
    }


def best_rows(comparison: Comparison) -> list[Row]:
    """Return which scenarios may lose least."""
    return [
        {
            "scenario": row["scenario"],
            "lost value": number(row["mean"] / scale, support(row["low"] / scale, row["high"] / scale)),
            "above the best of the others": number(
                row["excess"] / scale, support(row["low"] / scale, row["high"] / scale)
            ),
            "95 %, all scenarios": between(row["low"] / scale, row["high"] / scale),
            "": "may lose least" if row["may_be_best"] else "",
        }
        for row in records(comparison.best())
        for scale in (1.0 if row["unit"] == "days" else MILLION,)
    ]


def best_caption(comparison: Comparison) -> str:
    """Return how to read which scenario may lose least."""
    unit = comparison.best()["unit"].iloc[0]
    of = "days" if unit == "days" else f"million {unit} at base prices"
    return f"Which scenario loses least: users of what is curbed, {of}; multiple comparisons with the best."
