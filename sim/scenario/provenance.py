"""How good the sources are on which the values of a scenario rest.

A value that is sourced has the grade of its source; one that is recalled or estimated is a recollection or an
estimate, whatever it leans on.
"""

from __future__ import annotations

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
OWN = {"recalled": "recollection", "estimate": "estimate"}


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
    found = []
    for path, value in leaves(kept):
        source, status = provenance_of(scenario.tree, path)
        if source and _is_value(value) and not any(key in Entry.model_fields for key in path):
            found.append(Graded(join(path), _text(value), status, source, grade(sources, source, status)))
    return found


def grade(sources: dict[str, Source], source: str, status: str) -> str:
    """Return the grade of a value from its source and status."""
    entry = sources.get(source)
    own = OWN.get(status or (entry.status if entry and entry.status else ""))
    return own or (entry.grade if entry and entry.grade else UNGRADED)


def range_grade(scenario: Scenario, pattern: str) -> tuple[str, str, str]:
    """Return status, source and grade of a range: its own, or that of a value it stands around if weaker.

    Of a wildcard, the range alone counts.
    """
    entry, sources = scenario.document.uncertain[pattern], scenario.document.meta.sources
    told: list[tuple[str, str]] = [(entry.source or "", entry.status or "")]
    if not is_pattern(pattern):
        told.append(provenance_of(scenario.tree, split(pattern)))
    graded = [(grade(sources, source, status), source, status) for source, status in told if source]
    found, source, status = max(graded, key=lambda one: GRADES.index(one[0]), default=(UNGRADED, "", ""))
    return status or _implied(found), source, found


def _implied(found: str) -> str:
    """Return the status that a grade stands for."""
    own = {grade: status for status, grade in OWN.items()}
    return own.get(found, "" if found == UNGRADED else "sourced")


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
