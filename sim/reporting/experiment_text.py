"""Comparisons and sensitivities in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.errors import listed
from sim.experiments.comparison import Comparison
from sim.experiments.sensitivity import Sensitivity
from sim.experiments.sensitivity_designs import CHANCE, OTHERS
from sim.reporting.premises import assumptions, premises
from sim.reporting.run_text import AT_BASE_PRICES
from sim.reporting.table import records
from sim.results.estimates import interval, support
from sim.results.loss_summary import Titles, by_country_values
from sim.results.numbers import (
    amount,
    between,
    counted,
    first_few,
    money,
    number,
    percent,
    with_unit,
)
from sim.types import Row

MOST_PROCESSES = 6  # of each kind that are named
MOST_CHANGES = 3  # of values that are named
MOST_NAMED_FACTORS = 4  # that are named
LEAST_SHARE = 0.02  # of the variance, or of the largest effect, from which factors are named
LEAST_DIFFERENCE = 1e-6  # days or money; below lies what rounding leaves
MORE, LESS = "More is lost", "Less is lost"
UNDECIDED = "Cannot be told from no difference"
ALONE = "From one replication, without an interval"
SAME = "The same in every replication"


def comparison_words(comparison: Comparison) -> str:
    """Return the differences of every scenario from the first, one paragraph a line."""
    table = comparison.table()
    lines = list(comparison.notes)
    for place in range(1, len(comparison.results)):
        part = table[table["scenario"] == comparison.label(place)]
        lines += _differences(comparison, place, part, len(table))
    if len(comparison.results) > 2:
        lines += _best(comparison)
    lines += [*premises(*comparison.results), *assumptions(*comparison.results)]
    return "\n".join(lines)


def _differences(comparison: Comparison, place: int, table: pd.DataFrame, compared: int) -> list[str]:
    first = comparison.results[0]
    all_at_once = f", all {compared:,} at once" if compared > 1 else ""
    parentheses = f" Parentheses: 95 % interval of the mean paired difference{all_at_once}."
    opening = (
        f"{comparison.label(place)} against {first.name}: {counted(first.replications, 'replication')} with "
        f"the same draws, gross losses to {comparison.results[place].horizon}; "
        f"{_changes(comparison, place)}.{parentheses if first.replications > 1 else ''}"
    )
    largest_first = table[table["exposed"].astype(bool)].sort_values("value", ascending=False, kind="stable")
    users = records(largest_first.assign(low=largest_first["low_all"], high=largest_first["high_all"]))
    if not users:
        return [opening, "No user loses output in either."]
    titles = Titles(comparison.results[place])
    lines = [opening, *_money(comparison, place, [str(row["who"]) for row in users])]
    for kind in (MORE, LESS, UNDECIDED, ALONE, SAME):
        texts = [f"{titles.process(row['who'])}, {difference(row)}" for row in users if _kind(row) == kind]
        lines += [f"{kind}: {first_few(texts, MOST_PROCESSES)}."] if texts else []
    return lines


def _best(comparison: Comparison) -> list[str]:
    frame = comparison.best()
    if comparison.results[0].replications < 2 or not (frame["high"] > frame["low"]).any():
        return []
    may = frame[frame["may_be_best"]].sort_values("mean", kind="stable")["scenario"].tolist()
    how, count = "95 %, multiple comparisons with the best", len(frame)
    if len(may) == 1:
        return [f"Of the {count} scenarios {may[0]} loses least ({how})."]
    others = f"; the other {count - len(may)} lose more" if count > len(may) else ""
    return [f"Of the {count} scenarios any of these may lose least ({how}): {listed(may)}{others}."]


def _changes(comparison: Comparison, place: int) -> str:
    changes = comparison.changes[place]
    if not changes:
        return "no value differs"
    texts = [f"{change.path} {_value(change.old)} -> {_value(change.new)}" for change in changes]
    differ = "differs" if len(changes) == 1 else "differ"
    return f"{counted(len(changes), 'value')} {differ} ({first_few(texts, MOST_CHANGES)})"


def _value(value: object) -> str:
    return "not given" if value is None else str(value)


def _kind(row: Row) -> str:
    """Return what the interval of a paired difference says."""
    if abs(row["difference"]) < LEAST_DIFFERENCE and not row["monte_carlo_error"] > LEAST_DIFFERENCE:
        return SAME
    if not np.isfinite(row["low"]):
        return ALONE
    if row["low"] <= 0.0 <= row["high"]:
        return UNDECIDED
    return MORE if row["difference"] > 0.0 else LESS


def difference(row: Row) -> str:
    """Write a paired difference in days, with both means.

    Examples
    --------
    >>> row = {"first": 11.4, "second": 8.2, "difference": -3.2, "low": -4.1, "high": -2.3}
    >>> difference(row | {"monte_carlo_error": 0.45})
    '3.2 days less (2.3 to 4.1), 8.2 after 11.4'
    """
    unit = support(row["low"], row["high"], row["monte_carlo_error"])
    means = f"{number(row['second'], unit)} after {number(row['first'], unit)}"
    if abs(row["difference"]) < LEAST_DIFFERENCE:
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
    """Write the paired difference in value by country of the users."""
    first, other = comparison.results[0], comparison.results[place]
    before, after = by_country_values(first, users), by_country_values(other, users)
    texts = []
    countries = sorted({*before} & {*after})
    compared = len(countries) * (len(comparison.results) - 1)
    for country in countries:
        mean, low, high, error = interval(after[country] - before[country], compared)
        if abs(mean) < LEAST_DIFFERENCE:
            continue
        sign, word = (1.0, "more") if mean > 0.0 else (-1.0, "less")
        ends = sorted((sign * low, sign * high))
        size = money(sign * mean, ends[0], ends[1], error, first.labels.currency)
        note = ": cannot be told from no difference" if low <= 0.0 <= high else ""
        texts.append(f"{size} {word} in {country}{note}")
    return [f"{AT_BASE_PRICES}, users lose, gross, {'; '.join(texts)}."] if texts else []


def sensitivity_words(study: Sensitivity) -> str:
    """Return what an answer depends on, one paragraph a line."""
    rows = records(study.frame)
    measured = "total" if study.method == "sobol" else "mu_star"
    if not any(row[measured] > 0.0 for row in rows):
        return f"{study.about[:1].upper()}{study.about[1:]} does not vary."
    return _shares(study, rows) if study.method == "sobol" else _effects(study, rows)


def _shares(study: Sensitivity, rows: list[Row]) -> str:
    """Say which factors explain how much of the variance."""
    large = [row for row in rows if row["factor"] != OTHERS and row["total"] >= LEAST_SHARE]
    leading = large[:MOST_NAMED_FACTORS]
    most = "Most" if math.fsum(row["first"] for row in leading) > 0.5 else "The largest part"
    texts = [f"{row['title']}, {share(row, 'total')}, {percent(row['first'])} by itself" for row in leading]
    rest = [row for row in rows if row["factor"] in (CHANCE, OTHERS) and row not in leading]
    alone = percent(min(1.0, math.fsum(row["first"] for row in rows)))
    lines = (
        f"{most} of the uncertainty about {study.about} is due to: {'; '.join(texts)}.",
        " ".join(f"{row['title']}: {share(row, 'total')}." for row in rest),
        f"Each by itself, the factors explain about {alone}; interactions explain the rest.",
    )
    return "\n".join(filter(None, lines)) + " In brackets: 95 % intervals."


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


def _effects(study: Sensitivity, rows: list[Row]) -> str:
    own = [row for row in rows if row["factor"] not in (CHANCE, OTHERS)]
    large = [row for row in own if row["mu_star"] >= LEAST_SHARE * rows[0]["mu_star"]][:MOST_NAMED_FACTORS]
    chance = next(row for row in rows if row["factor"] == CHANCE)
    texts = "; ".join(f"{row['title']}, by {effect(row, study.unit)}" for row in large)
    return (
        f"Of {counted(len(own), 'factor')}, these change {study.about} most as they go from the 12.5 % to "
        f"the 87.5 % point of their range: {texts}. Another replication changes it by "
        f"{effect(chance, study.unit)}. In brackets: 95 % intervals over {study.points} trajectories."
    )


def effect(row: Row, unit: str) -> str:
    """Write a mean change with its interval, in days or money.

    Examples
    --------
    >>> effect({"mu_star": 3.2, "mu_star_low": 1.1, "mu_star_high": 5.3}, "days")
    '3.2 days (1.1 to 5.3)'
    """
    numbers = (row["mu_star"], row["mu_star_low"], row["mu_star_high"], float("nan"))
    plain = unit in ("days", "share", "%", "day of run", "material")
    return amount(*numbers, unit) if plain else money(*numbers, unit)
