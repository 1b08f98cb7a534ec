"""The simulation that processes act on: its state, waiting for times and thresholds, and keyed draws."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import simpy
from simpy.events import NORMAL, URGENT, EventPriority

from sim.engine.licence_terms import Holder, OfficeState, ReleaseState
from sim.engine.plan import Targets
from sim.engine.state import Records, State
from sim.engine.state_rows import CROSSED, HAS_ARMED, HAS_EXTRA, HAS_POOL, YIELD_
from sim.errors import CurbsimError
from sim.network import distributions
from sim.network.arrays import Network
from sim.randomness import compiled_uniform, stream
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import TravelEvent
from sim.scenario.schema.field_types import Distribution
from sim.types import RELATIVE_SLACK
from sim.units import Clock

MOST_POOLS = 62  # bits of a whole number that say in which a link is
LAST = EventPriority(NORMAL + 1)  # of what comes after all starts of a moment
ProcessGenerator = Generator[simpy.Event, Any, None]


@dataclass
class Licence:
    """One application for a lot, from filing to the end of its validity (days since the start)."""

    link: int
    filed: float
    amount: float
    decided: float = float("nan")
    usable: float = float("nan")
    closed: float = float("nan")  # without a grant: given up, or void with its regime
    denials: int = 0
    lapsed: float = 0.0
    upto: float = 0.0  # credited on its link under this regime when it was usable, itself included
    number: int = 0  # of the file on its link
    rounds: int = 0  # earlier visits to the office
    filing_days: float = 0.0  # from the need to the filing
    queue_days: float = 0.0  # without an examiner
    stop_days: float = 0.0  # with the clock stopped: documents, and from a denial to the next filing
    review_days: float = 0.0  # with an examiner
    returns: int = 0
    part: float = 1.0  # granted of what was asked for
    required: bool = True  # whether catch-all screening found that it needs a licence
    expedited: bool = False

    @property
    def granted(self) -> float:
        return self.amount * self.part


@dataclass(frozen=True, eq=False)
class LinkRegime:
    """What one event puts links under, beside what others do.

    Attributes
    ----------
    name, owner : str
        Of the licence regime, and of the event that set it.
    apply : callable, optional
        Brings a link under it afresh and returns the credit that it begins with.
    pool : int
        Quota pool that its links are in; -1: none.
    files : str
        Whose licence files give its credit: regimes of one word go on with the same files.
    eases : bool
        Whether it is a relief that names nothing: it lifts licence duties, else what began before.
    lifts : tuple of str
        Events whose curbs it lifts by name.
    """

    name: str
    owner: str
    apply: Callable[[Simulation, int], float] | None = None
    pool: int = -1
    files: str = ""
    eases: bool = False
    lifts: tuple[str, ...] = ()

    @property
    def bounds(self) -> bool:
        """Whether it bounds what its links ship."""
        return self.apply is not None or self.pool >= 0

    @property
    def key(self) -> str | LinkRegime:
        """By what its credit is kept: a word where that is of licence files."""
        return self.files or self


class Hold(NamedTuple):
    """A regime on a link: when its event began, since when it holds here, and which events it lifts."""

    regime: LinkRegime
    begun: float
    since: float
    lifts: frozenset[str]


@dataclass
class Simulation:
    """One replication while it runs.

    `env.now` is in days since the start; what happens at time t acts in day floor(t + 0.5).
    """

    document: Document
    network: Network
    state: State
    seed: int
    replication: int
    days: int
    env: simpy.Environment = field(default_factory=simpy.Environment)
    licences: list[Licence] = field(default_factory=list)
    log: list[tuple[float, str, str, int]] = field(default_factory=list)
    regimes: dict[int, LinkRegime] = field(default_factory=dict)  # the strictest in force on each link
    imposed: dict[int, list[Hold]] = field(default_factory=dict)  # all that events hold on a link
    # what each curb on a link allows beyond the least of them, which is its credit
    gates: dict[int, dict[str | LinkRegime, float]] = field(default_factory=dict)
    version: dict[int, int] = field(default_factory=dict)  # how often licences of a link have become void
    reviews: dict[int, int] = field(default_factory=dict)
    offices: dict[str, OfficeState] = field(default_factory=dict)
    release: ReleaseState | None = None
    files: dict[int, int] = field(default_factory=dict)  # number of the latest file on a link
    granted: set[int] = field(default_factory=set)  # links that have had a licence
    # of links without a licence so far: what they join with the first one under the licences of a version
    awaiting: dict[int, tuple[LinkRegime, int]] = field(default_factory=dict)
    factors: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)
    active: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    wanted: dict[int, dict[str, float]] = field(default_factory=dict)  # purchases on a link, by event
    lasting: dict[int, dict[int, float]] = field(default_factory=dict)  # least shares, by stock and link
    started: dict[str, simpy.Event] = field(default_factory=dict)
    reached: dict[tuple[str, str], simpy.Event] = field(default_factory=dict)  # by talks and outcome
    travel: dict[str, TravelEvent] = field(default_factory=dict)  # rules in force
    records: Records | None = None  # of the days so far
    pools: int = 0
    _spares: dict[int, float] = field(default_factory=dict)  # of licences, beyond the least; asked often
    _credit_waiters: dict[int, simpy.Event] = field(default_factory=dict)
    _credit_levels: dict[int, float] = field(default_factory=dict)  # of licences, that they wait for
    _cover_waiters: list[tuple[simpy.Event, Targets, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock(self.document.run.start)
        self._credit_slack = RELATIVE_SLACK * self.network.arrays.ration_base

    @property
    def now(self) -> float:
        """Return the time in days since the start; `env.now` with one call less."""
        return self.env._now

    def day_of(self, date: datetime.date) -> int:
        """Return the day number of a date."""
        return self.clock.day(date)

    def end_of(self, event: Any) -> float:
        """Return the day on which an event of the file ends, inf for one that stays."""
        return math.inf if event.until is None else self.day_of(event.until)

    def at_end(self, event: Any) -> simpy.Event:
        """Wait until an event of the file ends, before all else of that moment; one that stays never does."""
        end = self.end_of(event)
        return self.until(end, ending=True) if end < math.inf else simpy.Event(self.env)

    def note(self, name: str, what: str, targets: int) -> None:
        """Enter into the log what an event does now."""
        self.log.append((self.now, name, what, targets))

    def until(self, time: float, *, ending: bool = False, last: bool = False) -> simpy.Event:
        """Wait until `time` (now, when it has passed).

        Of what happens at one moment endings come first, and what is `last` comes after all starts.
        """
        delay = max(0.0, time - self.now)
        if not (ending or last):
            return simpy.Timeout(self.env, delay)
        return self._later(simpy.Event(self.env), delay, URGENT if ending else LAST)

    def busy(self) -> bool:
        """Tell whether anything else happens at this moment: if not, there is nothing to wait for."""
        return self.env.peek() <= self.now

    def begin(self, steps: ProcessGenerator) -> None:
        """Run, from now on, a process that nobody waits for or interrupts.

        There are thousands of such processes; this spares the events of a `simpy.Process` for its own
        begin and end.
        """

        def go_on(_: simpy.Event | None = None) -> None:
            event = next(steps, None)
            if event is not None:
                event.callbacks.append(go_on)

        go_on()

    def holding(self, name: str) -> bool:
        """Tell whether an event has started and its `until` has not come."""
        start = self.started.get(name)
        return start is not None and start.triggered and self.now < self.end_of(self.document.events[name])

    def visit_time(self, a: str, b: str, days: float) -> float:
        """Return how long a visit of `days` between two countries takes that begins now; inf: for ever."""
        if a == b:
            return days
        wait = extra = 0.0
        for _, rule in sorted(self.travel.items()):
            if a not in rule.between or b not in rule.between:
                continue
            days, extra = days * rule.factor, extra + rule.quarantine
            if rule.visas == "suspended":
                wait = max(wait, self.end_of(rule) - self.now)
        return wait + extra + days

    def uniform(self, name: str, count: int = 0) -> float:
        """Return a uniform draw that depends on nothing but seed, replication, name and count."""
        return compiled_uniform(stream(self.seed, name), self.replication, count)

    def happens(self, probability: float, what: str, name: str, count: int = 0) -> bool:
        """Draw whether something happens; the stream is called `what/name`."""
        return probability > 0.0 and (
            probability >= 1.0 or self.uniform(f"{what}/{name}", count) < probability
        )

    def draw(self, law: Distribution, name: str, count: int = 0) -> float:
        """Return a draw from a law, keyed like `uniform`."""
        if law.law == "fixed":
            return law.parameters[0]
        return distributions.quantile(law, self.uniform(name, count))

    def material(self, link: int) -> str:
        """Return what is shipped on a link."""
        return str(self.network.stock_material[self.network.arrays.stock[link]])

    def holds(self, holder: Holder) -> bool:
        """Tell whether the regime of some licences is still the one that its link is under."""
        return self.version.get(holder.link, 0) == holder.version

    def credits(self, link: int) -> dict[str | LinkRegime, float]:
        """Return what each curb on a link still allows, pools apart."""
        credit = float(self.state.credit[link])
        return {key: credit + spare for key, spare in self.gates.get(link, {}).items()}

    def set_credits(self, link: int, allowed: Mapping[str | LinkRegime, float]) -> None:
        """Let a link ship the least of what its curbs allow; without any, all that is asked for."""
        state, least = self.state, min(allowed.values(), default=0.0)
        gate = self.gates[link] = {key: credit - least for key, credit in allowed.items()}
        self._spares[link] = math.fsum(spare for key, spare in gate.items() if isinstance(key, str))
        if state.credit[link] != least:
            state.credit[link] = least
        if state.controlled[link] != bool(allowed):
            state.controlled[link] = bool(allowed)
        self._arm_credit(link)

    def add_credit(self, link: int, key: str | LinkRegime, amount: float) -> None:
        """Add to what one curb on a link allows."""
        if len(self.gates.get(link, ())) <= 1:
            self.state.credit[link] += amount
        else:
            allowed = self.credits(link)
            self.set_credits(link, allowed | {key: allowed[key] + amount})

    def licensed(self, link: int) -> float:
        """Return the credit of the licences of a link, whatever else bounds it."""
        return float(self.state.credit[link]) + self._spares.get(link, 0.0)

    def forget_credit(self, link: int) -> None:
        """Let nobody wait for the credit of a link any longer."""
        self.state.arm_credit[link] = -np.inf
        self._credit_waiters.pop(link, None)

    def new_pool(self, rule: str) -> int:
        """Make a quota pool and return its index."""
        index = self.pools
        if index >= MOST_POOLS:
            raise CurbsimError(f"more than {MOST_POOLS} shared quotas; write pool: per_link for the others")
        self.pools += 1
        self.state.pool_rule[index] = 0 if rule == "proportional" else 1
        self.state.flags[HAS_POOL] = 1
        return index

    def credit_below(self, link: int, level: float) -> simpy.Event:
        """Wait for the morning after the licensed credit of a link is below `level`."""
        event = simpy.Event(self.env)
        self._credit_waiters[link] = event
        self.state.flags[HAS_ARMED] = 1
        self.rearm(link, level)
        return event

    def rearm(self, link: int, level: float) -> None:
        """Change the level of a wait that is under way."""
        self._credit_levels[link] = level
        self._arm_credit(link)

    def _arm_credit(self, link: int) -> None:
        """Tell the day step below which credit of a link its licences are below what is waited for."""
        if link in self._credit_waiters:
            self.state.arm_credit[link] = self._credit_levels[link] - self._spares.get(link, 0.0)

    def cover_below(self, stocks: Targets, days: float) -> simpy.Event:
        """Wait for the morning after the cover of any of these stocks is below `days` of baseline use."""
        event = self.env.event()
        self._cover_waiters.append((event, stocks, days))
        self._arm_cover()
        return event

    def forget_cover(self, event: simpy.Event) -> None:
        """Let a wait for a cover be none any longer."""
        waiting = len(self._cover_waiters)
        self._cover_waiters = [waiter for waiter in self._cover_waiters if waiter[0] is not event]
        if len(self._cover_waiters) < waiting:
            self._arm_cover()

    def is_low(self, stock: int, days: float) -> bool:
        """Tell whether a stock held less than `days` of baseline use on the last evening."""
        return bool(self.state.stock[stock] < days * self.network.arrays.need[stock] * (1.0 - RELATIVE_SLACK))

    def wake(self, day: int) -> None:
        """Wake, on the morning of `day`, whoever waits for a threshold that is now crossed."""
        state, delay = self.state, day - self.now
        (low,) = (state.credit < state.arm_credit - self._credit_slack).nonzero()
        for link in sorted(low.tolist(), key=self.network.links.__getitem__):
            state.arm_credit[link] = -np.inf
            self._later(self._credit_waiters.pop(link), delay)
        if self._cover_waiters:
            self._wake_low_covers(delay)
        state.flags[HAS_ARMED] = bool(self._cover_waiters or self._credit_waiters)
        state.flags[CROSSED] = 0

    def _wake_low_covers(self, delay: float) -> None:
        covers = list(self._cover_waiters)
        for waiter in covers:
            event, stocks, days = waiter
            if any(self.is_low(s, days) for s in stocks):
                self._cover_waiters.remove(waiter)
                self._later(event, delay)
        if len(self._cover_waiters) < len(covers):
            self._arm_cover()

    def _later(self, event: simpy.Event, delay: float, priority: EventPriority = NORMAL) -> simpy.Event:
        event._ok, event._value = True, None
        self.env.schedule(event, priority=priority, delay=delay)
        return event

    def _arm_cover(self) -> None:
        levels = self.state.arm_cover
        levels[:] = -np.inf
        for _, stocks, days in self._cover_waiters:
            for s in stocks:
                levels[s] = max(levels[s], days)
        self.state.flags[HAS_ARMED] = bool(self._cover_waiters or self._credit_waiters)

    def set_factor(self, what: str, targets: Targets, owner: str, value: float | None) -> None:
        """Let `owner` multiply the capacity or yield of processes, or demands; None takes it back."""
        state = self.state
        rows = {"process": state.factor, "demand": state.demand_factor, "yield": state.processes[YIELD_]}
        for index in targets:
            factors = self.factors.setdefault((what, index), {})
            factors.pop(owner, None)
            if value is not None:
                factors[owner] = value
            base = float(self.network.arrays.yield_[index]) if what == "yield" else 1.0
            rows[what][index] = math.prod((factors[name] for name in sorted(factors)), start=base)

    def want_extra(self, link: int, amount: float, owner: str = "") -> None:
        """Add an emergency purchase to what link `link` is asked for."""
        asked = self.wanted.setdefault(link, {})
        asked[owner] = asked.get(owner, 0.0) + amount
        self.state.extra[link] += amount
        self.state.flags[HAS_EXTRA] = 1
