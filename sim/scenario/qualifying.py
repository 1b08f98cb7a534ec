"""How an alternative supplier is qualified: the parts of the event `qualification`."""

from pydantic import Field

from sim.scenario.fields import Count, Days, DaysLaw, Factor, Fraction
from sim.scenario.sections import Section


class Trial(Section):
    """One stage of work on a candidate."""

    time: DaysLaw
    success: Fraction = Field(default=1.0, gt=0)
    visits: bool = False  # needs engineers of the supplier at the buyer's, so that travel slows it


class RiskProduction(Trial):
    """The stage in which a small part of production runs with the new material."""

    share: Fraction = 0.1  # of what the process step will carry


class Urgency(Section):
    """When work is sped up, and how much; either threshold is enough."""

    factor: Factor = Field(ge=1)
    cover_below: Days | None = None  # of the buyer's stock
    fill_below: Fraction | None = None  # of the buyer's belief in its suppliers


class Qualifying(Section):
    """The work on each candidate; search and sample once, the rest for every process step."""

    search: Trial | None = None
    sample: Trial | None = None
    trial: Trial | None = None
    reliability: Trial | None = None
    risk_production: RiskProduction | None = None
    ramp: Days = 0.0  # linear rise from below to the share of the step
    steps: dict[str, Fraction] = {"all": 1.0}  # share of need once this step is qualified, too
    attempts: Count | None = Field(default=None, ge=1)  # per stage, then the candidate is given up
    parallel: Count | None = Field(default=None, ge=1)  # candidates worked on at once by one buyer
    urgency: Urgency | None = None
