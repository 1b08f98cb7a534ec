"""The office that reviews licences: examiners, stages, and how files come out of it.

Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

from pydantic import Field

from sim.scenario.fields import Count, Days, DaysLaw, Factor, Fraction, ReviewByMaterial, ShareByMaterial
from sim.scenario.sections import Entry, Names, Section


class Returns(Section):
    """Files sent back for documents; their clock stands still until they are handed in again."""

    probability: Fraction = Field(lt=1, examples=["20 %"])
    time: DaysLaw = Field(default="0 days", validate_default=True, examples=["180 days"])


class Partial(Section):
    """Grants of part of what was asked for."""

    probability: Fraction = Field(examples=["20 %"])
    share: Fraction = Field(examples=[0.4])


class OfficeStage(Section):
    """One step of a review; files pass the stages in rising order."""

    order: Count = Field(ge=1, examples=[1])
    time: DaysLaw | None = Field(default=None, examples=["2 days"])  # None: the review of the regime
    examiners: Count | None = Field(default=None, ge=1)  # None: those of the office
    returns: Returns | None = Field(default=None, examples=[{"probability": "20 %", "time": "21 days"}])


class Destination(Section):
    """How files for some countries are treated."""

    countries: Names = Field(examples=[["KR"]])
    # the review of the regime where left out
    review: ReviewByMaterial = Field(default={}, title="Days of review")
    slow_walk: Factor = 1.0


class Office(Entry):
    """Who reviews the exports of one country, and how."""

    examiners: Count | None = Field(default=None, ge=1)  # None: those of the regime
    # one review when left out
    stages: dict[str, OfficeStage] = Field(default={}, examples=[{"intake": {"order": 1, "time": "2 days"}}])
    destinations: dict[str, Destination] = Field(
        default={}, examples=[{"group_b": {"countries": ["KR"], "slow_walk": 1.1}}]
    )
    slow_walk: Factor = 1.0  # multiplies every time of review
    expedite: ShareByMaterial = {"other": 0.0}  # share of files that go before all others
    # after the last stage
    returns: Returns | None = Field(default=None, examples=[{"probability": "20 %", "time": "21 days"}])
    limit: Days | None = None  # a file is granted when its clock reaches it
    partial: Partial | None = Field(default=None, examples=[{"probability": "20 %", "share": "50 %"}])
    give_up: Fraction = 0.0  # of denials that are not followed by another filing
    room: Count | None = Field(default=None, ge=0)  # files that may wait; more are turned away
