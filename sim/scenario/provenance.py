"""The grades of the sources on which the values of a scenario rest.

A sourced value has the grade of its source; a recalled or estimated one is a recollection or an estimate,
whatever its source.
"""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import dataclass
from typing import get_args

from sim.scenario.paths import is_pattern, join, leaves, split
from sim.scenario.scenario import Scenario, provenance_of
from sim.scenario.schema.document import Source
from sim.scenario.schema.sections import Entry, Grade
from sim.units import Quantity

UNGRADED = "ungraded"
GRADES = (*get_args(Grade), UNGRADED)  # the best first, what is not known last
STATUS_GRADES = {"recalled": "recollection", "estimate": "estimate"}


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
    sections = {k: v for k, v in scenario.tree.items() if k not in ("meta", "variants", "uncertain")}
    values = []
    for path, value in leaves(sections):
        source, status = provenance_of(scenario.tree, path)
        if source and _is_value(value) and not any(key in Entry.model_fields for key in path):
            text = f"{value:g}" if isinstance(value, float) else str(value)
            values.append(Graded(join(path), text, status, source, grade(sources, source, status)))
    return values


def grade(sources: dict[str, Source], source: str, status: str) -> str:
    """Return the grade of a value from its source and status."""
    entry = sources.get(source)
    of_status = STATUS_GRADES.get(status or (entry.status if entry and entry.status else ""))
    return of_status or (entry.grade if entry and entry.grade else UNGRADED)


def range_grade(scenario: Scenario, pattern: str) -> tuple[str, str, str]:
    """Return status, source and grade of a range: its own, or that of a value it stands around if weaker.

    Of a wildcard, the range alone counts.
    """
    entry, sources = scenario.document.uncertain[pattern], scenario.document.meta.sources
    claims: list[tuple[str, str]] = [(entry.source or "", entry.status or "")]
    if not is_pattern(pattern):
        claims.append(provenance_of(scenario.tree, split(pattern)))
    graded = [(grade(sources, source, status), source, status) for source, status in claims if source]
    weakest, source, status = max(
        graded, key=lambda claim: GRADES.index(claim[0]), default=(UNGRADED, "", "")
    )
    implied = {grade: status for status, grade in STATUS_GRADES.items()} | {UNGRADED: ""}
    return status or implied.get(weakest, "sourced"), source, weakest


def _is_value(value: object) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, int | float | datetime.date):
        return True
    for read in (Quantity.parse, datetime.date.fromisoformat):
        with contextlib.suppress(ValueError):
            read(str(value).lstrip("+"))
            return True
    return False
