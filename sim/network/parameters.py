"""The numbers of a world as arrays in base units, one place for each, so that a draw can change them.

`Values` is what files or tables say; `derive` (in compile.py) turns it into what the day step reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.network import distributions
from sim.network.entries import Entries, floats
from sim.scenario.schema.document import Link, Switches
from sim.scenario.schema.field_types import Amount, Distribution, Rate
from sim.types import Floats
from sim.units import unit_factor

NAN = math.nan


@dataclass(eq=False)
class Parameters:
    """Numbers of a world by row of its layout; nan means "not given"."""

    capacity: Floats  # [p] starts a day
    headroom: Floats  # [p]
    cycle: Floats  # [p] days
    yield_: Floats  # [p]
    finished_cover: Floats  # [p] days
    finished_adjust: Floats  # [p] days
    finished_initial: Floats  # [p] amount
    elasticity: Floats  # [p]
    psi: Floats  # [p]
    storage: Floats  # [p] days of baseline output
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


def read_values(entries: Entries) -> Parameters:
    """Collect the numbers of entries in base units."""
    return Parameters(
        **_process_values(entries),
        **_input_and_demand_values(entries),
        **_stock_values(entries),
        **_link_values(entries),
        options=model_options(entries.document.model),
    )


def model_options(model: Switches) -> Floats:
    """Return the numbers of the section model as `Values.options` has them."""
    return np.array(
        [
            *(model.materiality, model.availability_exponent, model.availability_memory),
            *(model.switching, model.order_inflation, model.inflation_max),
        ]
    )


def _process_values(entries: Entries) -> dict[str, Floats]:
    materials = entries.document.materials
    adjustment = entries.document.model.finished_adjustment
    process = entries.processes.values()
    units = [materials[m].unit for m in entries.process_material]
    prices = [materials[m].price for m in entries.process_material]
    return {
        "capacity": floats(_amount(e.capacity, u) for e, u in zip(process, units, strict=True)),
        "headroom": floats(_given(e.headroom) for e in process),
        "cycle": floats(e.cycle_time for e in process),
        "yield_": floats(e.yield_ for e in process),
        "finished_cover": floats(e.finished_cover for e in process),
        "finished_adjust": floats(
            adjustment if e.finished_adjustment is None else e.finished_adjustment for e in process
        ),
        "finished_initial": floats(_amount(e.initial, u) for e, u in zip(process, units, strict=True)),
        "elasticity": floats(e.elasticity for e in process),
        "psi": floats(e.psi for e in process),
        "storage": floats(math.inf if e.storage is None else e.storage for e in process),
        "steady": floats(e.steady for e in process),
        "over_max": floats(e.overcapacity.max if e.overcapacity else 1.0 for e in process),
        "over_time": floats(e.overcapacity.time if e.overcapacity else 1.0 for e in process),
        "price": floats(NAN if price is None else price.value for price in prices),
    }


def _input_and_demand_values(entries: Entries) -> dict[str, Floats]:
    materials, demands = entries.document.materials, entries.demands.values()
    units = [materials[demand.material].unit for demand in demands]
    return {
        "amount": floats(
            _amount(i.per_unit, materials[entries.stock_material[s]].unit) for _, s, i in entries.inputs
        ),
        "criticality": floats(i.criticality for _, _, i in entries.inputs),
        "rate": floats(_amount(e.rate, u) for e, u in zip(demands, units, strict=True)),
        "growth": floats(e.growth for e in demands),
    }


def _stock_values(entries: Entries) -> dict[str, Floats]:
    materials = entries.document.materials
    stock = entries.stocks.values()
    units = [materials[m].unit for m in entries.stock_material]
    amounts = [e.initial if isinstance(e.initial, Amount) else None for e in stock]
    return {
        "cover": floats(e.cover for e in stock),
        "adjust": floats(e.adjustment for e in stock),
        "average": floats(e.forecast[1] if e.forecast[0] != "fixed" else NAN for e in stock),
        "initial_days": floats(e.initial if isinstance(e.initial, float) else NAN for e in stock),
        "initial_amount": floats(_amount(a, u) for a, u in zip(amounts, units, strict=True)),
        "level": floats(_amount(e.order_up_to, u) for e, u in zip(stock, units, strict=True)),
        "switching": floats(_given(e.switching) for e in stock),
        "inflation": floats(_given(e.order_inflation) for e in stock),
        "life": floats(materials[m].shelf_life or 0.0 for m in entries.stock_material),
    }


def _link_values(entries: Entries) -> dict[str, Floats]:
    link = entries.links.values()
    return {
        "share": floats(e.share for e in link),
        "lead": floats(distributions.mean(_law(e.lead_time)) for e in link),
        "max_share": floats(_max_share(e) for e in link),
        "age": floats(e.age for e in link),
    }


def _given(value: float | None) -> float:
    return NAN if value is None else value


def _amount(amount: Amount | Rate | None, unit: str) -> float:
    """Convert to `unit`; nan when not given."""
    if amount is None:
        return NAN
    factor = unit_factor(amount.unit, unit)
    if factor is None:
        raise ValueError(f"{amount.unit} cannot be turned into {unit}")
    return amount.value * factor


def _law(lead_time: object) -> Distribution:
    """Return a lead time as a law; the default of the format is a plain 0."""
    return lead_time if isinstance(lead_time, Distribution) else Distribution("fixed", (0.0,))


def _max_share(link: Link) -> float:
    """Return inf for links qualified at the start without a bound, 0 for alternatives not yet qualified."""
    bound, share = link.max_share, link.share
    if bound is not None:
        return float(bound)
    return math.inf if share > 0.0 or not link.stages else 0.0
