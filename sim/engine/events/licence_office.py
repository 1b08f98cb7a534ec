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
from sim.engine.plan import Planned, Targets
from sim.engine.simulation import Licence, ProcessGenerator, Simulation
from sim.network import distributions
from sim.scenario.schema.document import Destination, Office, OfficeStage, Regime
from sim.scenario.schema.events import OfficeEvent
from sim.scenario.schema.field_types import Distribution

ReviewOutcome = Literal["reviewed", "limit", "void", "away"]
Reviewed = Generator[simpy.Event, Any, tuple[ReviewOutcome, int]]
ROUNDS = 1000  # more returns and denials than a file can have


def make_office(simulation: Simulation, country: str) -> OfficeState:
    """Open the office of a country with a desk for each stage that has examiners of its own."""
    regime = simulation.document.regimes.get("individual", Regime())
    office = OfficeState(simulation.document.offices.get(country, Office()), regime)
    sections = office.section.stages or {"": OfficeStage(order=1)}
    ordered = sorted(sections.items(), key=lambda item: (item[1].order, item[0]))
    may_change = any(isinstance(event, OfficeEvent) for event in simulation.document.events.values())
    stages = []
    for name, section in ordered:
        desk = name if section.examiners else ""
        if desk not in office.desks and (may_change or office.examiners(section.examiners) < math.inf):
            office.desks[desk] = Desk(simulation.env)
        stages.append(DeskStage(name, section, section is ordered[-1][1], office.desks.get(desk)))
    office.stages = tuple(stages)
    office.settle()
    return office


def office_of(simulation: Simulation, link: int) -> OfficeState:
    """Return the office of the country that a link exports from."""
    country = simulation.network.origin(link)
    if country not in simulation.offices:
        simulation.offices[country] = make_office(simulation, country)
    return simulation.offices[country]


def change_office(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Change the offices of the exporting countries of links until the event ends."""
    offices = {id(office): office for office in (office_of(simulation, link) for link in targets)}
    for office in offices.values():
        office.changes[planned.name] = planned.event
        office.settle()
    yield simulation.at_end(planned.event)
    for office in offices.values():
        del office.changes[planned.name]
        office.settle()


def rules_of(simulation: Simulation, link: int, usual: Distribution) -> Rules:
    """Collect how the files on a link are treated; `usual` is the review of its regime."""
    office = office_of(simulation, link)
    group, material = destination_group(simulation, office, link), simulation.material(link)
    return Rules(
        office=office,
        name=simulation.network.links[link],
        law=of_material(group.review if group else {}, material, usual),
        slow_walk=group.slow_walk if group else 1.0,
        expedite=of_material(office.section.expedite, material, 0.0),
    )


def review(simulation: Simulation, holder: Holder, file: Licence, first: int = 0) -> Reviewed:
    """Take a file through its office; return how it came out and the number of its latest draw."""
    office, name = holder.rules.office, holder.rules.name
    visit = Visit(simulation, office, holder, file)
    if turned_away(office):
        return "away", ROUNDS * file.number + file.rounds
    while True:
        for stage in office.stages[first:]:
            outcome = yield from visit.stage(stage)
            if outcome != "reviewed":
                return outcome, visit.count
            probability, time = office.returns(stage)
            if simulation.happens(probability, "returns", f"{stage.name}/{name}", visit.count):
                yield from send_back(simulation, file, time, f"documents/{name}", visit.count)
                break
        else:
            return "reviewed", visit.count
        first, file.rounds = 0, file.rounds + 1


def turned_away(office: OfficeState) -> bool:
    """Tell whether a file finds no room to wait."""
    room, desk = office.section.room, office.stages[0].desk
    return room is not None and desk is not None and desk.count >= desk.capacity and len(desk.queue) >= room


def send_back(
    simulation: Simulation, file: Licence, law: Distribution | None, name: str, count: int
) -> Generator[simpy.Event, Any, None]:
    """Wait until the documents are in; the clock of the file stands still."""
    time = simulation.draw(law, name, count) if law else 0.0
    file.returns += 1
    file.stop_days += time
    yield simulation.until(simulation.now + time)


@dataclass
class Visit:
    """One filing of a file: what is on its clock, and the number of its latest draw."""

    simulation: Simulation
    office: OfficeState
    holder: Holder
    file: Licence
    clock: float = 0.0
    count: int = 0

    def holds(self) -> bool:
        """Tell whether the regime under which the file was filed is in force."""
        return self.simulation.holds(self.holder)

    def stage(self, stage: DeskStage) -> Generator[simpy.Event, Any, ReviewOutcome]:
        """Wait for an examiner where there are few, then for the review."""
        if stage.desk is None:
            return (yield from self.examine(stage))
        came = self.simulation.now
        with stage.desk.request(priority=0 if self.file.expedited else 1) as turn:
            if self.office.limit < math.inf:
                yield turn | self.simulation.until(came + self.office.limit - self.clock)
            else:
                yield turn
            queue = self.simulation.now - came
            self.file.queue_days += queue
            self.clock += queue
            if turn.triggered:
                return (yield from self.examine(stage))
            return "limit" if self.holds() else "void"

    def examine(self, stage: DeskStage) -> Generator[simpy.Event, Any, ReviewOutcome]:
        """Review for a drawn time, unless the file has become void or its clock runs out."""
        simulation = self.simulation
        if not self.holds():
            return "void"
        time = self.draw(stage)
        outcome: ReviewOutcome = "reviewed"
        if self.clock + time > self.office.limit:
            time, outcome = max(0.0, self.office.limit - self.clock), "limit"
        yield simulation.until(simulation.now + time)
        self.file.review_days += time
        self.clock += time
        return outcome if self.holds() else "void"

    def draw(self, stage: DeskStage) -> float:
        """Draw the time of a stage; a named stage by the number of the file, a sole one by its turn."""
        simulation, link, rules = self.simulation, self.holder.link, self.holder.rules
        if stage.name:
            self.count = ROUNDS * self.file.number + self.file.rounds
            name = f"review/{stage.name}/{rules.name}"
        else:
            self.count = simulation.reviews.get(link, 0)  # counted per link, across regimes
            simulation.reviews[link] = self.count + 1
            name = f"review/{rules.name}"
        slow = self.office.slow_walk * rules.slow_walk
        return slow * simulation.draw(stage.section.time or rules.law, name, self.count)


def destination_group(simulation: Simulation, office: OfficeState, link: int) -> Destination | None:
    """Return the group of destinations that the buyer of a link is in."""
    country = simulation.network.destination(link)
    return next((group for group in office.section.destinations.values() if country in group.countries), None)


def expected_days(simulation: Simulation, link: int) -> float | None:
    """Return the mean time of all stages; None where the office is not described."""
    section = simulation.document.offices.get(simulation.network.origin(link))
    if section is None:
        return None
    office = office_of(simulation, link)
    rules = rules_of(simulation, link, of_material(office.regime.review, simulation.material(link)))
    days = math.fsum(distributions.mean(stage.section.time or rules.law) for stage in office.stages)
    return days * section.slow_walk * rules.slow_walk


def part_granted(simulation: Simulation, rules: Rules, count: int) -> float:
    """Return which part of what was asked for is granted."""
    partial = rules.office.section.partial
    if partial and simulation.happens(partial.probability, "partial", rules.name, count):
        return partial.share
    return 1.0
