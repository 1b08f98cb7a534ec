"""Rules of talks, travel, conditions and licence offices."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario import selection
from sim.scenario.paths import Path
from sim.scenario.schema.document import Office
from sim.scenario.schema.event_parts import TalksOutcome
from sim.scenario.schema.events import (
    CatchAllEvent,
    Event,
    LicenceEvent,
    OfficeEvent,
    RetaliationEvent,
    TalksEvent,
    Timed,
    TravelEvent,
)
from sim.scenario.validation import network
from sim.scenario.validation.problems import COUNTRY, ProblemCollector

ROUNDS = "write rounds: {first: {date: 2019-12-16}}, or round_rate: 6/year"


def talks(findings: ProblemCollector, path: Path, event: TalksEvent) -> None:
    """Check names, dates of rounds and that every outcome can come about."""
    for name in event.follows:
        known(findings, (*path, "follows", name), event, name)
    for name, one in event.outcomes.items():
        here = (*path, "outcomes", name)
        network.sources(findings, here, one, needed=True)
        if name == "round":
            findings.add(here, "round is the word for a meeting", "give the outcome another name")
        _outcome(findings, here, event, one)
    _rounds(findings, path, event)
    _states(findings, path, event)
    if not event.outcomes and not meets(event):
        remedy = "write outcomes: {easing: {to: partial, hazard: 0.2/year, source: estimate}}"
        findings.add((*path, "outcomes"), "these talks come to nothing", remedy)


def _outcome(findings: ProblemCollector, path: Path, event: TalksEvent, one: TalksOutcome) -> None:
    for field in ("requires", "unless"):
        for number, name in enumerate(getattr(one, field)):
            here = (*path, field, str(number))
            known(findings, here if here in findings.layer.places else (*path, field), event, name)
    for name in one.covariates:
        if name not in event.losses:
            known(findings, (*path, "covariates", name), event, name)
    if not {"hazard", "per_round"} & one.model_fields_set:  # a 0 that is written out is meant
        remedy = "write hazard: 0.2/year, or per_round: 30 %"
        findings.add(path, "it has no chance to come about", remedy)
    elif one.per_round > 0.0 and not meets(event):
        findings.add((*path, "per_round"), "these talks have no rounds", ROUNDS)
    for name in sorted(set(one.requires) & set(one.unless) & set(findings.ids("events") or ())):
        wrong = f"it both requires {name} and rules it out, so it never comes about"
        findings.add((*path, "unless"), wrong, "leave it in one of them")


def meets(event: TalksEvent) -> bool:
    """Tell whether talks have rounds."""
    return bool(event.rounds) or event.round_rate > 0.0


def _states(findings: ProblemCollector, path: Path, event: TalksEvent) -> None:
    """Report outcomes from states that the talks never come to."""
    reached: set[str] = {event.state, *event.follows.values()}
    possible: set[str] = set()
    for _ in event.outcomes:  # each pass adds one outcome at least, or nothing changes any more
        possible |= {name for name, one in event.outcomes.items() if _leaves(one, reached)}
        reached |= {event.outcomes[name].to for name in possible}
    for name in sorted(set(event.outcomes) - possible):
        _impossible(findings, (*path, "outcomes", name), event.outcomes[name], reached)


def _impossible(findings: ProblemCollector, path: Path, one: TalksOutcome, reached: set[str]) -> None:
    known = ", ".join(sorted(reached))
    if set(one.from_) - {one.to}:
        wrong = f"the talks are never in {' or '.join(one.from_)}, so it never comes about"
        remedy = f"write a state that they come to ({known}), or lead them there with state: or follows:"
        findings.add((*path, "from"), wrong, remedy)
    else:
        wrong = f"it leads from {one.to} to {one.to}, so it never comes about"
        findings.add((*path, "to"), wrong, "write the state that the talks come to next")


def _leaves(one: TalksOutcome, reached: set[str]) -> bool:
    """Tell whether an outcome can lead from one of the states to another."""
    return bool((set(one.from_) & reached if one.from_ else reached) - {one.to})


def _rounds(findings: ProblemCollector, path: Path, event: TalksEvent) -> None:
    if event.date is not None and event.until is not None and event.until <= event.date:
        return  # reported already
    for name, one in event.rounds.items():
        early = event.date is not None and one.date < event.date
        if early or (event.until is not None and one.date >= event.until):
            end = f" and before {event.until}" if event.until else ""
            wrong, remedy = "the round lies outside the talks", f"write a date from {event.date} on{end}"
            findings.add((*path, "rounds", name, "date"), wrong, remedy)


def known(findings: ProblemCollector, path: Path, event: Timed, name: str) -> None:
    """Check that an event exists, and in the baseline, too, where the one that asks for it does."""
    if not findings.known(path, name, "event", findings.ids("events")):
        return
    other = findings.document.events.get(name)
    if event.role == "background" and other is not None and other.role != "background":
        wrong = f"a background event cannot ask for {name}, which is a {other.role}"
        findings.add(path, wrong, "give both the same role; the baseline has background events only")


def outcome_of(findings: ProblemCollector, path: Path, name: str, other: Timed, outcome: str) -> None:
    """Check that the event that is waited for is talks with such an outcome."""
    if not isinstance(other, TalksEvent):
        findings.add(path, "only talks have outcomes", "leave it out to wait for the start of the event")
    elif outcome == "round" and not meets(other):
        findings.add(path, f"the talks {name} have no rounds", ROUNDS)
    elif outcome != "round" and outcome not in other.outcomes:
        findings.known(path, outcome, "outcome", ["round", *other.outcomes])


def travel(findings: ProblemCollector, path: Path, event: TravelEvent) -> None:
    """Check the countries and that the rules do something."""
    countries = findings.countries()
    for number, name in enumerate(event.between):
        here = (*path, "between", str(number))
        place = here if here in findings.layer.places else (*path, "between")
        findings.known(place, name, COUNTRY, countries)
    if len(set(event.between)) < len(event.between):
        wrong = f"it names {max(event.between, key=event.between.count)} twice"
        findings.add((*path, "between"), wrong, "write each country once, for example between: [JP, KR]")
    if event.quarantine == 0.0 and event.factor == 1.0 and event.visas == "open":
        remedy = "write quarantine: 14 days, factor: 2, or visas: suspended"
        findings.add(path, "it slows nothing", remedy)


def retaliation(findings: ProblemCollector, path: Path, event: RetaliationEvent, ids: Iterable[str]) -> None:
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
    if not isinstance(other, Event) or other.acts_on != "links" or findings.incomplete("links", "facilities"):
        return
    links = findings.document.links
    answered = selection.links(findings.document, other.select)
    routes = {_route(findings, links[name].to, links[name].from_) for name in answered}
    for name in ids:
        if routes and _route(findings, links[name].from_, links[name].to) not in routes:
            wrong = f"the link {name} does not run against those of {event.after.event}"
            findings.add((*path, "select"), wrong, "select links from the countries of its buyers")
            return


def _route(findings: ProblemCollector, origin: str, destination: str) -> tuple[str, ...]:
    facilities = findings.document.facilities
    return tuple(facilities[name].country if name in facilities else "" for name in (origin, destination))


CHANGES = ("examiners", "staff", "slow_walk", "returns", "limit")


def check(findings: ProblemCollector) -> None:
    """Add every mistake of the offices to the findings."""
    countries = findings.countries()
    for name, office in findings.document.offices.items():
        path = ("offices", name)
        network.sources(findings, path, office)
        findings.known(path, name, COUNTRY, countries)
        _stages(findings, path, office)
        _destinations(findings, path, office, countries)
        network.by_material(findings, (*path, "expedite"), office.expedite)
        _room(findings, path, office)


def _room(findings: ProblemCollector, path: Path, office: Office) -> None:
    """Report files that would be turned away and filed again for ever in one moment."""
    regime = findings.document.regimes.get("individual")
    if office.room is None or office.give_up >= 1.0 or regime is None:
        return
    if not all(days > 0.0 for days in regime.resubmit.values()):
        remedy = "write regimes: {individual: {resubmit: 10 days}}, or give_up: 1"
        findings.add((*path, "room"), "a file that is turned away would be filed again at once", remedy)


def _stages(findings: ProblemCollector, path: Path, office: Office) -> None:
    """Report stages of one order: which comes first would be open."""
    seen: dict[int, str] = {}
    for name, stage in office.stages.items():
        if stage.order in seen:
            wrong = f"the stages {seen[stage.order]} and {name} have the same order {stage.order}"
            findings.add((*path, "stages", name, "order"), wrong, "write 1, 2, 3 in the order of the stages")
        seen.setdefault(stage.order, name)


def _destinations(findings: ProblemCollector, path: Path, office: Office, countries: set[str] | None) -> None:
    seen: dict[str, str] = {}
    for name, place in office.destinations.items():
        here = (*path, "destinations", name)
        findings.names((*here, "countries"), place.countries, COUNTRY, countries)
        for country in place.countries:
            if country in seen:
                wrong = f"{country} is in the groups {seen[country]} and {name}"
                findings.add((*here, "countries"), wrong, "leave it in one of them")
            seen.setdefault(country, name)
        network.by_material(findings, (*here, "review"), place.review)


def event(findings: ProblemCollector, path: Path, found: Event, ids: tuple[str, ...]) -> None:
    """Check an event that acts on an office, or that brings goods before one."""
    if isinstance(found, CatchAllEvent):
        _catch_all(findings, path, ids)
    elif isinstance(found, OfficeEvent) and not set(CHANGES) & found.model_fields_set:
        findings.add(path, "the event changes nothing", f"write one of {', '.join(CHANGES)}")
    elif isinstance(found, LicenceEvent) and found.record == "needed" and found.regime != "special_bulk":
        wrong = f"a record means nothing under {found.regime}"
        findings.add((*path, "record"), wrong, "write regime: special_bulk, or leave record out")


def _catch_all(findings: ProblemCollector, path: Path, ids: tuple[str, ...]) -> None:
    links = findings.document.links
    unlisted = [name for name in ids if links[name].regime is None]
    if ids and not unlisted and not findings.incomplete("links"):
        wrong = "every selected link is on the control list: it has a regime"
        findings.add((*path, "select"), wrong, "select links without regime, or write kind: licence")
    network.terms(findings, (*path, "kind"), sorted({links[name].material for name in unlisted}))
