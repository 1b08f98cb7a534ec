"""Tables of what went in: events, the difference from the baseline, assumptions by status, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from sim.reporting.table import Table
from sim.scenario import Scenario
from sim.scenario.paths import get, leaves
from sim.scenario.scenario import provenance_of

PROSE = {"title", "note", "source", "status", "provenance", "site", "url"}
SECTIONS = ("materials", "facilities", "links", "demand", "regimes", "offices", "events", "model")
STATUSES = ("sourced", "recalled", "estimate", "")


def inputs(scenario: Scenario) -> list[Table]:
    """Return the tables of what went in, without those that would be empty."""
    tables = [
        events(scenario),
        difference(scenario),
        assumptions(scenario),
        ranges(scenario),
        sources(scenario),
    ]
    return [table for table in tables if len(table.frame)]


def events(scenario: Scenario) -> Table:
    """Return what happens, when, and by which source."""
    rows = []
    for key, event in scenario.document.events.items():
        source = scenario.document.meta.sources.get(event.source or "")
        rows.append(
            {
                "event": key,
                "title": event.title,
                "kind": event.kind,
                "role": event.role,
                "from_date": _begins(event),
                "until_date": str(event.until or ""),
                "acts_on": _selection(get(scenario.tree, ("events", key, "select"), {})),
                "status": status_of(scenario, ("events", key)),
                "source": source.title if source else "",
                "note": event.note,
            }
        )
    rows.sort(key=lambda row: (row["role"] != "treatment", row["from_date"], row["event"]))
    return Table("events", pd.DataFrame(rows))


def _begins(event: Any) -> str:
    if event.date:
        return str(event.date)
    if event.after:
        return f"after {event.after.event}" + (f": {event.after.outcome}" if event.after.outcome else "")
    return "when cover is low" if event.when else ""


def _selection(select: object) -> str:
    """Write a selection in a few words.

    Examples
    --------
    >>> _selection({"material": ["a", "b"], "from": "JP"})
    'material a, b; from JP'
    """
    if not isinstance(select, dict):
        return str(select)
    return "; ".join(f"{key} {_text(value)}" for key, value in select.items())


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return _selection(value) if isinstance(value, dict) else str(value)


def difference(scenario: Scenario) -> Table:
    """Return every value in which the scenario differs from its baseline, with its source."""
    named = scenario.document.meta.sources
    rows = [
        {
            "path": change.path,
            "baseline": _text(change.old),
            "scenario": _text(change.new),
            "source": named[change.source].title if change.source in named else change.source,
        }
        for change in scenario.baseline().diff(scenario)
        if change.path.rpartition(".")[2] not in PROSE
    ]
    return Table("difference", pd.DataFrame(rows), closed=True)


def status_of(scenario: Scenario, path: tuple[str, ...]) -> str:
    """Return whether a value is sourced, recalled or an estimate, by itself or by what is above it."""
    for length in range(len(path), 0, -1):
        entry = get(scenario.tree, path[:length])
        if not isinstance(entry, dict):
            continue
        own = get(entry, ("provenance", path[length], "status")) if length < len(path) else None
        status, name = own or entry.get("status"), entry.get("source")  # or an entry of that name, a dict
        if isinstance(status, str):
            return status
        if isinstance(name, str) and name in scenario.document.meta.sources:
            return scenario.document.meta.sources[name].status or ""
    return ""


def numbers(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every number of the scenario, with its path."""
    for section in SECTIONS:
        for path, value in leaves(scenario.tree.get(section, {}), (section,)):
            text = str(value)
            if not PROSE & {*path} and path[-1] != "hs" and (text[:1].isdigit() or text[:1] in "+-."):
                yield path, text


def assumptions(scenario: Scenario) -> Table:
    """Return how many numbers rest on what, by section."""
    counts = Counter((path[0], status_of(scenario, path)) for path, _ in numbers(scenario))
    rows = []
    for section in SECTIONS:
        by_status = {status or "not_told": counts[section, status] for status in STATUSES}
        if total := sum(by_status.values()):
            rows.append({"section": section} | by_status | {"numbers": total})
    return Table("assumptions", pd.DataFrame(rows))


def ranges(scenario: Scenario) -> Table:
    """Return every range that the run draws from."""
    named, rows = scenario.document.meta.sources, []
    for path, entry in scenario.tree.get("uncertain", {}).items():
        if entry.get("fixed"):
            continue
        source = named.get(str(entry.get("source", "")))
        rows.append(
            {
                "path": path,
                "range": ", ".join(
                    f"{key} {_text(value)}" for key, value in entry.items() if key not in PROSE
                ),
                "status": entry.get("status") or (source.status if source else "") or "",
                "source": source.title if source else "",
                "note": entry.get("note", ""),
            }
        )
    order = {status: place for place, status in enumerate(reversed(STATUSES))}
    rows.sort(key=lambda row: (order[row["status"]], row["path"]))
    return Table("ranges", pd.DataFrame(rows), closed=True)


def sources(scenario: Scenario) -> Table:
    """Return the sources that values of the scenario name, and how many numbers each gives."""
    counts = Counter(provenance_of(scenario.tree, path)[0] for path, _ in numbers(scenario))
    rows: list[dict[str, Any]] = [
        {
            "source": name,
            "title": entry.title,
            "published": entry.date,
            "status": entry.status or "",
            "numbers": counts[name],
            "url": entry.url,
        }
        for name, entry in scenario.document.meta.sources.items()
        if counts[name]
    ]
    rows.sort(key=lambda row: (-int(row["numbers"]), row["source"]))
    return Table("sources", pd.DataFrame(rows), closed=True)
