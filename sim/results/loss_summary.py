"""Who loses what over the replications of a run: one entry for each process, sums by country."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.results.estimates import ANY_LOSS, Estimate, summarise
from sim.results.numbers import number
from sim.results.result import Result
from sim.scenario.titles import facility_title, material_title
from sim.types import Floats

# What "demand" means for those who ship controlled goods, and for others.
CURBED, FEW = "curbed orders", "few orders"


@dataclass(frozen=True)
class Loss:
    """What one process loses over the replications of a run.

    Attributes
    ----------
    process, title, country : str
    net, gross : Estimate
        Days of baseline output, after and before catch-up.
    value : Estimate
        At base prices; nan where there is no price.
    ever, ends : int
        Replications in which output is ever below the baseline, and in which less is made by the end.
    given : Estimate
        Net days over the replications in which less is made by the end.
    first : array [replication]
        Day on which a material first holds production back; nan for never.
    causes : tuple of (str, float)
        Titles of what bound production, with their share of lost starts.
    wide : Estimate, optional
        Net days over model structures as well, where the run varied them.
    """

    process: str
    title: str
    country: str
    net: Estimate
    gross: Estimate
    value: Estimate
    ever: int
    ends: int
    given: Estimate
    first: Floats
    causes: tuple[tuple[str, float], ...]
    wide: Estimate | None

    @property
    def loses(self) -> bool:
        """Tell whether less is made on average, by the digits that are shown."""
        return self.ends > 0 and self.net.mean > 0.0 and not self.even

    @property
    def even(self) -> bool:
        return number(self.net.mean, self.net.unit) == "0"


class Titles:
    """Titles of what a scenario names, or their ids."""

    def __init__(self, result: Result) -> None:
        self.document = result.scenario.document
        self.result = result

    def facility(self, key: str) -> str:
        """Return the title of a facility."""
        return facility_title(self.document, key)

    def country(self, key: str) -> str:
        """Return the country of a facility, ISO 3166."""
        entry = self.document.facilities.get(key)
        return entry.country if entry else ""

    def material(self, key: str) -> str:
        """Return the title of a material."""
        return material_title(self.document, key)

    def process(self, name: str) -> str:
        """Return the facility with what the process makes, `Title (Material)`."""
        facility, _, key = name.rpartition("/")
        material = self.result.labels.process_material[self.result.labels.processes.index(name)]
        more = "" if key == material else f", {key}"
        return f"{self.facility(facility)} ({self.material(material)}{more})"

    def cause(self, name: str, process: str) -> str:
        """Return what held a process back; for a supplier, demand is what may be bought."""
        if name == "demand":
            return CURBED if process in self.result.labels.suppliers else FEW
        return "capacity" if name == "capacity" else self.material(name)


def losses(result: Result, names: Iterable[str]) -> list[Loss]:
    """Measure what processes lose, largest losses first."""
    titles, limiting = Titles(result), result.limiting()
    measured = [_loss(result, titles, name, limiting.get(name, {})) for name in names]
    return sorted(measured, key=lambda loss: (-np.nan_to_num(loss.value.mean), -loss.net.mean, loss.process))


def _loss(result: Result, titles: Titles, name: str, limiting: dict[str, float]) -> Loss:
    p = result.labels.processes.index(name)
    net, gross = (result.values("process", measure)[:, p] for measure in ("lost_days", "lost_days_gross"))
    ends, varied = net > ANY_LOSS, "structure" in result.arrays
    place = result.labels.measures["process"].index("lost_days")
    return Loss(
        process=name,
        title=titles.process(name),
        country=titles.country(name.rpartition("/")[0]),
        net=summarise(_clean(net)),
        gross=summarise(_clean(gross)),
        value=summarise(result.values("process", "lost_value")[:, p]),
        ever=int((gross > ANY_LOSS).sum()),
        ends=int(ends.sum()),
        given=summarise(net[ends]),
        first=result.values("process", "first_short_day")[:, p],
        causes=tuple((titles.cause(cause, name), share) for cause, share in limiting.items()),
        wide=summarise(_clean(result.arrays["structure"][:, place, p])) if varied else None,
    )


def _clean(days: Floats) -> Floats:
    """Turn what is left of rounding errors of the day step into zeros."""
    return np.where(np.abs(days) < 1e-6, 0.0, days)


def by_country(result: Result, names: Sequence[str]) -> dict[str, Estimate]:
    """Return the value lost by processes of each country over the replications, where a price is known."""
    return {country: summarise(values) for country, values in by_country_values(result, names).items()}


def by_country_values(result: Result, names: Sequence[str]) -> dict[str, Floats]:
    """Return the value lost by processes of each country [replication], where a price is known."""
    titles, labels = Titles(result), result.labels
    lost = result.values("process", "lost_value")
    sums: dict[str, Floats] = {}
    for name in names:
        column = lost[:, labels.processes.index(name)]
        if np.isfinite(column).all():
            country = titles.country(name.rpartition("/")[0])
            sums[country] = sums.get(country, np.zeros(len(column))) + column
    return {country: sums[country] for country in sorted(sums)}
