"""Rules of `uncertain:`: each range points to values that can vary, and its numbers fit them."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

from pydantic import ValidationError

from sim.scenario import layering, selection
from sim.scenario.layering import Target
from sim.scenario.paths import Path, get, is_pattern, join, split
from sim.scenario.schema.document import Document, Range
from sim.scenario.schema.events import CapacityEvent
from sim.scenario.schema.field_types import Amount, Change, Distribution, Price, Rate, Share, distribution
from sim.scenario.schema.lookup import Node, fields, reader
from sim.scenario.validation import network
from sim.scenario.validation.problems import ProblemCollector
from sim.units import unit_factor

FACTOR = fields(CapacityEvent)["factor"]
NUMBERS = ("low", "mode", "high", "median", "p90", "mean", "cv", "values", "weights")


def check(findings: ProblemCollector) -> None:
    """Add every mistake of the ranges to the findings."""
    changed = findings.changed
    has_new_units = "materials" in changed or "materials" in findings.lost
    for pattern, entry in findings.document.uncertain.items():
        path = ("uncertain", pattern)
        if entry.fixed:
            continue
        network.sources(findings, path, entry, needed=True)
        # A range that was valid before still is, but for values that are new or gone under it.
        section = split(pattern)[0]
        may_be_gone = section in findings.lost or is_pattern(section)
        is_new = has_new_units or may_be_gone or pattern in changed.get("uncertain", {})
        targets = layering.targets(findings.layer.tree if is_new else changed, pattern)
        if is_new and not targets:
            findings.add(path, *layering.nothing(findings.layer.tree, pattern))
            continue
        _range(findings, path, entry, targets)


def _range(findings: ProblemCollector, path: Path, entry: Range, targets: list[Target]) -> None:
    given = {key: value for key in NUMBERS if (value := getattr(entry, key)) is not None}
    if not given:
        forms = "{low, mode, high}, {median, p90}, {mean, cv} or {values, weights}"
        findings.add(path, "it has no numbers", f"write {forms}")
        return
    checked: set[tuple[Node, str | None]] = set()
    for target in targets:
        if target.node is None or not target.node.is_value:
            findings.add(path, f"{join(target.path)} is not one value", "write the path of a single value")
            return
        field = (target.node, unit_at(findings.document, target.path))
        if field in checked:
            continue
        checked.add(field)
        if not _numbers(findings, path, entry, given, _RangeReader(*field, entry.as_, bool(entry.values))):
            return
    _covers(findings, path, entry, targets)


class _RangeReader:
    """Reads one number of a range as the field would, and returns it in the unit of the field."""

    def __init__(self, field: Node, unit: str | None, as_: str, listed: bool) -> None:
        self.field = field
        self.unit = unit
        self.as_ = as_
        self.listed = listed

    def __call__(self, text: Any) -> float:
        if self.as_ == "factor":
            return float(_validated(reader(FACTOR), text))
        return self.number(_validated(reader(self.field), text), text)

    def number(self, value: Any, text: Any) -> float:
        if isinstance(value, dict) and list(value) == ["other"]:
            value = value["other"]
        if isinstance(value, Distribution) and value.law == "fixed":
            value = value.parameters[0]
        if isinstance(value, Amount | Rate | Price):
            factor = unit_factor(value.unit, self.unit) if self.unit else 1.0
            if factor is None:
                raise ValueError(f"'{text}' cannot be turned into {self.unit}; write it in {self.unit}")
            return value.value * factor
        if isinstance(value, Share | Change):
            return value.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if self.listed or isinstance(value, datetime.date):
            return 0.0  # words and dates: one of the listed values is drawn
        raise ValueError(f"'{text}' is not a number; write {{values: [...], weights: [...]}}")


def _validated(adapter: Any, text: Any) -> Any:
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(first["msg"].removeprefix("Value error, ")) from None


def _numbers(
    findings: ProblemCollector, path: Path, entry: Range, given: dict[str, Any], read: _RangeReader
) -> bool:
    try:
        distribution(given, read)
    except ValueError as error:
        wrong, _, remedy = str(error).partition("; ")
        named = (key for key, text in given.items() if f"'{text}'" in wrong or wrong.startswith(f"{text} "))
        here = (*path, *itertools.islice(named, 1))
        findings.add(here, wrong, remedy or "write numbers as the value itself is written")
        return False
    return True


def _covers(findings: ProblemCollector, path: Path, entry: Range, targets: list[Target]) -> None:
    """Report a cover that may reach the shelf life of its material."""
    if entry.as_ != "value" or entry.high is None:
        return
    for target, _, _ in targets:
        if len(target) != 5 or target[2] != "stocks" or target[4] != "cover":
            continue
        material = findings.document.materials.get(target[3])
        high = distribution(entry.high).parameters[0]
        fault = network.cover_fault(high, target[3], material.shelf_life if material else None)
        if fault is not None:
            findings.add((*path, "high"), *fault)
            return


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
    found = document.materials.get(material) if material else None
    return found.unit if found else None
