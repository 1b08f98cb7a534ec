"""What makes a comparison one of like with like: the same days, the same draws, the same replications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.arguments import command_word
from sim.errors import CurbsimError
from sim.results.numbers import first_few
from sim.results.result import Result
from sim.scenario import Scenario

SHARED = {  # what two finished runs must have in common, and how it is called
    "seed": "seeds",
    "replications_asked": "numbers of replications",
    "uncertainty": "treatments of uncertain values",
}
MOST_NAMED = 5  # processes


def require_same_days(scenarios: Sequence[Scenario]) -> None:
    """Raise when scenarios begin or end on different days: their losses would be of other days.

    Nothing in a run looks ahead, so that a run which ends earlier is the first part of the longer one, to the
    last bit; which end is meant is for the user to say.
    """
    first = scenarios[0]
    for verb, what in (("begins", "start"), ("ends", "end")):
        for other in scenarios[1:]:
            mine, theirs = (getattr(one.document.run, what) for one in (first, other))
            if mine != theirs:
                wrong = (
                    f"{first.name} {verb} on {mine}, {other.name} on {theirs}: their losses are of other days"
                )
                day = f"run.{what}={min(mine, theirs)}"
                raise CurbsimError(f"{wrong}; write {day} for both (--set {day}, or with_)")


def common_options(scenarios: Sequence[Scenario], options: Any) -> list[str]:
    """Return what is to be said where scenarios give other seeds or baselines than the first."""
    first = scenarios[0]
    notes = []
    seeds = {scenario.document.run.seed for scenario in scenarios}
    if len(seeds) > 1 and options.seed is None:
        notes.append(f"All have seed {first.document.run.seed}, that of {first.name}.")
    if len({scenario.document.baseline for scenario in scenarios}) > 1:
        named = [f"{one.name}: {one.document.baseline or 'its background events'}" for one in scenarios]
        notes.append(f"Losses are against different baselines ({', '.join(dict.fromkeys(named))}).")
    return notes


def only_in_one(results: Sequence[Result]) -> list[str]:
    """Return which processes cannot be compared, since another scenario does not have them."""
    first, notes = results[0], []
    for other in results[1:]:
        mine, theirs = ({*result.labels.processes} for result in (first, other))
        for has, lacks, names in ((first, other, mine - theirs), (other, first, theirs - mine)):
            if names:
                some = first_few(sorted(names), MOST_NAMED)
                here, there = (has.name, lacks.name) if has.name != lacks.name else (has.title, lacks.title)
                notes.append(f"Only in {here}, not in {there}, and so not compared: {some}.")
    return notes


def require_paired(results: Sequence[Result]) -> list[str]:
    """Return what is to be said of runs that were made one by one and are compared.

    Raises
    ------
    CurbsimError
        When they are not of the same days, seed, number of replications or draws: then their differences
        are not those between the scenarios.
    """
    first = results[0]
    for other in results[1:]:
        _require_same_days(first, other)
        for key, words in SHARED.items():
            mine, theirs = first.manifest[key], other.manifest[key]
            if mine != theirs:
                _refuse(first, other, f"have other {words} ({mine} and {theirs})")
        _require_same_draws(first, other)
    notes = [f"{result.name} was {result.interrupted}." for result in results if result.interrupted]
    codes = {(result.manifest["commit"], str(result.manifest["versions"])) for result in results}
    return notes + ["The runs were made by different versions of the program."] * (len(codes) > 1)


def in_common(results: Sequence[Result]) -> Any:
    """Return the numbers of the replications that all results have: pairs are to be whole."""
    numbers = results[0].arrays["replication"]
    for result in results[1:]:
        numbers = np.intersect1d(numbers, result.arrays["replication"])
    if not len(numbers):
        names = " and ".join(result.name for result in results)
        raise CurbsimError(
            f"{names} were interrupted before any replication was finished in all; run them again"
        )
    return numbers


def _require_same_days(first: Result, other: Result) -> None:
    mine, theirs = ((result.labels.start, result.labels.days) for result in (first, other))
    if mine != theirs:
        ends = [result.scenario.document.run.end for result in (first, other)]
        days = " and ".join(f"{start} to {end}" for (start, _), end in zip((mine, theirs), ends, strict=True))
        again = f"run both with --set run.start={first.labels.start} --set run.end={min(ends)}"
        _refuse(first, other, f"are of other days ({days})", again)


def _require_same_draws(first: Result, other: Result) -> None:
    """Raise unless uncertain values that both have alike have the same draws."""
    if first.labels.factors == other.labels.factors:
        return
    ranges = [result.scenario.document.uncertain for result in (first, other)]
    rows = in_common((first, other))
    for name in {*first.labels.factors} & {*other.labels.factors}:
        if ranges[0].get(name) != ranges[1].get(name):
            continue
        drawn = [
            result.arrays["draws"][
                np.isin(result.arrays["replication"], rows), result.labels.factors.index(name)
            ]
            for result in (first, other)
        ]
        if not np.array_equal(*drawn):
            _refuse(first, other, f"vary other values, so that {name} has other draws")


def _refuse(first: Result, other: Result, why: str, remedy: str = "") -> None:
    names = f"{command_word(first.name)} {command_word(other.name)}"
    together = f"write curbsim compare {names}, which runs both with the same draws"
    if first.name == other.name:
        together = (
            "run both again with the same --seed and --replications, and with or without --no-uncertainty"
        )
    raise CurbsimError(
        f"the runs of {first.name} and {other.name} {why} and are no pairs; {remedy or together}"
    )
