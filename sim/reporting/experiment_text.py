"""Comparisons and sensitivities in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.experiments.comparison import Comparison
from sim.experiments.sensitivity import Sensitivity
from sim.experiments.sensitivity_designs import CHANCE, OTHERS
from sim.results.estimates import interval, support
from sim.results.loss_summary import Titles, by_country_values
from sim.results.numbers import amount, between, counted, listed, money, number, percent, with_unit

MOST = 6  # processes that are told one by one
TOLD_CHANGES = 3
NOISE = 1e-6  # days and money below are what rounding leaves


def comparison_words(comparison: Comparison) -> str:
    """Return the differences of every scenario from the first, one paragraph a line."""
    table = comparison.table()
    lines = []
    for place in range(1, len(comparison.results)):
        part = table[table["scenario"] == comparison.label(place)]
        lines += _one(comparison, place, part, len(table))
    if len(comparison.results) > 2:
        lines += _best(comparison)
    return "\n".join(lines)


def _one(comparison: Comparison, place: int, table: pd.DataFrame, compared: int) -> list[str]:
    """Tell how one scenario differs from the first."""
    first, other = comparison.results[0], comparison.results[place]
    several = _parentheses(compared) if first.replications > 1 else ""
    opening = (
        f"{comparison.label(place)} against {first.name}: {counted(first.replications, 'future')} with the "
        f"same draws; {_changes(comparison, place)}.{several}"
    )
    users = [row for row in _records(table) if row["exposed"]]
    if not users:
        return [opening, "No process that uses what is curbed loses output in either."]
    titles = Titles(other)
    lines = [opening, *_money(comparison, place, [str(row["who"]) for row in users])]
    for told, rows in _sorted_out(users).items():
        if rows:
            lines.append(f"{told}: {_each(rows, titles, comparison, place)}.")
    return lines


def _parentheses(compared: int) -> str:
    """Say what stands in parentheses."""
    all_at_once = f", all {compared:,} at once" if compared > 1 else ""
    return f" Parentheses: 95 % interval of the mean paired difference{all_at_once}."


def _best(comparison: Comparison) -> list[str]:
    """Tell which scenarios may lose least."""
    found = comparison.best()
    if comparison.results[0].replications < 2 or not (found["high"] > found["low"]).any():
        return []
    may = found[found["may_be_best"]].sort_values("mean", kind="stable")["scenario"].tolist()
    number_of = len(found)
    if len(may) == 1:
        return [
            f"Of the {number_of} scenarios {may[0]} loses least (95 %, multiple comparisons with the best)."
        ]
    others = f"; the other {number_of - len(may)} lose more" if number_of > len(may) else ""
    how = "95 %, multiple comparisons with the best"
    return [f"Of the {number_of} scenarios any of these may lose least ({how}): {listed(may)}{others}."]


def _changes(comparison: Comparison, place: int) -> str:
    changes = comparison.changes[place]
    if not changes:
        return "no value differs"
    shown = [f"{c.path} {_value(c.old)} -> {_value(c.new)}" for c in changes[:TOLD_CHANGES]]
    more = len(changes) - TOLD_CHANGES
    return (
        f"{counted(len(changes), 'value')} differ{'s' if len(changes) == 1 else ''} ({listed(shown, ';')}"
        + (f"; and {more} more)" if more > 0 else ")")
    )


def _value(value: object) -> str:
    return "not given" if value is None else str(value)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows, the dearest differences first, with the bounds that hold for all at once."""
    order = table.sort_values("value", ascending=False, kind="stable")
    order = order.assign(low=order["low_all"], high=order["high_all"])
    return [{str(key): value for key, value in row.items()} for row in order.to_dict("records")]


def _sorted_out(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Sort processes by what the interval of the paired difference says."""
    found: dict[str, list[dict[str, Any]]] = {
        "More is lost": [],
        "Less is lost": [],
        "Cannot be told from no difference": [],
        "From one future, without an interval": [],
        "The same in every future": [],
    }
    for row in rows:
        if abs(row["difference"]) < NOISE and not row["monte_carlo_error"] > NOISE:
            key = "The same in every future"
        elif not np.isfinite(row["low"]):
            key = "From one future, without an interval"
        elif row["low"] <= 0.0 <= row["high"]:
            key = "Cannot be told from no difference"
        else:
            key = "More is lost" if row["difference"] > 0.0 else "Less is lost"
        found[key].append(row)
    return found


def _each(rows: Sequence[dict[str, Any]], titles: Titles, comparison: Comparison, place: int) -> str:
    told = [f"{titles.process(row['who'])}, {difference(row)}" for row in rows[:MOST]]
    more = f"; and {len(rows) - MOST} more" if len(rows) > MOST else ""
    return listed(told, ";") + more


def difference(row: dict[str, Any]) -> str:
    """Tell one paired difference in days, with both means.

    Examples
    --------
    >>> row = {"first": 11.4, "second": 8.2, "difference": -3.2, "low": -4.1, "high": -2.3}
    >>> difference(row | {"monte_carlo_error": 0.45})
    '3.2 days less (2.3 to 4.1), 8.2 after 11.4'
    """
    unit = support(row["low"], row["high"], row["monte_carlo_error"])
    means = f"{number(row['second'], unit)} after {number(row['first'], unit)}"
    if abs(row["difference"]) < NOISE:
        return with_unit(number(row["second"], unit), "days")
    sign, word = (1.0, "more") if row["difference"] > 0.0 else (-1.0, "less")
    size = f"{with_unit(number(sign * row['difference'], unit), 'days')} {word}"
    if not np.isfinite(row["low"]):
        return f"{size}, {means}"
    low, high = sorted((sign * row["low"], sign * row["high"]))
    if low <= 0.0 <= high:
        less = "less" if word == "more" else "more"
        return f"{size} ({number(-low, unit)} {less} to {number(high, unit)} {word}), {means}"
    return f"{size} ({number(low, unit)} to {number(high, unit)}), {means}"


def _money(comparison: Comparison, place: int, users: Sequence[str]) -> list[str]:
    """Tell the paired difference in value by country of the users."""
    first, other = comparison.results[0], comparison.results[place]
    before, after = by_country_values(first, users), by_country_values(other, users)
    told = []
    countries = sorted({*before} & {*after})
    compared = len(countries) * (len(comparison.results) - 1)
    for country in countries:
        mean, low, high, error = interval(after[country] - before[country], compared)
        if abs(mean) < NOISE:
            continue
        sign, word = (1.0, "more") if mean > 0.0 else (-1.0, "less")
        ends = sorted((sign * low, sign * high))
        size = money(sign * mean, ends[0], ends[1], error, first.labels.currency)
        note = ": cannot be told from no difference" if low <= 0.0 <= high else ""
        told.append(f"{size} {word} in {country}{note}")
    how = "Added up at base prices, with goods that others make further counted at every stage"
    return [f"{how}, users of what is curbed lose {listed(told, ';')}."] if told else []


TOLD = 4  # factors that are told one by one
NOTICED = 0.02  # of the variance, or of the largest effect, from which they are
Row = dict[str, Any]


def sensitivity_words(found: Sensitivity) -> str:
    """Return what an answer depends on, one paragraph a line."""
    rows: list[Row] = [{str(k): v for k, v in row.items()} for row in found.frame.to_dict("records")]
    return "\n".join(_shares(found, rows) if found.method == "sobol" else _steps(found, rows))


def _shares(found: Sensitivity, rows: list[Row]) -> list[str]:
    """Tell shares of the variance."""
    if not any(row["total"] > 0.0 for row in rows):
        return [f"{found.about[:1].upper()}{found.about[1:]} does not vary."]
    leading = [row for row in rows if row["factor"] != OTHERS and row["total"] >= NOTICED][:TOLD]
    most = "Most" if sum(row["first"] for row in leading) > 0.5 else "The largest part"
    told = [f"{row['title']}, {share(row, 'total')}, {percent(row['first'])} by itself" for row in leading]
    rest = [row for row in rows if row["factor"] in (CHANCE, OTHERS) and row not in leading]
    alone = percent(min(1.0, sum(row["first"] for row in rows)))
    lines = [
        f"{most} of the uncertainty about {found.about} is due to: {listed(told, ';')}.",
        " ".join([f"{row['title']}: {share(row, 'total')}." for row in rest]),
        f"By themselves all explain about {alone}, together the rest. In brackets: 95 % intervals.",
    ]
    return [line for line in lines if line]


def share(row: Row, name: str) -> str:
    """Write a share of variance with its interval.

    Examples
    --------
    >>> share({"total": 0.209, "total_low": 0.0, "total_high": 0.254}, "total")
    '21 % (0 to 25)'
    """
    low, high = (100.0 * row[f"{name}_{end}"] for end in ("low", "high"))
    unit = min(1.0, support(low, high)) if high > low else 1.0
    return f"{number(100.0 * row[name], unit)} % ({between(low, high, unit)})"


def _steps(found: Sensitivity, rows: list[Row]) -> list[str]:
    """Tell elementary effects."""
    own = [row for row in rows if row["factor"] not in (CHANCE, OTHERS)]
    large = [row for row in own if row["mu_star"] >= NOTICED * rows[0]["mu_star"]][:TOLD]
    chance = next(row for row in rows if row["factor"] == CHANCE)
    if not any(row["mu_star"] > 0.0 for row in rows):
        return [f"{found.about[:1].upper()}{found.about[1:]} does not vary."]
    each = [f"{row['title']}, by {effect(row, found.unit)}" for row in large]
    told = (
        f"Of {counted(len(own), 'factor')}, these change {found.about} most as they go from the 12.5 % to "
        f"the 87.5 % point of their range: {listed(each, ';')}. Another random future changes it by "
        f"{effect(chance, found.unit)}. In brackets: 95 % intervals over {found.points} trajectories."
    )
    return [told]


def effect(row: Row, unit: str) -> str:
    """Write a mean change with its interval, in days or money.

    Examples
    --------
    >>> effect({"mu_star": 3.2, "mu_star_low": 1.1, "mu_star_high": 5.3}, "days")
    '3.2 days (1.1 to 5.3)'
    """
    told = (row["mu_star"], row["mu_star_low"], row["mu_star_high"], float("nan"))
    plain = unit in ("days", "share", "%", "day of run", "material")
    return amount(*told, unit) if plain else money(*told, unit)
