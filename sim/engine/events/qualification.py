"""Qualification of suppliers: dated stages or work in stages, and what new suppliers change for good."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from sim.engine.plan import Planned, Targets
from sim.engine.simulation import ProcessGenerator, Simulation
from sim.engine.state_rows import SHARE
from sim.scenario.schema.event_parts import Qualifying, Trial, Urgency
from sim.scenario.schema.sections import Stage

Passed = Generator[simpy.Event, Any, bool]


def qualification(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Walk every selected link through the stages of the event, or its own, or through the work."""
    event = planned.event
    if event.keeps > 0.0 or event.yield_loss > 0.0:
        simulation.env.process(settle(simulation, planned, targets))
    if event.process is not None:
        yield from work(simulation, planned, targets)
        return
    begin = simulation.now
    due = sorted(
        (stage.after, name, link, stage.max_share)
        for link in targets
        for name, stage in stages_of(simulation, planned, link).items()
    )
    for after, stages in itertools.groupby(due, key=lambda stage: stage[0]):
        yield simulation.until(begin + after)
        if simulation.now >= simulation.end_of(event):
            return
        for _, _, link, max_share in stages:
            simulation.state.max_share[link] = max_share


def stages_of(simulation: Simulation, planned: Planned, link: int) -> dict[str, Stage]:
    """Return the stages of a link."""
    stages: dict[str, Stage] = planned.event.stages
    entry = simulation.document.links.get(simulation.network.links[link])  # tables have none
    return stages or (entry.stages if entry else {})


# work on candidates -------------------------------------------------------------------------------


def work(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Work on every selected link, as many at once as each buyer can."""
    network, rules = simulation.network, planned.event.process
    rooms: dict[str, simpy.Resource] = {}
    flags: dict[int, simpy.Event] = {}
    jobs = []
    for link in targets:
        stock = int(network.arrays.stock[link])
        buyer = network.stock_facility[stock]
        if buyer not in rooms:
            rooms[buyer] = simpy.Resource(simulation.env, rules.parallel or len(targets))
        if rules.urgency is not None and stock not in flags:
            flags[stock] = simulation.env.event()
            simulation.env.process(watch(simulation, rules.urgency, stock, flags[stock]))
        candidate = Candidate(simulation, planned, link, flags.get(stock))
        jobs.append(simulation.env.process(candidate.take_up(rooms[buyer])))
    yield simulation.env.all_of(jobs)


@dataclass
class Candidate:
    """One link on its way to be qualified by one event."""

    simulation: Simulation
    planned: Planned
    link: int
    urgent: simpy.Event | None
    attempts: dict[str, int] = field(default_factory=dict)  # so far, by stage

    @property
    def rules(self) -> Qualifying:
        rules: Qualifying = self.planned.event.process
        return rules

    @property
    def share(self) -> float:
        """The share of need that the link may carry."""
        return float(self.simulation.state.max_share[self.link])

    @share.setter
    def share(self, share: float) -> None:
        self.simulation.state.max_share[self.link] = share

    def is_over(self) -> bool:
        """Tell whether the event has ended: what is reached stays, nothing more is begun."""
        return self.simulation.now >= self.simulation.end_of(self.planned.event)

    def take_up(self, room: simpy.Resource) -> ProcessGenerator:
        """Wait until the buyer has people for a candidate, then qualify it or give it up."""
        with room.request() as turn:
            yield turn
            if self.is_over() or math.isinf(self.share):
                return
            passed = yield from self.qualify()
            self.simulation.note(self.planned.name, "qualified" if passed else "given up", 1)

    def qualify(self) -> Passed:
        """Take a candidate through its stages; sensitive process steps come last."""
        for stage in ("search", "sample"):
            if not (yield from self.pass_stage(stage)):
                return False
        below = self.share
        for share in sorted(self.rules.steps.values()):
            if share <= below:
                continue
            for stage in ("trial", "reliability"):
                if not (yield from self.pass_stage(stage)):
                    return False
            if not (yield from self.risk(below, share)):
                return False
            yield from self.ramp(below, share)
            below = share
        return True

    def pass_stage(self, stage: str) -> Passed:
        """Try a stage until it succeeds, or give up after so many attempts; tell whether work goes on."""
        trial: Trial | None = getattr(self.rules, stage)
        if trial is None:
            return not self.is_over()
        simulation = self.simulation
        name = f"{self.planned.name}/{stage}/{simulation.network.links[self.link]}"
        most, tried = self.rules.attempts or math.inf, 0
        while tried < most:
            count = self.attempts.get(stage, 0)
            self.attempts[stage] = count + 1
            tried += 1
            yield from self.spend(trial, simulation.draw(trial.time, f"stage/{name}", count))
            if self.is_over():
                return False
            if simulation.happens(trial.success, "success", name, count):
                return True
        return False

    def spend(self, trial: Trial, days: float) -> ProcessGenerator:
        """Let a stage take its time: longer where visits are hindered, shorter once it is urgent."""
        simulation, network = self.simulation, self.simulation.network
        if trial.visits:
            ends = network.origin(self.link), network.destination(self.link)
            whole, delay = simulation.visit_time(*ends, days), simulation.visit_time(*ends, 0.0)
            yield simulation.until(simulation.now + delay)  # nobody can hurry a quarantine
            days = whole - delay
        if self.urgent is not None:
            if not self.urgent.triggered:
                begin = simulation.now
                yield simulation.until(begin + days) | self.urgent
                days -= simulation.now - begin
            days /= self.rules.urgency.factor if self.rules.urgency else 1.0
        yield simulation.until(simulation.now + days)

    def risk(self, below: float, share: float) -> Passed:
        """Run a part of production with the new material; failure takes it out again."""
        trial = self.rules.risk_production
        if trial is None:
            return not self.is_over()
        self.share = below + trial.share * (share - below)
        passed = yield from self.pass_stage("risk_production")
        if not passed and not self.is_over():
            self.share = below
        return passed

    def ramp(self, below: float, share: float) -> ProcessGenerator:
        """Raise the share day by day, on day j of R by the part (j - 1/2) / R (E31)."""
        days, begin, reached = int(self.rules.ramp), self.simulation.now, self.share
        for day in range(days):
            if self.is_over():
                return
            self.share = max(reached, below + (share - below) * (day + 0.5) / days)
            yield self.simulation.until(begin + day + 1)
        if not self.is_over():
            self.share = share


def watch(simulation: Simulation, urgency: Urgency, stock: int, flag: simpy.Event) -> ProcessGenerator:
    """Raise the flag of urgency for a buyer's stock, once."""
    waits: list[simpy.Event] = []
    if urgency.cover_below is not None:
        waits.append(simulation.cover_below((stock,), urgency.cover_below))
    if urgency.fill_below is not None:
        waits.append(simulation.env.process(fill_below(simulation, stock, urgency.fill_below)))
    yield simulation.env.any_of(waits)
    flag.succeed()


def fill_below(simulation: Simulation, stock: int, level: float) -> ProcessGenerator:
    """Wait for the morning on which a buyer's belief in its suppliers is below a level."""
    first, last = simulation.network.arrays.link_ptr[stock : stock + 2]
    shares = simulation.state.links[SHARE, first:last]
    while float((shares * simulation.state.available[first:last]).sum()) >= level * float(shares.sum()):
        yield simulation.until(math.floor(simulation.now) + 1.0)


# what the use of new suppliers leaves behind ------------------------------------------------------

SHARE_MEMORY = 28.0  # days; a share is what a supplier has delivered over about this time


@dataclass
class Course:
    """How far the use of one new supplier has come."""

    users: tuple[int, ...]  # processes that use what it supplies
    share: float = 0.0  # average part of the need that it ships
    reached: float = 0.0  # the most that this has been
    used: float = 0.0  # days of use shipped so far
    factor: float = 1.0  # on the yield of its users
    lasting: float = -1.0  # share for good; -1: not set yet


def settle(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Follow, every morning, what new suppliers have shipped; set yields and shares by it."""
    event = planned.event
    courses = {link: Course(users_of(simulation, link)) for link in targets}
    while True:
        yield simulation.until(math.floor(simulation.now) + 1.0)
        for link, course in courses.items():
            advance(simulation, link, course)
            if event.yield_loss > 0.0:
                lose_yield(simulation, planned, link, course)
            if event.keeps * course.reached > course.lasting and event.keeps > 0.0:
                course.lasting = event.keeps * course.reached
                keep_share(simulation, link, course.lasting)


def users_of(simulation: Simulation, link: int) -> tuple[int, ...]:
    """Return the processes that use the stock a link feeds."""
    arrays = simulation.network.arrays
    inputs = np.flatnonzero(arrays.in_stock == arrays.stock[link])
    users = np.searchsorted(arrays.in_ptr, inputs, side="right") - 1
    return tuple(np.unique(users).tolist())


def advance(simulation: Simulation, link: int, course: Course) -> None:
    """Count yesterday's shipment (E32)."""
    arrays, state = simulation.network.arrays, simulation.state
    stock = int(arrays.stock[link])
    need, first, last = float(arrays.need[stock]), arrays.link_ptr[stock], arrays.link_ptr[stock + 1]
    shipped, total = float(state.shipped[link]), float(state.shipped[first:last].sum())
    if need <= 0.0:
        return
    course.share += (shipped / max(need, total) - course.share) / SHARE_MEMORY
    course.reached = max(course.reached, course.share)
    course.used += shipped / need


def lose_yield(simulation: Simulation, planned: Planned, link: int, course: Course) -> None:
    """Lower the yield of every process that uses the new material, less so with experience (E33)."""
    event = planned.event
    factor = 1.0 - event.yield_loss * course.share * math.exp(-course.used / event.experience)
    if factor != course.factor:
        course.factor = factor
        owner = f"{planned.name}/{simulation.network.links[link]}"
        simulation.set_factor("yield", course.users, owner, factor)


def keep_share(simulation: Simulation, link: int, least: float) -> None:
    """Move baseline shares so that a new supplier has at least `least`; the others shrink alike (E34)."""
    arrays, stock = simulation.network.arrays, int(simulation.network.arrays.stock[link])
    lasting = simulation.lasting.setdefault(stock, {})
    lasting[link] = max(least, float(arrays.share[link]))
    whole, before = (
        math.fsum(lasting.values()),
        math.fsum(float(arrays.share[supplied]) for supplied in lasting),
    )
    scale = (1.0 - whole) / (1.0 - before) if before < 1.0 and whole < 1.0 else 0.0
    for i in range(int(arrays.link_ptr[stock]), int(arrays.link_ptr[stock + 1])):
        share = lasting[i] / max(1.0, whole) if i in lasting else float(arrays.share[i]) * scale
        simulation.state.links[SHARE, i] = share
