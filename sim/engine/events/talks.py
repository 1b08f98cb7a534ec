"""Talks in rounds, travel rules and conditions that gate them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import simpy

from sim.engine.plan import Planned
from sim.engine.simulation import ProcessGenerator, Simulation
from sim.scenario.schema.event_parts import TalksOutcome

SLACK = 1e-9  # days
STEEPEST = 700.0  # exp() of more is not a number
FASTEST = 100.0  # a day; talks that go round in a circle must not stop the clock


def talks(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Let hazards run and rounds be held until the talks end."""
    table = Talks(world, planned)
    if planned.event.until is not None:
        world.env.process(table.adjourn())
    for name, state in planned.event.follows.items():
        world.env.process(table.follow(name, state))
    for time in sorted(table.scheduled()):
        world.env.process(table.meet_at(time))
    if planned.event.round_rate > 0.0:
        world.env.process(table.meet_at_random())
    yield from table.wait()


class Talks:
    """Talks under way.

    Attributes
    ----------
    state : str
        Where they stand.
    exposure : dict of str to float
        Integrated hazard of each outcome since its last threshold.
    """

    def __init__(self, world: Simulation, planned: Planned) -> None:
        self.world, self.name, self.event = world, planned.name, planned.event
        self.groups = planned.groups
        self.state: str = planned.event.state
        self.open = True
        self.changed = simpy.Event(world.env)
        self.outcomes: dict[str, TalksOutcome] = dict(sorted(planned.event.outcomes.items()))
        self.exposure = dict.fromkeys(self.outcomes, 0.0)
        self.count = dict.fromkeys(self.outcomes, 0)
        self.rates: dict[str, float] = {}
        self.at = world.env.now
        self.lost = dict.fromkeys(planned.groups, 0.0)
        self.counted = 0  # days of lost starts that have been added up

    def named(self) -> set[str]:
        """Return the events that the outcomes ask about."""
        asked = (
            name for one in self.outcomes.values() for name in (*one.requires, *one.unless, *one.covariates)
        )
        return {name for name in asked if name not in self.groups}

    # the continuous part ----------------------------------------------------------------------

    def wait(self) -> ProcessGenerator:
        """Integrate the hazards from one change to the next and bring about what is due."""
        while self.open:
            self.rates = {n: min(FASTEST, self.factor(o) * o.hazard) for n, o in self.outcomes.items()}
            gaps = {name: self.remaining(name) / rate for name, rate in self.rates.items() if rate > 0.0}
            soonest = min(gaps, key=lambda name: (gaps[name], name), default="")
            due = self.world.env.now + gaps.get(soonest, math.inf)
            following = min(due, *self.changes())
            self.changed = simpy.Event(self.world.env)
            signs = [self.changed, *self.unbegun()]
            if math.isfinite(following):
                signs.append(self.world.until(following, last=True))
            yield simpy.AnyOf(self.world.env, signs)
            self.advance()
            if self.open and not self.changed.triggered and self.world.env.now >= due - SLACK:
                self.bring_about(soonest)

    def advance(self) -> None:
        """Add to the integrated hazards what has passed since the last time."""
        now = self.world.env.now
        for name, rate in self.rates.items():
            self.exposure[name] += rate * (now - self.at)
        self.at = now

    def changes(self) -> Iterator[float]:
        """Yield the coming moments at which a hazard may change by itself."""
        yield math.inf
        now = self.world.env.now
        events = self.world.document.events
        yield from (
            float(self.world.day_of(until))
            for name in self.named()
            if (until := events[name].until) is not None and self.world.day_of(until) > now
        )
        if self.groups:
            yield int(now + 0.5) + 1.0

    def unbegun(self) -> list[simpy.Event]:
        """Return the starts of named events that are still to come."""
        starts = (self.world.started[name] for name in sorted(self.named()))
        return [start for start in starts if not start.triggered]

    def factor(self, outcome: TalksOutcome) -> float:
        """Return exp(coefficients times covariates), or 0 where an outcome is not possible now."""
        holding = self.world.holding
        if self.state == outcome.to or (outcome.from_ and self.state not in outcome.from_):
            return 0.0
        if not all(map(holding, outcome.requires)) or any(map(holding, outcome.unless)):
            return 0.0
        self.count_losses()
        power = sum(
            beta * (self.lost[name] if name in self.lost else float(holding(name)))
            for name, beta in outcome.covariates.items()
        )
        return math.exp(min(power, STEEPEST))

    def remaining(self, name: str) -> float:
        """Return what the integrated hazard of an outcome still lacks."""
        draw = self.world.uniform(f"talks/{self.name}/{name}", self.count[name])
        return max(0.0, -math.log1p(-draw) - self.exposure[name])

    def count_losses(self) -> None:
        """Add the days of starts that each group has lost since the last time."""
        records, today = self.world.records, int(self.world.env.now + 0.5)
        if records is None or today <= self.counted:
            return
        for name, processes in self.groups.items():
            base = self.world.network.arrays.base_starts[list(processes)]
            short = base - records.starts[self.counted : today, list(processes)]
            whole = float(base.sum())
            self.lost[name] += float(short.clip(min=0.0).sum()) / whole if whole > 0.0 else 0.0
        self.counted = today

    # rounds -----------------------------------------------------------------------------------

    def scheduled(self) -> Iterator[float]:
        """Yield the days of the dated rounds that are not over when the talks begin."""
        for one in self.event.rounds.values():
            day = float(self.world.day_of(one.date))
            if day >= int(self.world.env.now + 0.5):
                yield day

    def meet_at(self, time: float) -> ProcessGenerator:
        """Hold a round on its day, after all that starts then."""
        yield self.world.until(time, last=True)
        self.meet()

    def meet_at_random(self) -> ProcessGenerator:
        """Hold rounds at keyed exponential gaps."""
        number = 0
        while self.open:
            draw = self.world.uniform(f"round/{self.name}", number)
            yield self.world.until(self.world.env.now - math.log1p(-draw) / self.event.round_rate, last=True)
            self.meet()
            number += 1

    def meet(self) -> None:
        """Let the hazards of one round run side by side; the first to reach its threshold ends it."""
        if not self.open:
            return
        self.advance()
        self.log("round")
        self.reach("round")
        factors = {name: self.factor(one) for name, one in self.outcomes.items() if one.per_round > 0.0}
        hazard = {name: f * in_a_round(self.outcomes[name]) for name, f in factors.items() if f > 0.0}
        parts = {name: self.remaining(name) / h for name, h in hazard.items()}
        soonest = min(parts, key=lambda name: (parts[name], name), default="")
        length = min(1.0, parts.get(soonest, 1.0))
        for name, h in hazard.items():
            self.exposure[name] += length * h if length > 0.0 else 0.0
        if soonest and parts[soonest] <= 1.0:
            self.bring_about(soonest)
        self.change()

    # what comes of it -------------------------------------------------------------------------

    def bring_about(self, name: str) -> None:
        """Move the talks into the state of an outcome and wake what waits for it."""
        self.state = self.outcomes[name].to
        self.exposure[name] = 0.0
        self.count[name] += 1
        self.log(name)
        self.reach(name)

    def reach(self, name: str) -> None:
        event = self.world.reached[(self.name, name)]
        if not event.triggered:
            event.succeed(self.world.env.now)

    def log(self, what: str) -> None:
        self.world.log.append((self.world.env.now, self.name, f"talks: {what}", 0))

    def follow(self, name: str, state: str) -> ProcessGenerator:
        """Bring the talks into a state when another event starts."""
        if self.world.started[name].processed:
            return
        yield self.world.started[name]
        self.advance()
        self.state = state
        self.change()

    def adjourn(self) -> ProcessGenerator:
        """End the talks."""
        yield self.world.until(self.world.day_of(self.event.until), ending=True)
        self.advance()
        self.open = False
        self.change()

    def change(self) -> None:
        """Wake the integration of the hazards."""
        if not self.changed.triggered:
            self.changed.succeed()


def in_a_round(outcome: TalksOutcome) -> float:
    """Return the hazard of one round, inf where the outcome is certain."""
    return math.inf if outcome.per_round >= 1.0 else -math.log1p(-outcome.per_round)


def travel(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Put travel rules in force until the event ends; `World.visit_time` reads them."""
    event = planned.event
    world.travel[planned.name] = event
    if event.until is not None:
        yield world.until(world.day_of(event.until), ending=True)
        del world.travel[planned.name]


def condition(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Do nothing: `World.holding` tells others that the event has started and not ended."""
    yield from ()
