"""What a sensitivity analysis shows, in words computed from its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.words import amount, between, counted, listed, money, number, percent, support

if TYPE_CHECKING:
    from sim.experiments.sensitivities import Sensitivity

TOLD = 4  # factors that are told one by one
CHANCE, OTHERS = "chance", "others"
Row = dict[str, Any]


def words(found: Sensitivity) -> str:
    """Return what an answer depends on, one paragraph a line."""
    rows: list[Row] = [{str(k): v for k, v in row.items()} for row in found.frame.to_dict("records")]
    return "\n".join(_shares(found, rows) if found.method == "sobol" else _steps(found, rows))


def _shares(found: Sensitivity, rows: list[Row]) -> list[str]:
    """Tell shares of the variance."""
    by_name = {row["factor"]: row for row in rows}
    own = [row for row in rows if row["factor"] not in (CHANCE, OTHERS)]
    leading = [row for row in own if row["total_low"] > 0.0][:TOLD]
    if not any(row["total"] > 0.0 for row in rows):
        return [f"{found.about[:1].upper()}{found.about[1:]} does not vary."]
    alone = sum(row["first"] for row in leading)
    most = "Most" if alone > 0.5 else "The largest part"
    each = [f"{row['title']}, {share(row, 'total')}, {percent(row['first'])} by itself" for row in leading]
    none = (
        f"No value's part of the uncertainty about {found.about} stands out from {found.points} base points."
    )
    lines = [
        f"{most} of the uncertainty about {found.about} is due to: {listed(each, ';')}." if leading else none
    ]
    lines.append(
        f"Chance: {share(by_name[CHANCE], 'total')}, {share(by_name[CHANCE], 'first')} by itself."
        + (f" {by_name[OTHERS]['title']}: {share(by_name[OTHERS], 'total')}." if OTHERS in by_name else "")
    )
    lines.append(
        f"All by themselves add up to {percent(sum(row['first'] for row in rows))}; the rest is what they do "
        "together. In brackets: 95 % intervals."
    )
    return lines


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
    chance = next(row for row in rows if row["factor"] == CHANCE)
    if not any(row["mu_star"] > 0.0 for row in rows):
        return [f"{found.about[:1].upper()}{found.about[1:]} does not vary."]
    each = [f"{row['title']}, by {effect(row, found.unit)}" for row in own[:TOLD]]
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
