"""The terms of licences (MODEL.md section 9): of one material, of the office that reviews, of one link."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import simpy

from sim.engine.release_facts import LicencePair
from sim.engine.release_times import First
from sim.network import distributions
from sim.scenario.schema.document import Office, OfficeStage, Regime, Returns
from sim.scenario.schema.events import OfficeEvent
from sim.scenario.schema.field_types import Distribution
from sim.scenario.schema.release import Release
from sim.types import Floats


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


class Desk(simpy.PriorityResource):
    """Examiners and the files that wait for them; first come, first served, expedited files first."""

    def staff(self, number: float) -> None:
        """Set the number of examiners; one who leaves finishes the review he has begun."""
        self._capacity = number
        for _ in range(len(self.queue)):
            self._trigger_put(None)


@dataclass(frozen=True)
class DeskStage:
    """One step of a review."""

    name: str
    section: OfficeStage
    last: bool
    desk: Desk | None  # None: every file is taken up at once


@dataclass
class OfficeState:
    """The office of one country while it runs.

    Attributes
    ----------
    changes : dict of str to OfficeEvent
        Events in force, in the order of their start.
    limit : float
        Days on its clock after which a file is granted.
    slow_walk : float
        What multiplies every time of review.
    """

    section: Office
    regime: Regime
    stages: tuple[DeskStage, ...] = ()
    desks: dict[str, Desk] = field(default_factory=dict)
    changes: dict[str, OfficeEvent] = field(default_factory=dict)
    limit: float = math.inf
    slow_walk: float = 1.0

    def examiners(self, number: int | None) -> float:
        """Return how many examiners there are now at a desk that has `number`, or the office's number."""
        given = [c.examiners for c in self.changes.values() if c.examiners is not None]
        base = number or (given[-1] if given else self.section.examiners or self.regime.examiners)
        if base is None and not given:
            return math.inf
        staff = math.prod(c.staff for c in self.changes.values())
        return math.floor((base or 0) * staff + 0.5)

    def returns(self, stage: DeskStage) -> tuple[float, Distribution | None]:
        """Return how likely a file is sent back after a stage, and the law of the time it takes."""
        rule: Returns | None = stage.section.returns
        if rule is None and stage.last:
            rule = self.section.returns
            changed = [c.returns for c in self.changes.values() if c.returns is not None]
            if changed:
                return changed[-1], rule.time if rule else None
        return (rule.probability, rule.time) if rule else (0.0, None)

    def settle(self) -> None:
        """Let what is in force now act: the limit, the pace, and the examiners of every desk."""
        limits = [c.limit for c in self.changes.values() if c.limit is not None]
        limit = limits[-1] if limits else self.section.limit
        self.limit = math.inf if limit is None else limit
        self.slow_walk = self.section.slow_walk * math.prod(c.slow_walk for c in self.changes.values())
        for name, desk in self.desks.items():
            number = self.section.stages[name].examiners if name else None
            desk.staff(self.examiners(number))


@dataclass(frozen=True)
class Rules:
    """How an office treats the files on one link.

    Attributes
    ----------
    name : str
        Id of the link.
    law : Distribution
        Of the time of a stage that has no law of its own.
    slow_walk : float
        That of the buyer's group of destinations.
    expedite : float
        Share of files that go before all others.
    """

    office: OfficeState
    name: str
    law: Distribution
    slow_walk: float
    expedite: float


@dataclass
class Holder:
    """The licences of one link under one regime."""

    link: int
    version: int
    terms: Terms
    rules: Rules  # of the office
    daily: float  # what one day of use is for this link
    pending: float = 0.0  # filed or to be filed, not yet usable
    credited: float = 0.0
    lapsed: float = 0.0
    screening: float = 1.0  # probability that a lot needs a licence
    files: str = "individual"  # the word by which the credit of its files is kept
    reorder_level: float = field(init=False)

    def __post_init__(self) -> None:
        self.reorder_level = self.terms.reorder * self.daily


@dataclass
class ReleaseState:
    """The office that releases in one replication: who waits for it, and what was drawn of it.

    Attributes
    ----------
    begun : dict of str to float
        When the first links of a material came under it: dates of its grants count from there.
    first : dict of str to First
        Days to the first grant, by link.
    paces : dict of str to array
        By material, grants so far as part of what contracts need, in days of them at the end of each day.
    need : float
        By how much grants come faster while the buyer is short.
    """

    section: Release
    begun: dict[str, float] = field(default_factory=dict)
    pairs: dict[str, LicencePair] = field(default_factory=dict)
    first: dict[str, First] = field(default_factory=dict)
    lots: dict[str, float] = field(default_factory=dict)
    paces: dict[str, float | Floats] = field(default_factory=dict)
    need: float = 0.0
    short: dict[simpy.Event, int] = field(default_factory=dict)  # who waits for a stock to recover
    asking: bool = False  # whether a process asks for them every morning


def of_material(table: dict[str, Any], material: str, default: Any = None) -> Any:
    """Return the entry of a material, of all others, or a default.

    Examples
    --------
    >>> of_material({"acid": 3.0, "other": 1.0}, "gas")
    1.0
    """
    return table.get(material, table.get("other", default))


def read_terms(
    section: Regime,
    material: str,
    *,
    expected: float | None = None,
    lot: Any = None,
    reorder: Any = None,
) -> Terms:
    """Collect the rules of a material; `expected` days in the office replace the mean of the review."""

    def of(name: str, default: Any = None) -> Any:
        return of_material(getattr(section, name), material, default)

    review: Distribution = of("review")
    lot = of("lot", 30.0) if lot is None else lot
    lot = of("contract", 180.0) if lot == "contract" else lot
    reorder = of("reorder", "auto") if reorder is None else reorder
    if reorder == "auto":
        days = 1.0 if lot == "order" else lot
        wait = distributions.mean(review) if expected is None else expected
        reorder = wait + of("filing", 0.0) + days + of("dispatch", 0.0)
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
