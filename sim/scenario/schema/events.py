"""The kinds of event of the scenario format, and the selections they act on.

Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

import functools
import operator
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from sim.scenario.schema import field_types as ft
from sim.scenario.schema import looks
from sim.scenario.schema.event_parts import Outside, Qualifying, Round, TalksOutcome, TalksState
from sim.scenario.schema.looks import Look
from sim.scenario.schema.sections import Entry, Names, RegimeName, Section, Stage

Acts = Literal["links", "stocks", "processes", "demands", "world"]
KINDS: dict[str, "type[Timed]"] = {}  # by the word at `kind:`; every class of a kind enters itself


class Place(Section):
    """Where a facility is, or whose it is; all conditions must hold."""

    country: ft.Countries | None = Field(default=None, examples=["KR"])
    firm: Names | None = Field(default=None, examples=["maker"])
    facility: Names | None = None


SHORT_PLACE = "country"  # what a place is that is written as a bare value
PlaceField = Annotated[
    Place | None,
    BeforeValidator(lambda v: {SHORT_PLACE: v} if isinstance(v, str | int | list) else v),
]


class Exception_(Section):  # noqa: N801  `except` and `Exception` are taken
    """What a selection leaves out: whatever meets all conditions."""

    material: Names | None = Field(default=None, examples=["hf_liquid"])
    group: Names | None = None
    country: ft.Countries | None = Field(default=None, examples=["KR"])
    firm: Names | None = Field(default=None, examples=["maker"])
    facility: Names | None = None
    link: Names | None = None
    from_: PlaceField = Field(default=None, alias="from", examples=["JP"])
    to: PlaceField = Field(default=None, examples=["KR"])


class Selection(Exception_):
    """Which links, stocks, processes or demands an event acts on; all conditions must hold."""

    demand: Names | None = Field(default=None, examples=["dram/line"])
    except_: Exception_ | None = Field(default=None, alias="except")


class After(Section):
    """A trigger: some time after another event."""

    event: str = Field(examples=["curb"])
    outcome: str | None = None  # of talks, or round: the first round; the start of the event when left out
    lag: ft.DaysLaw = Field(default="0 days", validate_default=True)


class When(Section):
    """A trigger: the first day on which a selected stock falls below a cover."""

    cover_below: ft.Days = Field(examples=["15 days"])
    select: Selection = Field(examples=[{"material": "hf_liquid", "from": "JP", "to": "KR"}])


class Timed(Entry):
    """What all kinds of event share: when they act, and how likely.

    The class of a kind states its traits; whoever needs to know about kinds asks for a trait, not for names.
    """

    acts_on: ClassVar[Acts]
    acts_by_itself: ClassVar[bool] = True  # False: other events ask for it or wait for it, nothing more
    restricts_trade: ClassVar[bool] = False  # who draws on goods that a treatment selects is exposed
    exposes: ClassVar[bool] = (
        False  # who uses what selected processes make, or serves selected demand, is exposed
    )
    makes_pool: ClassVar[bool] = False  # its process may make a quota pool
    ends_itself: ClassVar[bool] = False  # True: it needs no `until` to be over, or nothing that could end
    reserves: ClassVar[bool] = False  # what it buys is held until it ends
    stepped: ClassVar[str] = ""  # the field that `steps` change, if the engine takes them one by one
    looks: ClassVar[Mapping[str, Look]] = {}  # of regimes that no other kind shows
    example: ClassVar[str] = ""  # a whole event of the kind, as files write it

    kind: str
    role: Literal["background", "treatment", "response"] = Field(default="treatment", examples=["treatment"])
    date: ft.Date | None = Field(default=None, examples=["2019-07-04"])
    after: After | None = Field(default=None, examples=[{"event": "curb", "lag": "10 days"}])
    when: When | None = Field(
        default=None, examples=[{"cover_below": "10 days", "select": {"facility": "line"}}]
    )
    until: ft.Date | None = None  # first day on which the event no longer holds
    probability: ft.Fraction = Field(default=1.0, examples=["20 %"])
    draw: Literal["once", "per_facility", "per_link"] = "once"

    @property
    def is_sole(self) -> bool:
        """Whether it takes the place of earlier events of its kind on the same targets."""
        return False

    @property
    def is_endless(self) -> bool:
        """Whether its effect goes on to the end of the run because nothing ends it."""
        return self.until is None and not self.ends_itself

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """Register the class of a kind: one that says what its `kind:` is."""
        super().__pydantic_init_subclass__(**options)
        named = typing.get_args(cls.model_fields["kind"].annotation)
        if named:
            KINDS[named[0]] = cls
            looks.enter(cls.looks)


class Event(Timed):
    """An event that acts on links, stocks, processes or demands."""

    acts_on: ClassVar[Acts] = "links"
    select: Selection = Field(examples=[{"material": "hf_liquid", "from": "JP", "to": "KR"}])

    @property
    def regimes(self) -> tuple[str, ...]:
        """Return the regimes that the event gives to links, as far as it restricts trade."""
        return (self.kind,) if self.restricts_trade else ()


class WorldEvent(Timed):
    """An event that acts on nothing in the network by itself."""

    acts_on: ClassVar[Acts] = "world"
    draw: Literal["once"] = "once"


class Curb(Event):
    """An event that restricts trade, or eases what others restrict."""

    restricts_trade = True
    # events whose curbs it ends on its links; a relief needs none: it lifts duties, else what began before
    lifts: Names | None = Field(default=None, title="Curbs that it lifts", examples=["stop"])


class LicenceEvent(Curb, title="Licence regime"):
    """Switch the licence regime of links."""

    stepped = "regime"
    looks = {
        "individual": Look(4, "Individual licences", "vermilion", (), "licences"),
        "special_bulk": Look(2, "Special bulk licences", "vermilion", (6.0, 2.0), ""),
        "bulk": Look(1, "Bulk licences", "vermilion", (2.5, 2.5), ""),
    }
    example = (
        "{kind: licence, date: 2019-07-04, select: {material: acid, from: JP}, regime: individual, "
        "source: press}"
    )
    kind: Literal["licence"]
    regime: RegimeName = Field(examples=["individual"])
    record: Literal["given", "needed"] = "given"  # special_bulk: for all, or for pairs with a grant
    # from then on
    steps: dict[ft.Date, RegimeName] = Field(default={}, examples=[{"2019-12-20": "special_bulk"}])

    @property
    def regimes(self) -> tuple[str, ...]:
        return (self.regime, *self.steps.values())


class CatchAllEvent(Curb, title="Catch-all screening"):
    """Screen what is on no list: some lots of exporters without a compliance programme need a licence."""

    stepped = "screening"
    looks = {"catch_all": Look(3, "Catch-all screening", "vermilion", (1.2, 1.2), "screening")}
    example = "{kind: catch_all, date: 2019-07-04, select: {from: KR, to: KR}, screening: 2 %, source: press}"
    kind: Literal["catch_all"]
    screening: ft.Fraction = Field(examples=["2 %"])  # probability that a lot needs a licence
    lot: ft.Lot = Field(default=30.0, title="Size of lots")
    reorder: ft.Reorder = Field(default="auto", title="Reorder point")
    steps: dict[ft.Date, ft.Fraction] = Field(default={}, examples=[{"2020-01-01": "5 %"}])  # from then on


class OfficeEvent(Event, title="Licence office"):
    """Change the offices that review the exports over the selected links."""

    example = (
        "{kind: office, date: 2019-07-04, select: {from: JP}, slow_walk: 1.5, examiners: 8, source: press}"
    )
    kind: Literal["office"]
    examiners: ft.Count | None = Field(default=None, ge=0)  # instead of those of the office
    staff: ft.FactorField = 1.0  # multiplies all numbers of examiners, to the nearest whole
    slow_walk: ft.FactorField = 1.0
    returns: ft.Fraction | None = Field(default=None, lt=1, examples=["30 %"])
    limit: ft.Days | None = None


class Rationed(Curb):
    """What a quota lets through, and how."""

    makes_pool = True
    allow: ft.Allowance = Field(default=None, examples=["30 % of baseline"])
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    pool: Literal["shared", "per_link"] = "shared"
    share_out: Literal["proportional", "first_come"] = "proportional"
    carry_over: bool = False
    steps: dict[ft.Date, ft.Allowance] = Field(default={}, examples=[{"2019-10-01": "60 % of baseline"}])


class QuotaEvent(Rationed, title="Quota"):
    """Let a fixed amount through per period."""

    looks = {"quota": Look(5, "Quota", "vermilion", (4.0, 1.2, 1.0, 1.2), "amount")}
    example = (
        "{kind: quota, date: 2019-07-04, select: {material: acid, from: JP}, allow: 30 % of baseline, "
        "source: press}"
    )
    kind: Literal["quota"]
    allow: ft.Allowance = Field(examples=["30 % of baseline"])


class EmbargoEvent(Curb, title="Embargo"):
    """Stop shipments on links; goods in transit still arrive."""

    looks = {"embargo": Look(6, "Embargo", "black")}
    example = "{kind: embargo, date: 2019-07-04, select: {material: acid, from: JP}, source: press}"
    kind: Literal["embargo"]


class RetaliationEvent(Rationed, title="Retaliation"):
    """Answer an event with a regime on links that run the other way."""

    example = (
        "{kind: retaliation, after: {event: curb, lag: 60 days}, select: {material: chip, from: KR, "
        "to: JP}, regime: quota, allow: 50 % of baseline, source: press}"
    )
    kind: Literal["retaliation"]
    role: Literal["treatment", "response"] = Field(default="treatment", examples=["treatment"])
    regime: RegimeName = Field(examples=["individual"])  # with allow: and so on where it is a quota

    @property
    def regimes(self) -> tuple[str, ...]:
        return (self.regime,)


class ConditionEvent(WorldEvent, title="Condition"):
    """A fact that talks ask about; it holds from its start until its end."""

    acts_by_itself = False
    example = "{kind: condition, date: 2019-07-04, source: press}"
    kind: Literal["condition"]


class TravelEvent(WorldEvent, title="Travel"):
    """Slow visits between countries, both ways."""

    example = "{kind: travel, date: 2019-07-04, between: [JP, KR], quarantine: 14 days, source: press}"
    kind: Literal["travel"]
    between: Annotated[ft.Countries, Field(min_length=2)] = Field(examples=[["JP", "KR"]])  # countries
    quarantine: ft.Days = 0.0  # added to every visit
    factor: ft.FactorField = Field(default=1.0, examples=[1.2])  # multiplies the length of a visit
    visas: Literal["open", "suspended"] = "open"  # suspended: visits wait for the end of the event


class TalksEvent(WorldEvent, title="Talks"):
    """Negotiate; ordinary events wait for an outcome with `after: {event: ..., outcome: ...}`."""

    acts_by_itself = False
    example = (
        "{kind: talks, date: 2019-07-04, outcomes: {easing: {to: partial, hazard: 0.2/year, "
        "source: estimate}}, source: press}"
    )
    kind: Literal["talks"]
    state: TalksState = "individual"
    # event whose start brings the talks into a state
    follows: dict[str, TalksState] = Field(default={}, examples=[{"delisting": "delisted"}])
    rounds: dict[str, Round] = Field(default={}, examples=[{"first": {"date": "2019-12-16"}}])
    round_rate: ft.PerTime = 0.0  # of further rounds at random
    # covariates: days of starts that processes have lost so far
    losses: dict[str, Selection] = Field(default={}, examples=[{"importer": {"facility": "line"}}])
    outcomes: dict[str, TalksOutcome] = Field(
        examples=[{"easing": {"to": "partial", "hazard": "0.2/year", "source": "estimate"}}]
    )


class OutageEvent(Event, title="Outage"):
    """Take capacity away from processes, for a duration or until a date."""

    acts_on = "processes"
    ends_itself = True
    exposes = True
    example = (
        "{kind: outage, date: 2019-07-04, select: {facility: plant}, remaining: 20 %, duration: 20 days, "
        "source: press}"
    )
    kind: Literal["outage"]
    remaining: ft.Fraction = 0.0
    duration: ft.DaysLaw | None = None
    recovery: ft.Days = 0.0  # linear return to full capacity after the outage
    # country of those who repair
    service_from: ft.Country | None = Field(default=None, examples=["JP"])


class CapacityEvent(Event, title="Capacity"):
    """Multiply the capacity of processes."""

    acts_on = "processes"
    exposes = True
    stepped = "factor"
    example = (
        "{kind: capacity, date: 2019-07-04, select: {facility: spare}, factor: 1.3, ramp: 90 days, "
        "source: press}"
    )
    kind: Literal["capacity"]
    factor: ft.FactorField = Field(examples=[1.2])
    ramp: ft.Days = 0.0
    steps: dict[ft.Date, ft.FactorField] = Field(default={}, examples=[{"2020-01-01": 1.5}])  # from then on


class DemandEvent(Event, title="Demand"):
    """Multiply final demand."""

    acts_on = "demands"
    exposes = True
    stepped = "factor"
    example = "{kind: demand, date: 2019-07-04, select: {material: chip}, factor: 0.9, source: press}"
    kind: Literal["demand"]
    factor: ft.FactorField = Field(examples=[1.2])
    steps: dict[ft.Date, ft.FactorField] = Field(default={}, examples=[{"2019-10-01": 1.1}])  # from then on


class StockTargetEvent(Event, title="Stock target"):
    """Raise, lower or set the cover that stocks aim at."""

    acts_on = "stocks"
    stepped = "target"
    example = (
        "{kind: stock_target, date: 2019-07-04, select: {material: acid, country: KR}, target: +35 days, "
        "source: press}"
    )
    kind: Literal["stock_target"]
    target: ft.Target = Field(examples=["+35 days"])
    half_life: ft.Days | None = Field(default=None, gt=0)  # in which half of the change is gone
    steps: dict[ft.Date, ft.Target] = Field(default={}, examples=[{"2019-10-01": "+20 days"}])  # from then on

    @property
    def is_sole(self) -> bool:
        return not isinstance(self.target, ft.Change)

    @property
    def is_endless(self) -> bool:
        return self.until is None and self.half_life is None


class EmergencyPurchaseEvent(Event, title="Emergency purchase"):
    """Buy a fixed amount beyond the usual orders, from a named supplier or an outside source."""

    acts_on = "stocks"
    ends_itself = True
    reserves = True
    example = (
        "{kind: emergency_purchase, date: 2019-07-04, select: {facility: line, material: acid}, "
        "amount: 200 t, supplier: spare, source: press}"
    )
    kind: Literal["emergency_purchase"]
    amount: ft.Level = Field(examples=["145 t"])
    supplier: str | None = None
    outside: Outside | None = Field(
        default=None, examples=[{"capacity": "300 t/month", "lead_time": "20 days", "country": "CN"}]
    )


class ThriftEvent(Event, title="Thrift"):
    """Use less per unit while the cover is below a threshold."""

    acts_on = "stocks"
    stepped = "saving"
    example = (
        "{kind: thrift, date: 2019-07-04, select: {facility: line}, saving: 10 %, below: 15 days, "
        "source: press}"
    )
    kind: Literal["thrift"]
    saving: ft.Fraction = Field(examples=["10 %"])
    below: ft.Days = Field(title="Cover below which to act", examples=["15 days"])
    steps: dict[ft.Date, ft.Fraction] = Field(default={}, examples=[{"2019-10-01": "5 %"}])  # from then on

    @property
    def is_sole(self) -> bool:
        return True


class QualificationEvent(Event, title="Qualification"):
    """Start to qualify links; each stage raises the share of need that the link may carry."""

    ends_itself = True
    example = (
        "{kind: qualification, date: 2019-07-04, select: {link: acid/spare-line}, "
        "stages: {first: {after: 47 days, max_share: 30 %}}, source: press}"
    )
    kind: Literal["qualification"]
    # the link's own stages when left out
    stages: dict[str, Stage] = Field(
        default={}, examples=[{"first": {"after": "47 days", "max_share": "30 %"}}]
    )
    # instead of stages: the work itself
    process: Qualifying | None = Field(
        default=None, examples=[{"trial": {"time": "20 days"}, "steps": {"all": "100 %"}}]
    )
    yield_loss: ft.Fraction = Field(default=0.0, lt=1)  # of the buyer's yield, at first use
    # of use, in which the loss falls to 37 %
    experience: ft.Days = Field(default=60.0, gt=0, examples=["60 days"])
    keeps: ft.Fraction = 0.0  # part of the share it had reached that a new supplier keeps for good


class ExpediteEvent(Event, title="Expedited freight"):
    """Shorten the lead times of links; those with a random lead time then have a certain one."""

    example = (
        "{kind: expedite, date: 2019-07-04, select: {link: acid/plant-line}, saves: 5 days, source: press}"
    )
    kind: Literal["expedite"]
    factor: ft.Fraction | None = None  # of the mean lead time
    saves: ft.Days | None = None

    @property
    def is_sole(self) -> bool:
        return True


class DiversionEvent(Event, title="Diverted sales"):
    """Sell part of what curbed links no longer take to final demand elsewhere, of the same suppliers."""

    acts_on = "demands"
    example = "{kind: diversion, date: 2019-07-04, select: {material: chip}, share: 50 %, source: press}"
    kind: Literal["diversion"]
    share: ft.Fraction = Field(examples=[0.4])  # of the sales that are lost
    lag: ft.Days = 30.0


if TYPE_CHECKING:
    AnyEvent = Event | WorldEvent
else:
    AnyEvent = Annotated[functools.reduce(operator.or_, KINDS.values()), Field(discriminator="kind")]
