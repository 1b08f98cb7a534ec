"""The terms of licences for one material, and what one link holds under them (MODEL.md section 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.network import laws
from sim.scenario.fields import Distribution
from sim.scenario.schema import Regime

if TYPE_CHECKING:
    from sim.engine.office import Rules


@dataclass(frozen=True)
class Terms:
    """The rules of individual licences for one material."""

    review: Distribution
    denial: float
    resubmit: float
    filing: float
    lot: float | str
    reorder: float
    dispatch: float
    validity: float


@dataclass
class Holder:
    """The licences of one link under one regime."""

    link: int
    version: int
    terms: Terms
    rules: Rules  # of the office
    daily: float  # what one day of use is for this link
    pending: float = 0.0  # filed or to be filed, not yet usable
    credited: float = 0.0
    lapsed: float = 0.0
    screening: float = 1.0  # probability that a lot needs a licence
    reorder_level: float = field(init=False)

    def __post_init__(self) -> None:
        self.reorder_level = self.terms.reorder * self.daily


def of_material(table: dict[str, Any], material: str, default: Any = None) -> Any:
    """Return the entry of a material, of all others, or a default.

    Examples
    --------
    >>> of_material({"acid": 3.0, "other": 1.0}, "gas")
    1.0
    """
    return table.get(material, table.get("other", default))


def read_terms(
    section: Regime,
    material: str,
    *,
    expected: float | None = None,
    lot: Any = None,
    reorder: Any = None,
) -> Terms:
    """Collect the rules of a material; `expected` days in the office replace the mean of the review."""

    def of(name: str, default: Any = None) -> Any:
        return of_material(getattr(section, name), material, default)

    review: Distribution = of("review")
    lot = of("lot", 30.0) if lot is None else lot
    lot = of("contract", 180.0) if lot == "contract" else lot
    reorder = of("reorder", "auto") if reorder is None else reorder
    if reorder == "auto":
        days = 1.0 if lot == "order" else lot
        wait = laws.mean(review) if expected is None else expected
        reorder = wait + of("filing", 0.0) + days + of("dispatch", 0.0)
    return Terms(
        review=review,
        denial=of("denial", 0.0),
        resubmit=of("resubmit", 0.0),
        filing=of("filing", 0.0),
        lot=lot,
        reorder=reorder,
        dispatch=of("dispatch", 0.0),
        validity=of("validity", 180.0),
    )
