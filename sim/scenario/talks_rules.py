"""Rules of talks, travel and responses in kind."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario import network_rules, select
from sim.scenario.findings import Findings
from sim.scenario.paths import Path
from sim.scenario.schema import Outcome, RetaliationEvent, TalksEvent, Timed, TravelEvent


def talks(findings: Findings, path: Path, event: TalksEvent) -> None:
    """Check names, dates of rounds and that every outcome can come about."""
    for name in event.follows:
        known(findings, (*path, "follows", name), event, name)
    for name, one in event.outcomes.items():
        here = (*path, "outcomes", name)
        network_rules.sources(findings, here, one, needed=True)
        if name == "round":
            findings.add(here, "round is the word for a meeting", "give the outcome another name")
        _outcome(findings, here, event, one)
    _rounds(findings, path, event)


def _outcome(findings: Findings, path: Path, event: TalksEvent, one: Outcome) -> None:
    for field in ("requires", "unless"):
        for number, name in enumerate(getattr(one, field)):
            here = (*path, field, str(number))
            known(findings, here if here in findings.layer.places else (*path, field), event, name)
    for name in one.covariates:
        if name not in event.losses:
            known(findings, (*path, "covariates", name), event, name)
    if one.hazard == 0.0 and one.per_round == 0.0:
        findings.add(path, "it has no chance to come about", "write hazard: 0.2/year, or per_round: 30 %")
    elif one.per_round > 0.0 and not event.rounds and event.round_rate == 0.0:
        remedy = "write rounds: {first: {date: ...}}, or round_rate: 6/year"
        findings.add((*path, "per_round"), "these talks have no rounds", remedy)


def _rounds(findings: Findings, path: Path, event: TalksEvent) -> None:
    for name, one in event.rounds.items():
        early = event.date is not None and one.date < event.date
        if early or (event.until is not None and one.date >= event.until):
            end = f" and before {event.until}" if event.until else ""
            wrong, remedy = "the round lies outside the talks", f"write a date from {event.date} on{end}"
            findings.add((*path, "rounds", name, "date"), wrong, remedy)


def known(findings: Findings, path: Path, event: Timed, name: str) -> None:
    """Check that an event exists, and in the baseline, too, where the one that asks for it does."""
    if not findings.known(path, name, "event", findings.ids("events")):
        return
    other = findings.document.events.get(name)
    if event.role == "background" and other is not None and other.role != "background":
        wrong = f"a background event cannot ask for {name}, which is a {other.role}"
        findings.add(path, wrong, "give both the same role; the baseline has background events only")


def outcome_of(findings: Findings, path: Path, other: object, outcome: str) -> None:
    """Check that the event that is waited for is talks with such an outcome."""
    if not isinstance(other, TalksEvent):
        findings.add(path, "only talks have outcomes", "leave it out to wait for the start of the event")
    else:
        findings.known(path, outcome, "outcome", ["round", *other.outcomes])


def travel(findings: Findings, path: Path, event: TravelEvent) -> None:
    """Check the countries and that the rules do something."""
    countries = {entry.country for entry in findings.document.facilities.values()}
    for number, name in enumerate(event.between):
        here = (*path, "between", str(number))
        place = here if here in findings.layer.places else (*path, "between")
        findings.known(place, name, "country with a facility", countries)
    if event.quarantine == 0.0 and event.factor == 1.0 and event.visas == "open":
        remedy = "write quarantine: 14 days, factor: 2, or visas: suspended"
        findings.add(path, "it slows nothing", remedy)


def retaliation(findings: Findings, path: Path, event: RetaliationEvent, ids: Iterable[str]) -> None:
    """Check that it answers an event, with links that run the other way."""
    if event.after is None:
        remedy = "write after: {event: ..., lag: 60 days}; with a date it is a licence, quota or embargo"
        findings.add(path, "it answers no event", remedy)
        return
    quota = "allow" in event.model_fields_set
    if (event.regime == "quota") != quota:
        wrong = "only a quota has an allowance" if quota else "a quota needs an amount"
        remedy = "write regime: quota" if quota else "write allow: 30 % of baseline"
        findings.add((*path, "regime"), wrong, remedy)
    other = findings.document.events.get(event.after.event)
    if other is None or not hasattr(other, "select") or select.target(other.kind) != "links":
        return
    links = findings.document.links
    answered = select.links(findings.document, other.select)
    routes = {_route(findings, links[name].to, links[name].from_) for name in answered}
    for name in ids:
        if routes and _route(findings, links[name].from_, links[name].to) not in routes:
            wrong = f"the link {name} does not run against those of {event.after.event}"
            findings.add((*path, "select"), wrong, "select links from the countries of its buyers")
            return


def _route(findings: Findings, origin: str, destination: str) -> tuple[str, ...]:
    facilities = findings.document.facilities
    return tuple(facilities[name].country if name in facilities else "" for name in (origin, destination))
