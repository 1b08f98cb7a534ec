"""Who loses what over the replications of a run: one entry for each process, sums by country."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.results.estimates import ANY_LOSS, Estimate, summarise
from sim.results.numbers import number
from sim.results.restricted import acting
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
    gross, net : Estimate
        Days of baseline output, before and after what is made up by the end of the run is deducted.
    gross_value, value : Estimate
        The same at base prices; nan where there is no price.
    ever, ends, stops : int
        Replications in which output is ever below the baseline, in which less is made by the end, and in
        which starts stop.
    given, net_given : Estimate
        Gross days over the replications that are ever short; net days over those with less by the end.
    held_back, lost, stopped : array [replication]
        Day on which a material first holds starts back, output is first lost, starts first stop; nan for
        never.
    causes : tuple of (str, float)
        Titles of what bound production, with their share of lost starts.
    wide : Estimate, optional
        Gross days over model structures as well, where the run varied them.
    """

    process: str
    title: str
    country: str
    gross: Estimate
    net: Estimate
    gross_value: Estimate
    value: Estimate
    ever: int
    ends: int
    stops: int
    given: Estimate
    net_given: Estimate
    held_back: Floats
    lost: Floats
    stopped: Floats
    causes: tuple[tuple[str, float], ...]
    wide: Estimate | None

    @property
    def loses(self) -> bool:
        """Tell whether output is lost on average, gross, by the digits that are shown."""
        return self.ever > 0 and number(self.gross.mean, self.gross.unit) != "0"


def few_orders(result: Result, process: str) -> str:
    """Return what it means for a process that nobody orders: those of controlled goods may not be ordered."""
    return CURBED if is_curbed(result) and process in result.labels.suppliers else FEW


def is_curbed(result: Result) -> bool:
    """Tell whether a treatment restricts trade."""
    return any(event.restricts_trade for _, event in acting(result.scenario.document))


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
            return few_orders(self.result, process)
        return "capacity" if name == "capacity" else self.material(name)


def losses(result: Result, names: Iterable[str]) -> list[Loss]:
    """Measure what processes lose, those first who lose most money, gross; without a price, most days."""
    titles, limiting = Titles(result), result.limiting()
    measured = [_loss(result, titles, name, limiting.get(name, {})) for name in names]
    return sorted(measured, key=lambda x: (-np.nan_to_num(x.gross_value.mean), -x.gross.mean, x.process))


def money_rank(result: Result) -> dict[str, tuple[float, float, str]]:
    """Return the rank of each process by gross value lost, then by days: smallest for who loses most."""
    value, days = (
        np.nan_to_num(result.values("process", f"lost_{unit}_gross")).mean(axis=0)
        for unit in ("value", "days")
    )
    names = result.labels.processes
    return {name: (-float(value[p]), -float(days[p]), name) for p, name in enumerate(names)}


def _loss(result: Result, titles: Titles, name: str, limiting: dict[str, float]) -> Loss:
    def of(measure: str) -> Floats:
        return result.values("process", measure, name)

    gross, net, stopped = _clean(of("lost_days_gross")), _clean(of("lost_days")), of("first_stop_day")
    ever, ends = gross > ANY_LOSS, net > ANY_LOSS
    return Loss(
        process=name,
        title=titles.process(name),
        country=titles.country(name.rpartition("/")[0]),
        gross=summarise(gross),
        net=summarise(net),
        gross_value=summarise(of("lost_value_gross")),
        value=summarise(of("lost_value")),
        ever=int(ever.sum()),
        ends=int(ends.sum()),
        stops=int(np.isfinite(stopped).sum()),
        given=summarise(gross[ever]),
        net_given=summarise(net[ends]),
        held_back=of("first_short_day"),
        lost=of("first_loss_day"),
        stopped=stopped,
        causes=tuple((titles.cause(cause, name), share) for cause, share in limiting.items()),
        wide=_over_structures(result, name),
    )


def _over_structures(result: Result, name: str) -> Estimate | None:
    """Return gross days over model structures as well; None where the run did not vary them."""
    if "structure" not in result.arrays:
        return None
    labels = result.labels
    place = labels.measures["process"].index("lost_days_gross")
    return summarise(_clean(result.arrays["structure"][:, place, labels.processes.index(name)]))


def _clean(days: Floats) -> Floats:
    """Turn what is left of rounding errors of the day step into zeros."""
    return np.where(np.abs(days) < 1e-6, 0.0, days)


def by_country(
    result: Result, names: Sequence[str], measure: str = "lost_value_gross"
) -> dict[str, Estimate]:
    """Return the value lost by processes of each country over the replications, where a price is known."""
    values = by_country_values(result, names, measure)
    return {country: summarise(lost) for country, lost in values.items()}


def by_country_values(
    result: Result, names: Sequence[str], measure: str = "lost_value_gross"
) -> dict[str, Floats]:
    """Return the value lost by processes of each country [replication], where a price is known."""
    titles, labels = Titles(result), result.labels
    lost = result.values("process", measure)
    sums: dict[str, Floats] = {}
    for name in names:
        column = lost[:, labels.processes.index(name)]
        if np.isfinite(column).all():
            country = titles.country(name.rpartition("/")[0])
            sums[country] = sums.get(country, np.zeros(len(column))) + column
    return {country: sums[country] for country in sorted(sums)}
