"""What the numbers of events come to, where a slip would go unseen, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from sim.errors import named
from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import (
    CapacityEvent,
    DemandEvent,
    EmbargoEvent,
    ExpediteEvent,
    Rationed,
    Selection,
    StockTargetEvent,
)
from sim.scenario.schema.field_types import Amount, Change, Distribution, Share
from sim.scenario.statements.overlaps import few
from sim.scenario.statements.periods import MOST_NAMED

SUMMED = ("fixed", "uniform", "triangular")  # laws whose mean is that of their numbers


def sizes(document: Document) -> list[str]:
    """Return what an answer rests on: what factors leave, what covers fall to, what does not bind."""
    lines = (_loose, _factors, _lowered, _spoiled, _faster, _lapsed)
    return [text for line in lines for text in line(document)]


def in_turn(event: Any, field: str) -> list[tuple[str, Any]]:
    """Return the values of an event that its steps change, each with its place in the event."""
    steps = ((f"steps.{date}", value) for date, value in event.steps.items())
    return [(field, getattr(event, field)), *steps]


def periods_of_quotas(document: Document) -> list[str]:
    """Say which amounts are meant per month because no period is written."""
    names = [
        name
        for name, event in document.events.items()
        if isinstance(event, Rationed)
        and "period" not in event.model_fields_set
        and any(isinstance(allow, Amount) for _, allow in in_turn(event, "allow"))
    ]
    return [f"without period, and so an amount per month: {named(names, MOST_NAMED)}"] if names else []


def _loose(document: Document) -> Iterator[str]:
    """Say which quotas allow more than the baseline."""
    for name, event in document.events.items():
        if isinstance(event, Rationed):
            for place, allow in in_turn(event, "allow"):
                if isinstance(allow, Share) and allow.value > 1.0:
                    share = f"{100.0 * allow.value:g} % of baseline"
                    yield f"{name} allows {share} ({place}): it never binds while orders stay below that"


def _factors(document: Document) -> Iterator[str]:
    """Say in one line to what demand and capacity fall."""
    words: dict[type[Any], str] = {DemandEvent: "demand", CapacityEvent: "capacity"}
    for kind, noun in words.items():
        texts = [
            f"falls to {100.0 * factor:g} % (events.{name}.{place})"
            for name, event in document.events.items()
            if isinstance(event, kind)
            for place, factor in in_turn(event, "factor")
            if factor < 1.0
        ]
        if texts:
            yield f"{noun} {named(texts, MOST_NAMED)}"


def _lowered(document: Document) -> Iterator[str]:
    """Say which targets without a sign lower the cover of a stock."""
    if document.network is not None:
        return
    for name, event in document.events.items():
        if isinstance(event, StockTargetEvent) and not isinstance(event.target, Change):
            covers = covers_of(document, event.select)
            low = [stock for stock, cover in covers.items() if event.target < cover]
            if low:
                was = sorted({covers[stock] for stock in low})
                before = f"{was[0]:g}" if len(was) == 1 else f"{was[0]:g} to {was[-1]:g}"
                more = f"; write '+{event.target:g} days' to raise it"
                yield f"{name} lowers the cover from {before} to {event.target:g} days ({few(low)}){more}"


def covers_of(document: Document, select: Selection) -> dict[str, float]:
    """Return the cover of each selected stock, in days."""
    names = selection.select(document, "stocks", select)
    parts = {name: name.rsplit("/", 1) for name in names}
    return {name: document.facilities[place].stocks[of].cover for name, (place, of) in parts.items()}


def _spoiled(document: Document) -> Iterator[str]:
    """Say which targets bring a stock to the shelf life of its material."""
    if document.network is not None:
        return
    targets = ((name, e) for name, e in document.events.items() if isinstance(e, StockTargetEvent))
    for name, event in targets:
        for _, target in in_turn(event, "target"):
            aims = {
                stock: cover + target.value if isinstance(target, Change) else target
                for stock, cover in covers_of(document, event.select).items()
            }
            lives = {stock: life_of(document, stock) for stock in aims}
            spoiled = [stock for stock, aim in aims.items() if aim >= lives[stock]]
            if spoiled:
                aim, life = aims[spoiled[0]], lives[spoiled[0]]
                keeps = f"{life:g} days that it keeps: what is older expires and is bought again"
                yield f"{name} aims at {aim:g} days of {few(spoiled)}, not below the {keeps}"


def life_of(document: Document, stock: str) -> float:
    """Return how long a stock keeps, in days; inf where that is open."""
    material = document.materials.get(stock.rsplit("/", 1)[1])
    return math.inf if material is None or material.shelf_life is None else material.shelf_life


def _faster(document: Document) -> Iterator[str]:
    """Say where freight saves more than goods take."""
    if document.network is not None:
        return
    for name, event in document.events.items():
        if isinstance(event, ExpediteEvent) and event.saves is not None:
            times = {
                link: _mean(document.links[link].lead_time)
                for link in selection.select(document, "links", event.select)
            }
            short = [link for link, days in times.items() if days < event.saves]
            if short:
                most = max(times[link] for link in short)
                of = f"the {most:g} days that goods take at most ({few(short)})"
                yield f"{name} saves {event.saves:g} days of {of}: they arrive at once"


def _mean(law: Any) -> float:
    if not isinstance(law, Distribution):
        return float(law)
    numbers = law.parameters if law.law in SUMMED else law.parameters[:1]
    return math.fsum(numbers) / len(numbers)


def _lapsed(document: Document) -> Iterator[str]:
    """Say of which goods licences lapse before they are dispatched."""
    needed = [event for event in document.events.values() if event.restricts_trade]
    individual = document.regimes.get("individual")
    if individual is None or not needed or all(isinstance(event, EmbargoEvent) for event in needed):
        return
    for material in sorted({*individual.dispatch, *individual.validity}):
        after, lasts = (
            _days(terms.get(material, terms.get("other")))
            for terms in (individual.dispatch, individual.validity)
        )
        if after is not None and lasts is not None and after > 0.0 and lasts <= after:
            goods = "other materials" if material == "other" else material
            yield (
                f"licences for {goods} are valid for {lasts:g} days and goods leave after {after:g}: "
                "every licence lapses before anything ships; write a longer validity"
            )


def _days(value: Any) -> float | None:
    if isinstance(value, Distribution):
        return value.parameters[0] if value.law == "fixed" else None
    return float(value) if isinstance(value, int | float) else None
