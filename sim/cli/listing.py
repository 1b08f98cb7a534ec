"""Listings of scenarios and of what is in them."""

from __future__ import annotations

from sim.cli.printing import Row
from sim.errors import CurbsimError
from sim.scenario import Scenario, load, scenarios

KINDS = ("scenarios", "facilities", "firms", "materials", "links", "events", "variants")

PROVENANCE = ("source", "status", "note", "title")


def listing(what: str, name: str) -> list[Row]:
    """Return the rows of `curbsim list`."""
    if what == "scenarios":
        return [{"name": x.name, "title": x.title, "question": x.question} for x in scenarios()]
    if what not in KINDS:
        raise CurbsimError(f"list: '{what}' cannot be listed; write one of {', '.join(KINDS)}")
    if not name:
        raise CurbsimError(f"list: of which scenario? write curbsim list {what} NAME")
    if what == "variants":
        return _variants(name, load(name))
    scenario = load(name)
    if scenario.document.network is not None and what in ("facilities", "firms", "links"):
        told = scenario.document.network
        raise CurbsimError(f"list: {what} of '{name}' stand in tables: {told.firms}, {told.edges}")
    return LISTINGS[what](scenario)


def _facilities(scenario: Scenario) -> list[Row]:
    return [
        {
            "facility": key,
            "firm": entry.firm,
            "country": entry.country,
            "site": entry.site,
            "makes": ", ".join(entry.makes),
            "holds": ", ".join(entry.stocks),
        }
        for key, entry in sorted(scenario.document.facilities.items())
    ]


def _firms(scenario: Scenario) -> list[Row]:
    return [
        {"firm": key, "title": entry.title, "country": entry.country, "role": entry.role}
        for key, entry in sorted(scenario.document.firms.items())
    ]


def _materials(scenario: Scenario) -> list[Row]:
    return [
        {"material": key, "title": m.title, "unit": m.unit, "hs": m.hs, "group": m.group}
        for key, m in sorted(scenario.document.materials.items())
    ]


def _links(scenario: Scenario) -> list[Row]:
    return [
        {"link": key, "from": l.from_, "to": l.to, "material": l.material, "share": f"{l.share:.3g}"}
        for key, l in sorted(scenario.document.links.items())
    ]


def _events(scenario: Scenario) -> list[Row]:
    return [
        {
            "event": key,
            "kind": e.kind,
            "role": e.role,
            "from": str(e.date or (f"after {e.after.event}" if e.after else "when cover is low")),
            "until": str(e.until or ""),
            "title": e.title,
        }
        for key, e in sorted(scenario.document.events.items(), key=lambda item: (str(item[1].date), item[0]))
    ]


def _variants(asked: str, scenario: Scenario) -> list[Row]:
    """Return what to write for each variant, beginning as the user did, and what it changes."""
    from sim.scenario.paths import join, leaves

    def changed(tree: dict[str, object]) -> str:
        return ", ".join(
            f"{join(path)}: {'left out' if value is None else value}"
            for path, value in leaves(tree)
            if path[0] != "uncertain" and path[-1] not in PROVENANCE
        )

    return [
        {"name": f"{asked}+{key}", "changes": changed(tree)}
        for key, tree in sorted(scenario.tree.get("variants", {}).items())
    ]


LISTINGS = {
    "facilities": _facilities,
    "firms": _firms,
    "materials": _materials,
    "links": _links,
    "events": _events,
}


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
            "material": network.stock_material[arrays.stock[l]],
            "from": network.processes[arrays.supplier[l]],
            "to": network.stock_facility[arrays.stock[l]],
            "share": f"{arrays.share[l]:.3g}",
            "flow a day": f"{arrays.base_flow[l]:.4g}",
            "unit": scenario.document.materials[network.stock_material[arrays.stock[l]]].unit,
            "lead time": f"{arrays.lead[l]} d",
        }
        for l in range(len(network.links))
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
