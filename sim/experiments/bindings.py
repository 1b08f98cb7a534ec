"""Where a drawn number goes: a slot of the compiled values, or a field of the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import CurbsimError
from sim.experiments.overrides import Overrides, Place, overrides_of
from sim.experiments.uncertainty import Factor
from sim.network.arrays import Floats, Ints
from sim.network.entries import Entries
from sim.network.values import Values
from sim.quantity import unit_factor

PROCESS_FIELDS = {
    "capacity": "capacity",
    "headroom": "headroom",
    "cycle_time": "cycle",
    "yield": "yield_",
    "finished_cover": "finished_cover",
    "finished_adjustment": "finished_adjust",
    "initial": "finished_initial",
    "storage": "storage",
    "steady": "steady",
    "elasticity": "elasticity",
    "psi": "psi",
}
STOCK_FIELDS = {
    "cover": "cover",
    "adjustment": "adjust",
    "order_up_to": "level",
    "switching": "switching",
    "order_inflation": "inflation",
}
LINK_FIELDS = {"share": "share", "lead_time": "lead", "max_share": "max_share", "age": "age"}
INPUT_FIELDS = {"per_unit": "amount", "criticality": "criticality"}
MODEL_FIELDS = {
    "materiality": 0,
    "availability_exponent": 1,
    "availability_memory": 2,
    "switching": 3,
    "order_inflation": 4,
    "inflation_max": 5,
}


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


def _facility(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    materials = entries.document.materials
    facility = keys[1]
    if keys[2] == "stocks" and keys[4] in STOCK_FIELDS:
        s = entries.stock_of[f"{facility}/{keys[3]}"]
        return [(STOCK_FIELDS[keys[4]], s, materials[keys[3]].unit if keys[4] == "order_up_to" else "")]
    if keys[2] == "stocks" and keys[4] == "initial":
        s = entries.stock_of[f"{facility}/{keys[3]}"]
        days = isinstance(entries.stocks[f"{facility}/{keys[3]}"].initial, float)
        return [("initial_days", s, "") if days else ("initial_amount", s, materials[keys[3]].unit)]
    if keys[2:3] == ("stocks",) and keys[4:] == ("forecast", "average"):
        return [("average", entries.stock_of[f"{facility}/{keys[3]}"], "")]
    if keys[2] != "makes":
        return None
    p = entries.process_of[f"{facility}/{keys[3]}"]
    unit = materials[entries.process_material[p]].unit
    if keys[4] in PROCESS_FIELDS:
        return [(PROCESS_FIELDS[keys[4]], p, unit if keys[4] in ("capacity", "initial") else "")]
    if keys[4] == "overcapacity" and keys[5] in ("max", "time"):
        return [(f"over_{keys[5]}", p, "")]
    if keys[4] == "inputs" and keys[6] in INPUT_FIELDS:
        s = entries.stock_of[f"{facility}/{keys[5]}"]
        k = entries.input_of[p, s]
        return [(INPUT_FIELDS[keys[6]], k, materials[keys[5]].unit if keys[6] == "per_unit" else "")]
    return None


def _link(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    field = LINK_FIELDS.get(keys[2])
    return [(field, entries.link_of[keys[1]], "")] if field and len(keys) == 3 else None


def _demand(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    d = entries.demand_of[keys[1]]
    unit = entries.document.materials[entries.demands[keys[1]].material].unit
    return [(keys[2], d, unit if keys[2] == "rate" else "")] if keys[2] in ("rate", "growth") else None


def _material(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    if keys[2] == "shelf_life":
        return [("life", s, "") for s, m in enumerate(entries.stock_material) if m == keys[1]]
    if keys[2] == "price":
        return [("price", p, "") for p, m in enumerate(entries.process_material) if m == keys[1]]
    return None


def _model(entries: Entries, keys: tuple[str, ...]) -> list[tuple[str, int, str]] | None:
    index = MODEL_FIELDS.get(keys[1])
    return None if index is None else [("options", index, "")]


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
