"""Rules of events: triggers, selections, steps, and what each kind asks for."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from sim.scenario.paths import Path
from sim.scenario.schema import events
from sim.scenario.schema.events import After, Event, Exception_, Place, Selection, TalksEvent, Timed
from sim.scenario.schema.field_types import Change
from sim.scenario.selection import select
from sim.scenario.validation import network, policy
from sim.scenario.validation.problems import COUNTRY, ProblemCollector

TRIGGERS = ("date", "after", "when")
NOUNS = {"links": "link", "stocks": "stock", "processes": "process", "demands": "demand"}
NAME_CONDITIONS = {"material", "facility", "demand"}  # they look at nothing but the name


def check(problems: ProblemCollector) -> None:
    """Collect every mistake of the events."""
    for name, event in problems.document.events.items():
        path = ("events", name)
        network.sources(problems, path, event, needed=True)
        _timing(problems, path, event)
        ids: tuple[str, ...] = ()
        if isinstance(event, Event):
            if problems.has_tables:
                policy.lifts(problems, path, event, ids)
                continue  # tables are not read for a check: the plan of a run says what selects nothing
            ids = _selected(problems, (*path, "select"), event.acts_on, event.select)
            _steps(problems, path, event)
            policy.lifts(problems, path, event, ids)
        rule = RULES.get(type(event))
        if rule is not None:
            rule(problems, path, event, ids)
    _circles(problems)


def _timing(problems: ProblemCollector, path: Path, event: Timed) -> None:
    given = [field for field in TRIGGERS if getattr(event, field) is not None]
    if len(given) != 1:
        wrong = f"it has {' and '.join(given)}" if given else "it has no date"
        remedy = "write exactly one of date, after: {event: ...} or when: {cover_below: ...}"
        problems.add(path, wrong, remedy)
    if event.after is not None:
        _after(problems, path, event, event.after)
    if event.when is not None and not problems.has_tables:
        _selected(problems, (*path, "when", "select"), "stocks", event.when.select)
    first = _earliest(problems, event)
    if first is not None and event.until is not None and event.until <= first:
        of = f"its date {first}" if event.after is None else f"the date of the event it waits for, {first}"
        wrong = f"it ends on {event.until}, not after {of}"
        problems.add((*path, "until"), wrong, "write a later date; until is the first day without it")


def _earliest(problems: ProblemCollector, event: Timed) -> datetime.date | None:
    """Return the date of an event, or of the first one that it waits for; None where there is none."""
    by_name = problems.document.events
    for _ in by_name:  # events may wait in a circle
        if event.after is None or event.after.event not in by_name:
            break
        event = by_name[event.after.event]
    return event.date


def _after(problems: ProblemCollector, path: Path, event: Timed, after: After) -> None:
    here, name = (*path, "after", "event"), after.event
    if not problems.known(here, name, "event", problems.ids("events")):
        return
    other = problems.document.events.get(name)
    if after.outcome is not None and other is not None:
        policy.outcome_of(problems, (*path, "after", "outcome"), name, other, after.outcome)
    elif isinstance(other, TalksEvent) and not (other.after and other.after.event == path[1]):
        first = min(other.outcomes, default="round")
        remedy = f"write outcome: {first}, or outcome: round for the first meeting"
        problems.add((*path, "after"), f"it does not say which outcome of {name} it waits for", remedy)
    policy.holds_in_baseline(problems, here, event, name, "wait")


def _circles(problems: ProblemCollector) -> None:
    waits = {name: event.after.event for name, event in problems.document.events.items() if event.after}
    for name in waits:
        chain, now = [name], waits[name]
        while now in waits and now not in chain:
            chain.append(now)
            now = waits[now]
        if now == name == min(chain):
            wrong = f"events wait in a circle: {' -> '.join([*chain, name])}"
            problems.add(("events", name, "after"), wrong, "give one of them a date")


def _selected(problems: ProblemCollector, path: Path, what: str, selection: Selection) -> tuple[str, ...]:
    """Check the names of a selection and that it matches something; return the ids it matches."""
    is_known = _names(problems, path, selection)
    if selection.except_ is not None:
        is_known &= _names(problems, (*path, "except"), selection.except_)
    remedy = "select by material or place"
    if what == "demands":
        is_known &= problems.names((*path, "demand"), selection.demand, "demand", problems.ids("demand"))
        if selection.link is not None:
            problems.add((*path, "link"), "this event acts on demand, not on links", remedy)
    elif selection.demand is not None:
        problems.add((*path, "demand"), f"this event acts on {what}, not on demand", remedy)
    ids = select(problems.document, what, selection)
    if not is_known or _is_unread(problems, what, selection):
        return ids
    if ids and selection.except_ is not None:
        whole = selection.model_copy(update={"except_": None})
        if select(problems.document, what, whole) == ids:
            remedy = "country, firm and facility are the buyer's; write from: {firm: ...} for the supplier"
            problems.add((*path, "except"), f"it leaves out no {NOUNS[what]}", remedy)
    if not ids:
        remedy = "loosen a condition; curbsim list shows what there is"
        problems.add(path, f"the selection matches no {NOUNS[what]}", remedy)
    return ids


def _is_unread(problems: ProblemCollector, what: str, selection: Selection) -> bool:
    """Tell whether part of what could be selected was not read: then no match says nothing."""
    section = {"links": "links", "demands": "demand"}.get(what, "facilities")
    others = () if selection.model_fields_set <= NAME_CONDITIONS else ("materials", "facilities", "links")
    return problems.incomplete(section, *others)


def _names(problems: ProblemCollector, path: Path, selection: Exception_) -> bool:
    known = {entry.group for entry in problems.document.materials.values() if entry.group}
    groups = None if problems.incomplete("materials") else known
    is_known = problems.names((*path, "material"), selection.material, "material", problems.ids("materials"))
    is_known &= problems.names((*path, "group"), selection.group, "group", groups)
    is_known &= problems.names((*path, "link"), selection.link, "link", problems.ids("links"))
    is_known &= _place(problems, path, selection)
    for field, place in (("from", selection.from_), ("to", selection.to)):
        if place is not None:
            is_known &= _place(problems, (*path, field), place)
    return is_known


def _place(problems: ProblemCollector, path: Path, place: Place | Exception_) -> bool:
    # `from: JP` is short for `from: {country: JP}`, so the place may be that of `from` itself.
    is_known = problems.names((*path, "country"), place.country, COUNTRY, problems.countries())
    is_known &= problems.names((*path, "firm"), place.firm, "firm", problems.ids("firms"))
    is_known &= problems.names((*path, "facility"), place.facility, "facility", problems.ids("facilities"))
    return is_known


def _steps(problems: ProblemCollector, path: Path, event: Event) -> None:
    first = event.date or datetime.date.min
    last = event.until or datetime.date.max
    for date in getattr(event, "steps", {}) if first < last else ():
        if not first <= date < last:
            wrong = f"the step of {date} lies outside the event"
            end = f" and before {last}" if event.until else ""
            problems.add((*path, "steps", date.isoformat()), wrong, f"write a date from {first} on{end}")


def _materials(problems: ProblemCollector, links: tuple[str, ...]) -> list[str]:
    return sorted({problems.document.links[name].material for name in links})


def _licence(
    problems: ProblemCollector, path: Path, event: events.LicenceEvent, ids: tuple[str, ...]
) -> None:
    if event.record == "needed" and event.regime != "special_bulk":
        remedy = "write regime: special_bulk, or leave record out"
        problems.add((*path, "record"), f"a record means nothing under {event.regime}", remedy)
    places = {(*path, "regime"): event.regime}
    places |= {(*path, "steps", date.isoformat()): regime for date, regime in event.steps.items()}
    for place, regime in places.items():
        if regime == "individual":
            network.terms(problems, place, _materials(problems, ids))
        elif regime == "quota":
            remedy = "write kind: quota and allow: 30 % of baseline"
            problems.add(place, "a quota needs an amount", remedy)


def _quota(problems: ProblemCollector, path: Path, event: events.Rationed, ids: tuple[str, ...]) -> None:
    for material in _materials(problems, ids):
        problems.unit((*path, "allow"), event.allow, material)
        for date, allow in event.steps.items():
            problems.unit((*path, "steps", date.isoformat()), allow, material)


def _retaliation(
    problems: ProblemCollector, path: Path, event: events.RetaliationEvent, ids: tuple[str, ...]
) -> None:
    policy.retaliation(problems, path, event, ids)
    if event.regime == "individual":
        network.terms(problems, (*path, "regime"), _materials(problems, ids))
    _quota(problems, path, event, ids)


def _talks(problems: ProblemCollector, path: Path, event: TalksEvent, _: tuple[str, ...]) -> None:
    policy.talks(problems, path, event)
    for loss, selection in event.losses.items():
        _selected(problems, (*path, "losses", loss), "processes", selection)


def _outage(problems: ProblemCollector, path: Path, event: events.OutageEvent, _: tuple[str, ...]) -> None:
    if event.until is None and event.duration is None:
        problems.add(path, "the outage has no end", "write duration: 30 days, or until: and a date")
    if event.service_from is None:
        return
    problems.known((*path, "service_from"), event.service_from, COUNTRY, problems.countries())
    if event.duration is None:
        remedy = "write duration: 30 days, which travel rules may lengthen"
        problems.add((*path, "service_from"), "the outage ends on a date, whoever repairs", remedy)


def _purchase(
    problems: ProblemCollector, path: Path, event: events.EmergencyPurchaseEvent, stocks: tuple[str, ...]
) -> None:
    supplier, outside = event.supplier, event.outside
    if (supplier is None) == (outside is None):
        wrong = "it has both supplier and outside" if supplier else "it names no seller"
        remedy = "write exactly one of supplier: (a facility) and outside: {capacity: ...}"
        problems.add(path, wrong, remedy)
    here = (*path, "supplier")
    if supplier is not None and problems.known(here, supplier, "facility", problems.ids("facilities")):
        links = problems.document.links.values()
        linked = {f"{link.to}/{link.material}" for link in links if link.from_ == supplier}
        for stock in stocks if not problems.incomplete("links") else ():
            if stock not in linked:
                remedy = "add one (with share: 0 if it is for emergencies only), or narrow the selection"
                problems.add(here, f"{supplier} has no link to {stock}", remedy)
    materials = sorted({stock.rsplit("/", 1)[1] for stock in stocks})
    if outside is not None and len(materials) > 1:
        wrong = f"an outside source sells one material, not {', '.join(materials)}"
        problems.add((*path, "select"), wrong, f"write select: {{material: {materials[0]}, ...}}")
    for material in materials:
        problems.unit((*path, "amount"), event.amount, material)
        if outside is not None:
            problems.unit((*path, "outside", "capacity"), outside.capacity, material)
            problems.unit((*path, "outside", "price"), outside.price, material)


def _qualification(
    problems: ProblemCollector, path: Path, event: events.QualificationEvent, ids: tuple[str, ...]
) -> None:
    network.stages(problems, (*path, "stages"), event.stages)
    here, work = (*path, "process"), event.process
    if work is None:
        for name in ids if not event.stages else ():
            if not problems.document.links[name].stages:
                remedy = "write stages here or at the link: {first: {after: 47 days, max_share: 30 %}}"
                problems.add(path, f"the link {name} has no stages", remedy)
        return
    if event.stages:
        problems.add(here, "it has stages and a process", "write one of them")
    if work.urgency is not None and work.urgency.cover_below is None and work.urgency.fill_below is None:
        remedy = "write cover_below: 10 days, or fill_below: 50 %"
        problems.add((*here, "urgency"), "it never becomes urgent", remedy)
    if not work.steps:
        problems.add((*here, "steps"), "there are no steps", "write steps: {all: 100 %}")


def _expedite(
    problems: ProblemCollector, path: Path, event: events.ExpediteEvent, _: tuple[str, ...]
) -> None:
    if (event.factor is None) == (event.saves is None):
        has_both = event.factor is not None
        wrong = "it has both factor and saves" if has_both else "it does not say how much faster"
        problems.add(path, wrong, "write exactly one of factor: 50 % and saves: 5 days")


def _stock_target(
    problems: ProblemCollector, path: Path, event: events.StockTargetEvent, stocks: tuple[str, ...]
) -> None:
    """Report targets below 0, one of each place."""
    places = {(*path, "target"): event.target}
    places |= {(*path, "steps", date.isoformat()): target for date, target in event.steps.items()}
    for place, target in places.items():
        faults = (_target_fault(problems, stock, target) for stock in stocks)
        fault = next((fault for fault in faults if fault is not None), None)
        if fault is not None:
            problems.add(place, *fault)


def _target_fault(problems: ProblemCollector, stock: str, target: float | Change) -> tuple[str, str] | None:
    """Return why a stock cannot aim at a target, and what to write; None where it can."""
    facility, material = stock.rsplit("/", 1)
    cover = problems.document.facilities[facility].stocks[material].cover
    if not isinstance(target, Change) or cover + target.value >= 0.0:
        return None
    wrong = f"it takes the cover of {stock} from {cover:g} to {cover + target.value:g} days"
    return wrong, f"write '-{cover:g} days' or less of a fall"


def _diversion(
    problems: ProblemCollector, path: Path, _: events.DiversionEvent, demands: tuple[str, ...]
) -> None:
    for name in demands:
        if problems.document.demand[name].rate.value <= 0.0:
            problems.add(path, f"the demand {name} is 0, nothing to grow from", "write a small rate there")


RULES: dict[type[Timed], Callable[[ProblemCollector, Path, Any, tuple[str, ...]], None]] = {
    events.CatchAllEvent: policy.catch_all,
    events.DiversionEvent: _diversion,
    events.EmergencyPurchaseEvent: _purchase,
    events.ExpediteEvent: _expedite,
    events.LicenceEvent: _licence,
    events.OfficeEvent: policy.office_change,
    events.OutageEvent: _outage,
    events.QualificationEvent: _qualification,
    events.QuotaEvent: _quota,
    events.RetaliationEvent: _retaliation,
    events.StockTargetEvent: _stock_target,
    events.TalksEvent: _talks,
    events.TravelEvent: policy.travel,
}
