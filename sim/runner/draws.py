"""Draws of `uncertain:` values: a column of strata for each, in an order keyed by its path alone.

The same range on the same path has the same draws in every scenario, however it is written: two scenarios
with the same values differ by exactly 0, and a new firm changes no other draw (MODEL.md section 11).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.network import distributions
from sim.randomness import compiled_uniforms, key
from sim.scenario import Scenario
from sim.scenario.paths import is_pattern, join, shared_out
from sim.scenario.schema.document import Range
from sim.scenario.schema.field_types import Distribution, distribution
from sim.types import Floats
from sim.units import Quantity, time_factor


class Factor(NamedTuple):
    """One number to draw and the values that it sets."""

    name: str  # the path, or the pattern for a shared draw
    column: str  # key of its draws: its name, or what it shares its draw with
    paths: tuple[tuple[str, ...], ...]  # without wildcards, as keys
    law: Distribution  # in base units, or of the factor
    relative: bool  # whether the number multiplies the central value
    named: bool  # whether the file writes the path out, without wildcards
    unit: str


def factors(scenario: Scenario) -> tuple[Factor, ...]:
    """List what a scenario leaves uncertain; a path written out wins over a wildcard, then the longer one."""
    uncertain: list[Factor] = []
    ranges = scenario.document.uncertain
    for pattern, paths in shared_out(scenario.tree, ranges).items():
        entry = ranges[pattern]
        if entry.fixed:
            continue
        law, unit = read_range(entry)
        named = not is_pattern(pattern)
        groups = [tuple(paths)] if entry.draw != "each" else [(path,) for path in paths]
        for group in filter(None, groups):
            name = join(group[0]) if entry.draw == "each" else pattern
            column = name if entry.draw in ("each", "once") else entry.draw
            uncertain.append(Factor(name, column, group, law, entry.as_ == "factor", named, unit))
    return tuple(sorted(uncertain, key=lambda factor: factor.name))


def read_range(entry: Range) -> tuple[Distribution, str]:
    """Read a range as a law over plain numbers in base units, and the unit they were written in."""
    given = {
        name: value
        for name in ("low", "mode", "high", "median", "p90", "mean", "cv", "values", "weights")
        if (value := getattr(entry, name)) is not None
    }
    first = next(iter(given.values()))
    unit = Quantity.parse(first[0] if isinstance(first, list) else first).unit
    return distribution(given, read=number), unit


@functools.lru_cache(maxsize=4096, typed=True)
def number(text: Any) -> float:
    """Turn a quantity into its number: days for times, 0-1 for percentages, a day for rates.

    Examples
    --------
    >>> number("2 weeks"), number("30 %"), number("365 t/year")
    (14.0, 0.3, 1.0)
    """
    quantity = Quantity.parse(
        str(text).lower().removesuffix("of baseline") if isinstance(text, str) else text
    )
    if quantity.unit == "%":
        return quantity.value / 100.0
    if (factor := time_factor(quantity.unit)) is not None and quantity.unit:
        return quantity.value * factor
    per = time_factor(quantity.unit.partition("/")[2])
    return quantity.value / per if per else quantity.value


def draw(uncertain: tuple[Factor, ...], points: Floats) -> Floats:
    """Return values of all factors, [replication, factor], from where they stand in the unit cube."""
    values = np.empty(points.shape)
    for place, factor in enumerate(uncertain):
        values[:, place] = distributions.quantiles(factor.law, points[:, place])
    return values


def unit_points(
    uncertain: Sequence[Factor], number_of_points: int, seed: int, given: Mapping[str, Floats] | None = None
) -> Floats:
    """Return where factors stand in the unit cube, [replication, factor]; `given` are columns of a design."""
    own = [column for column in columns_of(uncertain) if column not in (given or {})]
    columns = {**(given or {}), **dict(zip(own, strata(own, number_of_points, seed), strict=True))}
    points = np.empty((number_of_points, len(uncertain)))
    for place, factor in enumerate(uncertain):
        points[:, place] = columns[factor.column]
    return points


def columns_of(uncertain: Iterable[Factor]) -> tuple[str, ...]:
    """Return the columns of factors, each once: several may share one."""
    return tuple(dict.fromkeys(factor.column for factor in uncertain))


def strata(names: Sequence[str], number_of_points: int, seed: int) -> Floats:
    """Return one point in each of equally likely strata, in an order keyed by the name, [name, point]."""

    def uniforms_of(what: str) -> Floats:
        streams = np.array([key(seed, f"{what}/{name}") for name in names], dtype=np.uint64)
        return np.asarray(compiled_uniforms(streams, 0, number_of_points))

    rank = np.argsort(np.argsort(uniforms_of("order"), axis=1, kind="stable"), axis=1, kind="stable")
    return (rank + uniforms_of("stratum")) / number_of_points
