"""The kinds of event of the scenario format, and the selections they act on.

Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from sim.scenario.fields import (
    Allowance,
    Count,
    Date,
    Days,
    DaysLaw,
    Factor,
    Fraction,
    Level,
    Lot,
    Number,
    PerTime,
    PriceField,
    RateField,
    Reorder,
    Target,
)
from sim.scenario.qualifying import Qualifying
from sim.scenario.sections import Entry, Names, RegimeName, Section, Stage, as_names

Acts = Literal["links", "stocks", "processes", "demands", "world"]


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
    outcome: str | None = None  # of talks, or round: the first round; the start of the event when left out
    lag: DaysLaw = Field(default="0 days", validate_default=True)


class When(Section):
    """A trigger: the first day on which a selected stock falls below a cover."""

    cover_below: Days
    select: Selection


class Timed(Entry):
    """What all kinds of event share: when they act, and how likely."""

    stepped: ClassVar[str] = ""  # the field that `steps` change, if the engine takes them one by one
    role: Literal["background", "treatment", "response"] = "treatment"
    date: Date | None = None
    after: After | None = None
    when: When | None = None
    until: Date | None = None  # first day on which the event no longer holds
    probability: Fraction = 1.0
    draw: Literal["once", "per_facility", "per_link"] = "once"


class Event(Timed):
    """An event that acts on links, stocks, processes or demands."""

    acts_on: ClassVar[Acts] = "links"
    select: Selection


class WorldEvent(Timed):
    """An event that acts on nothing in the network by itself."""

    acts_on: ClassVar[Acts] = "world"
    draw: Literal["once"] = "once"


class LicenceEvent(Event):
    """Switch the licence regime of links."""

    stepped: ClassVar[str] = "regime"
    kind: Literal["licence"]
    regime: RegimeName
    record: Literal["given", "needed"] = "given"  # special_bulk: for all, or for pairs with a grant
    steps: dict[Date, RegimeName] = {}  # from that day on


class CatchAllEvent(Event):
    """Screen what is on no list: some lots of exporters without a compliance programme need a licence."""

    stepped: ClassVar[str] = "screening"
    kind: Literal["catch_all"]
    screening: Fraction  # probability that a lot needs a licence
    lot: Lot = 30.0
    reorder: Reorder = "auto"
    steps: dict[Date, Fraction] = {}  # from that day on


class OfficeEvent(Event):
    """Change the offices that review the exports over the selected links."""

    kind: Literal["office"]
    examiners: Count | None = Field(default=None, ge=0)  # instead of those of the office
    staff: Factor = 1.0  # multiplies all numbers of examiners, to the nearest whole
    slow_walk: Factor = 1.0
    returns: Fraction | None = Field(default=None, lt=1)
    limit: Days | None = None


class Rationed(Event):
    """What a quota lets through, and how."""

    allow: Allowance = None
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    pool: Literal["shared", "per_link"] = "shared"
    share_out: Literal["proportional", "first_come"] = "proportional"
    carry_over: bool = False
    steps: dict[Date, Allowance] = {}


class QuotaEvent(Rationed):
    """Let a fixed amount through per period."""

    kind: Literal["quota"]
    allow: Allowance


class RetaliationEvent(Rationed):
    """Answer an event with a regime on links that run the other way."""

    kind: Literal["retaliation"]
    role: Literal["treatment", "response"] = "treatment"
    regime: RegimeName  # with allow: and so on where it is a quota


class EmbargoEvent(Event):
    """Stop shipments on links; goods in transit still arrive."""

    kind: Literal["embargo"]


class OutageEvent(Event):
    """Take capacity away from processes, for a duration or until a date."""

    acts_on: ClassVar[Acts] = "processes"
    kind: Literal["outage"]
    remaining: Fraction = 0.0
    duration: DaysLaw | None = None
    recovery: Days = 0.0  # linear return to full capacity after the outage
    service_from: str | None = Field(default=None, pattern="^[A-Z]{2}$")  # country of those who repair


class CapacityEvent(Event):
    """Multiply the capacity of processes."""

    acts_on: ClassVar[Acts] = "processes"
    stepped: ClassVar[str] = "factor"
    kind: Literal["capacity"]
    factor: Factor
    ramp: Days = 0.0
    steps: dict[Date, Factor] = {}  # from that day on


class DemandEvent(Event):
    """Multiply final demand."""

    acts_on: ClassVar[Acts] = "demands"
    stepped: ClassVar[str] = "factor"
    kind: Literal["demand"]
    factor: Factor
    steps: dict[Date, Factor] = {}  # from that day on


class StockTargetEvent(Event):
    """Raise, lower or set the cover that stocks aim at."""

    acts_on: ClassVar[Acts] = "stocks"
    stepped: ClassVar[str] = "target"
    kind: Literal["stock_target"]
    target: Target
    half_life: Days | None = Field(default=None, gt=0)  # in which half of the change is gone
    steps: dict[Date, Target] = {}  # from that day on


class Outside(Section):
    """A source of goods outside the network."""

    capacity: RateField
    lead_time: Days
    price: PriceField | None = None
    country: str | None = Field(default=None, pattern="^[A-Z]{2}$")


class EmergencyPurchaseEvent(Event):
    """Buy a fixed amount beyond the usual orders, from a named supplier or an outside source."""

    acts_on: ClassVar[Acts] = "stocks"
    kind: Literal["emergency_purchase"]
    amount: Level
    supplier: str | None = None
    outside: Outside | None = None


class ThriftEvent(Event):
    """Use less per unit while the cover is below a threshold."""

    acts_on: ClassVar[Acts] = "stocks"
    stepped: ClassVar[str] = "saving"
    kind: Literal["thrift"]
    saving: Fraction
    below: Days
    steps: dict[Date, Fraction] = {}  # from that day on


class QualificationEvent(Event):
    """Start to qualify links; each stage raises the share of need that the link may carry."""

    kind: Literal["qualification"]
    stages: dict[str, Stage] = {}  # the link's own stages when left out
    process: Qualifying | None = None  # instead of stages: the work itself
    yield_loss: Fraction = Field(default=0.0, lt=1)  # of the buyer's yield, at first use
    experience: Days = Field(default=60.0, gt=0)  # of use, in which the loss falls to 37 %
    keeps: Fraction = 0.0  # part of the share it had reached that a new supplier keeps for good


class ExpediteEvent(Event):
    """Shorten the lead times of links; those with a random lead time then have a certain one."""

    kind: Literal["expedite"]
    factor: Fraction | None = None  # of the mean lead time
    saves: Days | None = None


class DiversionEvent(Event):
    """Sell part of what curbed links no longer take to final demand elsewhere, of the same suppliers."""

    acts_on: ClassVar[Acts] = "demands"
    kind: Literal["diversion"]
    share: Fraction  # of the sales that are lost
    lag: Days = 30.0


class ConditionEvent(WorldEvent):
    """A fact that talks ask about; it holds from its start until its end."""

    kind: Literal["condition"]


class TravelEvent(WorldEvent):
    """Slow visits between countries, both ways."""

    kind: Literal["travel"]
    between: Annotated[Names, Field(min_length=2)]  # countries
    quarantine: Days = 0.0  # added to every visit
    factor: Factor = 1.0  # multiplies the length of a visit
    visas: Literal["open", "suspended"] = "open"  # suspended: visits wait for the end of the event


TalksState = Literal[
    "bulk",
    "announced",
    "individual",
    "delisted",
    "quota",
    "embargo",
    "dialogue",
    "partial",
    "restored",
]


class Round(Section):
    """A meeting."""

    date: Date


class Outcome(Entry):
    """A transition of talks from one state to another; its probabilities are the user's input."""

    from_: Annotated[tuple[TalksState, ...], BeforeValidator(as_names)] = Field(default=(), alias="from")
    to: TalksState
    hazard: PerTime = 0.0  # while it is possible
    per_round: Fraction = 0.0  # probability at one round, alone and at covariates of 0
    requires: Names = ()  # events that must hold
    unless: Names = ()  # events that must not hold
    covariates: dict[str, Number] = {}  # event or loss: logarithm of the factor on the hazard


class TalksEvent(WorldEvent):
    """Negotiate; ordinary events wait for an outcome with `after: {event: ..., outcome: ...}`."""

    kind: Literal["talks"]
    state: TalksState = "individual"
    follows: dict[str, TalksState] = {}  # event whose start brings the talks into a state
    rounds: dict[str, Round] = {}
    round_rate: PerTime = 0.0  # of further rounds at random
    losses: dict[str, Selection] = {}  # covariates: days of starts that processes have lost so far
    outcomes: dict[str, Outcome]


AnyEvent = Annotated[
    LicenceEvent
    | CatchAllEvent
    | OfficeEvent
    | QuotaEvent
    | EmbargoEvent
    | RetaliationEvent
    | ConditionEvent
    | TravelEvent
    | TalksEvent
    | OutageEvent
    | CapacityEvent
    | DemandEvent
    | StockTargetEvent
    | EmergencyPurchaseEvent
    | ThriftEvent
    | QualificationEvent
    | ExpediteEvent
    | DiversionEvent,
    Field(discriminator="kind"),
]
