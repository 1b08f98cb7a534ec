"""The numbers of a world as arrays in base units, one place for each, so that a draw can change them.

`Parameters` is what files or tables say; `derive` (in compile.py) turns it into what the day step reads.
Most fields of the format name their array themselves (`ArrayColumn`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Collection
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from pydantic import BaseModel

from sim.network import distributions
from sim.network.entries import Entries, floats, price_numbers
from sim.scenario.schema.document import Demand, Input, Link, Material, Overcapacity, Process, Stock, Switches
from sim.scenario.schema.field_types import Amount, ArrayColumn, Distribution, Rate
from sim.types import Floats
from sim.units import unit_factor

NO_OVERCAPACITY = Overcapacity.model_construct(max=1.0, time=1.0)


@dataclass(eq=False)
class Parameters:
    """Numbers of a world by row of its index; nan means "not given"."""

    capacity: Floats  # [p] starts a day
    headroom: Floats  # [p]
    cycle: Floats  # [p] days
    yield_: Floats  # [p]
    finished_cover: Floats  # [p] days
    finished_adjust: Floats  # [p] days
    finished_initial: Floats  # [p] amount
    elasticity: Floats  # [p]
    psi: Floats  # [p]
    storage: Floats  # [p] days of baseline output, nan without a limit
    steady: Floats  # [p]
    over_max: Floats  # [p]
    over_time: Floats  # [p]
    amount: Floats  # [k] per start
    criticality: Floats  # [k]
    cover: Floats  # [s] days
    adjust: Floats  # [s] days
    average: Floats  # [s] days of the forecast
    initial_days: Floats  # [s]
    initial_amount: Floats  # [s]
    level: Floats  # [s] amount
    switching: Floats  # [s]
    inflation: Floats  # [s]
    life: Floats  # [s] days, 0 when goods keep
    share: Floats  # [l]
    lead: Floats  # [l] mean lead time, days
    max_share: Floats  # [l]
    age: Floats  # [l] days
    rate: Floats  # [d] per day
    growth: Floats  # [d] per year
    price: Floats  # [p] of the product
    options: Floats  # [materiality, availability exponent, memory, switching, inflation and its most]


def read_parameters(entries: Entries) -> Parameters:
    """Collect the numbers of entries in base units."""
    materials = entries.document.materials
    inputs = [entry for _, _, entry in entries.inputs]
    demands = entries.demands.values()
    return Parameters(
        **process_numbers(
            entries.processes.values(),
            [materials[name] for name in entries.process_material],
            entries.document.model,
        ),
        **entry_numbers(Input, inputs, [materials[entries.stock_material[s]] for _, s, _ in entries.inputs]),
        **stock_numbers(entries.stocks.values(), [materials[name] for name in entries.stock_material]),
        **link_numbers(entries.links.values()),
        **entry_numbers(Demand, demands, [materials[demand.material] for demand in demands]),
        options=model_options(entries.document.model),
    )


@functools.cache
def array_columns(model: type[BaseModel]) -> dict[str, ArrayColumn]:
    """Return the arrays that fields of an entry fill, by the name of the field."""
    return {
        name: part
        for name, info in model.model_fields.items()
        for part in info.metadata
        if isinstance(part, ArrayColumn)
    }


def entry_numbers(
    model: type[BaseModel], entries: Collection[Any], materials: Collection[Material] = ()
) -> dict[str, Floats]:
    """Return the arrays that fields of entries fill; amounts in the unit of the material of each entry."""
    units = [material.unit for material in materials] or [""] * len(entries)
    return {
        column.array: np.array(
            [
                value if isinstance(value, float) else _number(value, unit)
                for value, unit in zip(map(attrgetter(name), entries), units, strict=True)
            ],
            dtype=np.float64,
        )
        for name, column in array_columns(model).items()
    }


def process_numbers(
    processes: Collection[Process], materials: Collection[Material], model: Switches
) -> dict[str, Floats]:
    """Return the numbers of processes, with the materials that they make."""
    numbers = entry_numbers(Process, processes, materials)
    adjust = numbers["finished_adjust"]
    return {
        **numbers,
        **entry_numbers(Overcapacity, [process.overcapacity or NO_OVERCAPACITY for process in processes]),
        "finished_adjust": np.where(np.isnan(adjust), model.finished_adjustment, adjust),
        "price": price_numbers(materials),
    }


def stock_numbers(stocks: Collection[Stock], materials: Collection[Material]) -> dict[str, Floats]:
    """Return the numbers of stocks, with the materials that they hold."""
    held = [(stock.initial, material.unit) for stock, material in zip(stocks, materials, strict=True)]
    return {
        **entry_numbers(Stock, stocks, materials),
        "average": floats(s.forecast[1] if s.forecast[0] != "fixed" else math.nan for s in stocks),
        "initial_days": floats(level if isinstance(level, float) else math.nan for level, _ in held),
        "initial_amount": floats(
            math.nan if isinstance(level, float) else _number(level, unit) for level, unit in held
        ),
        "life": floats(material.shelf_life or 0.0 for material in materials),
    }


def link_numbers(links: Collection[Link]) -> dict[str, Floats]:
    """Return the numbers of links.

    A link without a bound that has a share, or no stages of qualification, may carry any share (inf); an
    alternative that is not yet qualified may carry none.
    """
    numbers = entry_numbers(Link, links)
    free = np.where([link.share > 0.0 or not link.stages for link in links], math.inf, 0.0)
    return numbers | {"max_share": np.where(np.isnan(numbers["max_share"]), free, numbers["max_share"])}


def model_options(model: Switches) -> Floats:
    """Return the numbers of the section model as `Parameters.options` has them."""
    places = {column.place: getattr(model, name) for name, column in array_columns(Switches).items()}
    return floats(places[place] for place in range(len(places)))


def _number(value: float | Amount | Rate | Distribution | None, unit: str) -> float:
    """Return a value as a number: amounts in a unit, the mean of a law, nan when not given."""
    if value is None:
        return math.nan
    if isinstance(value, Distribution):
        return distributions.mean(value)
    if isinstance(value, int | float):
        return value
    factor = unit_factor(value.unit, unit)
    if factor is None:
        raise ValueError(f"{value.unit} cannot be turned into {unit}")
    return value.value * factor
