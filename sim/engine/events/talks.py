"""Talks in rounds, travel rules and conditions that gate them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import simpy

from sim.engine.plan import Planned, Targets
from sim.engine.simulation import ProcessGenerator, Simulation
from sim.scenario.schema.event_parts import TalksOutcome

SAME_MOMENT = 1e-9  # days
LARGEST_POWER = 700.0  # exp() of more is not a number
LARGEST_HAZARD = 100.0  # a day; talks that go round in a circle must not stop the clock


def talks(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Let hazards run and rounds be held until the talks end."""
    table = Talks(simulation, planned)
    simulation.env.process(table.adjourn())
    for name, state in planned.event.follows.items():
        simulation.env.process(table.follow(name, state))
    for time in sorted(table.scheduled()):
        simulation.env.process(table.meet_at(time))
    if planned.event.round_rate > 0.0:
        simulation.env.process(table.meet_at_random())
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

    def __init__(self, simulation: Simulation, planned: Planned) -> None:
        self.simulation, self.name, self.event = simulation, planned.name, planned.event
        self.groups = planned.groups
        self.state: str = planned.event.state
        self.open = True
        self.changed = simpy.Event(simulation.env)
        self.outcomes: dict[str, TalksOutcome] = dict(sorted(planned.event.outcomes.items()))
        self.exposure = dict.fromkeys(self.outcomes, 0.0)
        self.count = dict.fromkeys(self.outcomes, 0)
        self.rates: dict[str, float] = {}
        self.at = simulation.now
        self.lost = dict.fromkeys(planned.groups, 0.0)
        self.counted = 0  # days of lost starts that have been added up

    def named(self) -> set[str]:
        """Return the events that the outcomes ask about."""
        asked = [{*o.requires, *o.unless, *o.covariates} for o in self.outcomes.values()]
        return set().union(*asked).difference(self.groups)

    # the continuous part ----------------------------------------------------------------------

    def wait(self) -> ProcessGenerator:
        """Integrate the hazards from one change to the next and bring about what is due."""
        while self.open:
            self.rates = {n: min(LARGEST_HAZARD, self.factor(o) * o.hazard) for n, o in self.outcomes.items()}
            gaps = {name: self.remaining(name) / rate for name, rate in self.rates.items() if rate > 0.0}
            soonest = min(gaps, key=lambda name: (gaps[name], name), default="")
            due = self.simulation.now + gaps.get(soonest, math.inf)
            following = min(due, *self.changes())
            self.changed = simpy.Event(self.simulation.env)
            signs = [self.changed, *self.unbegun()]
            if math.isfinite(following):
                signs.append(self.simulation.until(following, last=True))
            yield simpy.AnyOf(self.simulation.env, signs)
            self.advance()
            if self.open and not self.changed.triggered and self.simulation.now >= due - SAME_MOMENT:
                self.bring_about(soonest)

    def advance(self) -> None:
        """Add to the integrated hazards what has passed since the last time."""
        now = self.simulation.now
        for name, rate in self.rates.items():
            self.exposure[name] += rate * (now - self.at)
        self.at = now

    def changes(self) -> Iterator[float]:
        """Yield the coming moments at which a hazard may change by itself."""
        yield math.inf
        now, events = self.simulation.now, self.simulation.document.events
        ends = (self.simulation.end_of(events[name]) for name in self.named())
        yield from (end for end in ends if end > now)
        if self.groups:
            yield int(now + 0.5) + 1.0

    def unbegun(self) -> list[simpy.Event]:
        """Return the starts of named events that are still to come."""
        starts = (self.simulation.started[name] for name in sorted(self.named()))
        return [start for start in starts if not start.triggered]

    def factor(self, outcome: TalksOutcome) -> float:
        """Return exp(coefficients times covariates), or 0 where an outcome is not possible now."""
        holding = self.simulation.holding
        if self.state == outcome.to or (outcome.from_ and self.state not in outcome.from_):
            return 0.0
        if not all(map(holding, outcome.requires)) or any(map(holding, outcome.unless)):
            return 0.0
        self.count_losses()
        power = math.fsum(
            beta * (self.lost[name] if name in self.lost else float(holding(name)))
            for name, beta in outcome.covariates.items()
        )
        return math.exp(min(power, LARGEST_POWER))

    def remaining(self, name: str) -> float:
        """Return what the integrated hazard of an outcome still lacks."""
        draw = self.simulation.uniform(f"talks/{self.name}/{name}", self.count[name])
        return max(0.0, -math.log1p(-draw) - self.exposure[name])

    def count_losses(self) -> None:
        """Add the days of starts that each group has lost since the last time."""
        records, today = self.simulation.records, int(self.simulation.now + 0.5)
        if records is None or today <= self.counted:
            return
        for name, processes in self.groups.items():
            base = self.simulation.network.arrays.base_starts[list(processes)]
            short = base - records.starts[self.counted : today, list(processes)]
            whole = float(base.sum())
            self.lost[name] += float(short.clip(min=0.0).sum()) / whole if whole > 0.0 else 0.0
        self.counted = today

    # rounds -----------------------------------------------------------------------------------

    def scheduled(self) -> Iterator[float]:
        """Yield the days of the dated rounds that are not over when the talks begin."""
        for meeting in self.event.rounds.values():
            day = float(self.simulation.day_of(meeting.date))
            if day >= int(self.simulation.now + 0.5):
                yield day

    def meet_at(self, time: float) -> ProcessGenerator:
        """Hold a round on its day, after all that starts then."""
        yield self.simulation.until(time, last=True)
        self.meet()

    def meet_at_random(self) -> ProcessGenerator:
        """Hold rounds at keyed exponential gaps."""
        number = 0
        while self.open:
            draw = self.simulation.uniform(f"round/{self.name}", number)
            yield self.simulation.until(
                self.simulation.now - math.log1p(-draw) / self.event.round_rate, last=True
            )
            self.meet()
            number += 1

    def meet(self) -> None:
        """Let the hazards of one round run side by side; the first to reach its threshold ends it."""
        if not self.open:
            return
        self.advance()
        self.log("round")
        self.reach("round")
        factors = {name: self.factor(o) for name, o in self.outcomes.items() if o.per_round > 0.0}
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
        event = self.simulation.reached[(self.name, name)]
        if not event.triggered:
            event.succeed(self.simulation.now)

    def log(self, what: str) -> None:
        self.simulation.note(self.name, f"talks: {what}", 0)

    def follow(self, name: str, state: str) -> ProcessGenerator:
        """Bring the talks into a state when another event starts."""
        if self.simulation.started[name].processed:
            return
        yield self.simulation.started[name]
        self.advance()
        self.state = state
        self.change()

    def adjourn(self) -> ProcessGenerator:
        """End the talks."""
        yield self.simulation.at_end(self.event)
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


def travel(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Put travel rules in force until the event ends; `Simulation.visit_time` reads them."""
    event = planned.event
    simulation.travel[planned.name] = event
    yield simulation.at_end(event)
    del simulation.travel[planned.name]


def condition(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Do nothing: `Simulation.holding` tells others that the event has started and not ended."""
    yield from ()
