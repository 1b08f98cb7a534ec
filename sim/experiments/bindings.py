"""Where a drawn number goes: a slot of the compiled values, or a field of the document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from sim.errors import CurbsimError
from sim.experiments.overrides import Overrides, Place, overrides_of
from sim.experiments.uncertainty import Factor
from sim.network.entries import Entries
from sim.network.values import Values
from sim.scenario.fields import Column
from sim.scenario.schema import Demand, Input, Link, Overcapacity, Process, Stock, Switches
from sim.scenario.shape import fields
from sim.types import Floats, Ints
from sim.units import unit_factor


class Slot(NamedTuple):
    """A place in `Values`, with what one unit of the drawn number is worth there."""

    column: int
    array: str
    place: int
    scale: float
    relative: bool


@dataclass(frozen=True, eq=False)
class Slots:
    """The slots in one array of `Values`, side by side."""

    array: str
    index: Ints
    column: Ints
    scale: Floats
    relative: NDArray[np.bool_]


def bind(entries: Entries, found: tuple[Factor, ...]) -> tuple[tuple[Slots, ...], Overrides]:
    """Find the place of every uncertain value; raise when one cannot vary."""
    slots: list[Slot] = []
    written: list[Place] = []
    for column, factor in enumerate(found):
        for keys in factor.paths:
            places = _places(entries, keys)
            if places is None or keys[0] == "demand":  # the course of demand is read from the document
                written.append(Place(column, keys, factor.relative))
            for array, index, unit in places or ():
                scale = _scale(factor, unit)
                slots.append(Slot(column, array, index, scale, factor.relative))
    return _grouped(slots), overrides_of(entries.document, written)


def _grouped(slots: list[Slot]) -> tuple[Slots, ...]:
    """Put the slots of each array side by side, so that a draw fills them at once."""
    groups: dict[str, list[Slot]] = {}
    for slot in slots:
        groups.setdefault(slot.array, []).append(slot)
    return tuple(
        Slots(
            array=array,
            index=np.array([slot.place for slot in group], dtype=np.int64),
            column=np.array([slot.column for slot in group], dtype=np.int64),
            scale=np.array([slot.scale for slot in group]),
            relative=np.array([slot.relative for slot in group], dtype=bool),
        )
        for array, group in groups.items()
    )


def _scale(factor: Factor, unit: str) -> float:
    written = factor.unit.partition("/")[0].strip()
    if factor.relative or not unit or not written:
        return 1.0
    return unit_factor(written, unit) or 1.0


def _places(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    """Return (array, index, unit) of a path, or None when it belongs to a policy section."""
    head = keys[0]
    policy = head in ("regimes", "offices", "events")
    if policy or "stages" in keys or keys[2:] == ("noise", "cv"):
        return None
    found = (
        {
            "facilities": _facility,
            "links": _link,
            "demand": _demand,
            "materials": _material,
            "model": _model,
        }[head](entries, keys)
        if head in ("facilities", "links", "demand", "materials", "model")
        else None
    )
    if found is None:
        path = ".".join(keys)
        raise CurbsimError(f"uncertain: {path} cannot vary; write the path of a number of the network")
    return found


def column_of(model: type[BaseModel], name: str) -> Column | None:
    """Return where draws of a field of the format go; None for a field that does not vary."""
    info = fields(model)[name].field if name in fields(model) else None
    return next((part for part in info.metadata if isinstance(part, Column)), None) if info else None


def _placed(
    model: type[BaseModel], name: str, index: int, unit: str = ""
) -> list[tuple[str, int, str]] | None:
    """Return (array, index, unit) of a field of an entry; `unit` is that of its material."""
    column = column_of(model, name)
    return [(column.array, index, unit if column.of_material else "")] if column else None


def _facility(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    if len(keys) < 5:
        return None
    _, facility, section, key, *below = keys
    if section == "stocks":
        return _stock(entries, facility, key, below)
    return _process(entries, facility, key, below) if section == "makes" else None


def _stock(
    entries: Entries, facility: str, material: str, below: Sequence[str]
) -> list[tuple[str, int, str]] | None:
    place, unit = entries.stock_of[f"{facility}/{material}"], entries.document.materials[material].unit
    if below[0] == "initial":
        days = isinstance(entries.stocks[f"{facility}/{material}"].initial, float)
        return [("initial_days", place, "") if days else ("initial_amount", place, unit)]
    if list(below) == ["forecast", "average"]:
        return [("average", place, "")]
    return _placed(Stock, below[0], place, unit)


def _process(
    entries: Entries, facility: str, key: str, below: Sequence[str]
) -> list[tuple[str, int, str]] | None:
    materials, place = entries.document.materials, entries.process_of[f"{facility}/{key}"]
    field, *deeper = below
    if field == "overcapacity":
        return _placed(Overcapacity, deeper[0], place)
    if field == "inputs":
        material, name = deeper[:2]
        used = entries.input_of[place, entries.stock_of[f"{facility}/{material}"]]
        return _placed(Input, name, used, materials[material].unit)
    return _placed(Process, field, place, materials[entries.process_material[place]].unit)


def _link(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    return _placed(Link, keys[2], entries.link_of[keys[1]]) if len(keys) == 3 else None


def _demand(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    place = entries.demand_of[keys[1]]
    material = entries.demands[keys[1]].material
    return _placed(Demand, keys[2], place, entries.document.materials[material].unit)


def _material(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    if keys[2] == "shelf_life":
        return [("life", s, "") for s, m in enumerate(entries.stock_material) if m == keys[1]]
    if keys[2] == "price":
        return [("price", p, "") for p, m in enumerate(entries.process_material) if m == keys[1]]
    return None


def _model(_: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    column = column_of(Switches, keys[1])
    return [(column.array, column.place, "")] if column else None


def fill(values: Values, slots: tuple[Slots, ...], row: Floats) -> Values:
    """Return values with a row of draws in their places."""
    changed: dict[str, Any] = dict(vars(values))
    for group in slots:
        array = changed[group.array].copy()
        numbers = row[group.column] * group.scale
        array[group.index] = np.where(group.relative, array[group.index] * numbers, numbers)
        changed[group.array] = array
    return _within_bounds(Values(**changed), {group.array for group in slots})


def _within_bounds(values: Values, touched: set[str]) -> Values:
    """Keep drawn shares of something within 0-1, as the format demands of written ones."""
    for name in ("yield_", "criticality", "switching", "psi", "inflation", "steady"):
        if name in touched:
            array = getattr(values, name)
            array[array > 1.0] = 1.0
    return values
