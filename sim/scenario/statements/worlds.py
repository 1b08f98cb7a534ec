"""Values of a world that can hold together and are still likely slips, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from sim.errors import named
from sim.scenario import selection
from sim.scenario.paths import split
from sim.scenario.schema.document import Document, Process, Range
from sim.scenario.schema.field_types import Change
from sim.scenario.schema.lookup import ROOT, Node, fields, reader
from sim.scenario.statements.periods import MOST_NAMED
from sim.scenario.validation.ranges import number_of
from sim.units import unit_factor


def beside_ranges(document: Document) -> list[str]:
    """Say in one line which written values lie outside of their own range."""
    texts = [
        f"{path} ({entry.low} to {entry.high})"
        for path, entry in document.uncertain.items()
        if not entry.fixed and entry.as_ == "value" and _lies_beside(document, path, entry)
    ]
    one = "a written value lies" if len(texts) == 1 else "written values lie"
    return (
        [f"{one} outside of the range that replaces it in every draw: {named(texts, MOST_NAMED)}"]
        if texts
        else []
    )


def _lies_beside(document: Document, path: str, entry: Range) -> bool:
    if entry.low is None or entry.high is None:
        return False
    found = _at(document, split(path))
    if found is None:  # a wildcard, or what stands in tables
        return False
    value, node = found
    if isinstance(value, Change):  # lies on no scale of values
        return False
    unit = getattr(value, "unit", None)
    try:
        now = number_of(value, path, unit)
        low, high = (
            number_of(reader(node).validate_python(end), end, unit) for end in (entry.low, entry.high)
        )
    except ValueError:
        return False
    return not low <= now <= high


def _at(document: Document, path: tuple[str, ...]) -> tuple[Any, Node] | None:
    """Return the value at a path of fields and names, and its field."""
    value: Any = document
    node: Node | None = ROOT
    for key in path:
        if isinstance(value, BaseModel):
            known = fields(type(value))
            names = {info.alias or name: name for name, info in type(value).model_fields.items()}
            if key not in known:
                return None
            node, value = known[key], getattr(value, names[key])
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return None
    return (value, node) if node is not None and node.is_value else None


def dear_inputs(document: Document) -> list[str]:
    """Say in one line which processes use more than their product is worth, at base prices."""
    texts = []
    for name, _, material, process in selection.every_process(document):
        product = document.materials.get(material)
        price = product.price if product is not None else None
        factor = unit_factor(product.unit, price.unit) if product is not None and price is not None else None
        costs = math.fsum(_costs(document, process))
        if price is not None and factor is not None:
            worth = price.value * factor * process.yield_
            if costs > worth:
                texts.append(f"{name} ({_money(costs)} for {_money(worth)} {price.currency})")
    return (
        [f"inputs cost more than what is made of them, at base prices: {named(texts, MOST_NAMED)}"]
        if texts
        else []
    )


def _money(value: float) -> str:
    """Write an amount of money.

    Examples
    --------
    >>> _money(7241032.8), _money(1.25)
    ('7,241,033', '1.25')
    """
    return f"{value:,.0f}" if value >= 1000.0 else f"{value:.4g}"


def _costs(document: Document, process: Process) -> Iterator[float]:
    """Yield the cost of each input of a start, as far as there are prices."""
    for material, entry in process.inputs.items():
        price = document.materials[material].price if material in document.materials else None
        factor = unit_factor(entry.per_unit.unit, price.unit) if price is not None else None
        if price is not None and factor is not None:
            yield entry.per_unit.value * factor * price.value
