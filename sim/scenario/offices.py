"""The office that reviews licences: examiners, stages, and how files come out of it.

Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

from pydantic import Field

from sim.scenario.fields import Count, Days, DaysLaw, Factor, Fraction, ReviewByMaterial, ShareByMaterial
from sim.scenario.sections import Entry, Names, Section


class Returns(Section):
    """Files sent back for documents; their clock stands still until they are handed in again."""

    probability: Fraction = Field(lt=1)
    time: DaysLaw = Field(default="0 days", validate_default=True)


class Partial(Section):
    """Grants of part of what was asked for."""

    probability: Fraction
    share: Fraction


class OfficeStage(Section):
    """One step of a review; files pass the stages in rising order."""

    order: Count = Field(ge=1)
    time: DaysLaw | None = None  # None: the review of the regime
    examiners: Count | None = Field(default=None, ge=1)  # None: those of the office
    returns: Returns | None = None


class Destination(Section):
    """How files for some countries are treated."""

    countries: Names
    review: ReviewByMaterial = {}  # the review of the regime where left out
    slow_walk: Factor = 1.0


class Office(Entry):
    """Who reviews the exports of one country, and how."""

    examiners: Count | None = Field(default=None, ge=1)  # None: those of the regime
    stages: dict[str, OfficeStage] = {}  # one review when left out
    destinations: dict[str, Destination] = {}
    slow_walk: Factor = 1.0  # multiplies every time of review
    expedite: ShareByMaterial = {"other": 0.0}  # share of files that go before all others
    returns: Returns | None = None  # after the last stage
    limit: Days | None = None  # a file is granted when its clock reaches it
    partial: Partial | None = None
    give_up: Fraction = 0.0  # of denials that are not followed by another filing
    room: Count | None = Field(default=None, ge=0)  # files that may wait; more are turned away
