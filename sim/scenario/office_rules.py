"""Rules of offices and of the events that change them or bring goods before them."""

from __future__ import annotations

from sim.scenario import network_rules
from sim.scenario.events import CatchAllEvent, Event, LicenceEvent, OfficeEvent
from sim.scenario.findings import COUNTRY, Findings
from sim.scenario.offices import Office
from sim.scenario.paths import Path

CHANGES = ("examiners", "staff", "slow_walk", "returns", "limit")


def check(findings: Findings) -> None:
    """Add every mistake of the offices to the findings."""
    countries = findings.countries()
    for name, office in findings.document.offices.items():
        path = ("offices", name)
        network_rules.sources(findings, path, office)
        findings.known(path, name, COUNTRY, countries)
        _stages(findings, path, office)
        _destinations(findings, path, office, countries)
        network_rules.by_material(findings, (*path, "expedite"), office.expedite)
        _room(findings, path, office)


def _room(findings: Findings, path: Path, office: Office) -> None:
    """Report files that would be turned away and filed again for ever in one moment."""
    regime = findings.document.regimes.get("individual")
    if office.room is None or office.give_up >= 1.0 or regime is None:
        return
    if not all(days > 0.0 for days in regime.resubmit.values()):
        remedy = "write regimes: {individual: {resubmit: 10 days}}, or give_up: 1"
        findings.add((*path, "room"), "a file that is turned away would be filed again at once", remedy)


def _stages(findings: Findings, path: Path, office: Office) -> None:
    """Report stages of one order: which comes first would be open."""
    seen: dict[int, str] = {}
    for name, stage in office.stages.items():
        if stage.order in seen:
            wrong = f"the stages {seen[stage.order]} and {name} have the same order {stage.order}"
            findings.add((*path, "stages", name, "order"), wrong, "write 1, 2, 3 in the order of the stages")
        seen.setdefault(stage.order, name)


def _destinations(findings: Findings, path: Path, office: Office, countries: set[str] | None) -> None:
    seen: dict[str, str] = {}
    for name, place in office.destinations.items():
        here = (*path, "destinations", name)
        findings.names((*here, "countries"), place.countries, COUNTRY, countries)
        for country in place.countries:
            if country in seen:
                wrong = f"{country} is in the groups {seen[country]} and {name}"
                findings.add((*here, "countries"), wrong, "leave it in one of them")
            seen.setdefault(country, name)
        network_rules.by_material(findings, (*here, "review"), place.review)


def event(findings: Findings, path: Path, found: Event, ids: tuple[str, ...]) -> None:
    """Check an event that acts on an office, or that brings goods before one."""
    if isinstance(found, CatchAllEvent):
        _catch_all(findings, path, ids)
    elif isinstance(found, OfficeEvent) and not set(CHANGES) & found.model_fields_set:
        findings.add(path, "the event changes nothing", f"write one of {', '.join(CHANGES)}")
    elif isinstance(found, LicenceEvent) and found.record == "needed" and found.regime != "special_bulk":
        wrong = f"a record means nothing under {found.regime}"
        findings.add((*path, "record"), wrong, "write regime: special_bulk, or leave record out")


def _catch_all(findings: Findings, path: Path, ids: tuple[str, ...]) -> None:
    links = findings.document.links
    unlisted = [name for name in ids if links[name].regime is None]
    if ids and not unlisted and not findings.incomplete("links"):
        wrong = "every selected link is on the control list: it has a regime"
        findings.add((*path, "select"), wrong, "select links without regime, or write kind: licence")
    network_rules.terms(findings, (*path, "kind"), sorted({links[name].material for name in unlisted}))
