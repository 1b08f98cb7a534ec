"""What all parts of the scenario format share."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from sim.errors import LONGEST_NAME, quoted
from sim.scenario.schema.field_types import Days, Fraction

Family = Literal["pbl", "leontief", "ces", "linear", "ario"]
Rationing = Literal["proportional", "priority", "relative", "uniform"]
Status = Literal["sourced", "recalled", "estimate"]
Grade = Literal["official", "company", "research", "press", "aggregator", "recollection", "estimate"]
RegimeName = Literal["bulk", "special_bulk", "individual", "quota", "embargo"]


def as_names(value: object) -> object:
    """Read one name as a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else value


def on_one_line(text: str) -> str:
    """Return a name or title as figures and tables show it: of some length, its line breaks as blanks."""
    if len(text) > LONGEST_NAME:
        raise ValueError(f"{quoted(text)} has {len(text):,} letters; write {LONGEST_NAME} at most")
    return " ".join(text.split())


Line = Annotated[str, AfterValidator(on_one_line)]
Names = Annotated[tuple[str, ...], BeforeValidator(as_names)]


class Section(BaseModel):
    """What every part of a file shares: unknown keys are errors, and nothing changes after reading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, defer_build=True, allow_inf_nan=False
    )


class Provenance(Section):
    """Where one value comes from, when it differs from the rest of its entry."""

    source: str | None = None
    status: Status | None = None


class Entry(Section):
    """An entry that says where its numbers come from."""

    title: Line = Field(default="", examples=["Customs statistics"])
    note: str = ""
    source: str | None = None
    status: Status | None = None
    provenance: dict[str, Provenance] = Field(default={}, examples=[{"share": {"source": "press"}}])


class Stage(Section):
    """From `after` days of qualification on, the link may carry up to `max_share` of the need."""

    after: Days = Field(title="Days of qualification", examples=["47 days"])
    max_share: Fraction = Field(title="Largest share", examples=["30 %"])
