"""What the terminal and notebooks show of a hindcast: scores by origin, then every figure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pandas as pd

from sim.experiments.hindcast import Hindcast
from sim.experiments.scoring.naive import NAMES
from sim.reporting.study_tables import OUTSIDE_BAND, figure_columns
from sim.reporting.table import PLAIN, Column, Table
from sim.results.numbers import counted, number

SECOND = 0.01  # what scores and chances are rounded to
FIGURES = (
    *figure_columns("median"),
    Column("rank", "rank", "number"),
    Column("CRPS", "crps", "number", rounding=PLAIN),
    OUTSIDE_BAND,
)
SKILL = (
    Column("figures", "set"),
    Column("number", "figures", "number"),
    Column("used before", "used", "number"),
    Column("CRPS", "crps", "number", rounding=SECOND),
    Column("pool", "pool_crps", "number", rounding=SECOND),
    Column("skill", "skill", "number", rounding=SECOND),
    Column("95 % interval", "skill_low", "range", to="skill_high", rounding=SECOND),
    *(Column(name, f"{name.replace(' ', '_')}_skill", "number", rounding=SECOND) for name in NAMES),
)
COVERAGE = (
    Column("figures", "set"),
    Column("inside", "inside", "number"),
    Column("range", "null_low", "range", to="null_high"),
    Column("n_eff", "effective_figures", "number", rounding=0.1),
    Column("joint p", "joint_p", "number", rounding=0.001),
    Column("", "verdict"),
    Column("width", "width", "number", rounding=SECOND),
    Column("of the pool", "pool_width", "number", rounding=SECOND),
    Column("draws", "effective_size", "number", rounding=1.0),
    *(Column(name, f"{name.replace(' ', '_')}_passes", "percent") for name in NAMES),
)


def tables(hindcast: Hindcast) -> list[Table]:
    """Return every table of a hindcast, as notebooks show them."""
    return [part for part in answer(hindcast) if isinstance(part, Table)]


def figure_table(hindcast: Hindcast) -> Table:
    """Return observed figures beside the simulated distribution."""
    frame = hindcast.table()
    return Table(
        "hindcast",
        frame.assign(
            outside=["" if inside else "outside" for inside in frame["inside"]],
            rank=[f"{rank:.2f}" for rank in frame["rank"]],
        ),
        columns=FIGURES,
    )


def score_tables(scores: pd.DataFrame) -> tuple[Table, Table]:
    """Return skill, then coverage, by origin and role."""
    frame = scores.assign(
        group=[f"{_day(o)}: {role}" for o, role in zip(scores["origin"], scores["role"], strict=True)],
        verdict=["accepted" if accepted else "refused" for accepted in scores["accepted"]],
    )
    return Table("skill", frame, columns=SKILL), Table("coverage", frame, columns=COVERAGE)


def _day(iso: str) -> str:
    day = datetime.date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"


def answer(hindcast: Hindcast) -> Iterator[str | Table]:
    """Yield the scores at each origin, the figures, and how to read both."""
    if hindcast.forecasts:
        skill, coverage = score_tables(hindcast.scores())
        yield (
            "Scores by origin (docs/scores.md): figures known by then are in sample, those that came later "
            "forecast; groups of four or more.\n"
            "Skill: 1 less the sum of CRPS over that of the pool of four naive forecasts, whose own skill "
            "stands beside; below 0 it loses. Interval: bootstrap over figures.\n"
            "Used before: figures that the case was built with, whatever day they became known."
        )
        yield skill
        yield (
            "Inside: figures in their 90 % bands; range: what the model reaches when its own draws are the "
            "truth. Accepted: inside lies in its range and the joint p in 0.025 to 0.975.\n"
            "Width: of the bands, on the scale of the scores. Naive forecasts: the chance that each would "
            "be accepted if the draws of the model were the truth."
        )
        yield coverage
    yield figure_table(hindcast)
    score = hindcast.score()
    chance = f" ({100 * score['low']:.0f} to {100 * score['high']:.0f} %, exact binomial 95 % interval)"
    yield (
        f"Out of sample: {number(score['inside'])} of {number(score['figures'])} figures lie inside their "
        f"90 % band{chance if score['figures'] else ''}; {counted(len(hindcast.values), 'replication')}.\n"
        "Used as input, fitted or used in acceptance: not counted. Rank: share of replications below what "
        "was observed. CRPS: continuous ranked probability score, in the unit of the figure."
    )
