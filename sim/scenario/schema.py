"""The scenario format as pydantic models: one class per section and per kind of event.

Docstrings and field comments here are the reference of the format; the JSON Schema is made from them.
Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.events import AnyEvent
from sim.scenario.fields import (
    AmountField,
    Count,
    Criticality,
    Date,
    Days,
    DaysByMaterial,
    DaysLaw,
    Factor,
    Forecast,
    Fraction,
    Level,
    LotByMaterial,
    Number,
    PriceField,
    RateField,
    ReorderByMaterial,
    ReviewByMaterial,
    ShareByMaterial,
    Whole,
)
from sim.scenario.offices import Office
from sim.scenario.sections import Entry, Family, Grade, Rationing, RegimeName, Section, Stage, Status


class Source(Section):
    """A source that entries name."""

    title: str
    url: str = ""
    date: str = ""
    status: Status | None = None
    grade: Grade | None = None  # what kind of source it is
    note: str = ""


class Meta(Section):
    """What the scenario is called and asks, and its sources."""

    name: str = ""
    title: str = ""
    question: str = ""
    description: str = ""
    currency: str = "USD"
    base_year: Count | None = None
    sources: dict[str, Source] = {}


class NetworkTables(Section):
    """A network in tables in place of facilities, links and demand: a row for each firm and each link."""

    # supplier, buyer, share or amount_per_day, lead_time_days, ...: CSV or Parquet, beside the file
    edges: str
    firms: str  # id, country, material, final_demand_per_day, cover_days, headroom, ...
    digest: str = ""  # of the contents of both, filled in when they are read


class Run(Section):
    """The time that is simulated, and how often."""

    start: Date
    end: Date  # last day of the run, included
    replications: Count = Field(default=100, ge=1)
    seed: Whole = Field(default=0, ge=0, le=2**64)
    record: Literal["daily", "monthly"] = "daily"
    record_replications: Count = Field(default=1, ge=0)


class Switches(Section):
    """Choices of model structure that hold for the whole network."""

    production: Family | None = None  # overrides every process when given
    materiality: Fraction = 0.0  # inputs below this share of input cost do not bind
    switching: Fraction = 1.0  # how much of an order that cannot ship goes to other qualified links
    availability_exponent: Number = Field(default=1.0, ge=0)
    availability_memory: Days = 14.0
    rationing: Rationing = "proportional"
    sharing: Literal["alike", "margin"] = "alike"  # a short stock feeding several processes
    finished_adjustment: Days = 7.0
    order_inflation: Fraction = 0.0  # how far buyers answer rationing with larger orders
    inflation_max: Factor = Field(default=3.0, ge=1)


class Material(Entry):
    """Something that is stocked and shipped, inputs and products alike."""

    unit: str
    hs: str = ""
    group: str = ""
    shelf_life: Days | None = None
    price: PriceField | None = None


class Firm(Entry):
    """A legal owner of facilities."""

    country: str = Field(pattern="^[A-Z]{2}$")
    role: str = ""
    compliance_programme: bool = False  # exempt from catch-all screening


class Overcapacity(Section):
    """Capacity that suppliers add under shortage."""

    law: Literal["scarcity", "exponential"] = "scarcity"
    max: Factor
    time: Days


class Input(Entry):
    """What a process uses of one material."""

    per_unit: AmountField  # amount used per start
    criticality: Criticality = 1.0


class Process(Entry):
    """One product made at one facility."""

    material: str | None = None  # what it makes; the key of the entry when left out
    capacity: RateField | None = None  # starts
    headroom: Factor | None = None  # capacity above the baseline flow
    cycle_time: Days = 0.0
    yield_: Fraction = Field(default=1.0, alias="yield", gt=0)
    finished_cover: Days = 0.0
    finished_adjustment: Days | None = None
    storage: Days | None = None  # room for finished goods, in days of baseline output
    steady: Fraction = 0.0  # part of baseline starts that goes on while there is room
    initial: AmountField | None = None  # finished goods at the start; for idle suppliers
    production: Family = "pbl"
    elasticity: Number = Field(default=0.5, ge=0)  # ces
    psi: Fraction = 0.8  # ario
    overcapacity: Overcapacity | None = None
    rationing: Rationing | None = None
    inputs: dict[str, Input] = {}


class Stock(Entry):
    """What a facility holds of one input material."""

    cover: Days
    adjustment: Annotated[Days, Field(ge=1)] = 7.0
    forecast: Forecast = ("fixed", 1.0)
    initial: Level | None = None  # days of use or an amount; the cover when left out
    order_up_to: AmountField | None = None
    cover_licence: bool = False
    switching: Fraction | None = None
    order_inflation: Fraction | None = None


class Facility(Entry):
    """A place that makes, holds or uses material."""

    firm: str
    country: str = Field(pattern="^[A-Z]{2}$")
    site: str = ""
    makes: dict[str, Process] = {}
    stocks: dict[str, Stock] = {}


class Link(Entry):
    """Goods from the process of a supplier to the stock of a buyer."""

    from_: str = Field(alias="from")
    to: str
    material: str
    process: str | None = None  # key of the supplier's process; the material when left out
    share: Fraction
    lead_time: DaysLaw = 0.0
    regime: RegimeName | None = None  # None: not a controlled good
    max_share: Fraction | None = None  # None: no bound when qualified at the start
    stages: dict[str, Stage] = {}
    age: Days = 0.0  # age of goods on arrival
    priority: Count = Field(default=1, ge=0, le=9)


class Noise(Section):
    """Day-to-day variation of demand around its rate; draws are independent between days."""

    law: Literal["gamma", "normal", "lognormal", "poisson"] = "gamma"
    cv: Factor = 0.0


class Demand(Entry):
    """Final demand at a process."""

    at: str
    material: str
    process: str | None = None
    rate: RateField
    unmet: Literal["lost", "backlog"] = "lost"
    noise: Noise | None = None
    growth: Number = 0.0  # per year, compounded daily
    season: dict[int, Factor] = {}  # month number: factor
    priority: Count = Field(default=1, ge=0, le=9)


class Regime(Entry):
    """The terms of licences under one regime; values may differ by material."""

    review: ReviewByMaterial = {}
    denial: ShareByMaterial = {"other": 0.0}
    resubmit: DaysByMaterial = {"other": 0.0}  # from a denial to the next filing
    filing: DaysByMaterial = {"other": 0.0}  # from the need of a licence to the filing
    lot: LotByMaterial = {"other": 30.0}  # or order, or contract
    contract: DaysByMaterial = {"other": 180.0}  # of use, where the lot is a contract
    reorder: ReorderByMaterial = {"other": "auto"}
    dispatch: DaysByMaterial = {"other": 0.0}  # from grant to shipment
    validity: DaysByMaterial = {"other": 180.0}
    examiners: Count | None = Field(default=None, ge=1)  # None: every file is taken up at once


class Range(Entry):
    """What is known of an uncertain value; numbers are written as the value itself."""

    fixed: bool = False  # the value is certain, whatever a wildcard says
    low: Any = None
    mode: Any = None
    high: Any = None
    median: Any = None
    p90: Any = None
    mean: Any = None
    cv: Any = None
    values: Any = None
    weights: Any = None
    as_: Literal["value", "factor"] = Field(default="value", alias="as")
    draw: Literal["once", "each"] = "each"  # for wildcards: one draw for all, or one for each


class Document(Section):
    """A whole scenario after `extends`, variants and changed values are laid over each other."""

    format: Literal[1]
    extends: str | None = None
    baseline: str | None = None
    meta: Meta = Meta()
    run: Run
    model: Switches = Switches()
    materials: dict[str, Material]
    firms: dict[str, Firm] = {}
    network: NetworkTables | None = None
    facilities: dict[str, Facility]
    links: dict[str, Link] = {}
    demand: dict[str, Demand]
    regimes: dict[str, Regime] = {}
    offices: dict[str, Office] = {}  # by exporting country
    events: dict[str, AnyEvent] = {}
    uncertain: dict[str, Range] = {}
    variants: dict[str, Any] = {}
