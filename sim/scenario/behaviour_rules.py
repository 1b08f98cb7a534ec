"""Rules of behaviour: qualification, faster freight, diverted sales, full stores."""

from __future__ import annotations

from sim.scenario import network_rules, topology
from sim.scenario.events import DiversionEvent, Event, ExpediteEvent, QualificationEvent
from sim.scenario.findings import Findings
from sim.scenario.paths import Path
from sim.scenario.schema import Process


def event(findings: Findings, path: Path, found: Event, ids: tuple[str, ...]) -> None:
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


def _qualification(findings: Findings, path: Path, found: QualificationEvent, ids: tuple[str, ...]) -> None:
    network_rules.stages(findings, (*path, "stages"), found.stages)
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


def stores(findings: Findings) -> None:
    """Report stores that are too small for the finished goods aimed at, and steady plants without any."""
    for name, facility, _, process in topology.processes(findings.document):
        key = name.rpartition("/")[2]
        _store(findings, ("facilities", facility, "makes", key), process)


def _store(findings: Findings, path: Path, process: Process) -> None:
    if process.storage is None:
        if process.steady > 0.0:
            remedy = "write storage: 30 days, after which it cuts its starts"
            findings.add((*path, "steady"), "the plant never stops, but has no storage", remedy)
    elif process.storage < process.finished_cover:
        wrong = (
            f"it holds {process.storage:g} days, less than the finished_cover of {process.finished_cover:g}"
        )
        findings.add((*path, "storage"), wrong, "write a larger storage or a smaller finished_cover")
