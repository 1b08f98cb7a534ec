"""Licence regimes and the files that turn into credit (MODEL.md section 9).

A licence is a stock of permission: under `individual` a grant adds a lot to the credit of a link, and what
is left of the lot lapses when its validity ends.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from sim.engine.plan import Planned
from sim.engine.world import Licence, ProcessGenerator, Regime, World
from sim.network import laws
from sim.scenario.fields import Distribution
from sim.scenario.schema import Regime as RegimeSection

SLACK = 1e-9


@dataclass(frozen=True)
class Terms:
    """The rules of individual licences for one material."""

    review: Distribution
    denial: float
    resubmit: float
    filing: float
    lot: float | str
    reorder: float
    dispatch: float
    validity: float


@dataclass
class Holder:
    """The licences of one link under one regime."""

    link: int
    version: int
    terms: Terms
    daily: float  # what one day of use is for this link
    pending: float = 0.0  # filed or to be filed, not yet usable
    credited: float = 0.0
    lapsed: float = 0.0
    lots: list[Licence] = field(default_factory=list)

    @property
    def reorder_level(self) -> float:
        return self.terms.reorder * self.daily


def licence(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Switch links to the regime of the event; at its end give back what was before."""
    regime = Regime(planned.event.regime, planned.name, APPLY[planned.event.regime])
    yield from hold_regime(world, planned, targets, regime)


def embargo(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Block links; at the end give back what was before."""
    yield from hold_regime(world, planned, targets, Regime("embargo", planned.name, block))


def hold_regime(world: World, planned: Planned, targets: tuple[int, ...], regime: Regime) -> ProcessGenerator:
    """Set a regime on links until the event ends, unless another event replaces it first."""
    for link in targets:
        world.push(link, regime)
    if planned.event.until is None:
        return
    yield world.until(world.day_of(planned.event.until), ending=True)
    for link in targets:
        world.lift(link, planned.name)


def free(world: World, link: int) -> None:
    """Lift every bound (bulk, special bulk, uncontrolled)."""


def block(world: World, link: int) -> None:
    """Let nothing through."""
    world.state.controlled[link] = 1


def individual(world: World, link: int) -> None:
    """Ask for a licence per lot: nothing ships before the first grant."""
    world.state.controlled[link] = 1
    material = world.network.stock_material[world.network.arrays.stock[link]]
    holder = Holder(
        link=link,
        version=world.version[link],
        terms=read_terms(world.document.regimes["individual"], material),
        daily=float(world.network.arrays.ration_base[link]),
    )
    world.env.process(keep_filing(world, holder))


def read_terms(section: RegimeSection, material: str) -> Terms:
    """Collect the rules that hold for a material."""

    def of(name: str, default: Any = None) -> Any:
        table = getattr(section, name)
        return table.get(material, table.get("other", default))

    review: Distribution = of("review")
    lot = of("lot", 30.0)
    reorder = of("reorder", "auto")
    if reorder == "auto":
        days = 1.0 if lot == "order" else lot
        reorder = laws.mean(review) + of("filing", 0.0) + days + of("dispatch", 0.0)
    return Terms(
        review=review,
        denial=of("denial", 0.0),
        resubmit=of("resubmit", 0.0),
        filing=of("filing", 0.0),
        lot=lot,
        reorder=reorder,
        dispatch=of("dispatch", 0.0),
        validity=of("validity", 180.0),
    )


def keep_filing(world: World, holder: Holder) -> ProcessGenerator:
    """File lots whenever the licence position is below the reorder level, or one for every day."""
    if holder.daily <= 0.0:
        return
    if holder.terms.lot == "order":
        while world.holds(holder.link, holder.version):
            file_lot(world, holder, holder.daily)
            yield world.env.timeout(1.0)
        return
    amount = float(holder.terms.lot) * holder.daily
    while world.holds(holder.link, holder.version):
        level = holder.reorder_level
        while world.state.credit[holder.link] + holder.pending < level * (1.0 - SLACK):
            file_lot(world, holder, amount)
        yield world.credit_below(holder.link, level - holder.pending)


def file_lot(world: World, holder: Holder, amount: float) -> None:
    """Begin an application for one lot."""
    licence_ = Licence(link=holder.link, filed=world.env.now, amount=amount)
    world.licences.append(licence_)
    holder.pending += amount
    world.env.process(follow(world, holder, licence_))


def follow(world: World, holder: Holder, file: Licence) -> ProcessGenerator:
    """Take one application through filing, review, decision, dispatch and the end of its validity."""
    terms = holder.terms
    while True:
        if not file.denials:
            yield world.until(world.env.now + terms.filing)
        if not world.holds(holder.link, holder.version):
            return
        count = yield from review(world, holder)
        if not world.holds(holder.link, holder.version):
            return
        if not denied(world, holder, count):
            break
        file.denials += 1
        yield world.until(world.env.now + terms.resubmit)
    file.decided = world.env.now
    yield world.until(file.decided + min(terms.dispatch, terms.validity))
    credit(world, holder, file)
    if terms.validity > terms.dispatch:
        yield world.until(file.decided + terms.validity)
    lapse(world, holder, file)


def review(world: World, holder: Holder) -> Generator[simpy.Event, Any, int]:
    """Wait for an examiner where there are few, then for the review; return its number on the link."""
    examiners = world.document.regimes["individual"].examiners
    if examiners is None:
        return (yield from examine(world, holder))
    network = world.network
    origin = world.document.facilities[network.process_facility[network.arrays.supplier[holder.link]]].country
    if origin not in world.offices:
        world.offices[origin] = simpy.Resource(world.env, examiners)
    office = world.offices[origin]
    with office.request() as turn:
        yield turn
        return (yield from examine(world, holder))


def examine(world: World, holder: Holder) -> Generator[simpy.Event, Any, int]:
    """Review a file for a drawn time, unless it has become void; return its number on the link."""
    count = world.reviews.get(holder.link, 0)
    if world.holds(holder.link, holder.version):
        world.reviews[holder.link] = count + 1  # counted per link, across regimes
        name = f"review/{world.network.links[holder.link]}"
        yield world.until(world.env.now + world.draw(holder.terms.review, name, count))
    return count


def denied(world: World, holder: Holder, count: int) -> bool:
    """Draw the decision that belongs to the review that has just ended."""
    if holder.terms.denial <= 0.0:
        return False
    return world.uniform(f"denial/{world.network.links[holder.link]}", count) < holder.terms.denial


def credit(world: World, holder: Holder, file: Licence) -> None:
    """Add a granted lot to the credit of its link."""
    if not world.holds(holder.link, holder.version):
        return
    file.usable = world.env.now
    holder.pending -= file.amount
    holder.credited += file.amount
    holder.lots.append(file)
    world.state.credit[holder.link] += file.amount
    world.rearm(holder.link, holder.reorder_level - holder.pending)


def lapse(world: World, holder: Holder, file: Licence) -> None:
    """Take back what is left of a lot, lots being drawn first in, first out."""
    if not world.holds(holder.link, holder.version):
        return
    place = next(i for i, lot in enumerate(holder.lots) if lot is file)
    credited = sum(lot.amount for lot in holder.lots[: place + 1])
    left = credited - float(world.state.drawn[holder.link]) - holder.lapsed
    file.lapsed = max(0.0, min(left, float(world.state.credit[holder.link])))
    holder.lapsed += file.lapsed
    world.state.credit[holder.link] -= file.lapsed


APPLY = {"bulk": free, "special_bulk": free, "individual": individual, "embargo": block}
