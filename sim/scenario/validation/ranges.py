"""Rules of `uncertain:`: each range points to values that can vary, and its numbers fit them."""

from __future__ import annotations

import datetime
import functools
import itertools
from typing import Any

from pydantic import ValidationError

from sim.errors import quoted
from sim.scenario import layering, selection
from sim.scenario.layering import ChangeTarget
from sim.scenario.paths import Path, exists, get, is_pattern, join, split
from sim.scenario.schema.document import Document, Range
from sim.scenario.schema.field_types import (
    Amount,
    ArrayColumn,
    Change,
    Distribution,
    Price,
    Rate,
    Share,
    distribution,
)
from sim.scenario.schema.lookup import Node, factor_node, reader
from sim.scenario.validation import network
from sim.scenario.validation.problems import ProblemCollector
from sim.units import unit_factor

NO_PLACE = (
    "write the path of a number; compare words and counts as variants, or with curbsim structure or sweep"
)


def check(problems: ProblemCollector) -> None:
    """Collect every mistake of the ranges."""
    changed = problems.changed
    has_new_units = "materials" in changed or "materials" in problems.lost
    for pattern, entry in problems.document.uncertain.items():
        path = ("uncertain", pattern)
        if entry.fixed:
            continue
        network.sources(problems, path, entry, needed=True)
        _draw(problems, path, entry)
        # A range that was valid before still is, but for values that are new or gone under it.
        section = split(pattern)[0]
        may_be_gone = section in problems.lost or is_pattern(section)
        is_new = has_new_units or may_be_gone or pattern in changed.get("uncertain", {})
        targets = layering.targets(problems.layer.tree if is_new else changed, pattern)
        if is_new and not targets:
            problems.add(path, *layering.nothing(problems.layer.tree, pattern))
            continue
        before = len(problems.collected)
        _range(problems, path, entry, targets)
        if is_new and before == len(problems.collected) and not exists(problems.layer.tree, pattern):
            _unwritten(problems, path, targets[0])


def _draw(problems: ProblemCollector, path: Path, entry: Range) -> None:
    """Report a draw that is neither of its words nor that of a range with one draw for all."""
    ranges = problems.ids("uncertain") or {}
    shared = ranges.get(entry.draw)
    if entry.draw in ("once", "each") or (isinstance(shared, dict) and shared.get("draw") == "once"):
        return
    remedy = "write once, each, or the path of a range with draw: once"
    problems.add((*path, "draw"), f"draw is {quoted(entry.draw)}", remedy)


def _range(problems: ProblemCollector, path: Path, entry: Range, targets: list[ChangeTarget]) -> None:
    if not entry.numbers:
        forms = "{low, mode, high}, {median, p90}, {mean, cv} or {values, weights}"
        problems.add(path, "it has no numbers", f"write {forms}")
        return
    checked: set[tuple[Node, str | None]] = set()
    for target in targets:
        if target.node is None or not target.node.is_value:
            problems.add(path, f"{join(target.path)} is not one value", "write the path of a single value")
            return
        if not _has_place(target):
            problems.add(path, f"{join(target.path)} cannot vary", NO_PLACE)
            return
        field = (target.node, unit_at(problems.document, target.path))
        if field not in checked and not _numbers(problems, path, entry, *field):
            return
        checked.add(field)
    if entry.as_ == "value" and entry.high is not None:
        network.highest_covers(problems, path, entry.high, [target.path for target in targets])


def _unwritten(problems: ProblemCollector, path: Path, target: ChangeTarget) -> None:
    """Report a range of a value that no file writes and that has no default to vary."""
    remedy = f"write {join(target.path)}: and its value, too"
    problems.add(path, f"no file writes {path[1]}, so that nothing would be drawn", remedy)


def _has_place(target: ChangeTarget) -> bool:
    """Tell whether draws of a value have a place: policy is read from the document, the rest from arrays."""
    section, *keys = target.path
    if section in ("regimes", "offices", "events") or "stages" in keys:
        return True
    info = target.node.field if target.node is not None else None
    if info is not None and any(isinstance(part, ArrayColumn) for part in info.metadata):
        return True
    match (section, *keys[1:]):
        case ("demand", "noise", "cv") | ("materials", "shelf_life" | "price"):
            return True
        case ("facilities", "stocks", _, "initial") | ("facilities", "stocks", _, "forecast", "average"):
            return True
    return False


def _numbers(problems: ProblemCollector, path: Path, entry: Range, node: Node, unit: str | None) -> bool:
    """Report numbers that do not fit a field; tell whether they do."""
    try:
        distribution(entry.numbers, functools.partial(_number, entry=entry, node=node, unit=unit))
    except ValueError as error:
        wrong, _, remedy = str(error).partition("; ")
        given = entry.numbers.items()
        named = (key for key, text in given if f"'{text}'" in wrong or wrong.startswith(f"{text} "))
        here = (*path, *itertools.islice(named, 1))
        problems.add(here, wrong, remedy or "write numbers as the value itself is written")
        return False
    return True


def _number(text: Any, *, entry: Range, node: Node, unit: str | None) -> float:
    """Read one number of a range as the field would, in the unit of the material."""
    return number_of(_validated(factor_node() if entry.as_ == "factor" else node, text), text, unit)


def number_of(value: Any, text: Any, unit: str | None) -> float:
    """Return a value of a field as a number, in a unit where one is given; `text` is how it is written.

    Raises
    ------
    ValueError
        When it is no number, or of another unit, with what to write.
    """
    if isinstance(value, dict) and list(value) == ["other"]:
        value = value["other"]
    if isinstance(value, Distribution) and value.law == "fixed":
        value = value.parameters[0]
    if isinstance(value, Amount | Rate | Price):
        factor = unit_factor(value.unit, unit) if unit else 1.0
        if factor is None:
            raise ValueError(f"'{text}' cannot be turned into {unit}; write it in {unit}")
        return value.value * factor
    if isinstance(value, Share | Change):
        return value.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"{quoted(text)} cannot be drawn, as it is no number; {_instead(value)}")


def _instead(value: Any) -> str:
    """Return what to write where the values of a range are dates or words."""
    if isinstance(value, datetime.date):
        lag = "after: {event: ..., lag: {low: 10 days, high: 40 days}}"
        return f"write {lag} in place of the date, or compare dates with curbsim sweep --vary"
    return "write one word at the path itself, and compare others as variants or with curbsim structure"


def _validated(node: Node, text: Any) -> Any:
    try:
        return reader(node).validate_python(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] != "value_error":
            raise ValueError(
                f"{quoted(text)} does not fit this value; write numbers as it is written"
            ) from None
        raise ValueError(first["msg"].removeprefix("Value error, ")) from None


def unit_at(document: Document, path: Path) -> str | None:
    """Return the unit of the material that the value at a path is about, None when there is none.

    Examples
    --------
    >>> from sim.scenario.schema.document import Material
    >>> made = Document.model_construct(materials={"acid": Material(unit="t")}, facilities={})
    >>> unit_at(made, ("facilities", "fab", "stocks", "acid", "initial"))
    't'
    """
    material = None
    if path[0] == "materials":
        material = path[1]
    elif path[0] == "facilities" and len(path) > 4:
        material = path[5] if path[4] == "inputs" and len(path) > 5 else path[3]
        facility = document.facilities.get(path[1])
        if facility is None and path[2] == "makes":
            return None
        if path[2] == "makes" and material == path[3] and facility and material in facility.makes:
            material = selection.made(material, facility.makes[material])
    elif path[0] in ("demand", "links"):
        entry: Any = get({"demand": document.demand, "links": document.links}, path[:2])
        material = entry.material if entry is not None else None
    made = document.materials.get(material) if material else None
    return made.unit if made else None
