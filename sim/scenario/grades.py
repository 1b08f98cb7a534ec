"""How good the sources are on which the values of a scenario rest.

A value that is sourced has the grade of its source; one that is recalled or estimated is a recollection or an
estimate, whatever it leans on.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from sim.quantity import Quantity
from sim.scenario.paths import Path, Tree, join
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Source
from sim.scenario.sections import Grade

UNGRADED = "ungraded"
GRADES = (*get_args(Grade), UNGRADED)  # the best first, what is not known last
OWN = {"recalled": "recollection", "estimate": "estimate"}
PROSE = ("title", "note", "source", "status", "provenance")


@dataclass(frozen=True, slots=True)
class Graded:
    """A value and what it rests on.

    Attributes
    ----------
    path : str
    value : str
        As written.
    status, source, grade : str
        Empty status and source where none is named.
    """

    path: str
    value: str
    status: str
    source: str
    grade: str

    @property
    def section(self) -> str:
        """Return the section of the file that holds the value."""
        return self.path.partition(".")[0]


def values_by_grade(scenario: Scenario) -> list[Graded]:
    """List every number and date that an entry with a source holds, with status and grade.

    Examples
    --------
    >>> from sim.scenario.scenario import EXAMPLE, from_tree
    >>> [(value.path, value.grade) for value in values_by_grade(from_tree(EXAMPLE))]
    [('links.acid.share', 'ungraded'), ('links.acid.lead_time', 'ungraded')]
    """
    sources = scenario.document.meta.sources
    kept = {
        key: below for key, below in scenario.tree.items() if key not in ("meta", "variants", "uncertain")
    }
    return [
        Graded(join(path), _text(value), status, source, grade(sources, source, status))
        for path, value, source, status in _entries(kept, (), "", "")
    ]


def grade(sources: dict[str, Source], source: str, status: str) -> str:
    """Return the grade of a value from its source and status."""
    entry = sources.get(source)
    own = OWN.get(status or (entry.status if entry and entry.status else ""))
    return own or (entry.grade if entry and entry.grade else UNGRADED)


def range_grade(scenario: Scenario, pattern: str) -> tuple[str, str, str]:
    """Return status, source and grade of a range: it is what varies, not the value it stands around."""
    entry = scenario.document.uncertain[pattern]
    source, status = entry.source or "", entry.status or ""
    found = grade(scenario.document.meta.sources, source, status)
    return status or _implied(found), source, found


def _implied(found: str) -> str:
    """Return the status that a grade stands for."""
    own = {grade: status for status, grade in OWN.items()}
    return own.get(found, "" if found == UNGRADED else "sourced")


def _entries(node: Any, path: Path, source: str, status: str) -> Iterator[tuple[Path, Any, str, str]]:
    """Yield numbers and dates with the source and status that hold for them."""
    if not isinstance(node, dict):
        if source and _is_value(node):
            yield path, node, source, status
        return
    if node.get("source"):
        source, status = str(node["source"]), str(node.get("status") or "")
    for key, below in node.items():
        if key not in PROSE:
            stated, source_of = _own(node, key, status, source)
            yield from _entries(below, (*path, key), source_of, stated)


def _own(entry: Tree, field: str, status: str, source: str) -> tuple[str, str]:
    """Return status and source of a field: its own, or those of the entry."""
    own = (entry.get("provenance") or {}).get(field) or {}
    return (
        str(own.get("status") or entry.get("status") or status),
        str(own.get("source") or entry.get("source") or source),
    )


def _is_value(value: object) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, int | float | datetime.date):
        return True
    try:
        Quantity.parse(str(value).lstrip("+"))
    except ValueError:
        return _is_date(value)
    return True


def _is_date(value: object) -> bool:
    try:
        datetime.date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
