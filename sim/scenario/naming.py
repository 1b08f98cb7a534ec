"""Names of values for readers: `facilities.line.stocks.acid.cover` in words."""

from __future__ import annotations

from sim.scenario.paths import is_pattern, split
from sim.scenario.scenario import Scenario

SKIPPED = ("facilities", "makes", "stocks", "inputs", "links", "regimes", "events", "materials", "demand")


def name_path(scenario: Scenario, path: str) -> str:
    """Return a path in words, what is meant first: titles of facilities and materials in place of ids.

    Examples
    --------
    >>> from sim.scenario.scenario import EXAMPLE, from_tree
    >>> name_path(from_tree(EXAMPLE), "facilities.line.stocks.acid.cover")
    'cover: line; acid'
    >>> name_path(from_tree(EXAMPLE), "links.*.lead_time")
    'lead time: all links'
    """
    *above, last = split(path)
    named = [_title(scenario, key) for key in above if key not in SKIPPED and not _all(key)]
    if not named or all(is_pattern(key) for key in above if key not in SKIPPED):
        named = [f"all {above[0]}" if above else "all", *named]
    return f"{last.replace('_', ' ')}: {'; '.join(named)}"


def _all(key: str) -> bool:
    return key == "*"


def _title(scenario: Scenario, key: str) -> str:
    """Return the title of what an id stands for, or the id in words."""
    document = scenario.document
    for section in (document.facilities, document.materials, document.events, document.regimes):
        entry = section.get(key)
        if entry is not None and entry.title:
            return entry.title
    return key.replace("_", " ") if not is_pattern(key) else key
