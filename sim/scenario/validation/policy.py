"""Rules of talks, travel, retaliation and licence offices."""

from __future__ import annotations

from sim.scenario import selection
from sim.scenario.paths import Path
from sim.scenario.schema import events
from sim.scenario.schema.document import Office
from sim.scenario.schema.event_parts import TalksOutcome
from sim.scenario.schema.events import Event, TalksEvent, Timed
from sim.scenario.schema.looks import bounds
from sim.scenario.validation import network
from sim.scenario.validation.problems import COUNTRY, ProblemCollector

ROUNDS_REMEDY = "write rounds: {first: {date: 2019-12-16}}, or round_rate: 6/year"
OFFICE_FIELDS = ("examiners", "staff", "slow_walk", "returns", "limit")  # that an event may change


def talks(problems: ProblemCollector, path: Path, event: TalksEvent) -> None:
    """Check names, dates of rounds and that every outcome can come about."""
    for name in event.follows:
        _event(problems, (*path, "follows", name), event, name)
    for name, outcome in event.outcomes.items():
        here = (*path, "outcomes", name)
        network.sources(problems, here, outcome, needed=True)
        if name == "round":
            problems.add(here, "round is the word for a meeting", "give the outcome another name")
        _outcome(problems, here, event, outcome)
    _rounds(problems, path, event)
    _states(problems, path, event)
    if not event.outcomes and not _has_rounds(event):
        remedy = "write outcomes: {easing: {to: partial, hazard: 0.2/year, source: estimate}}"
        problems.add((*path, "outcomes"), "these talks come to nothing", remedy)


def _outcome(problems: ProblemCollector, path: Path, event: TalksEvent, outcome: TalksOutcome) -> None:
    for field in ("requires", "unless"):
        for number, name in enumerate(getattr(outcome, field)):
            _event(problems, problems.item((*path, field), number), event, name)
    for name in outcome.covariates:
        if name not in event.losses:
            _event(problems, (*path, "covariates", name), event, name)
    if not {"hazard", "per_round"} & outcome.model_fields_set:  # a 0 that is written out is meant
        remedy = "write hazard: 0.2/year, or per_round: 30 %"
        problems.add(path, "it has no chance to come about", remedy)
    elif outcome.per_round > 0.0 and not _has_rounds(event):
        problems.add((*path, "per_round"), "these talks have no rounds", ROUNDS_REMEDY)
    for name in sorted(set(outcome.requires) & set(outcome.unless) & set(problems.ids("events") or ())):
        wrong = f"it both requires {name} and rules it out, so it never comes about"
        problems.add((*path, "unless"), wrong, "leave it in one of them")


def _has_rounds(event: TalksEvent) -> bool:
    return bool(event.rounds) or event.round_rate > 0.0


def _states(problems: ProblemCollector, path: Path, event: TalksEvent) -> None:
    """Report outcomes from states that the talks never come to."""
    reached: set[str] = {event.state, *event.follows.values()}
    possible: set[str] = set()
    for _ in event.outcomes:  # each pass adds one outcome at least, or nothing changes any more
        possible |= {name for name, outcome in event.outcomes.items() if _is_possible(outcome, reached)}
        reached |= {event.outcomes[name].to for name in possible}
    for name in sorted(set(event.outcomes) - possible):
        outcome, here = event.outcomes[name], (*path, "outcomes", name)
        if set(outcome.from_) - {outcome.to}:
            wrong = f"the talks are never in {' or '.join(outcome.from_)}, so it never comes about"
            states = ", ".join(sorted(reached))
            remedy = f"write a state that they come to ({states}), or lead them there with state: or follows:"
            problems.add((*here, "from"), wrong, remedy)
        else:
            wrong = f"it leads from {outcome.to} to {outcome.to}, so it never comes about"
            problems.add((*here, "to"), wrong, "write the state that the talks come to next")


def _is_possible(outcome: TalksOutcome, reached: set[str]) -> bool:
    """Tell whether an outcome can lead from one of the states to another."""
    return bool((set(outcome.from_) & reached if outcome.from_ else reached) - {outcome.to})


def _rounds(problems: ProblemCollector, path: Path, event: TalksEvent) -> None:
    if event.date is not None and event.until is not None and event.until <= event.date:
        return  # reported already
    for name, meeting in event.rounds.items():
        is_early = event.date is not None and meeting.date < event.date
        if is_early or (event.until is not None and meeting.date >= event.until):
            end = f" and before {event.until}" if event.until else ""
            wrong, remedy = "the round lies outside the talks", f"write a date from {event.date} on{end}"
            problems.add((*path, "rounds", name, "date"), wrong, remedy)


def _event(problems: ProblemCollector, path: Path, event: Timed, name: str) -> None:
    if problems.known(path, name, "event", problems.ids("events")):
        holds_in_baseline(problems, path, event, name, "ask")


def holds_in_baseline(problems: ProblemCollector, path: Path, event: Timed, name: str, verb: str) -> None:
    """Report a background event that asks or waits for one which the baseline does not have."""
    other = problems.document.events.get(name)
    if event.role == "background" and other is not None and other.role != "background":
        wrong = f"a background event cannot {verb} for {name}, which is a {other.role}"
        problems.add(path, wrong, "give both the same role; the baseline has background events only")


def outcome_of(problems: ProblemCollector, path: Path, name: str, other: Timed, outcome: str) -> None:
    """Check that the event that is waited for is talks with such an outcome."""
    if not isinstance(other, TalksEvent):
        problems.add(path, "only talks have outcomes", "leave it out to wait for the start of the event")
    elif outcome == "round" and not _has_rounds(other):
        problems.add(path, f"the talks {name} have no rounds", ROUNDS_REMEDY)
    elif outcome != "round" and outcome not in other.outcomes:
        problems.known(path, outcome, "outcome", ["round", *other.outcomes])


def travel(problems: ProblemCollector, path: Path, event: events.TravelEvent, _: tuple[str, ...]) -> None:
    """Check the countries and that the rules do something."""
    here = (*path, "between")
    for number, name in enumerate(event.between):
        problems.known(problems.item(here, number), name, COUNTRY, problems.countries())
    if len(set(event.between)) < len(event.between):
        wrong = f"it names {max(event.between, key=event.between.count)} twice"
        problems.add(here, wrong, "write each country once, for example between: [JP, KR]")
    if event.quarantine == 0.0 and event.factor == 1.0 and event.visas == "open":
        problems.add(path, "it slows nothing", "write quarantine: 14 days, factor: 2, or visas: suspended")


def retaliation(
    problems: ProblemCollector, path: Path, event: events.RetaliationEvent, ids: tuple[str, ...]
) -> None:
    """Check that it answers an event, with links that run the other way."""
    if event.after is None:
        remedy = "write after: {event: ..., lag: 60 days}; with a date it is a licence, quota or embargo"
        problems.add(path, "it answers no event", remedy)
        return
    has_amount = "allow" in event.model_fields_set
    if (event.regime == "quota") != has_amount:
        wrong = "only a quota has an allowance" if has_amount else "a quota needs an amount"
        remedy = "write regime: quota" if has_amount else "write allow: 30 % of baseline"
        problems.add((*path, "regime"), wrong, remedy)
    other = problems.document.events.get(event.after.event)
    if not isinstance(other, Event) or other.acts_on != "links" or problems.incomplete("links", "facilities"):
        return
    links = problems.document.links
    answered = selection.select(problems.document, "links", other.select)
    routes = {_route(problems, links[name].to, links[name].from_) for name in answered}
    for name in ids:
        if routes and _route(problems, links[name].from_, links[name].to) not in routes:
            wrong = f"the link {name} does not run against those of {event.after.event}"
            problems.add((*path, "select"), wrong, "select links from the countries of its buyers")
            return


def _route(problems: ProblemCollector, origin: str, destination: str) -> tuple[str, ...]:
    facilities = problems.document.facilities
    return tuple(facilities[name].country if name in facilities else "" for name in (origin, destination))


def catch_all(problems: ProblemCollector, path: Path, _: events.CatchAllEvent, ids: tuple[str, ...]) -> None:
    """Check that a screening selects links without a regime, and that licences for them have terms."""
    links = problems.document.links
    unlisted = [name for name in ids if links[name].regime is None]
    if ids and not unlisted and not problems.incomplete("links"):
        wrong = "every selected link is on the control list: it has a regime"
        problems.add((*path, "select"), wrong, "select links without regime, or write kind: licence")
    network.terms(problems, (*path, "kind"), {links[name].material for name in unlisted}, reviewed=True)


def lifts(problems: ProblemCollector, path: Path, event: Event, ids: tuple[str, ...]) -> None:
    """Check that what an event lifts is a curb on one of its links that has begun before."""
    for number, name in enumerate(getattr(event, "lifts", None) or ()):
        here = problems.item((*path, "lifts"), number)
        if not problems.known(here, name, "event", problems.ids("events")):
            continue
        other = problems.document.events.get(name)
        wrong = _lifts_nothing(problems, path[1], event, name, other, ids) if other is not None else None
        if wrong is not None:
            problems.add(here, *wrong)


def _lifts_nothing(
    problems: ProblemCollector, own: str, event: Event, name: str, other: Timed, ids: tuple[str, ...]
) -> tuple[str, str] | None:
    """Return why an event cannot lift another, and what to write; None where it can."""
    if name == own:
        return "it lifts itself", "write until: and the date of its end"
    if not isinstance(other, Event) or not other.restricts_trade:
        return f"{name} is no curb: there is nothing to lift", "name an event that restricts trade"
    if not any(map(bounds, other.regimes)):
        return f"{name} is a relief: there is nothing to lift", "name an event that restricts trade"
    if event.date is not None and other.date is not None and event.date < other.date:
        wrong = f"{name} begins on {other.date}, after this event, and is not lifted"
        return wrong, f"write a date from {other.date} on, or narrow the selection of {name} with except:"
    theirs = selection.select(problems.document, "links", other.select) if ids else ()
    if theirs and not set(ids) & set(theirs):
        return f"{name} acts on other links: there is nothing to lift", "select links of both"
    return None


def office_change(
    problems: ProblemCollector, path: Path, event: events.OfficeEvent, _: tuple[str, ...]
) -> None:
    """Check that an event changes something at the offices."""
    if not set(OFFICE_FIELDS) & event.model_fields_set:
        problems.add(path, "the event changes nothing", f"write one of {', '.join(OFFICE_FIELDS)}")


def check(problems: ProblemCollector) -> None:
    """Collect every mistake of the offices."""
    countries = problems.countries()
    for name, office in problems.document.offices.items():
        path = ("offices", name)
        network.sources(problems, path, office)
        problems.known(path, name, COUNTRY, countries)
        _stages(problems, path, office)
        _destinations(problems, path, office, countries)
        network.by_material(problems, (*path, "expedite"), office.expedite)
        _room(problems, path, office)


def _room(problems: ProblemCollector, path: Path, office: Office) -> None:
    """Report files that would be turned away and filed again for ever in one moment."""
    regime = problems.document.regimes.get("individual")
    if office.room is None or office.give_up >= 1.0 or regime is None:
        return
    if not all(days > 0.0 for days in regime.resubmit.values()):
        remedy = "write regimes: {individual: {resubmit: 10 days}}, or give_up: 1"
        problems.add((*path, "room"), "a file that is turned away would be filed again at once", remedy)


def _stages(problems: ProblemCollector, path: Path, office: Office) -> None:
    """Report stages of one order: which comes first would be open."""
    names: dict[int, str] = {}
    for name, stage in office.stages.items():
        if stage.order in names:
            wrong = f"the stages {names[stage.order]} and {name} have the same order {stage.order}"
            problems.add((*path, "stages", name, "order"), wrong, "write 1, 2, 3 in the order of the stages")
        names.setdefault(stage.order, name)


def _destinations(problems: ProblemCollector, path: Path, office: Office, countries: set[str] | None) -> None:
    groups: dict[str, str] = {}
    for name, place in office.destinations.items():
        here = (*path, "destinations", name)
        problems.names((*here, "countries"), place.countries, COUNTRY, countries)
        for country in place.countries:
            if country in groups:
                wrong = f"{country} is in the groups {groups[country]} and {name}"
                problems.add((*here, "countries"), wrong, "leave it in one of them")
            groups.setdefault(country, name)
        network.by_material(problems, (*here, "review"), place.review)
