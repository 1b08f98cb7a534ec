"""What a sensitivity analysis shows, in words computed from its table."""

from __future__ import annotations

from typing import Any

from sim.estimates import support
from sim.experiments.designs import CHANCE, OTHERS
from sim.experiments.sensitivities import Sensitivity
from sim.words import amount, between, counted, listed, money, number, percent

TOLD = 4  # factors that are told one by one
NOTICED = 0.02  # of the variance, or of the largest effect, from which they are
Row = dict[str, Any]


def words(found: Sensitivity) -> str:
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
