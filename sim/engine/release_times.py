"""Days to the first grants of an office that releases, drawn given the grants that were reported.

y is drawn first, then A and Z_me of every file and the gaps of its pairs, each from one keyed uniform; what
is told of pairs decides whether a draw is kept or the next attempt is made (MODEL.md section 9).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from sim.engine.release_facts import (
    NEVER,
    Facts,
    File,
    FileFacts,
    Law,
    LicencePair,
    Told,
    between,
    density,
    gather,
    material_likelihood,
    odds_of_least,
    others,
    scores,
)
from sim.errors import CurbsimError
from sim.network import distributions
from sim.scenario.schema.field_types import Distribution
from sim.types import Floats

ATTEMPTS = 10_000  # draws of which one has to agree with what is told of pairs
NODES = np.linspace(-8.0, 8.0, 161)  # of standard normals, for integrals by the trapezoid rule
FINE = np.linspace(-8.0, 8.0, 3201)  # for draws
LEVELS: Floats = (np.arange(4000.0) + 0.5) / 4000.0  # of probability, for a mean gap that was partly seen
Uniform = Callable[[str, int], float]  # by name and attempt


class First(NamedTuple):
    """The parts of the days to the first grant of a pair."""

    standing: float
    clock: float
    gap: float

    @property
    def days(self) -> float:
        return self.standing + self.clock + self.gap


Keyed = Callable[[str], float]
Likely = tuple[Floats, Floats] | None  # nodes of y and the log likelihood there; None where nothing is known


@dataclass(frozen=True, eq=False)
class Block:
    """Materials that are drawn together, and what is known of them."""

    facts: dict[str, Facts]  # by material
    likely: dict[str, Likely]  # log likelihood of y
    office: Floats | None  # and of Z, at `NODES`; None where nothing is known


def first_grants(law: Law, pairs: list[LicencePair], told: list[Told], uniform: Uniform) -> dict[str, First]:
    """Draw the parts of the days to the first grant of every pair, given what is told.

    Raises
    ------
    CurbsimError
        When what is told cannot have come about, or next to never.
    """
    drawn: dict[str, First] = {}
    for block in make_blocks(law, pairs, told):
        drawn |= draw_block(law, block, uniform)
    return drawn


def make_blocks(law: Law, pairs: list[LicencePair], told: list[Told]) -> list[Block]:
    """Sort what is told by material; with a part of the variance common to all files they are one block."""
    facts = {name: gather(name, pairs, told) for name in sorted({pair.material for pair in pairs})}
    groups = [facts] if law.office > 0.0 else [{name: known} for name, known in facts.items()]
    blocks = []
    for group in groups:
        likely = {name: _likelihood_of(law, name, known) for name, known in group.items()}
        tables = [table for table in likely.values() if table is not None]
        office = sum((_over_material(law, t) for t in tables), np.zeros(len(NODES))) if law.office else None
        blocks.append(Block(group, likely, office if tables else None))
    return blocks


def draw_block(law: Law, block: Block, uniform: Uniform) -> dict[str, First]:
    """Draw until the pairs agree with what is told of them; what is told of files always holds."""
    for attempt in range(ATTEMPTS):
        keyed = functools.partial(_keyed, uniform, attempt)
        z = _normal(block.office, keyed("office")) if law.office > 0.0 else 0.0
        drawn: dict[str, First] = {}
        for name, facts in block.facts.items():
            drawn |= _material(law, name, facts, block.likely[name], z, keyed)
        if all(_agrees(facts, drawn) for facts in block.facts.values()):
            return drawn
    raise CurbsimError(_unlikely(block.facts, f"none of {ATTEMPTS:,} draws agrees with them"))


def _keyed(uniform: Uniform, attempt: int, name: str) -> float:
    return uniform(f"release/{name}", attempt)


def _unlikely(names: Iterable[str], why: str) -> str:
    wrong = f"observed_licences of {', '.join(names)}: {why}"
    return f"{wrong}; write an earlier run.known_until, or a wider regimes.individual.release.spread"


def _likelihood_of(law: Law, material: str, facts: Facts) -> Likely:
    """Tabulate what the files of a material say of y, or check that it is possible at all."""
    shared = law.office + law.material
    if facts.is_open:
        return None
    nodes = math.sqrt(shared) * NODES if shared > 0.0 else np.zeros(1)
    logs = material_likelihood(law, material, facts, nodes)
    if logs.max() <= math.log(NEVER):
        raise CurbsimError(_unlikely([material], "they cannot have come about"))
    return nodes, logs


def _over_material(law: Law, table: tuple[Floats, Floats]) -> Floats:
    """Return the log likelihood of each Z, Z_m integrated out."""
    y = math.sqrt(law.office) * NODES[:, None] + math.sqrt(law.material) * NODES[None, :]
    logs = _at(table, y)
    top = logs.max(axis=1)
    weights = np.exp(-0.5 * NODES**2)
    weights /= weights.sum()
    return np.asarray(top + np.log(np.exp(logs - top[:, None]) @ weights))


def _at(table: tuple[Floats, Floats], y: Floats) -> Floats:
    """Return a log likelihood between its nodes."""
    from scipy.interpolate import CubicSpline  # takes a tenth of a second, and few need it

    return np.asarray(CubicSpline(*table)(np.clip(y, table[0][0], table[0][-1])))


def _normal(logs: Floats | None, u: float) -> float:
    """Draw a standard normal, weighed by a likelihood at `NODES` where there is one."""
    if logs is None:
        return float(special.ndtri(u))
    fine = _at((NODES, logs), FINE)
    weights = np.exp(fine - fine.max() - 0.5 * FINE**2)
    sums = np.concatenate([[0.0], np.cumsum(0.5 * (weights[1:] + weights[:-1]))])
    return float(np.interp(u * sums[-1], sums, FINE))


def _material(
    law: Law, material: str, facts: Facts, likely: Likely, z: float, keyed: Keyed
) -> dict[str, First]:
    """Draw Z_m, the days of every file and the gap of every pair of a material."""
    y = math.sqrt(law.office) * z
    if law.material > 0.0:
        spread = math.sqrt(law.material)
        logs = None if likely is None else _at(likely, y + spread * NODES)
        y += spread * _normal(logs, keyed(f"material/{material}"))
    known = facts.known
    if facts.least is not None:
        known = _with_least(law, material, facts, y, keyed)
    mean = _mean_gap(law, material, known, keyed)
    drawn: dict[str, First] = {}
    for exporter, pairs in facts.files.items():
        days = _file(law, (material, exporter), known[exporter], y, keyed)
        gaps = _gaps(law, pairs, known[exporter], mean, keyed)
        drawn |= {pair.link: First(*days, gaps[pair.link]) for pair in pairs}
    return drawn


def _with_least(law: Law, material: str, facts: Facts, y: float, keyed: Keyed) -> dict[str, FileFacts]:
    """Choose whose file the first date is; those of the others come later."""
    assert facts.least is not None
    day, buyer = facts.least.day, facts.least.buyer
    odds = {name: float(part[0]) for name, part in odds_of_least(law, material, facts, np.array([y])).items()}
    if sum(odds.values()) <= 0.0:
        raise CurbsimError(_unlikely([material], "they cannot have come about"))
    names = list(odds)
    sums = np.cumsum([odds[name] for name in names])
    chosen = names[int(np.searchsorted(sums, keyed(f"least/{material}") * sums[-1], side="right"))]
    at_once = [([pair for pair in facts.files[chosen] if buyer in pair.buyers], 0.0)] if buyer else []
    return others(facts) | {chosen: FileFacts(day, gaps=at_once)}


def _file(law: Law, file: File, facts: FileFacts, y: float, keyed: Keyed) -> tuple[float, float]:
    """Draw the days of a file without a clock and those on it."""
    name = "/".join(file)
    u, v, common = keyed(f"papers/{name}"), keyed(f"file/{name}"), np.array([y])
    if facts.point is not None:
        standing = _index(density(law, file, facts.point, common)[0], u)
        return float(standing), facts.point - standing
    parts = law.standing[file[0]] if facts.is_open else between(law, file, facts.low, facts.high, common)[0]
    standing = _index(parts, u)
    score = _score(law, file, facts, y, standing, v)
    logs = law.spread * (y + math.sqrt(law.own) * score)
    return float(standing), law.standard[file[0]] * math.exp(logs)


def _index(weights: Floats, u: float) -> int:
    sums = np.cumsum(weights)
    return int(np.searchsorted(sums, u * sums[-1], side="right"))


def _score(law: Law, file: File, facts: FileFacts, y: float, standing: int, u: float) -> float:
    """Draw Z_me, cut to where T lies between its bounds."""
    if law.spread == 0.0:
        return 0.0
    if facts.is_open:
        return float(special.ndtri(u))
    low, high = (float(scores(law, file, day, np.array([y]))[0, standing]) for day in (facts.low, facts.high))
    if low > 0.0:
        upper, lower = special.ndtr(-low), special.ndtr(-high)
        return float(-special.ndtri(upper - u * (upper - lower)))
    lower, upper = special.ndtr(low), special.ndtr(high)
    return float(special.ndtri(lower + u * (upper - lower)))


def _mean_gap(law: Law, material: str, known: dict[str, FileFacts], keyed: Keyed) -> float:
    """Draw the mean gap of a material, given the gaps that were seen."""
    gap, u = law.gap[material], keyed(f"mean_gap/{material}")
    seen = [(len(pairs), wait) for facts in known.values() for pairs, wait in facts.gaps]
    none = 1.0 - law.at_once
    if any(none <= 0.0 if wait > 0.0 else law.at_once <= 0.0 for _, wait in seen):
        raise CurbsimError(_unlikely([material], "at_once of pair_gap rules out gaps that were seen"))
    waits = [(number, wait) for number, wait in seen if wait > 0.0]
    if gap is None or not waits:
        return 0.0 if gap is None else distributions.quantile(gap, u)
    means = mean_gaps(gap)
    logs = -len(waits) * np.log(means) - sum(number * wait for number, wait in waits) / means
    sums = np.concatenate([[0.0], np.cumsum(np.exp(logs - logs.max()))])
    return distributions.quantile(gap, float(np.interp(u * sums[-1], sums, np.linspace(0.0, 1.0, len(sums)))))


@functools.lru_cache(maxsize=64)
def mean_gaps(gap: Distribution) -> Floats:
    """Return the mean gaps at `LEVELS` of probability."""
    return distributions.quantiles(gap, LEVELS)


def _gaps(
    law: Law, pairs: list[LicencePair], facts: FileFacts, mean: float, keyed: Keyed
) -> dict[str, float]:
    """Draw the gap of each pair of an exporter."""
    levels = {pair.link: keyed(f"gap/{pair.link}") for pair in pairs}
    gaps = {link: _gap(law.at_once, mean, u) for link, u in levels.items()}
    for group, wait in facts.gaps:
        links = [pair.link for pair in group]
        if wait > 0.0:  # none was at once; the first is any of them, and the others wait on
            chosen = links[int(keyed(f"first/{links[0]}") * len(links))]
            gaps |= {link: wait - mean * math.log1p(-levels[link]) * (link != chosen) for link in links}
            continue
        for number, link in enumerate(links):  # until one is at once
            at_once = law.at_once / (1.0 - (1.0 - law.at_once) ** (len(links) - number))
            gaps[link] = _gap(at_once, mean, levels[link])
            if gaps[link] == 0.0:
                break
    return gaps


def _gap(at_once: float, mean: float, u: float) -> float:
    """Return 0 with the chance of no gap, else an exponential gap."""
    return 0.0 if u < at_once or at_once >= 1.0 else -mean * math.log1p(-(u - at_once) / (1.0 - at_once))


def _agrees(facts: Facts, drawn: dict[str, First]) -> bool:
    """Tell whether the pairs of a draw agree with what is told of them."""
    files = [drawn[pairs[0].link] for pairs in facts.files.values()]
    if any(min(first.standing + first.clock for first in files) > day for day in facts.soon):
        return False
    for known in facts.known.values():
        for pairs, kind, day in known.bounds:
            first = min(drawn[pair.link].days for pair in pairs)
            if first > day if kind == "by" else first < day:
                return False
    days = [drawn[pair.link].days for pairs in facts.files.values() for pair in pairs]
    return all(1 <= sum(one <= day for one in days) <= most for day, most in facts.counts)
