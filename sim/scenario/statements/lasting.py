"""What an event without an end means, and what happens by chance, in words."""

from __future__ import annotations

from collections import defaultdict

from sim.errors import listed
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Curb, EmergencyPurchaseEvent, Timed
from sim.scenario.statements.sizes import covers_of, life_of
from sim.scenario.statements.standing import standing


def purchases(document: Document) -> list[str]:
    """Say of purchases without an end that what they bring is held to the end of the run."""
    names = [name for name, event in document.events.items() if event.reserves and event.until is None]
    if not names:
        return []
    one = len(names) == 1
    who = f"the purchase{'' if one else 's'} {listed(names)} {'has' if one else 'have'} no until"
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
        for stock, cover in covers_of(document, event.select).items()
        if cover + days > (life := life_of(document, stock))
    ]


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
