"""The scenario format as pydantic models: one class per section and per kind of event.

Docstrings and field comments here are the reference of the format; the JSON Schema is made from them.
Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.schema import field_types as ft
from sim.scenario.schema.events import AnyEvent
from sim.scenario.schema.release import ObservedLicence, Release
from sim.scenario.schema.sections import (
    Entry,
    Family,
    Grade,
    Line,
    Rationing,
    RegimeName,
    Section,
    Stage,
    Status,
)


class Returns(Section):
    """Files sent back for documents; their clock stands still until they are handed in again."""

    probability: ft.Fraction = Field(lt=1, examples=["20 %"])
    time: ft.DaysLaw = Field(default="0 days", validate_default=True, examples=["180 days"])


class Partial(Section):
    """Grants of part of what was asked for."""

    probability: ft.Fraction = Field(examples=["20 %"])
    share: ft.Fraction = Field(examples=[0.4])


class OfficeStage(Section):
    """One step of a review; files pass the stages in rising order."""

    order: ft.Count = Field(ge=1, examples=[1])
    time: ft.DaysLaw | None = Field(default=None, examples=["2 days"])  # None: the review of the regime
    examiners: ft.Count | None = Field(default=None, ge=1)  # None: those of the office
    returns: Returns | None = Field(default=None, examples=[{"probability": "20 %", "time": "21 days"}])


class Destination(Section):
    """How files for some countries are treated."""

    countries: ft.Countries = Field(examples=[["KR"]])
    # the review of the regime where left out
    review: ft.ReviewByMaterial = Field(default={}, title="Days of review")
    slow_walk: ft.FactorField = 1.0


class Office(Entry):
    """Who reviews the exports of one country, and how."""

    examiners: ft.Count | None = Field(default=None, ge=1)  # None: those of the regime
    # one review when left out
    stages: dict[str, OfficeStage] = Field(default={}, examples=[{"intake": {"order": 1, "time": "2 days"}}])
    destinations: dict[str, Destination] = Field(
        default={}, examples=[{"group_b": {"countries": ["KR"], "slow_walk": 1.1}}]
    )
    slow_walk: ft.FactorField = 1.0  # multiplies every time of review
    expedite: ft.ShareByMaterial = {"other": 0.0}  # share of files that go before all others
    # after the last stage
    returns: Returns | None = Field(default=None, examples=[{"probability": "20 %", "time": "21 days"}])
    limit: ft.Days | None = None  # a file is granted when its clock reaches it
    partial: Partial | None = Field(default=None, examples=[{"probability": "20 %", "share": "50 %"}])
    give_up: ft.Fraction = 0.0  # of denials that are not followed by another filing
    room: ft.Count | None = Field(default=None, ge=0)  # files that may wait; more are turned away


class Source(Section):
    """A source that entries name."""

    title: str = Field(examples=["Customs statistics"])
    url: str = ""
    date: str = Field(default="", examples=["2019-07-04"])
    status: Status | None = None
    grade: Grade | None = None  # what kind of source it is
    note: str = ""


class Meta(Section):
    """What the scenario is called and asks, and its sources."""

    name: Line = ""
    title: Line = Field(default="", examples=["Customs statistics"])
    question: str = ""
    description: str = ""
    currency: str = "USD"
    base_year: ft.Count | None = None
    # what an import made up or took for granted, by topic; a run says so
    assumptions: dict[str, str] = Field(
        default={}, examples=[{"recipes": "equal parts of all inputs: no table says"}]
    )
    sources: dict[str, Source] = Field(default={}, examples=[{"press": {"title": "Trade press"}}])


class NetworkTables(Section):
    """A network in tables in place of facilities, links and demand: a row for each firm and each link."""

    # supplier, buyer, share or amount_per_day, lead_time_days, ...: CSV or Parquet, beside the file
    edges: str = Field(examples=["edges.csv"])
    # id, country, material, final_demand_per_day, cover_days, headroom, ...
    firms: str = Field(examples=["firms.csv"])
    digest: str = ""  # of the contents of both, filled in when they are read


class Run(Section):
    """The time that is simulated, and how often."""

    start: ft.Date = Field(examples=["2019-01-01"])
    end: ft.Date = Field(examples=["2020-12-31"])  # last day of the run, included
    replications: ft.Count = Field(default=100, ge=1)
    seed: ft.Whole = Field(default=0, ge=0, le=2**64)
    known_until: ft.Date | None = None  # reported grants known by then condition the draws of releases
    record: Literal["daily", "monthly"] = "daily"
    record_replications: ft.Count = Field(default=1, ge=0)


class Switches(Section):
    """Choices of model structure that hold for the whole network."""

    production: Family | None = None  # overrides every process when given
    # inputs below this share of input cost do not bind
    materiality: Annotated[ft.Fraction, ft.ArrayColumn("options", place=0)] = 0.0
    # how much of an order that cannot ship goes to other qualified links
    switching: Annotated[ft.Fraction, ft.ArrayColumn("options", place=3)] = 1.0
    availability_exponent: Annotated[ft.NumberFromZero, ft.ArrayColumn("options", place=1)] = 1.0
    availability_memory: Annotated[ft.Days, ft.ArrayColumn("options", place=2)] = 14.0
    rationing: Rationing = "proportional"
    sharing: Literal["alike", "margin"] = "alike"  # a short stock feeding several processes
    finished_adjustment: ft.Days = 7.0
    # how far buyers answer rationing with larger orders
    order_inflation: Annotated[ft.Fraction, ft.ArrayColumn("options", place=4)] = 0.0
    inflation_max: Annotated[ft.FactorField, ft.ArrayColumn("options", place=5)] = Field(default=3.0, ge=1)


class Material(Entry):
    """Something that is stocked and shipped, inputs and products alike."""

    unit: str = Field(examples=["t"])
    hs: str = Field(default="", examples=["281111"])
    group: Line = ""
    shelf_life: ft.Days | None = None
    price: ft.PriceField | None = Field(default=None, examples=["1450 USD/t"])


class Firm(Entry):
    """A legal owner of facilities."""

    country: ft.Country = Field(examples=["KR"])
    role: Line = Field(default="", examples=["supplier"])
    compliance_programme: bool = False  # exempt from catch-all screening


class Overcapacity(Section):
    """Capacity that suppliers add under shortage."""

    law: Literal["scarcity", "exponential"] = "scarcity"
    max: Annotated[ft.FactorField, ft.ArrayColumn("over_max")] = Field(examples=[1.2])
    time: Annotated[ft.Days, ft.ArrayColumn("over_time")] = Field(examples=["180 days"])


class Input(Entry):
    """What a process uses of one material."""

    # amount used per start
    per_unit: Annotated[ft.AmountField, ft.ArrayColumn("amount", of_material=True)] = Field(
        title="Use", examples=["3 kg"]
    )
    criticality: Annotated[ft.Criticality, ft.ArrayColumn("criticality")] = 1.0


class Process(Entry):
    """One product made at one facility."""

    # what it makes; the key of the entry when left out
    material: str | None = Field(default=None, examples=["hf_liquid"])
    # starts
    capacity: Annotated[ft.RateField | None, ft.ArrayColumn("capacity", of_material=True)] = Field(
        default=None, examples=["400000 wafer/month"]
    )
    # capacity above the baseline flow
    headroom: Annotated[ft.Headroom | None, ft.ArrayColumn("headroom")] = Field(
        default=None, title="Spare capacity"
    )
    cycle_time: Annotated[ft.Days, ft.ArrayColumn("cycle")] = 0.0
    yield_: Annotated[ft.Yield, ft.ArrayColumn("yield_")] = Field(default=1.0, alias="yield", gt=0)
    finished_cover: Annotated[ft.Days, ft.ArrayColumn("finished_cover")] = 0.0
    finished_adjustment: Annotated[ft.Days | None, ft.ArrayColumn("finished_adjust")] = None
    # room for finished goods, in days of baseline output
    storage: Annotated[ft.Days | None, ft.ArrayColumn("storage")] = None
    # part of baseline starts that goes on while there is room
    steady: Annotated[ft.Fraction, ft.ArrayColumn("steady")] = 0.0
    # finished goods at the start; for idle suppliers
    initial: Annotated[ft.AmountField | None, ft.ArrayColumn("finished_initial", of_material=True)] = Field(
        default=None, title="Goods held at the start"
    )
    production: Family = "pbl"
    elasticity: Annotated[ft.NumberFromZero, ft.ArrayColumn("elasticity")] = 0.5  # ces
    psi: Annotated[ft.Fraction, ft.ArrayColumn("psi")] = 0.8  # ario
    overcapacity: Overcapacity | None = Field(default=None, examples=[{"max": 1.2, "time": "180 days"}])
    rationing: Rationing | None = None
    inputs: dict[str, Input] = Field(default={}, examples=[{"acid": {"per_unit": "3 kg"}}])


class Stock(Entry):
    """What a facility holds of one input material."""

    cover: Annotated[ft.Days, ft.ArrayColumn("cover")] = Field(examples=["30 days"])
    adjustment: Annotated[ft.Days, Field(ge=1), ft.ArrayColumn("adjust")] = 7.0
    forecast: ft.Forecast = ("fixed", 1.0)
    # days of use or an amount; the cover when left out
    initial: ft.Level | None = Field(default=None, title="Goods held at the start")
    order_up_to: Annotated[ft.AmountField | None, ft.ArrayColumn("level", of_material=True)] = None
    cover_licence: bool = False
    switching: Annotated[ft.Fraction | None, ft.ArrayColumn("switching")] = None
    order_inflation: Annotated[ft.Fraction | None, ft.ArrayColumn("inflation")] = None


class Facility(Entry):
    """A place that makes, holds or uses material."""

    firm: str = Field(examples=["maker"])
    country: ft.Country = Field(examples=["KR"])
    site: Line = ""
    makes: dict[str, Process] = Field(default={}, examples=[{"acid": {"headroom": "10 %"}}])
    stocks: dict[str, Stock] = Field(default={}, examples=[{"acid": {"cover": "30 days"}}])


class Link(Entry):
    """Goods from the process of a supplier to the stock of a buyer."""

    from_: str = Field(alias="from", examples=["plant"])
    to: str = Field(examples=["fab"])
    material: str = Field(examples=["hf_liquid"])
    # key of the supplier's process; the material when left out
    process: str | None = Field(default=None, examples=["acid_a"])
    share: Annotated[ft.Fraction, ft.ArrayColumn("share")] = Field(examples=[0.4])
    lead_time: Annotated[ft.DaysLaw, ft.ArrayColumn("lead")] = Field(default=0.0, examples=["7 days"])
    regime: RegimeName | None = Field(default=None, examples=["individual"])  # None: not a controlled good
    # None: no bound when qualified at the start
    max_share: Annotated[ft.Fraction | None, ft.ArrayColumn("max_share")] = Field(
        default=None, title="Largest share", examples=["30 %"]
    )
    stages: dict[str, Stage] = Field(
        default={}, examples=[{"first": {"after": "47 days", "max_share": "30 %"}}]
    )
    age: Annotated[ft.Days, ft.ArrayColumn("age")] = 0.0  # age of goods on arrival
    priority: ft.Count = Field(default=1, ge=0, le=9)


class Noise(Section):
    """Day-to-day variation of demand around its rate; draws are independent between days."""

    law: Literal["gamma", "normal", "lognormal", "poisson"] = "gamma"
    cv: ft.Variation = Field(default=0.0, examples=[0.4])


class Demand(Entry):
    """Final demand at a process."""

    at: str = Field(examples=["fab"])
    material: str = Field(examples=["hf_liquid"])
    process: str | None = Field(default=None, examples=["chip_a"])
    rate: Annotated[ft.RateField, ft.ArrayColumn("rate", of_material=True)] = Field(
        examples=["360000 wafer/month"]
    )
    unmet: Literal["lost", "backlog"] = "lost"
    noise: Noise | None = Field(default=None, examples=[{"cv": 0.1}])
    growth: Annotated[ft.Growth, ft.ArrayColumn("growth")] = 0.0  # per year, compounded daily
    season: dict[int, ft.FactorField] = Field(default={}, examples=[{11: 1.1}])  # month number: factor
    priority: ft.Count = Field(default=1, ge=0, le=9)


class Regime(Entry):
    """The terms of licences under one regime; values may differ by material."""

    review: ft.ReviewByMaterial = Field(default={}, title="Days of review")
    # in place of review for the materials that its `standard` names
    release: Release | None = Field(default=None, examples=[{"standard": "90 days", "spread": 0.6}])
    denial: ft.ShareByMaterial = Field(default={"other": 0.0}, title="Chance of denial")
    # from a denial to the next filing
    resubmit: ft.DaysByMaterial = Field(default={"other": 0.0}, title="Days to a new filing")
    # from the need of a licence to the filing
    filing: ft.DaysByMaterial = Field(default={"other": 0.0}, title="Days to file")
    lot: ft.LotByMaterial = Field(default={"other": 30.0}, title="Size of lots")  # or order, or contract
    contract: ft.DaysByMaterial = {"other": 180.0}  # of use, where the lot is a contract
    reorder: ft.ReorderByMaterial = Field(default={"other": "auto"}, title="Reorder point")
    # from grant to shipment
    dispatch: ft.DaysByMaterial = Field(default={"other": 0.0}, title="Days to dispatch")
    validity: ft.DaysByMaterial = {"other": 180.0}
    examiners: ft.Count | None = Field(default=None, ge=1)  # None: every file is taken up at once

    def releases(self, material: str) -> bool:
        """Tell whether licences of a material are released rather than reviewed."""
        standard = {} if self.release is None else self.release.standard
        return material in standard or ("other" in standard and material not in self.review)


class Range(Entry):
    """What is known of an uncertain value; numbers are written as the value itself."""

    fixed: bool = False  # the value is certain, whatever a wildcard says
    low: Any = None
    mode: Any = None
    high: Any = None
    median: Any = None
    p90: Any = None
    mean: Any = None
    cv: Any = Field(default=None, examples=[0.4])
    values: Any = None
    weights: Any = None
    as_: Literal["value", "factor"] = Field(default="value", alias="as")
    # filled in: the range that a value written anew has ended
    replaced: dict[str, Any] | None = Field(default=None, examples=[{"low": "25 days", "high": "90 days"}])
    # for wildcards: once for all, or each; or the path of a range whose one draw it shares
    draw: str = Field(default="each", examples=["once"])

    @property
    def numbers(self) -> dict[str, Any]:
        """Return the numbers that are given, by the words of a distribution."""
        names = ("low", "mode", "high", "median", "p90", "mean", "cv", "values", "weights")
        return {name: number for name in names if (number := getattr(self, name)) is not None}


class Document(Section):
    """A whole scenario after `extends`, variants and changed values are laid over each other."""

    format: Literal[1] = Field(examples=[1])
    extends: str | None = None
    baseline: str | None = None
    meta: Meta = Field(default=Meta(), examples=[{"title": "One chain"}])
    run: Run = Field(examples=[{"start": "2019-01-01", "end": "2020-12-31"}])
    model: Switches = Field(default=Switches(), examples=[{"switching": 0.5}])
    materials: dict[str, Material] = Field(
        examples=[{"hf_liquid": {"title": "Hydrogen fluoride", "unit": "t"}}]
    )
    firms: dict[str, Firm] = Field(default={}, examples=[{"maker": {"title": "Maker", "country": "JP"}}])
    network: NetworkTables | None = None
    facilities: dict[str, Facility] = Field(
        examples=[{"plant": {"firm": "maker", "country": "JP", "makes": {"acid": {"headroom": "10 %"}}}}]
    )
    links: dict[str, Link] = Field(
        default={},
        examples=[
            {
                "acid/plant-line": {
                    "from": "plant",
                    "to": "line",
                    "material": "acid",
                    "share": 1.0,
                    "source": "press",
                }
            }
        ],
    )
    demand: dict[str, Demand] = Field(
        examples=[{"dram/line": {"at": "line", "material": "dram", "rate": "1000 wafer/month"}}]
    )
    regimes: dict[str, Regime] = Field(default={}, examples=[{"individual": {"review": "90 days"}}])
    # by a name of one's own
    observed_licences: dict[str, ObservedLicence] = Field(
        default={},
        examples=[{"first": {"date": "2019-11-15", "material": "hf_liquid", "known_on": "2019-11-16"}}],
    )
    # by exporting country
    offices: dict[str, Office] = Field(default={}, examples=[{"JP": {"examiners": 12}}])
    events: dict[str, AnyEvent] = Field(
        default={},
        examples=[
            {"curb": {"kind": "embargo", "date": "2019-07-04", "select": {"from": "JP"}, "source": "press"}}
        ],
    )
    uncertain: dict[str, Range] = Field(
        default={},
        examples=[{"links.*.lead_time": {"low": 0.8, "high": 1.5, "as": "factor", "source": "estimate"}}],
    )
    variants: dict[str, Any] = {}
