"""Events: when each begins, whom it happens to, what it does, when it ends (section 9)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from sim.scenario import selection
from sim.scenario.schema import events
from tests.oracle import effects
from tests.oracle.clock import Days, Phase, Rank, Steps
from tests.oracle.draws import Draws
from tests.oracle.quotas import Quota
from tests.oracle.regimes import FREE, Hold, Office
from tests.oracle.world import SLACK, Link, World


class Agenda:
    """All events of a scenario as SimPy processes."""

    def __init__(self, env: Days, world: World, draws: Draws, office: Office, days: int) -> None:
        self.env = env
        self.world = world
        self.draws = draws
        self.office = office
        self.days = days
        self.events = world.document.events
        order = sorted(self.events, key=lambda name: (self.events[name].kind, name))
        self.turns = {name: number for number, name in enumerate(order)}
        self.started = {name: simpy.Event(env) for name in order}
        for name in order:
            env.process(self.live(name))

    def live(self, name: str) -> Steps:
        """Wait for the start of an event, act, and end it."""
        event = self.events[name]
        x = yield from self.start(name, event)
        end = None if event.until is None else float(self.env.number(event.until))
        if end is not None and end <= x:
            return
        yield self.env.at(x, Rank.START + self.turns[name])
        targets = self.targets(name, event)
        if not targets:
            return
        self.started[name].succeed(x)
        yield from self.act(name, event, targets, x, end)

    def start(self, name: str, event: events.Event) -> Generator[simpy.Event, Any, float]:
        """Return the real time at which an event starts, once it is known."""
        if event.after is not None:
            lag = self.draws.law(event.after.lag, f"lag/{name}")
            began: float = yield self.started[event.after.event]
            return began + lag
        if event.when is not None:
            return (yield from self.watch(event.when))
        assert event.date is not None
        return max(0.0, float(self.env.number(event.date)))

    def watch(self, when: events.When) -> Generator[simpy.Event, Any, float]:
        """Return the morning after the cover of any selected stock has fallen below a level."""
        stocks = [
            self.world.stocks[id_] for id_ in selection.select(self.world.document, "stocks", when.select)
        ]
        for day in range(self.days):
            yield self.env.phase(day, Phase.EVENING)
            if any(s.amount < when.cover_below * s.base_need * (1.0 - SLACK) for s in stocks):
                return float(day + 1)
        return float(self.days)

    def targets(self, name: str, event: events.Event) -> list[str]:
        """Return the ids that the event happens to, by its probability."""
        ids = sorted(selection.select(self.world.document, event.acts_on, event.select))
        return [id_ for id_ in ids if self.draws.uniform(self.chance(name, event, id_)) < event.probability]

    def chance(self, name: str, event: events.Event, target: str) -> str:
        """Return the name of the draw that decides whether the event happens to a target."""
        if event.draw == "once":
            return f"event/{name}"
        if event.draw == "per_link":
            return f"event/{name}/{target}"
        return f"event/{name}/{self.facility(target)}"

    def facility(self, target: str) -> str:
        """Return the facility of a target; that of the buyer for a link."""
        world = self.world
        if target in world.links:
            return world.links[target].stock.facility
        if target in world.demands:
            return world.demands[target].process.facility
        return target.partition("/")[0]

    def act(self, name: str, event: events.Event, targets: list[str], x: float, end: float | None) -> Steps:
        """Do what the kind of the event asks for, and undo it at the end."""
        if isinstance(event, events.OutageEvent | events.CapacityEvent):
            yield from self.capacity(name, event, targets, x, end)
            return
        if isinstance(event, events.QualificationEvent):
            self.qualify(name, event, targets, x, end)
            return
        undo = self.do(name, event, targets, x)
        if end is not None:
            yield self.env.at(end, Rank.ENDING + self.turns[name])
            undo(end)

    def do(self, name: str, event: events.Event, targets: list[str], x: float) -> Callable[[float], None]:
        """Begin an event that holds until it ends; return what ends it."""
        world = self.world
        if isinstance(event, events.LicenceEvent | events.EmbargoEvent):
            return self.hold(name, event, [world.links[id_] for id_ in targets], x)
        if isinstance(event, events.QuotaEvent):
            return self.quota(name, event, [world.links[id_] for id_ in targets], x)
        if isinstance(event, events.DemandEvent):
            return effects.demand(name, event, [world.demands[id_] for id_ in targets])
        stocks = [world.stocks[id_] for id_ in targets]
        if isinstance(event, events.StockTargetEvent):
            return effects.stock_target(name, event, stocks)
        if isinstance(event, events.ThriftEvent):
            return effects.thrift(name, event, stocks)
        assert isinstance(event, events.EmergencyPurchaseEvent)
        return effects.emergency(world, name, event, stocks)

    def hold(
        self, name: str, event: events.LicenceEvent | events.EmbargoEvent, links: list[Link], x: float
    ) -> Callable[[float], None]:
        """Put links under a regime and its steps; return what lifts it."""
        steps = event.steps if isinstance(event, events.LicenceEvent) else {}
        days: dict[int, str] = {self.env.number(date): steps[date] for date in sorted(steps)}
        passed = [regime for day, regime in days.items() if day <= x]
        first = event.regime if isinstance(event, events.LicenceEvent) else "embargo"
        regime = passed[-1] if passed else first
        eases = event.lifts is None and regime in FREE and not passed
        for link in links:
            self.office.put(link, Hold(name, regime, x, set(event.lifts or ()), eases=eases), x)
        self.env.process(self.turns_of(name, links, {day: days[day] for day in days if day > x}))

        def undo(end: float) -> None:
            for link in links:
                self.office.lift(link, name, end)

        return undo

    def turns_of(self, name: str, links: list[Link], days: dict[int, str]) -> Steps:
        """Take the steps of a licence: each ends among the endings of its day, the next begins after all starts."""
        for day, regime in days.items():
            for rank, now in ((Rank.ENDING, "between steps"), (Rank.START + len(self.turns), regime)):
                yield self.env.at(day, rank + self.turns[name])
                for link in links:
                    self.office.turn(link, name, now, float(day))

    def quota(
        self, name: str, event: events.QuotaEvent, links: list[Link], x: float
    ) -> Callable[[float], None]:
        """Put links under a quota; return what ends it."""
        unit = self.world.document.materials[links[0].stock.material].unit
        quota = Quota(self.env, self.office, name, event, unit)
        quota.begin(links, x)
        self.env.process(quota.live(x, Rank.START + self.turns[name]))
        return quota.end

    def capacity(
        self,
        name: str,
        event: events.OutageEvent | events.CapacityEvent,
        targets: list[str],
        x: float,
        end: float | None,
    ) -> Steps:
        """Move capacity factors day by day: down or up a ramp, and back."""
        processes = [self.world.processes[id_] for id_ in targets]
        if isinstance(event, events.OutageEvent):
            if end is None and event.duration is not None:
                end = x + self.draws.law(event.duration, f"duration/{name}")
            path = effects.outage_path(event, x, end)
        else:
            path = effects.capacity_path(event, x, end)
        for time, factor, ending in path:
            rank = Rank.ENDING if ending else Rank.START
            yield self.env.at(time, rank + self.turns[name])
            for process in processes:
                process.factors[name] = factor

    def qualify(
        self, name: str, event: events.QualificationEvent, targets: list[str], x: float, end: float | None
    ) -> None:
        """Begin the stages of each link, as far as they come before the end."""
        for id_ in targets:
            stages = (event.stages or self.world.document.links[id_].stages).values()
            due = sorted((x + stage.after, stage.max_share) for stage in stages)
            due = [(time, share) for time, share in due if end is None or time < end]
            self.env.process(self.stages(self.world.links[id_], due, Rank.START + self.turns[name]))

    def stages(self, link: Link, due: list[tuple[float, float]], rank: int) -> Steps:
        """Raise the share of need that a link may carry, stage by stage."""
        for time, share in due:
            yield self.env.at(time, rank)
            link.max_share = share
