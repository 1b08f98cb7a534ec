"""The office that reviews the exports of one country: examiners, stages, and the clock of a file.

Every draw belongs to a file, not to an examiner: who reviews never changes how long it takes.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Literal

import simpy

from sim.engine.licence_terms import Desk, DeskStage, Holder, OfficeState, Rules, of_material
from sim.engine.plan import Planned
from sim.engine.regimes import holds
from sim.engine.simulation import Licence, ProcessGenerator, Simulation
from sim.network import distributions
from sim.scenario.schema.document import Destination, Office, OfficeStage, Regime
from sim.scenario.schema.events import OfficeEvent
from sim.scenario.schema.field_types import Distribution

ReviewOutcome = Literal["reviewed", "limit", "void", "away"]
Reviewed = Generator[simpy.Event, Any, tuple[ReviewOutcome, int]]
ROUNDS = 1000  # more returns and denials than a file can have


def make_office(world: Simulation, country: str) -> OfficeState:
    """Open the office of a country with a desk for each stage that has examiners of its own."""
    regime = world.document.regimes.get("individual", Regime())
    made = OfficeState(world.document.offices.get(country, Office()), regime)
    written = made.section.stages or {"": OfficeStage(order=1)}
    ordered = sorted(written.items(), key=lambda item: (item[1].order, item[0]))
    for name, own in ordered:
        place = name if own.examiners else ""
        if place not in made.desks and (staffed(world) or made.examiners(own.examiners) < math.inf):
            made.desks[place] = Desk(world.env)
    made.stages = tuple(
        DeskStage(name, own, own is ordered[-1][1], made.desks.get(name if own.examiners else ""))
        for name, own in ordered
    )
    made.settle()
    return made


def staffed(world: Simulation) -> bool:
    """Tell whether an event may change how many examiners there are."""
    return any(isinstance(event, OfficeEvent) for event in world.document.events.values())


def office_of(world: Simulation, link: int) -> OfficeState:
    """Return the office of the country that a link exports from."""
    country = world.network.origin(link)
    if country not in world.offices:
        world.offices[country] = make_office(world, country)
    return world.offices[country]


def change_office(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Change the offices of the exporting countries of links until the event ends."""
    found = {id(one): one for one in (office_of(world, link) for link in targets)}
    for one in found.values():
        one.changes[planned.name] = planned.event
        one.settle()
    if planned.event.until is None:
        return
    yield world.until(world.day_of(planned.event.until), ending=True)
    for one in found.values():
        del one.changes[planned.name]
        one.settle()


def rules_of(world: Simulation, link: int, usual: Distribution) -> Rules:
    """Collect how the files on a link are treated; `usual` is the review of its regime."""
    office = office_of(world, link)
    place = destination(world, office, link)
    material = world.network.stock_material[world.network.arrays.stock[link]]
    return Rules(
        office=office,
        name=world.network.links[link],
        law=of_material(place.review if place else {}, material, usual),
        slow_walk=place.slow_walk if place else 1.0,
        expedite=of_material(office.section.expedite, material, 0.0),
    )


def review(world: Simulation, holder: Holder, file: Licence, first: int = 0) -> Reviewed:
    """Take a file through its office; return how it came out and the number of its latest draw."""
    office, name = holder.rules.office, holder.rules.name
    visit = Visit(world, office, holder, file)
    if turned_away(office):
        return "away", ROUNDS * file.number + file.rounds
    while True:
        for stage in office.stages[first:]:
            outcome = yield from visit.stage(stage)
            if outcome != "reviewed":
                return outcome, visit.count
            chance, time = office.returns(stage)
            if chance > 0.0 and world.uniform(f"returns/{stage.name}/{name}", visit.count) < chance:
                yield from send_back(world, file, time, f"documents/{name}", visit.count)
                break
        else:
            return "reviewed", visit.count
        first, file.rounds = 0, file.rounds + 1


def turned_away(office: OfficeState) -> bool:
    """Tell whether a file finds no room to wait."""
    room, desk = office.section.room, office.stages[0].desk
    return room is not None and desk is not None and desk.count >= desk.capacity and len(desk.queue) >= room


def send_back(
    world: Simulation, file: Licence, law: Distribution | None, name: str, count: int
) -> Generator[simpy.Event, Any, None]:
    """Wait until the documents are in; the clock of the file stands still."""
    time = world.draw(law, name, count) if law else 0.0
    file.returns += 1
    file.stop_days += time
    yield world.until(world.env.now + time)


@dataclass
class Visit:
    """One filing of a file: what is on its clock, and the number of its latest draw."""

    world: Simulation
    office: OfficeState
    holder: Holder
    file: Licence
    clock: float = 0.0
    count: int = 0

    def holds(self) -> bool:
        """Tell whether the regime under which the file was filed is in force."""
        return holds(self.world, self.holder.link, self.holder.version)

    def stage(self, stage: DeskStage) -> Generator[simpy.Event, Any, ReviewOutcome]:
        """Wait for an examiner where there are few, then for the review."""
        if stage.desk is None:
            return (yield from self.examine(stage))
        came = self.world.env.now
        with stage.desk.request(priority=0 if self.file.expedited else 1) as turn:
            if self.office.limit < math.inf:
                yield turn | self.world.until(came + self.office.limit - self.clock)
            else:
                yield turn
            queue = self.world.env.now - came
            self.file.queue_days += queue
            self.clock += queue
            if turn.triggered:
                return (yield from self.examine(stage))
            return "limit" if self.holds() else "void"

    def examine(self, stage: DeskStage) -> Generator[simpy.Event, Any, ReviewOutcome]:
        """Review for a drawn time, unless the file has become void or its clock runs out."""
        world = self.world
        if not self.holds():
            return "void"
        time = self.draw(stage)
        outcome: ReviewOutcome = "reviewed"
        if self.clock + time > self.office.limit:
            time, outcome = max(0.0, self.office.limit - self.clock), "limit"
        yield world.until(world.env.now + time)
        self.file.review_days += time
        self.clock += time
        return outcome if self.holds() else "void"

    def draw(self, stage: DeskStage) -> float:
        """Draw the time of a stage; a named stage by the number of the file, a sole one by its turn."""
        world, link, rules = self.world, self.holder.link, self.holder.rules
        if stage.name:
            self.count = ROUNDS * self.file.number + self.file.rounds
            name = f"review/{stage.name}/{rules.name}"
        else:
            self.count = world.reviews.get(link, 0)  # counted per link, across regimes
            world.reviews[link] = self.count + 1
            name = f"review/{rules.name}"
        slow = self.office.slow_walk * rules.slow_walk
        return slow * world.draw(stage.own.time or rules.law, name, self.count)


def destination(world: Simulation, office: OfficeState, link: int) -> Destination | None:
    """Return the group of destinations that the buyer of a link is in."""
    country = world.network.destination(link)
    found = (place for place in office.section.destinations.values() if country in place.countries)
    return next(found, None)


def expected_days(world: Simulation, link: int) -> float | None:
    """Return the mean time of all stages; None where the office is not described."""
    section = world.document.offices.get(world.network.origin(link))
    if section is None:
        return None
    office = office_of(world, link)
    place = destination(world, office, link)
    material = world.network.stock_material[world.network.arrays.stock[link]]
    usual = of_material(office.regime.review, material)
    usual = of_material(place.review if place else {}, material, usual)
    days = sum(distributions.mean(stage.own.time or usual) for stage in office.stages)
    return days * section.slow_walk * (place.slow_walk if place else 1.0)


def is_expedited(world: Simulation, rules: Rules, number: int) -> bool:
    """Tell whether a file goes before the others."""
    share = rules.expedite
    return share > 0.0 and world.uniform(f"expedite/{rules.name}", number) < share


def part_granted(world: Simulation, rules: Rules, count: int) -> float:
    """Return which part of what was asked for is granted."""
    partial = rules.office.section.partial
    if partial is None or world.uniform(f"partial/{rules.name}", count) >= partial.probability:
        return 1.0
    return partial.share


def gives_up(world: Simulation, rules: Rules, count: int) -> bool:
    """Tell whether an exporter files no more for a lot that was denied."""
    chance = rules.office.section.give_up
    return chance > 0.0 and world.uniform(f"give_up/{rules.name}", count) < chance
