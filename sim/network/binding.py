"""Quotas that never bind: what they let through is the baseline flow or more."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.network.compile import compile_network
from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Rationed
from sim.scenario.schema.field_types import Amount, Rate
from sim.scenario.statements.sizes import in_turn
from sim.units import time_factor, unit_factor


def loose_quotas(document: Document) -> list[str]:
    """Say of quotas in amounts which let the whole baseline flow of their links through.

    Shares of the baseline are in `sim.scenario.statements`: they need no flow.
    """
    found = [(name, event) for name, event in document.events.items() if isinstance(event, Rationed)]
    if document.network is not None or not any(_amounts(event) for _, event in found):
        return []
    network = compile_network(document)
    flows = dict(zip(network.links, network.arrays.base_flow.tolist(), strict=True))
    return [text for name, event in found for text in _loose(document, name, event, flows)]


def _amounts(event: Rationed) -> list[tuple[str, Amount | Rate]]:
    return [(place, allow) for place, allow in in_turn(event, "allow") if isinstance(allow, Amount | Rate)]


def _loose(document: Document, name: str, event: Rationed, flows: dict[str, float]) -> Iterator[str]:
    links = selection.select(document, "links", event.select)
    flow = math.fsum(flows.get(link, 0.0) for link in links)
    for place, allow in _amounts(event) if flow > 0.0 else ():
        unit = document.materials[document.links[links[0]].material].unit
        days = (time_factor(event.period) or 1.0) if isinstance(allow, Amount) else 1.0
        daily = allow.value * (unit_factor(allow.unit, unit) or 1.0) / days
        if daily >= flow:
            month = time_factor("month") or 1.0
            allowed, usual = (f"{number * month:.6g} {unit}/month" for number in (daily, flow))
            yield (
                f"{name} allows {allowed} ({place}), not below the baseline flow of its links, {usual}: "
                "it never binds while orders stay below that"
            )
