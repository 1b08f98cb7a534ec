"""Put drawn values in their places: numbers of the compiled network, fields of the document."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from sim.errors import CurbsimError
from sim.network.entries import Entries
from sim.network.parameters import Parameters
from sim.runner.draws import Factor
from sim.scenario.schema import lookup
from sim.scenario.schema.document import Demand, Document, Input, Link, Overcapacity, Process, Stock, Switches
from sim.scenario.schema.field_types import ArrayColumn, Distribution
from sim.types import Floats, Ints
from sim.units import unit_factor

SHARES = ("yield_", "criticality", "switching", "psi", "inflation", "steady")  # stay within 0-1 when drawn


class FieldPlace(NamedTuple):
    """A value of a document that a draw replaces, or multiplies."""

    column: int
    keys: tuple[str, ...]
    relative: bool


@dataclass(frozen=True, eq=False)
class Overrides:
    """What draws replace in one part of a document, the same for every draw."""

    own: tuple[tuple[int, bool], ...]  # (column, relative) of draws of the part itself
    parts: dict[str, Overrides]  # by field or key


def overrides_of(node: Any, places: Sequence[FieldPlace], depth: int = 0) -> Overrides:
    """Arrange places as the document is arranged, so that what holds several is copied once."""
    own: list[tuple[int, bool]] = []
    inner: dict[str, list[FieldPlace]] = {}
    for place in places:
        if depth < len(place.keys) and isinstance(node, BaseModel | dict):
            inner.setdefault(_name(node, place.keys[depth]), []).append(place)
        else:
            own.append((place.column, place.relative))
    parts = {name: overrides_of(_part(node, name), group, depth + 1) for name, group in inner.items()}
    return Overrides(tuple(own), parts)


def _name(node: Any, key: str) -> str:
    """Return the attribute of a key of a file (`from` is `from_`)."""
    return key if isinstance(node, dict) or key in type(node).model_fields else f"{key}_"


def _part(node: Any, name: str) -> Any:
    return node[name] if isinstance(node, dict) else getattr(node, name)


def override(document: Document, overrides: Overrides, row: Floats) -> Document:
    """Return a document with a row of draws in their places."""
    changed: Document = _replaced(document, overrides, row.tolist())
    return changed


def _replaced(node: Any, overrides: Overrides, row: list[float]) -> Any:
    for column, relative in overrides.own:
        node = _with_number(node, row[column], relative)
    if not overrides.parts:
        return node
    parts = {name: _replaced(_part(node, name), inner, row) for name, inner in overrides.parts.items()}
    return {**node, **parts} if isinstance(node, dict) else node.model_copy(update=parts)


def _with_number(value: Any, number: float, relative: bool) -> Any:
    """Put a number into a parsed value: a plain float, a distribution, an amount, a change."""
    if isinstance(value, Distribution):
        centre = value.parameters[0] if value.law == "fixed" else None
        if relative and centre is None:
            return _scaled(value, number)
        return Distribution("fixed", ((centre or 0.0) * number if relative else number,))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        now = value.value  # type: ignore[attr-defined]
        return dataclasses.replace(value, value=now * number if relative else number)
    if isinstance(value, dict) and set(value) == {"other"}:
        return {"other": _with_number(value["other"], number, relative)}
    drawn = float(value) * number if relative else number
    return round(drawn) if isinstance(value, int) else drawn  # there is no half examiner


def _scaled(law: Distribution, factor: float) -> Distribution:
    """Stretch a law by a factor."""
    x = law.parameters
    scales = {"discrete": len(x) // 2, "gamma": 1, "normal": 1, "exponential": 1, "poisson": 1}
    count = scales.get(law.law, len(x))
    top = None if law.max is None else law.max * factor
    return Distribution(law.law, (*(v * factor for v in x[:count]), *x[count:]), top)


@dataclass(frozen=True, eq=False)
class Slots:
    """The places of draws in one array of `Parameters`, with what one unit of a draw is worth there."""

    array: str
    index: Ints
    column: Ints
    scale: Floats
    relative: NDArray[np.bool_]


Places = list[tuple[str, int, str]] | None  # (array, index, unit) of a value; None where it has no place


def bind(entries: Entries, uncertain: tuple[Factor, ...]) -> tuple[tuple[Slots, ...], Overrides]:
    """Find the place of every uncertain value; raise when one cannot vary."""
    slots: dict[str, list[tuple[int, int, float, bool]]] = {}
    fields: list[FieldPlace] = []
    for column, factor in enumerate(uncertain):
        for keys in factor.paths:
            places = _places(entries, keys)
            if places is None or keys[0] == "demand":  # the course of demand is read from the document
                fields.append(FieldPlace(column, keys, factor.relative))
            for array, index, unit in places or ():
                slot = (index, column, _scale(factor, unit), factor.relative)
                slots.setdefault(array, []).append(slot)
    side_by_side = [Slots(array, *map(np.array, zip(*group))) for array, group in slots.items()]
    return tuple(side_by_side), overrides_of(entries.document, fields)


def _scale(factor: Factor, unit: str) -> float:
    written = factor.unit.partition("/")[0].strip()
    if factor.relative or not unit or not written:
        return 1.0
    return unit_factor(written, unit) or 1.0


def _places(entries: Entries, keys: tuple[str, ...]) -> Places:
    """Return the places of a path, or None when it belongs to a policy section."""
    policy = keys[0] in ("regimes", "offices", "events")
    if policy or "stages" in keys or keys[2:] == ("noise", "cv"):
        return None
    sections = {
        "facilities": _facility,
        "links": _link,
        "demand": _demand,
        "materials": _material,
        "model": _model,
    }
    places = sections[keys[0]](entries, keys) if keys[0] in sections else None
    if places is None:
        path = ".".join(keys)
        raise CurbsimError(f"uncertain: {path} cannot vary; write the path of a number of the network")
    return places


def column_of(model: type[BaseModel], name: str) -> ArrayColumn | None:
    """Return where draws of a field of the format go; None for a field that does not vary."""
    known = lookup.fields(model)
    info = known[name].field if name in known else None
    return next((part for part in info.metadata if isinstance(part, ArrayColumn)), None) if info else None


def _placed(model: type[BaseModel], name: str, index: int, unit: str = "") -> Places:
    """Return the place of a field of an entry; `unit` is that of its material."""
    column = column_of(model, name)
    return [(column.array, index, unit if column.of_material else "")] if column else None


def _facility(entries: Entries, keys: tuple[str, ...]) -> Places:
    if len(keys) < 5:
        return None
    _, facility, section, key, *below = keys
    if section == "stocks":
        return _stock(entries, facility, key, below)
    return _process(entries, facility, key, below) if section == "makes" else None


def _stock(entries: Entries, facility: str, material: str, below: Sequence[str]) -> Places:
    place, unit = entries.stock_of[f"{facility}/{material}"], entries.document.materials[material].unit
    if below[0] == "initial":
        days = isinstance(entries.stocks[f"{facility}/{material}"].initial, float)
        return [("initial_days", place, "") if days else ("initial_amount", place, unit)]
    if list(below) == ["forecast", "average"]:
        return [("average", place, "")]
    return _placed(Stock, below[0], place, unit)


def _process(entries: Entries, facility: str, key: str, below: Sequence[str]) -> Places:
    materials, place = entries.document.materials, entries.process_of[f"{facility}/{key}"]
    field, *deeper = below
    if field == "overcapacity":
        return _placed(Overcapacity, deeper[0], place)
    if field == "inputs":
        material, name = deeper[:2]
        used = entries.input_of[place, entries.stock_of[f"{facility}/{material}"]]
        return _placed(Input, name, used, materials[material].unit)
    return _placed(Process, field, place, materials[entries.process_material[place]].unit)


def _link(entries: Entries, keys: tuple[str, ...]) -> Places:
    return _placed(Link, keys[2], entries.link_of[keys[1]]) if len(keys) == 3 else None


def _demand(entries: Entries, keys: tuple[str, ...]) -> Places:
    place = entries.demand_of[keys[1]]
    material = entries.demands[keys[1]].material
    return _placed(Demand, keys[2], place, entries.document.materials[material].unit)


def _material(entries: Entries, keys: tuple[str, ...]) -> Places:
    if keys[2] == "shelf_life":
        return [("life", s, "") for s, m in enumerate(entries.stock_material) if m == keys[1]]
    if keys[2] == "price":
        return [("price", p, "") for p, m in enumerate(entries.process_material) if m == keys[1]]
    return None


def _model(_: Entries, keys: tuple[str, ...]) -> Places:
    column = column_of(Switches, keys[1])
    return [(column.array, column.place, "")] if column else None


def fill(values: Parameters, slots: tuple[Slots, ...], row: Floats) -> Parameters:
    """Return values with a row of draws in their places."""
    changed: dict[str, Any] = dict(vars(values))
    for group in slots:
        array = changed[group.array].copy()
        numbers = row[group.column] * group.scale
        array[group.index] = np.where(group.relative, array[group.index] * numbers, numbers)
        changed[group.array] = np.minimum(array, 1.0) if group.array in SHARES else array
    return Parameters(**changed)
