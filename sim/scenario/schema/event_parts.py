"""The parts of events that have fields of their own: work on candidates, outside sources, talks.

Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sim.scenario.schema import field_types as ft
from sim.scenario.schema.sections import Entry, Names, Section, as_names


class Trial(Section):
    """One stage of work on a candidate."""

    time: ft.DaysLaw = Field(examples=["180 days"])
    success: ft.Fraction = Field(default=1.0, gt=0)
    visits: bool = False  # needs engineers of the supplier at the buyer's, so that travel slows it


class RiskProduction(Trial):
    """The stage in which a small part of production runs with the new material."""

    share: ft.Fraction = Field(default=0.1, examples=[0.4])  # of what the process step will carry


class Urgency(Section):
    """When work is sped up, and how much; either threshold is enough."""

    factor: ft.FactorField = Field(ge=1, examples=[1.2])
    cover_below: ft.Days | None = Field(default=None, examples=["15 days"])  # of the buyer's stock
    fill_below: ft.Fraction | None = None  # of the buyer's belief in its suppliers


class Qualifying(Section):
    """The work on each candidate; search and sample once, the rest for every process step."""

    search: Trial | None = Field(default=None, examples=[{"time": "5 days"}])
    sample: Trial | None = Field(default=None, examples=[{"time": "14 days", "success": "90 %"}])
    trial: Trial | None = Field(default=None, examples=[{"time": "20 days", "success": "70 %"}])
    reliability: Trial | None = Field(default=None, examples=[{"time": "20 days"}])
    risk_production: RiskProduction | None = Field(
        default=None, examples=[{"time": "14 days", "share": "10 %"}]
    )
    ramp: ft.Days = 0.0  # linear rise from below to the share of the step
    # share of need once this step is qualified, too
    steps: dict[str, ft.Fraction] = Field(
        default={"all": 1.0}, examples=[{"cleaning": "30 %", "etching": "90 %"}]
    )
    attempts: ft.Count | None = Field(default=None, ge=1)  # per stage, then the candidate is given up
    parallel: ft.Count | None = Field(default=None, ge=1)  # candidates worked on at once by one buyer
    urgency: Urgency | None = Field(default=None, examples=[{"cover_below": "20 days", "factor": 1.5}])


class Outside(Section):
    """A source of goods outside the network."""

    capacity: ft.RateField = Field(examples=["400000 wafer/month"])
    lead_time: ft.Days = Field(examples=["7 days"])
    price: ft.PriceField | None = Field(default=None, examples=["1450 USD/t"])
    country: ft.Country | None = Field(default=None, examples=["KR"])


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

    date: ft.Date = Field(examples=["2019-07-04"])


class TalksOutcome(Entry):
    """A transition of talks from one state to another; its probabilities are the user's input."""

    from_: Annotated[tuple[TalksState, ...], BeforeValidator(as_names)] = Field(
        default=(), alias="from", examples=[["partial", "delisted"]]
    )
    to: TalksState = Field(examples=["restored"])
    hazard: ft.PerTime = 0.0  # while it is possible
    per_round: ft.Fraction = 0.0  # probability at one round, alone and at covariates of 0
    requires: Names = ()  # events that must hold
    unless: Names = ()  # events that must not hold
    # event or loss: logarithm of the factor on the hazard
    covariates: dict[str, ft.Number] = Field(default={}, examples=[{"staff": 0.5}])
