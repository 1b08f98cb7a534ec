"""Rules of events: triggers, selections, steps, behaviour of firms."""

from __future__ import annotations

import datetime

from sim.scenario import selection
from sim.scenario.paths import Path
from sim.scenario.schema.document import Process
from sim.scenario.schema.events import (
    After,
    DiversionEvent,
    EmergencyPurchaseEvent,
    Event,
    Exception_,
    ExpediteEvent,
    LicenceEvent,
    OutageEvent,
    Place,
    QualificationEvent,
    QuotaEvent,
    Rationed,
    RetaliationEvent,
    Selection,
    TalksEvent,
    Timed,
    TravelEvent,
    WorldEvent,
)
from sim.scenario.selection import select
from sim.scenario.validation import network, policy
from sim.scenario.validation.problems import COUNTRY, ProblemCollector


def behaviour(findings: ProblemCollector, path: Path, found: Event, ids: tuple[str, ...]) -> None:
    """Check one event of these kinds."""
    if isinstance(found, QualificationEvent):
        _qualification(findings, path, found, ids)
    elif isinstance(found, ExpediteEvent) and (found.factor is None) == (found.saves is None):
        wrong = (
            "it has both factor and saves" if found.factor is not None else "it does not say how much faster"
        )
        findings.add(path, wrong, "write exactly one of factor: 50 % and saves: 5 days")
    elif isinstance(found, DiversionEvent):
        for name in ids:
            if findings.document.demand[name].rate.value <= 0.0:
                findings.add(
                    path, f"the demand {name} is 0, nothing to grow from", "write a small rate there"
                )


def _qualification(
    findings: ProblemCollector, path: Path, found: QualificationEvent, ids: tuple[str, ...]
) -> None:
    network.stages(findings, (*path, "stages"), found.stages)
    if found.process is not None:
        if found.stages:
            findings.add((*path, "process"), "it has stages and a process", "write one of them")
        urgency = found.process.urgency
        if urgency is not None and urgency.cover_below is None and urgency.fill_below is None:
            remedy = "write cover_below: 10 days, or fill_below: 50 %"
            findings.add((*path, "process", "urgency"), "it never becomes urgent", remedy)
        if not found.process.steps:
            findings.add((*path, "process", "steps"), "there are no steps", "write steps: {all: 100 %}")
        return
    for name in ids:
        if not found.stages and not findings.document.links[name].stages:
            remedy = "write stages here or at the link: {first: {after: 47 days, max_share: 30 %}}"
            findings.add(path, f"the link {name} has no stages", remedy)


def stores(findings: ProblemCollector) -> None:
    """Report stores that are too small for the finished goods aimed at, and steady plants without any."""
    for name, facility, _, process in selection.every_process(findings.document):
        key = name.rpartition("/")[2]
        _store(findings, ("facilities", facility, "makes", key), process)


def _store(findings: ProblemCollector, path: Path, process: Process) -> None:
    if process.storage is None:
        if process.steady > 0.0:
            remedy = "write storage: 30 days, after which it cuts its starts"
            findings.add((*path, "steady"), "the plant never stops, but has no storage", remedy)
    elif process.storage < process.finished_cover:
        wrong = (
            f"it holds {process.storage:g} days, less than the finished_cover of {process.finished_cover:g}"
        )
        findings.add((*path, "storage"), wrong, "write a larger storage or a smaller finished_cover")


TRIGGERS = ("date", "after", "when")
WHAT = {"links": "link", "stocks": "stock", "processes": "process", "demands": "demand"}
BY_NAME = {"material", "facility", "demand"}  # conditions that look at nothing but the name


def check(findings: ProblemCollector) -> None:
    """Add every mistake of the events to the findings."""
    for name, event in findings.document.events.items():
        path = ("events", name)
        network.sources(findings, path, event, needed=True)
        _timing(findings, path, event)
        if isinstance(event, WorldEvent):
            _world(findings, path, event)
            continue
        if "network" in findings.layer.tree:
            continue  # tables are not read for a check: the plan of a run says what selects nothing
        ids = _selected(findings, (*path, "select"), event.acts_on, event.select)
        _steps(findings, path, event)
        policy.event(findings, path, event, ids)
        behaviour(findings, path, event, ids)
        if isinstance(event, LicenceEvent):
            _licence(findings, path, event, ids)
        elif isinstance(event, QuotaEvent):
            _quota(findings, path, event, ids)
        elif isinstance(event, RetaliationEvent):
            policy.retaliation(findings, path, event, ids)
            if event.regime == "individual":
                network.terms(findings, (*path, "regime"), _materials(findings, ids))
            _quota(findings, path, event, ids)
        elif isinstance(event, OutageEvent):
            _outage(findings, path, event)
        elif isinstance(event, EmergencyPurchaseEvent):
            _purchase(findings, path, event, ids)
    _circles(findings)


def _world(findings: ProblemCollector, path: Path, event: WorldEvent) -> None:
    if isinstance(event, TravelEvent):
        policy.travel(findings, path, event)
    elif isinstance(event, TalksEvent):
        policy.talks(findings, path, event)
        for loss, selection in event.losses.items():
            _selected(findings, (*path, "losses", loss), "processes", selection)


def _outage(findings: ProblemCollector, path: Path, event: OutageEvent) -> None:
    if event.until is None and event.duration is None:
        remedy = "write duration: 30 days, or until: and a date"
        findings.add(path, "the outage has no end", remedy)
    if event.service_from is None:
        return
    findings.known((*path, "service_from"), event.service_from, COUNTRY, findings.countries())
    if event.duration is None:
        remedy = "write duration: 30 days, which travel rules may lengthen"
        findings.add((*path, "service_from"), "the outage ends on a date, whoever repairs", remedy)


def _timing(findings: ProblemCollector, path: Path, event: Timed) -> None:
    given = [field for field in TRIGGERS if getattr(event, field) is not None]
    if len(given) != 1:
        wrong = f"it has {' and '.join(given)}" if given else "it has no date"
        remedy = "write exactly one of date, after: {event: ...} or when: {cover_below: ...}"
        findings.add(path, wrong, remedy)
    if event.after is not None:
        _after(findings, path, event, event.after)
    if event.when is not None and "network" not in findings.layer.tree:
        _selected(findings, (*path, "when", "select"), "stocks", event.when.select)
    first = _earliest(findings, event)
    if first is not None and event.until is not None and event.until <= first:
        of = f"its date {first}" if event.after is None else f"the date of the event it waits for, {first}"
        wrong = f"it ends on {event.until}, not after {of}"
        findings.add((*path, "until"), wrong, "write a later date; until is the first day without it")


def _earliest(findings: ProblemCollector, event: Timed) -> datetime.date | None:
    """Return the date of an event, or of the first one that it waits for; None where there is none."""
    events = findings.document.events
    for _ in events:  # events may wait in a circle
        if event.after is None or event.after.event not in events:
            break
        event = events[event.after.event]
    return event.date


def _after(findings: ProblemCollector, path: Path, event: Timed, after: After) -> None:
    here, other = (*path, "after", "event"), after.event
    if not findings.known(here, other, "event", findings.ids("events")):
        return
    found = findings.document.events.get(other)
    if after.outcome is not None and found is not None:
        policy.outcome_of(findings, (*path, "after", "outcome"), other, found, after.outcome)
    elif isinstance(found, TalksEvent) and not (found.after and found.after.event == path[1]):
        remedy = (
            f"write outcome: {min(found.outcomes, default='round')}, or outcome: round for the first meeting"
        )
        findings.add((*path, "after"), f"it does not say which outcome of {other} it waits for", remedy)
    if event.role == "background" and found is not None and found.role != "background":
        wrong = f"a background event cannot wait for {other}, which is a {found.role}"
        findings.add(here, wrong, "give both the same role; the baseline has background events only")


def _circles(findings: ProblemCollector) -> None:
    """Report events that wait for each other."""
    waits = {
        name: event.after.event for name, event in findings.document.events.items() if event.after is not None
    }
    for name in waits:
        seen, now = [name], waits[name]
        while now in waits and now not in seen:
            seen.append(now)
            now = waits[now]
        if now == name == min(seen):
            chain = " -> ".join([*seen, name])
            wrong = f"events wait in a circle: {chain}"
            findings.add(("events", name, "after"), wrong, "give one of them a date")


def _selected(findings: ProblemCollector, path: Path, what: str, selection: Selection) -> tuple[str, ...]:
    """Check the names of a selection and that it matches something; return the ids it matches."""
    fine = _names(findings, path, selection)
    if selection.except_ is not None:
        fine &= _names(findings, (*path, "except"), selection.except_)
    remedy = "select by material or place"
    if what == "demands":
        fine &= findings.names((*path, "demand"), selection.demand, "demand", findings.ids("demand"))
        if selection.link is not None:
            findings.add((*path, "link"), "this event acts on demand, not on links", remedy)
    elif selection.demand is not None:
        findings.add((*path, "demand"), f"this event acts on {what}, not on demand", remedy)
    ids = select(findings.document, what, selection)
    if not fine or _unread(findings, what, selection):
        return ids
    if ids and selection.except_ is not None:
        whole = selection.model_copy(update={"except_": None})
        if select(findings.document, what, whole) == ids:
            remedy = "country, firm and facility are the buyer's; write from: {firm: ...} for the supplier"
            findings.add((*path, "except"), f"it leaves out no {WHAT[what]}", remedy)
    if not ids:
        remedy = "loosen a condition; curbsim list shows what there is"
        findings.add(path, f"the selection matches no {WHAT[what]}", remedy)
    return ids


def _unread(findings: ProblemCollector, what: str, selection: Selection) -> bool:
    """Tell whether part of what could be selected was not read: then no match says nothing."""
    section = {"links": "links", "demands": "demand"}.get(what, "facilities")
    others = () if selection.model_fields_set <= BY_NAME else ("materials", "facilities", "links")
    return findings.incomplete(section, *others)


def _names(findings: ProblemCollector, path: Path, selection: Exception_) -> bool:
    known = {entry.group for entry in findings.document.materials.values() if entry.group}
    groups = None if findings.incomplete("materials") else known
    fine = findings.names((*path, "material"), selection.material, "material", findings.ids("materials"))
    fine &= findings.names((*path, "group"), selection.group, "group", groups)
    fine &= findings.names((*path, "link"), selection.link, "link", findings.ids("links"))
    fine &= _place(findings, path, selection)
    for field, place in (("from", selection.from_), ("to", selection.to)):
        if place is not None:
            fine &= _place(findings, (*path, field), place)
    return fine


def _place(findings: ProblemCollector, path: Path, place: Place | Exception_) -> bool:
    # `from: JP` is short for `from: {country: JP}`, so the place may be that of `from` itself.
    fine = findings.names((*path, "country"), place.country, COUNTRY, findings.countries())
    fine &= findings.names((*path, "firm"), place.firm, "firm", findings.ids("firms"))
    fine &= findings.names((*path, "facility"), place.facility, "facility", findings.ids("facilities"))
    return fine


def _materials(findings: ProblemCollector, ids: tuple[str, ...]) -> list[str]:
    return sorted({findings.document.links[name].material for name in ids})


def _licence(findings: ProblemCollector, path: Path, event: LicenceEvent, ids: tuple[str, ...]) -> None:
    places = {(*path, "regime"): event.regime}
    places |= {(*path, "steps", date.isoformat()): regime for date, regime in event.steps.items()}
    for place, regime in places.items():
        if regime == "individual":
            network.terms(findings, place, _materials(findings, ids))
        elif regime == "quota":
            remedy = "write kind: quota and allow: 30 % of baseline"
            findings.add(place, "a quota needs an amount", remedy)


def _quota(findings: ProblemCollector, path: Path, event: Rationed, ids: tuple[str, ...]) -> None:
    for material in _materials(findings, ids):
        findings.unit((*path, "allow"), event.allow, material)
        for date, allow in event.steps.items():
            findings.unit((*path, "steps", date.isoformat()), allow, material)


def _steps(findings: ProblemCollector, path: Path, event: Event) -> None:
    """Report steps that lie outside their event."""
    first = event.date or datetime.date.min
    last = event.until or datetime.date.max
    for date in getattr(event, "steps", {}) if first < last else ():
        if not first <= date < last:
            wrong = f"the step of {date} lies outside the event"
            end = f" and before {last}" if event.until else ""
            findings.add((*path, "steps", date.isoformat()), wrong, f"write a date from {first} on{end}")


def _purchase(
    findings: ProblemCollector, path: Path, event: EmergencyPurchaseEvent, ids: tuple[str, ...]
) -> None:
    if (event.supplier is None) == (event.outside is None):
        wrong = "it has both supplier and outside" if event.supplier else "it names no seller"
        remedy = "write exactly one of supplier: (a facility) and outside: {capacity: ...}"
        findings.add(path, wrong, remedy)
    links = findings.document.links.values()
    supplier = event.supplier
    if supplier is not None and findings.known(
        (*path, "supplier"), supplier, "facility", findings.ids("facilities")
    ):
        for stock in ids:
            linked = any(e.from_ == supplier and f"{e.to}/{e.material}" == stock for e in links)
            if not linked and not findings.incomplete("links"):
                remedy = "add one (with share: 0 if it is for emergencies only), or narrow the selection"
                findings.add((*path, "supplier"), f"{supplier} has no link to {stock}", remedy)
    materials = sorted({stock.rsplit("/", 1)[1] for stock in ids})
    if event.outside is not None and len(materials) > 1:
        wrong = f"an outside source sells one material, not {', '.join(materials)}"
        findings.add((*path, "select"), wrong, f"write select: {{material: {materials[0]}, ...}}")
    for material in materials:
        findings.unit((*path, "amount"), event.amount, material)
        if event.outside is not None:
            findings.unit((*path, "outside", "capacity"), event.outside.capacity, material)
            findings.unit((*path, "outside", "price"), event.outside.price, material)
