"""An office that releases lots: first grants by exporter and buyer, then at a pace (MODEL.md section 9).

Every draw belongs to a file, a pair, a material or the office, whatever the others do: scenarios with the
same draws differ by their terms alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from scipy import special

from sim.engine.events import licence_lots, licence_office
from sim.engine.licence_terms import Holder, ReleaseState, of_material, read_terms
from sim.engine.release_facts import Law, LicencePair, Told, standing_days
from sim.engine.release_times import Block, First, draw_block, make_blocks
from sim.engine.simulation import Licence, ProcessGenerator, Simulation
from sim.engine.state_rows import SHARE
from sim.errors import CurbsimError
from sim.network.arrays import Network
from sim.scenario.schema.document import Document
from sim.scenario.schema.field_types import Distribution
from sim.scenario.schema.release import AT_ONCE, THIRD, Budget, Release
from sim.types import RELATIVE_SLACK, Floats

AT_NONE = Distribution("fixed", (0.0,))
AT_LEAST = 1e-6  # days of a standard, whose log is taken
NEXT_DAY = 1.0  # a grant that is denied comes no earlier


def begin(simulation: Simulation, link: int) -> float:
    """Bring a link under the office: nothing ships before the first grant."""
    simulation.state.drawn[link] = 0.0
    daily = float(simulation.network.arrays.ration_base[link])
    if daily <= 0.0:
        return 0.0
    office = join(simulation, link)
    terms = read_terms(
        simulation.document.regimes["individual"],
        simulation.material(link),
        lot=office.lots[simulation.material(link)],
        reorder=0.0,
    )
    holder = Holder(
        link=link,
        version=simulation.version.get(link, 0),
        terms=terms,
        rules=licence_office.rules_of(simulation, link, AT_NONE),
        daily=daily,
    )
    simulation.env.process(keep_releasing(simulation, office, holder))
    return 0.0


def join(simulation: Simulation, link: int) -> ReleaseState:
    """Enter a link with the office; draw what belongs to its material."""
    section = simulation.document.regimes["individual"].release
    assert section is not None  # or its material is not released
    office = simulation.release
    if office is None:
        values = section.need.values
        need = values[int(simulation.uniform("release/need") * len(values))]
        office = simulation.release = ReleaseState(section, need=need)
    pair = pair_of(simulation.document, simulation.network, link)
    office.pairs[pair.link] = pair
    if pair.material not in office.begun:
        office.begun[pair.material] = simulation.now
        lot = of_material(section.lot, pair.material, Distribution("fixed", (30.0,)))
        office.lots[pair.material] = simulation.draw(lot, f"release/lot/{pair.material}")
        office.paces[pair.material] = pace_of(simulation, office, pair.material)
    return office


def pair_of(document: Document, network: Network, link: int) -> LicencePair:
    """Return the pair that a link is: the firm that sells, and the facility that buys with its firm."""
    arrays = network.arrays
    seller, buyer = (
        network.process_facility[arrays.supplier[link]],
        network.stock_facility[arrays.stock[link]],
    )
    firms = {name: document.facilities[name].firm for name in (seller, buyer) if name in document.facilities}
    return LicencePair(
        str(network.links[link]),
        str(network.stock_material[arrays.stock[link]]),
        firms.get(seller, seller),
        frozenset({buyer, firms.get(buyer, buyer)}),
    )


# how fast lots are granted ----------------------------------------------------------------------------


def pace_of(simulation: Simulation, office: ReleaseState, material: str) -> float | Floats:
    """Draw the pace of a material: a number, or the course of a budget."""
    section = office.section
    if section.budget is not None:
        return budget_course(simulation, section.budget, material)
    u, rationed = simulation.uniform(f"release/pace/{material}"), 1.0 - section.pace.full
    if u >= rationed:
        return 1.0
    return section.pace.low + u / rationed * (section.pace.high - section.pace.low)


def budget_course(simulation: Simulation, budget: Budget, material: str) -> Floats:
    """Return a budget added up to the end of each day; its log is an Ornstein-Uhlenbeck process."""
    kept = math.exp(-1.0 / budget.memory)
    shocks = [
        float(special.ndtri(simulation.uniform(f"release/budget/{material}", day)))
        for day in range(simulation.days)
    ]
    log, daily = 0.0, []
    for day, shock in enumerate(shocks):
        log = kept * log + math.sqrt(1.0 - kept**2) * shock if day else shock
        daily.append(budget.level * math.exp(budget.spread * log))
    return np.concatenate([[0.0], np.cumsum(daily)])


def next_by_budget(course: Floats, now: float, wait: float) -> float:
    """Return when a budget, added up from now on, has come to `wait`; inf: not within the run."""
    days = np.arange(len(course), dtype=np.float64)
    reached = float(np.interp(now, days, course)) + wait
    return float(np.interp(reached, course, days)) if reached < course[-1] else math.inf


# grants -----------------------------------------------------------------------------------------------


def keep_releasing(simulation: Simulation, office: ReleaseState, holder: Holder) -> ProcessGenerator:
    """Grant lots: the first when the file is through and the pair is served, the others at the pace."""
    begun = simulation.now
    yield simulation.until(begun, last=True)  # all links that come under it at this moment have joined
    waits_first = office.section.budget is None
    while simulation.holds(holder):
        file = open_file(simulation, holder)
        if waits_first:
            waits_first, first = False, first_of(simulation, office, holder)
            file.filed, file.stop_days = begun, first.standing
            yield simulation.until(begun + first.days)
        else:
            yield from wait_for_turn(simulation, office, holder, file.number)
        yield from wait_for_room(simulation, office, holder)
        if not (yield from is_granted(simulation, holder, file)):
            return
        file.amount = lot_now(simulation, office, holder)
        file.review_days = simulation.now - file.filed - file.stop_days
        holder.pending += file.amount
        simulation.begin(licence_lots.use(simulation, holder, file, holder.terms.dispatch))


def open_file(simulation: Simulation, holder: Holder) -> Licence:
    """Begin to wait for the next grant."""
    number = simulation.files[holder.link] = simulation.files.get(holder.link, -1) + 1
    file = Licence(holder.link, simulation.now, float(holder.terms.lot) * holder.daily, number=number)
    simulation.licences.append(file)
    return file


def wait_for_turn(
    simulation: Simulation, office: ReleaseState, holder: Holder, number: int
) -> Generator[simpy.Event, Any, None]:
    """Wait until the hazard of a grant has added up to an exponential threshold of its own."""
    link, arrays = simulation.network.links[holder.link], simulation.network.arrays
    pace, lot = office.paces[simulation.material(holder.link)], float(holder.terms.lot)
    left = -math.log1p(-simulation.uniform(f"release/next/{link}", number)) * lot
    stock, days = int(arrays.stock[holder.link]), office.section.need.cover_below
    while True:
        begun = simulation.now
        low = office.need > 0.0 and simulation.is_low(stock, days)
        speed = 1.0 + office.need * low
        if isinstance(pace, float):
            end = begun + left / (pace * speed) if pace > 0.0 else math.inf
        else:
            end = next_by_budget(pace, begun, left / speed)
        if end == math.inf and office.need == 0.0:
            yield simpy.Event(simulation.env)
        elif office.need == 0.0:
            yield simulation.until(end)
        elif low:
            risen = recovery(simulation, office, stock)
            yield risen | simulation.until(min(end, float(simulation.days)))
            office.short.pop(risen, None)
        else:
            short = simulation.cover_below((stock,), days)
            yield short | simulation.until(min(end, float(simulation.days)))
            simulation.forget_cover(short)
        if simulation.now >= end or not simulation.holds(holder):
            return
        left -= used(pace, begun, simulation.now) * speed


def recovery(simulation: Simulation, office: ReleaseState, stock: int) -> simpy.Event:
    """Wait for the morning on which a stock is short no longer."""
    event = simpy.Event(simulation.env)
    office.short[event] = stock
    if not office.asking:
        office.asking = True
        simulation.begin(ask_every_morning(simulation, office))
    return event


def ask_every_morning(simulation: Simulation, office: ReleaseState) -> ProcessGenerator:
    """Wake whose stock has recovered, for as long as anybody waits; one process asks for all."""
    days = office.section.need.cover_below
    while office.asking:
        yield simulation.until(math.floor(simulation.now) + 1.0)
        for event, stock in list(office.short.items()):
            if not simulation.is_low(stock, days):
                del office.short[event]
                event.succeed()
        office.asking = bool(office.short)


def used(pace: float | Floats, begun: float, now: float) -> float:
    """Return what a pace adds up to over some days."""
    if isinstance(pace, float):
        return pace * (now - begun)
    days = np.arange(len(pace), dtype=np.float64)
    return float(np.interp(now, days, pace) - np.interp(begun, days, pace))


def wait_for_room(
    simulation: Simulation, office: ReleaseState, holder: Holder
) -> Generator[simpy.Event, Any, None]:
    """Wait while half a lot or more is left of what was granted."""
    while simulation.holds(holder):
        level = holder.reorder_level = 0.5 * lot_now(simulation, office, holder)
        if simulation.licensed(holder.link) + holder.pending < level * (1.0 - RELATIVE_SLACK):
            return
        yield simulation.credit_below(holder.link, level - holder.pending)


def is_granted(simulation: Simulation, holder: Holder, file: Licence) -> Generator[simpy.Event, Any, bool]:
    """Deny a grant for as long as it is denied; tell whether it came before the regime was void."""
    link, name = holder.link, holder.rules.name
    while simulation.holds(holder):
        count = simulation.reviews.get(link, 0)
        simulation.reviews[link] = count + 1
        if not simulation.happens(holder.terms.denial, "denial", name, count):
            return True
        wait = max(holder.terms.resubmit, NEXT_DAY)
        file.denials += 1
        file.stop_days += wait
        yield simulation.until(simulation.now + wait)
    return False


def lot_now(simulation: Simulation, office: ReleaseState, holder: Holder) -> float:
    """Return the lot of a pair, at the share in force where lots follow current contracts."""
    amount = float(holder.terms.lot) * holder.daily
    share = float(simulation.network.arrays.share[holder.link])
    if office.section.contracts == "start" or share <= 0.0:
        return amount
    return amount * float(simulation.state.links[SHARE, holder.link]) / share


# first grants -----------------------------------------------------------------------------------------


def first_of(simulation: Simulation, office: ReleaseState, holder: Holder) -> First:
    """Return the days to the first grant of a link; links of one moment are drawn together."""
    link = simulation.network.links[holder.link]
    if link not in office.first:
        told = told_from(simulation.document, simulation.day_of, office.begun)
        law, blocks = known_law(Same(office.section), tuple(office.pairs.values()), tuple(told))
        for block in blocks:
            office.first = draw_block(law, block, simulation.uniform) | office.first
    return office.first[link]


@dataclass(frozen=True, eq=False)
class Same:
    """A section by its identity: draws that leave it as it is hand on the same one."""

    section: Release

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.section is other.section

    def __hash__(self) -> int:
        return id(self.section)


@functools.lru_cache(maxsize=8)
def known_law(same: Same, pairs: tuple[LicencePair, ...], told: tuple[Told, ...]) -> tuple[Law, list[Block]]:
    """Collect law and facts; kept between replications (a twentieth of the time of `curbs_2019`)."""
    law = law_of(same.section, {pair.material for pair in pairs})
    return law, make_blocks(law, list(pairs), list(told))


def law_of(section: Release, materials: set[str]) -> Law:
    """Collect what the days of files and gaps follow."""
    sent = section.returns
    common = section.common
    if common.office + common.material >= 1.0:
        wrong = "regimes.individual.release.common: office and material add up to 1 or more"
        raise CurbsimError(f"{wrong}; leave a part of the variance to each file")
    standing = {
        name: standing_days(of_material(section.papers, name), sent and sent.rounds, sent and sent.time)
        for name in materials
    }
    return Law(
        standard={name: max(of_material(section.standard, name), AT_LEAST) for name in materials},
        spread=section.spread,
        office=common.office,
        material=common.material,
        standing=standing,
        gap={name: of_material(section.pair_gap, name) for name in materials},
        at_once=section.pair_gap.get(AT_ONCE, THIRD).parameters[0] if section.pair_gap else 1.0,
    )


def told_from(document: Document, day_of: Any, begun: Mapping[str, float]) -> list[Told]:
    """Return the grants that are known by the day up to which a run knows them."""
    until = document.run.known_until
    return [
        Told(
            day_of(row.date) - begun[row.material],
            row.material,
            row.exporter,
            row.buyer,
            row.kind,
            row.count or 1,
        )
        for row in document.observed_licences.values()
        if until is not None and row.known_on <= until and row.material in begun
    ]
