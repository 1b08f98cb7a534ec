"""What is known of the first grants of an office that releases, and how likely it is (MODEL.md section 9).

With Z, Z_m, Z_me standard normal, T = A + C the days of the file of exporter e for material m, and G the gap
of a buyer,

    ln C = ln standard + spread (sqrt(a) Z + sqrt(c) Z_m + sqrt(1 - a - c) Z_me)

and the first grant of the pair falls on day T + G. Files are independent given y = sqrt(a) Z + sqrt(c) Z_m,
so that what is known of each is a likelihood of y.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import special

from sim.network import distributions
from sim.scenario.schema.field_types import Distribution
from sim.types import Floats

NEVER = 1e-300  # below it a likelihood counts as 0
File = tuple[str, str]  # material and exporter


class LicencePair(NamedTuple):
    """A link whose lots are released: what, from whom, to whom."""

    link: str
    material: str
    exporter: str
    buyers: frozenset[str]  # names of the buyer: its facility and its firm

    @property
    def file(self) -> File:
        return self.material, self.exporter


class Told(NamedTuple):
    """A row of the table of observed licences; `day` counts from the start of the regime."""

    day: float
    material: str
    exporter: str | None
    buyer: str | None
    kind: str
    most: int


@dataclass(frozen=True, eq=False)
class Law:
    """What the days of files and gaps follow in one replication."""

    standard: dict[str, float]  # by material, as all tables here
    spread: float
    office: float  # a
    material: float  # c
    standing: dict[str, Floats]  # chance of each whole number of days without a clock
    gap: dict[str, Distribution | None]  # law of the mean gap
    at_once: float  # chance of no gap

    @property
    def own(self) -> float:
        """Return the part of the variance that belongs to one file."""
        return 1.0 - self.office - self.material


@dataclass
class FileFacts:
    """What is known of the file of one exporter."""

    point: float | None = None
    low: float = 0.0
    high: float = math.inf
    gaps: list[tuple[list[LicencePair], float]] = field(
        default_factory=list
    )  # pairs of which the first waited so long
    bounds: list[tuple[list[LicencePair], str, float]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.point is None and self.low <= 0.0 and math.isinf(self.high)


@dataclass
class Facts:
    """What is known of one material, and who files for it."""

    files: dict[str, list[LicencePair]]  # by exporter
    known: dict[str, FileFacts]
    least: Told | None = None  # dated without an exporter: the earliest file is his
    soon: list[float] = field(default_factory=list)  # days by which some exporter has his file
    counts: list[tuple[float, int]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.least is None and all(facts.is_open for facts in self.known.values())


@functools.lru_cache(maxsize=256)
def standing_days(
    papers: Distribution | None, rounds: Distribution | None, time: Distribution | None
) -> Floats:
    """Return the chance of each whole number of days without a clock: papers, then every return."""
    total = whole_days(papers) if papers else np.ones(1)
    if rounds is None or time is None:
        return total
    number, once = whole_days(rounds), whole_days(time)
    parts, power = np.zeros((len(number) - 1) * (len(once) - 1) + 1), np.ones(1)
    for chance in number:
        parts[: len(power)] += chance * power
        power = np.convolve(power, once)
    return np.convolve(total, parts)


@functools.lru_cache(maxsize=256)
def whole_days(law: Distribution) -> Floats:
    """Return the chance of each whole number that a draw counts as; laws of values have their weights.

    Examples
    --------
    >>> whole_days(Distribution("discrete", (0.0, 2.0, 1.0, 3.0))).tolist()
    [0.25, 0.0, 0.75]
    """
    if law.law in ("fixed", "discrete"):
        half = max(1, len(law.parameters) // 2)
        weights = np.array(law.parameters[half:] or (1.0,))
        days = [math.floor(value + 0.5) for value in law.parameters[:half]]
        return np.asarray(np.bincount(days, weights=weights) / weights.sum())
    return np.diff(distributions.whole_days(law), prepend=0.0)


# what a file says of y ------------------------------------------------------------------------------


def scores(law: Law, file: File, days: float, y: Floats) -> Floats:
    """Return Z_me at which the clock takes `days` less the days without one, [y, days without a clock]."""
    left = days - np.arange(len(law.standing[file[0]]))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.maximum(left, 0.0) / law.standard[file[0]])
        found = (logs - law.spread * np.reshape(y, (-1, 1))) / (law.spread * math.sqrt(law.own))
    return np.asarray(np.nan_to_num(found, nan=0.0, posinf=np.inf, neginf=-np.inf))


def density(law: Law, file: File, days: float, y: Floats) -> Floats:
    """Return the density of T at `days`, [y, days without a clock], the chance of the latter included."""
    chances = law.standing[file[0]]
    left = days - np.arange(len(chances))
    if law.spread == 0.0:
        return np.zeros((np.size(y), len(chances)))
    scale = np.where(left > 0.0, law.spread * math.sqrt(law.own) * np.maximum(left, NEVER), np.inf)
    normal = np.exp(-0.5 * scores(law, file, days, y) ** 2) / math.sqrt(2.0 * math.pi)
    return chances * normal / scale


def between(law: Law, file: File, low: float, high: float, y: Floats) -> Floats:
    """Return the chance of T from `low` to `high`, [y, days without a clock]."""
    lower, upper = scores(law, file, low, y), scores(law, file, high, y)
    flip = lower > 0.0  # in the upper tail the differences of 1 - F are exact
    with np.errstate(invalid="ignore"):
        part = np.where(
            flip, special.ndtr(-lower) - special.ndtr(-upper), special.ndtr(upper) - special.ndtr(lower)
        )
    return law.standing[file[0]] * np.maximum(part, 0.0)


def likelihood(law: Law, file: File, facts: FileFacts, y: Floats) -> Floats:
    """Return how likely what is known of a file is at each y."""
    if facts.is_open:
        return np.ones(np.size(y))
    if facts.point is None:
        return np.asarray(between(law, file, facts.low, facts.high, y).sum(axis=1))
    inside = facts.low <= facts.point <= facts.high
    return np.asarray(density(law, file, facts.point, y).sum(axis=1) * inside)


def material_likelihood(law: Law, material: str, facts: Facts, y: Floats) -> Floats:
    """Return the log of how likely what is known of the files of a material is at each y."""
    total = np.zeros(np.size(y))
    for exporter, known in others(facts).items():
        total += np.log(np.maximum(likelihood(law, (material, exporter), known, y), NEVER))
    if facts.least is not None:
        odds = sum(odds_of_least(law, material, facts, y).values(), np.zeros(np.size(y)))
        total += np.log(np.maximum(odds, NEVER))
    return total


def others(facts: Facts) -> dict[str, FileFacts]:
    """Return what is known of every file if the first date were nobody's: it comes no earlier."""
    if facts.least is None:
        return facts.known
    day = facts.least.day
    return {
        name: FileFacts(known.point, max(known.low, day), known.high, known.gaps)
        for name, known in facts.known.items()
    }


def odds_of_least(law: Law, material: str, facts: Facts, y: Floats) -> dict[str, Floats]:
    """Return how likely the first date is each exporter's who is not named, over that it is nobody's."""
    assert facts.least is not None
    day, buyer, odds = facts.least.day, facts.least.buyer, {}
    for exporter, later in others(facts).items():
        if later.point is not None:
            continue
        known, file = facts.known[exporter], (material, exporter)
        at = likelihood(law, file, FileFacts(day, known.low, known.high), y)
        if buyer is not None:  # one of his pairs with this buyer was at once
            number = sum(buyer in pair.buyers for pair in facts.files[exporter])
            at = at * (1.0 - (1.0 - law.at_once) ** number)
        odds[exporter] = at / np.maximum(likelihood(law, file, later, y), NEVER)
    return odds


# what is told -------------------------------------------------------------------------------------


def gather(material: str, pairs: list[LicencePair], told: list[Told]) -> Facts:
    """Sort what is told of a material by exporter; what names no link under the regime says nothing."""
    files: dict[str, list[LicencePair]] = {}
    for pair in sorted(pair for pair in pairs if pair.material == material):
        files.setdefault(pair.exporter, []).append(pair)
    facts = Facts(files, {exporter: FileFacts() for exporter in files})
    seen: set[str] = set()
    for row in sorted((row for row in told if row.material == material), key=lambda row: row.day):
        if row.kind == "count_by":
            facts.counts.append((row.day, row.most))
        elif row.exporter is None:
            _of_nobody(facts, row)
        elif row.exporter in files:
            _of_exporter(facts.known[row.exporter], files[row.exporter], row, seen)
    return facts


def _of_nobody(facts: Facts, row: Told) -> None:
    """Note what is told of some exporter: his is the first file."""
    if row.kind == "on":
        facts.least = facts.least or row
    elif row.kind == "by":
        facts.soon.append(row.day)
    else:
        for known in facts.known.values():
            known.low = max(known.low, row.day)


def _of_exporter(known: FileFacts, pairs: list[LicencePair], row: Told, seen: set[str]) -> None:
    """Note what is told of an exporter: of his file, or of his pairs with one buyer."""
    buyers = [pair for pair in pairs if row.buyer is None or row.buyer in pair.buyers]
    if row.kind == "on":
        known.point = row.day if known.point is None else known.point
        if row.buyer is not None and buyers and not seen & {pair.link for pair in buyers}:
            known.gaps.append((buyers, row.day - known.point))
            seen |= {pair.link for pair in buyers}
    elif row.buyer is not None and buyers:
        known.bounds.append((buyers, row.kind, row.day))
    elif row.buyer is None and row.kind == "by":
        known.high = min(known.high, row.day)
    elif row.buyer is None:
        known.low = max(known.low, row.day)
