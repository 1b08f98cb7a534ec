"""The kinds of event of the scenario format, and the selections they act on.

Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sim.scenario.fields import (
    Allowance,
    Date,
    Days,
    DaysLaw,
    Factor,
    Fraction,
    Level,
    PriceField,
    RateField,
    Target,
)
from sim.scenario.sections import Entry, Names, RegimeName, Section, Stage


class Place(Section):
    """Where a facility is, or whose it is; all conditions must hold."""

    country: Names | None = None
    firm: Names | None = None
    facility: Names | None = None


PlaceField = Annotated[
    Place | None,
    BeforeValidator(lambda v: {"country": v} if isinstance(v, str | list) else v),
]


class Exception_(Section):  # noqa: N801  `except` and `Exception` are taken
    """What a selection leaves out: whatever meets all conditions."""

    material: Names | None = None
    group: Names | None = None
    country: Names | None = None
    firm: Names | None = None
    facility: Names | None = None
    link: Names | None = None
    from_: PlaceField = Field(default=None, alias="from")
    to: PlaceField = None


class Selection(Exception_):
    """Which links, stocks, processes or demands an event acts on; all conditions must hold."""

    demand: Names | None = None
    except_: Exception_ | None = Field(default=None, alias="except")


class After(Section):
    """A trigger: some time after another event."""

    event: str
    lag: DaysLaw = 0.0


class When(Section):
    """A trigger: the first day on which a selected stock falls below a cover."""

    cover_below: Days
    select: Selection


class Event(Entry):
    """What all kinds of event share: when they act, on what, and how likely."""

    role: Literal["background", "treatment", "response"] = "treatment"
    date: Date | None = None
    after: After | None = None
    when: When | None = None
    until: Date | None = None  # first day on which the event no longer holds
    probability: Fraction = 1.0
    draw: Literal["once", "per_facility", "per_link"] = "once"
    select: Selection


class LicenceEvent(Event):
    """Switch the licence regime of links."""

    kind: Literal["licence"]
    regime: RegimeName


class QuotaEvent(Event):
    """Let a fixed amount through per period."""

    kind: Literal["quota"]
    allow: Allowance
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    pool: Literal["shared", "per_link"] = "shared"
    share_out: Literal["proportional", "first_come"] = "proportional"
    carry_over: bool = False
    steps: dict[Date, Allowance] = {}


class EmbargoEvent(Event):
    """Stop shipments on links; goods in transit still arrive."""

    kind: Literal["embargo"]


class OutageEvent(Event):
    """Take capacity away from processes, for a duration or until a date."""

    kind: Literal["outage"]
    remaining: Fraction = 0.0
    duration: DaysLaw | None = None
    recovery: Days = 0.0  # linear return to full capacity after the outage


class CapacityEvent(Event):
    """Multiply the capacity of processes."""

    kind: Literal["capacity"]
    factor: Factor
    ramp: Days = 0.0


class DemandEvent(Event):
    """Multiply final demand."""

    kind: Literal["demand"]
    factor: Factor


class StockTargetEvent(Event):
    """Raise, lower or set the cover that stocks aim at."""

    kind: Literal["stock_target"]
    target: Target


class Outside(Section):
    """A source of goods outside the network."""

    capacity: RateField
    lead_time: Days
    price: PriceField | None = None
    country: str | None = Field(default=None, pattern="^[A-Z]{2}$")


class EmergencyPurchaseEvent(Event):
    """Buy a fixed amount beyond the usual orders, from a named supplier or an outside source."""

    kind: Literal["emergency_purchase"]
    amount: Level
    supplier: str | None = None
    outside: Outside | None = None


class ThriftEvent(Event):
    """Use less per unit while the cover is below a threshold."""

    kind: Literal["thrift"]
    saving: Fraction
    below: Days


class QualificationEvent(Event):
    """Start to qualify links; each stage raises the share of need that the link may carry."""

    kind: Literal["qualification"]
    stages: dict[str, Stage] = {}  # the link's own stages when left out


AnyEvent = Annotated[
    LicenceEvent
    | QuotaEvent
    | EmbargoEvent
    | OutageEvent
    | CapacityEvent
    | DemandEvent
    | StockTargetEvent
    | EmergencyPurchaseEvent
    | ThriftEvent
    | QualificationEvent,
    Field(discriminator="kind"),
]
