"""Rules of talks, travel and responses in kind."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario import network_rules, select
from sim.scenario.event_parts import Outcome
from sim.scenario.events import Event, RetaliationEvent, TalksEvent, Timed, TravelEvent
from sim.scenario.findings import COUNTRY, Findings
from sim.scenario.paths import Path

ROUNDS = "write rounds: {first: {date: 2019-12-16}}, or round_rate: 6/year"


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
    _states(findings, path, event)
    if not event.outcomes and not meets(event):
        remedy = "write outcomes: {easing: {to: partial, hazard: 0.2/year, source: estimate}}"
        findings.add((*path, "outcomes"), "these talks come to nothing", remedy)


def _outcome(findings: Findings, path: Path, event: TalksEvent, one: Outcome) -> None:
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


def _states(findings: Findings, path: Path, event: TalksEvent) -> None:
    """Report outcomes from states that the talks never come to."""
    reached: set[str] = {event.state, *event.follows.values()}
    possible: set[str] = set()
    for _ in event.outcomes:  # each pass adds one outcome at least, or nothing changes any more
        possible |= {name for name, one in event.outcomes.items() if _leaves(one, reached)}
        reached |= {event.outcomes[name].to for name in possible}
    for name in sorted(set(event.outcomes) - possible):
        _impossible(findings, (*path, "outcomes", name), event.outcomes[name], reached)


def _impossible(findings: Findings, path: Path, one: Outcome, reached: set[str]) -> None:
    known = ", ".join(sorted(reached))
    if set(one.from_) - {one.to}:
        wrong = f"the talks are never in {' or '.join(one.from_)}, so it never comes about"
        remedy = f"write a state that they come to ({known}), or lead them there with state: or follows:"
        findings.add((*path, "from"), wrong, remedy)
    else:
        wrong = f"it leads from {one.to} to {one.to}, so it never comes about"
        findings.add((*path, "to"), wrong, "write the state that the talks come to next")


def _leaves(one: Outcome, reached: set[str]) -> bool:
    """Tell whether an outcome can lead from one of the states to another."""
    return bool((set(one.from_) & reached if one.from_ else reached) - {one.to})


def _rounds(findings: Findings, path: Path, event: TalksEvent) -> None:
    if event.date is not None and event.until is not None and event.until <= event.date:
        return  # reported already
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


def outcome_of(findings: Findings, path: Path, name: str, other: Timed, outcome: str) -> None:
    """Check that the event that is waited for is talks with such an outcome."""
    if not isinstance(other, TalksEvent):
        findings.add(path, "only talks have outcomes", "leave it out to wait for the start of the event")
    elif outcome == "round" and not meets(other):
        findings.add(path, f"the talks {name} have no rounds", ROUNDS)
    elif outcome != "round" and outcome not in other.outcomes:
        findings.known(path, outcome, "outcome", ["round", *other.outcomes])


def travel(findings: Findings, path: Path, event: TravelEvent) -> None:
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
    if not isinstance(other, Event) or other.acts_on != "links" or findings.incomplete("links", "facilities"):
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
