"""Listings of scenarios and of what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sim.errors import CurbsimError
from sim.scenario import Scenario, load, scenarios
from sim.scenario.scenario import Examined
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Rationed
from sim.scenario.statements import differing, stated
from sim.types import Row

ROW_MAKERS: dict[str, Callable[[str, Any], Row]] = {  # the row of an entry of the scenario
    "facilities": lambda key, facility: {
        "facility": key,
        "firm": facility.firm,
        "country": facility.country,
        "site": facility.site,
        "makes": ", ".join(facility.makes),
        "holds": ", ".join(facility.stocks),
    },
    "firms": lambda key, firm: {
        "firm": key,
        "title": firm.title,
        "country": firm.country,
        "role": firm.role,
    },
    "materials": lambda key, material: {
        "material": key,
        "title": material.title,
        "unit": material.unit,
        "hs": material.hs,
        "group": material.group,
    },
    "links": lambda key, link: {
        "link": key,
        "from": link.from_,
        "to": link.to,
        "material": link.material,
        "share": f"{link.share:.3g}",
    },
    "events": lambda key, event: {
        "event": key,
        "kind": event.kind,
        "role": event.role,
        "from": str(event.date or (f"after {event.after.event}" if event.after else "when cover is low")),
        "until": str(event.until or ""),
        "title": event.title,
    },
}
LISTABLE = ("scenarios", *ROW_MAKERS, "variants")
ONLY_IN_TABLES = ("facilities", "firms", "links")  # of large networks


def listing(what: str, name: str) -> list[Row]:
    """Return the rows of `curbsim list`."""
    if what == "scenarios":
        return [{"name": x.name, "title": x.title, "question": x.question} for x in scenarios()]
    if what not in LISTABLE:
        raise CurbsimError(f"list: '{what}' cannot be listed; write one of {', '.join(LISTABLE)}")
    if not name:
        raise CurbsimError(f"list: of which scenario? write curbsim list {what} NAME")
    scenario = load(name)
    if what == "variants":
        return _variants(name, scenario)
    tables = scenario.document.network
    if tables is not None and what in ONLY_IN_TABLES:
        raise CurbsimError(f"list: {what} of '{name}' stand in tables: {tables.firms}, {tables.edges}")
    entries = sorted(getattr(scenario.document, what).items())
    if what == "events":
        entries.sort(key=lambda entry: str(entry[1].date))
    return [ROW_MAKERS[what](key, entry) for key, entry in entries]


def _variants(asked: str, scenario: Scenario) -> list[Row]:
    """Return what to write for each variant, beginning as the user did, and what it changes."""
    from sim.scenario.changes import of_variant

    return [
        {"name": f"{asked}+{key}", "changes": ", ".join(of_variant(tree))}
        for key, tree in sorted(scenario.tree.get("variants", {}).items())
    ]


def origin_rows(scenario: Scenario) -> list[Row]:
    """Return every value with the place where it was written."""
    from sim.scenario.paths import join, leaves

    return [
        {"path": join(path), "value": str(value), "origin": scenario.origin(join(path))}
        for path, value in leaves(scenario.tree)
    ]


def link_rows(scenario: Scenario) -> list[Row]:
    """Return links with baseline flows."""
    from sim.network import compile_network

    network = compile_network(scenario.document)
    arrays = network.arrays
    return [
        {
            "material": network.stock_material[arrays.stock[link]],
            "from": network.processes[arrays.supplier[link]],
            "to": network.stock_facility[arrays.stock[link]],
            "share": f"{arrays.share[link]:.3g}",
            "flow a day": f"{arrays.base_flow[link]:.4g}",
            "unit": scenario.document.materials[network.stock_material[arrays.stock[link]]].unit,
            "lead time": f"{arrays.lead[link]} d",
        }
        for link in range(len(network.links))
    ]


def template(name: str, extends: str) -> str:
    """Return the text of a new scenario file."""
    return f"""format: 1
extends: {extends}
meta:
  name: {name}
  title: A title for tables and figures
  question: What do you want to know?
events:
  cut:
    kind: embargo            # licence, quota, embargo, outage, capacity, demand, stock_target, ...
    role: treatment          # treatment, response or background
    date: 2019-07-04
    until: 2019-12-31        # the first day on which it no longer holds
    select: {{material: hf_liquid, from: JP, to: KR}}
    source: estimate         # every event names a source of meta.sources
variants: {{}}
"""


def statements(examined: Iterable[Examined]) -> Iterator[str]:
    """Yield what scenarios assume without saying, and of variants how curbs meet and what else differs."""
    usual: list[str] = []
    for found in examined:
        if found.variant:
            texts = [text for text in differing(found.document) if text not in usual]
        else:
            texts = usual = [*_loose(found.document), *stated(found.document)]
        yield from (f"{found.name}: {text}" for text in texts)


def _loose(document: Document) -> list[str]:
    """Say which quotas in amounts never bind; the baseline is solved for these alone."""
    if not any(isinstance(event, Rationed) for event in document.events.values()):
        return []
    from sim.network.binding import loose_quotas

    return loose_quotas(document)
