"""Qualification of suppliers: candidates, stages of work, and the switch of shares."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from sim.engine.plan import Planned
from sim.engine.simulation import ProcessGenerator, Simulation
from sim.engine.state_rows import SHARE
from sim.scenario.schema.event_parts import Qualifying, Trial, Urgency
from sim.scenario.schema.sections import Stage

Passed = Generator[simpy.Event, Any, bool]


@dataclass
class Candidate:
    """One link on its way to be qualified by one event."""

    world: Simulation
    planned: Planned
    link: int
    urgent: simpy.Event | None
    attempts: dict[str, int] = field(default_factory=dict)  # so far, by stage

    @property
    def rules(self) -> Qualifying:
        rules: Qualifying = self.planned.event.process
        return rules

    def over(self) -> bool:
        """Tell whether the event has ended: what is reached stays, nothing more is begun."""
        until = self.planned.event.until
        return until is not None and self.world.env.now >= self.world.day_of(until)

    def carry(self, share: float) -> None:
        """Set the share of need that the link may carry."""
        self.world.state.max_share[self.link] = share

    def tell(self, what: str) -> None:
        """Enter the outcome into the log."""
        self.world.log.append((self.world.env.now, self.planned.name, what, 1))


def work(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Work on every selected link, as many at once as each buyer can."""
    network, rules = world.network, planned.event.process
    rooms: dict[str, simpy.Resource] = {}
    flags: dict[int, simpy.Event] = {}
    jobs = []
    for link in targets:
        stock = int(network.arrays.stock[link])
        buyer = network.stock_facility[stock]
        if buyer not in rooms:
            rooms[buyer] = simpy.Resource(world.env, rules.parallel or len(targets))
        if rules.urgency is not None and stock not in flags:
            flags[stock] = world.env.event()
            world.env.process(watch(world, rules.urgency, stock, flags[stock]))
        candidate = Candidate(world, planned, link, flags.get(stock))
        jobs.append(world.env.process(take_up(candidate, rooms[buyer])))
    yield world.env.all_of(jobs)


def take_up(one: Candidate, room: simpy.Resource) -> ProcessGenerator:
    """Wait until the buyer has people for a candidate, then qualify it or give it up."""
    with room.request() as turn:
        yield turn
        if one.over() or math.isinf(one.world.state.max_share[one.link]):
            return
        passed = yield from qualify(one)
        one.tell("qualified" if passed else "given up")


def qualify(one: Candidate) -> Passed:
    """Take a candidate through its stages; sensitive process steps come last."""
    for stage in ("search", "sample"):
        if not (yield from pass_stage(one, stage)):
            return False
    below = float(one.world.state.max_share[one.link])
    for share in sorted(one.rules.steps.values()):
        if share <= below:
            continue
        for stage in ("trial", "reliability"):
            if not (yield from pass_stage(one, stage)):
                return False
        if not (yield from risk(one, below, share)):
            return False
        yield from ramp(one, below, share)
        below = share
    return True


def pass_stage(one: Candidate, stage: str) -> Passed:
    """Try a stage until it succeeds, or give up after so many attempts; tell whether work goes on."""
    trial: Trial | None = getattr(one.rules, stage)
    if trial is None:
        return not one.over()
    world, place = one.world, f"{one.planned.name}/{stage}/{one.world.network.links[one.link]}"
    most, tried = one.rules.attempts or math.inf, 0
    while tried < most:
        count = one.attempts.get(stage, 0)
        one.attempts[stage] = count + 1
        tried += 1
        yield from spend(one, trial, world.draw(trial.time, f"stage/{place}", count))
        if one.over():
            return False
        if world.uniform(f"success/{place}", count) < trial.success:
            return True
    return False


def spend(one: Candidate, trial: Trial, days: float) -> ProcessGenerator:
    """Let a stage take its time: longer where visits are hindered, shorter once it is urgent."""
    world = one.world
    if trial.visits:
        between = ends(world, one.link)
        whole, delay = world.visit_time(*between, days), world.visit_time(*between, 0.0)
        yield world.until(world.env.now + delay)  # nobody can hurry a quarantine
        days = whole - delay
    if one.urgent is not None:
        if not one.urgent.triggered:
            begin = world.env.now
            yield world.until(begin + days) | one.urgent
            days -= world.env.now - begin
        days /= one.rules.urgency.factor if one.rules.urgency else 1.0
    yield world.until(world.env.now + days)


def ends(world: Simulation, link: int) -> tuple[str, str]:
    """Return the countries of the supplier and of the buyer of a link."""
    return world.network.origin(link), world.network.destination(link)


def risk(one: Candidate, below: float, share: float) -> Passed:
    """Run a part of production with the new material; failure takes it out again."""
    trial = one.rules.risk_production
    if trial is None:
        return not one.over()
    one.carry(below + trial.share * (share - below))
    passed = yield from pass_stage(one, "risk_production")
    if not passed and not one.over():
        one.carry(below)
    return passed


def ramp(one: Candidate, below: float, share: float) -> ProcessGenerator:
    """Raise the share day by day, on day j of R by the part (j - 1/2) / R (E31)."""
    days, begin = int(one.rules.ramp), one.world.env.now
    reached = float(one.world.state.max_share[one.link])
    for day in range(days):
        if one.over():
            return
        one.carry(max(reached, below + (share - below) * (day + 0.5) / days))
        yield one.world.until(begin + day + 1)
    if not one.over():
        one.carry(share)


def watch(world: Simulation, urgency: Urgency, stock: int, flag: simpy.Event) -> ProcessGenerator:
    """Raise the flag of urgency for a buyer's stock, once."""
    waits: list[simpy.Event] = []
    if urgency.cover_below is not None:
        waits.append(world.cover_below((stock,), urgency.cover_below))
    if urgency.fill_below is not None:
        waits.append(world.env.process(fill_below(world, stock, urgency.fill_below)))
    yield world.env.any_of(waits)
    flag.succeed()


def fill_below(world: Simulation, stock: int, level: float) -> ProcessGenerator:
    """Wait for the morning on which a buyer's belief in its suppliers is below a level."""
    first, last = world.network.arrays.link_ptr[stock : stock + 2]
    shares = world.state.links[SHARE, first:last]
    while float((shares * world.state.available[first:last]).sum()) >= level * float(shares.sum()):
        yield world.until(math.floor(world.env.now) + 1.0)


def qualification(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Walk every selected link through the stages of the event, or its own, or through the work."""
    event = planned.event
    if event.keeps > 0.0 or event.yield_loss > 0.0:
        world.env.process(settle(world, planned, targets))
    if event.process is not None:
        yield from work(world, planned, targets)
        return
    begin = world.env.now
    due = sorted(
        (stage.after, name, link, stage.max_share)
        for link in targets
        for name, stage in stages_of(world, planned, link).items()
    )
    for after, stages in itertools.groupby(due, key=lambda stage: stage[0]):
        yield world.until(begin + after)
        if planned.event.until is not None and world.env.now >= world.day_of(planned.event.until):
            return
        for _, _, link, max_share in stages:
            world.state.max_share[link] = max_share


def stages_of(world: Simulation, planned: Planned, link: int) -> dict[str, Stage]:
    """Return the stages of a link."""
    own: dict[str, Stage] = planned.event.stages
    entry = world.document.links.get(world.network.links[link])  # tables have none
    return own or (entry.stages if entry else {})


MEMORY = 28.0  # days; a share is what a supplier has delivered over about this time


@dataclass
class Course:
    """How far the use of one new supplier has come."""

    users: tuple[int, ...]  # processes that use what it supplies
    share: float = 0.0  # average part of the need that it ships
    reached: float = 0.0  # the most that this has been
    used: float = 0.0  # days of use shipped so far
    factor: float = 1.0  # on the yield of its users
    kept: float = -1.0  # of its share, for good; -1: not set yet


def settle(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Follow, every morning, what new suppliers have shipped; set yields and shares by it."""
    event = planned.event
    courses = {link: Course(users_of(world, link)) for link in targets}
    while True:
        yield world.until(math.floor(world.env.now) + 1.0)
        for link, course in courses.items():
            advance(world, link, course)
            if event.yield_loss > 0.0:
                lose_yield(world, planned, link, course)
            if event.keeps * course.reached > course.kept and event.keeps > 0.0:
                course.kept = event.keeps * course.reached
                keep_share(world, link, course.kept)


def users_of(world: Simulation, link: int) -> tuple[int, ...]:
    """Return the processes that use the stock a link feeds."""
    arrays = world.network.arrays
    stock = arrays.stock[link]
    of = [
        arrays.in_stock[arrays.in_ptr[p] : arrays.in_ptr[p + 1]] for p in range(len(world.network.processes))
    ]
    return tuple(p for p, inputs in enumerate(of) if stock in inputs)


def advance(world: Simulation, link: int, course: Course) -> None:
    """Count yesterday's shipment (E32)."""
    arrays, state = world.network.arrays, world.state
    stock = int(arrays.stock[link])
    need, first, last = float(arrays.need[stock]), arrays.link_ptr[stock], arrays.link_ptr[stock + 1]
    shipped, total = float(state.shipped[link]), float(state.shipped[first:last].sum())
    if need <= 0.0:
        return
    course.share += (shipped / max(need, total) - course.share) / MEMORY
    course.reached = max(course.reached, course.share)
    course.used += shipped / need


def lose_yield(world: Simulation, planned: Planned, link: int, course: Course) -> None:
    """Lower the yield of every process that uses the new material, less so with experience (E33)."""
    event = planned.event
    factor = 1.0 - event.yield_loss * course.share * math.exp(-course.used / event.experience)
    if factor == course.factor:
        return
    course.factor = factor
    for process in course.users:
        world.set_factor("yield", process, f"{planned.name}/{world.network.links[link]}", factor)


def keep_share(world: Simulation, link: int, kept: float) -> None:
    """Move baseline shares so that a new supplier has at least `kept`; the others shrink alike (E34)."""
    arrays, stock = world.network.arrays, int(world.network.arrays.stock[link])
    first, last = int(arrays.link_ptr[stock]), int(arrays.link_ptr[stock + 1])
    known = world.kept.setdefault(stock, {})
    known[link] = max(kept, float(arrays.share[link]))
    whole, before = sum(known.values()), sum(float(arrays.share[one]) for one in known)
    scale = (1.0 - whole) / (1.0 - before) if before < 1.0 and whole < 1.0 else 0.0
    for one in range(first, last):
        share = known[one] / max(1.0, whole) if one in known else float(arrays.share[one]) * scale
        world.state.links[SHARE, one] = share
