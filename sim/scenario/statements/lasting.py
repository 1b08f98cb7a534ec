"""What an event without an end means, and what happens by chance, in words."""

from __future__ import annotations

import math
from collections import defaultdict

from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Curb, EmergencyPurchaseEvent, Timed
from sim.scenario.statements.standing import standing


def purchases(document: Document) -> list[str]:
    """Say of purchases without an end that what they bring is held to the end of the run."""
    names = [name for name, event in document.events.items() if event.reserves and event.until is None]
    if not names:
        return []
    one = len(names) == 1
    who = f"the purchase{'' if one else 's'} {_listed(names)} {'has' if one else 'have'} no until"
    brought = "what it brings" if one else "what they bring"
    kept = "held above the usual cover to the end of the run, as far as it does not expire"
    return [f"{who}: {brought} is bought once and {kept}"]


def expiring(document: Document) -> list[str]:
    """Say which purchases bring a stock above what its shelf life allows to use up."""
    text = "{} brings {} to {:g} days, more than the {:g} that it keeps: the rest expires"
    return [
        text.format(name, stock, cover + days, life)
        for name, event in document.events.items()
        if isinstance(event, EmergencyPurchaseEvent) and isinstance(days := event.amount, int | float)
        for stock in selection.select(document, "stocks", event.select)
        for cover, life in [_cover_and_life(document, stock)]
        if cover + days > life
    ]


def _cover_and_life(document: Document, stock: str) -> tuple[float, float]:
    """Return the usual cover of a stock and how long it keeps, in days; 0 and inf where that is open."""
    facility, material = stock.rsplit("/", 1)
    cover = document.facilities[facility].stocks[material].cover
    life = document.materials[material].shelf_life if material in document.materials else None
    return cover or 0.0, math.inf if life is None else life


def lasting(document: Document) -> list[str]:
    """Say which effects last to the end of the run because no date ends them, by kind."""
    kinds: dict[str, list[str]] = defaultdict(list)
    curbing = {span.event for here in standing(document).values() for span in here.curbs if span.lasts}
    for name, event in document.events.items():
        if isinstance(event, Curb) and name not in curbing:
            continue  # a relief, by its last step, too; or a curb that reliefs lift wherever it holds
        if event.is_endless and event.acts_by_itself and event.probability > 0.0:
            kinds[_title(event)].append(name)
    if not kinds:
        return []
    texts = "; ".join(f"{title.lower()}: {', '.join(names)}" for title, names in sorted(kinds.items()))
    return [f"without until, and so in force to the end of the run: {texts}"]


def chances(document: Document) -> list[str]:
    """Say which events happen by chance, and how likely."""
    scopes = {"once": "", "per_facility": " for each facility", "per_link": " for each link"}
    return [
        f"{name} happens by chance, with probability {event.probability * 100:g} %{scopes[event.draw]}"
        for name, event in document.events.items()
        if 0.0 < event.probability < 1.0
    ]


def _title(event: Timed) -> str:
    return str(type(event).model_config.get("title", event.kind))


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
