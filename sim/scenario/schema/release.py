"""An office that releases lots at its own pace, and the grants that were reported of it.

Annotations are evaluated at once: as text, pydantic would have to compile each of them at import.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sim.scenario.schema import field_types as ft
from sim.scenario.schema.field_types import Distribution
from sim.scenario.schema.sections import Entry, Section

AT_ONCE = "at_once"  # the word in `pair_gap` that is no material
THIRD = Distribution("fixed", (1.0 / 3.0,))


def _pair_gap(text: Any) -> Any:
    """Read laws by material, beside them the chance of no gap."""
    if not isinstance(text, dict) or AT_ONCE not in text:
        return ft.by_material(text)
    laws = {key: law for key, law in text.items() if key != AT_ONCE}
    chance = ft.distribution(text[AT_ONCE], ft.share)
    return {AT_ONCE: chance} | (ft.by_material(laws) if laws else {})


PairGap = Annotated[
    dict[str, ft.DaysLaw],
    BeforeValidator(_pair_gap),
    ft.ANY_VALUE,
]


class Common(Section):
    """Parts of the variance of the log of the days of files that files share."""

    office: ft.Fraction = 0.0  # all files
    material: ft.Fraction = 0.0  # those of one material


class SentBack(Section):
    """How often papers come back before they are taken, and for how long each time; no clock runs."""

    rounds: ft.NumberLaw = Field(examples=[{"values": [0, 1, 2], "weights": [0.5, 0.3, 0.2]}])
    time: ft.DaysLaw = Field(examples=[{"low": "14 days", "high": "45 days"}])


class Pace(Section):
    """Grants after the first, as part of what contracts in force need: 1, or one number for a material."""

    full: ft.Fraction = 1.0  # chance of 1; else uniform
    low: ft.FactorField = 1.0
    high: ft.FactorField = 1.0


class Need(Section):
    """How much faster grants come while the buyer is short, one value by equal chances."""

    values: tuple[ft.NumberFromZero, ...] = Field(default=(0.0,), min_length=1, examples=[[0, 5]])
    cover_below: ft.Days = Field(default=30.0, examples=["30 days"])


class Budget(Section):
    """What is granted of a material a day, as part of what its contracts need: exp(x), x an OU process."""

    level: ft.FactorField = Field(default=1.0, examples=[0.5])  # median
    spread: ft.NumberFromZero = Field(default=1.0, examples=[1.0])  # standard deviation of its log
    memory: ft.Days = Field(
        default=60.0, gt=0, examples=["60 days"]
    )  # after which 1/e of a deviation is left


class Release(Entry):
    """An office that releases lots by exporter and buyer; values may differ by material."""

    standard: ft.DaysByMaterial = Field(title="Median days on the clock", examples=["90 days"])
    spread: ft.NumberFromZero = Field(default=0.0, le=5, examples=[0.6])  # standard deviation of log days
    # until a file is complete, before the clock starts
    papers: ft.ReviewByMaterial = Field(default={}, title="Days of papers")
    returns: SentBack | None = Field(
        default=None,
        examples=[{"rounds": {"values": [0, 1], "weights": [0.5, 0.5]}, "time": "30 days"}],
    )
    common: Common = Field(default=Common(), examples=[{"office": 0.2, "material": 0.3}])
    # mean wait of a buyer after the first grant of the exporter; at_once: chance of none
    pair_gap: PairGap = Field(
        default={},
        title="Gap between buyers",
        examples=[{"other": {"low": "5 days", "high": "120 days", "law": "loguniform"}}],
    )
    pace: Pace = Field(default=Pace(), examples=[{"full": 0.3, "low": 0.03, "high": 1}])
    need: Need = Field(default=Need(), examples=[{"values": [0, 5], "cover_below": "30 days"}])
    # days of use of one grant, drawn once for a material
    lot: ft.ReviewByMaterial = Field(
        default="30 days", validate_default=True, title="Size of lots", examples=["30 days"]
    )
    contracts: Literal["start", "current"] = "start"  # whose shares lots follow
    # in place of files, gaps and pace
    budget: Budget | None = Field(default=None, examples=[{"level": 0.5, "spread": 1}])


class ObservedLicence(Entry):
    """A grant, or its absence, as it was reported."""

    date: ft.Date = Field(examples=["2019-11-15"])
    material: str = Field(examples=["hf_liquid"])
    exporter: str | None = Field(default=None, examples=["maker"])  # a firm; None: some exporter
    buyer: str | None = Field(default=None, examples=["line"])  # a facility or a firm
    kind: Literal["on", "by", "none_before", "count_by"] = "on"
    count: ft.Count | None = Field(default=None, ge=1)  # of count_by: the most pairs granted by then
    known_on: ft.Date = Field(examples=["2019-11-16"])  # day on which the public knew
