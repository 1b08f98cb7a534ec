"""Compile a document to a network: base units, the Leontief fixed point, opening stocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.network import laws
from sim.network.arrays import (
    FAMILIES,
    FORECASTS,
    OVERCAPACITY,
    RATIONING,
    Arrays,
    Floats,
    Ints,
    Network,
    day_options,
)
from sim.network.baseline import Baseline, random_leads, solve
from sim.network.layout import Layout, make_layout, once
from sim.network.values import Values, read_values
from sim.scenario.schema import Document

IDLE_AVERAGE_DAYS = 14.0
DENSE_LEAD = -1


def compile_network(document: Document) -> Network:
    """Turn a validated document into frozen arrays.

    Parameters
    ----------
    document : Document
        A scenario whose references have been checked.

    Returns
    -------
    Network
        With the baseline flows: the Leontief fixed point of demand, shares and inputs.
    """
    layout = make_layout(document)
    return derive(layout, read_values(layout))


def derive(layout: Layout, values: Values) -> Network:
    """Turn numbers into what the day step reads; cheap enough to repeat for every draw."""
    values = _normalised(layout, values)
    base = solve(layout, values)
    _, exponent, memory, _, _, most_inflation = values.options
    by_margin = layout.document.model.sharing == "margin"
    arrays = Arrays(
        **_process_arrays(layout, values, base),
        **_stock_arrays(layout, values, base),
        **_link_arrays(layout, values, base),
        options=day_options(exponent, memory, by_margin, most_inflation),
    )
    return Network(
        arrays=arrays,
        processes=layout.processes,
        stocks=layout.stocks,
        links=layout.links,
        demands=layout.demands,
        process_facility=layout.process_facility,
        process_material=layout.process_material,
        stock_facility=layout.stock_facility,
        stock_material=layout.stock_material,
        initial_stock=base.stock,
        initial_finished=base.finished.copy(),
        cover=values.cover,
        max_share=values.max_share,
        horizon=int(max(arrays.lead.max(initial=0), arrays.lead_cdf.shape[1] - 1)) + 1,
    )


def _process_arrays(layout: Layout, values: Values, base: Baseline) -> dict[str, Any]:
    """Return what the day step knows of processes, their inputs and final demand."""
    return {
        "in_ptr": layout.in_ptr,
        "in_stock": layout.in_stock,
        "in_amount": values.amount,
        "in_critical": _criticality(layout, values, base),
        "in_weight": base.weight,
        "family": _codes(layout, "production", FAMILIES),
        "elasticity": values.elasticity,
        "psi": values.psi,
        "base_starts": base.starts,
        "capacity": base.capacity,
        "cycle": _whole(values.cycle),
        "yield_": values.yield_,
        "finished_target": base.finished,
        "finished_adjust": np.maximum(1.0, values.finished_adjust),
        "storage": _storage(values, base),
        "steady": values.steady * base.starts,
        "over_law": _overcapacity(layout),
        "over_max": values.over_max,
        "over_time": np.maximum(1.0, values.over_time),
        "rationing": _codes(layout, "rationing", RATIONING),
        "rank": _rank(layout, values),
        "out_ptr": layout.out_ptr,
        "out_link": layout.out_link,
        "demand_ptr": layout.demand_ptr,
        "demand_rate": values.rate,
        "demand_backlog": _demand(layout, "unmet"),
        "demand_priority": _demand(layout, "priority"),
        "demand_profile": _profiles(layout, values),
    }


def _stock_arrays(layout: Layout, values: Values, base: Baseline) -> dict[str, Any]:
    """Return what the day step knows of stocks."""
    idle = base.need == 0.0
    life = np.where(values.life > 0, np.maximum(1, _whole(values.life)), 0)
    return {
        "link_ptr": layout.link_ptr,
        "need": base.need,
        "adjust": np.maximum(1.0, values.adjust),
        "forecast": _forecasts(layout, idle),
        "forecast_weight": _weights(values, idle),
        "lead_days": base.lead_days + _licence_days(layout),
        "level": values.level,
        "life": life,
        "life_ptr": np.concatenate(([0], np.cumsum(life))).astype(np.int64),
        "switching": np.where(np.isnan(values.switching), values.options[3], values.switching),
        "inflation": np.where(np.isnan(values.inflation), values.options[4], values.inflation),
    }


def _link_arrays(layout: Layout, values: Values, base: Baseline) -> dict[str, Any]:
    """Return what the day step knows of links."""
    lead, law, table = _lead_times(layout, values)
    return {
        "supplier": layout.supplier,
        "stock": layout.stock,
        "share": values.share,
        "lead": lead,
        "lead_law": law,
        "lead_cdf": table,
        "age": _whole(values.age),
        "priority": np.array([e.priority for e in layout.link_entry], dtype=np.int64),
        "base_flow": base.flow,
        "ration_base": base.ration_base,
    }


def _whole(days: Floats) -> Ints:
    """Round times to whole days, halves up."""
    return np.floor(days + 0.5).astype(np.int64)


def _normalised(layout: Layout, values: Values) -> Values:
    """Scale shares to sum to 1 per stock, which drawn shares no longer do."""
    sums = np.bincount(layout.stock, weights=values.share, minlength=len(layout.stocks))
    if np.all(np.abs(sums - 1.0) < 1e-12):
        return values
    changed = Values(**vars(values))
    changed.share = values.share / np.where(sums > 0, sums, 1.0)[layout.stock]
    return changed


@once
def _codes(layout: Layout, field: str, names: tuple[str, ...]) -> Ints:
    default = getattr(layout.document.model, field)
    chosen = [
        (default or entry.production) if field == "production" else (entry.rationing or default)
        for entry in layout.process_entry
    ]
    return np.array([names.index("pbl" if c == "leontief" else c) for c in chosen], dtype=np.int64)


def _criticality(layout: Layout, values: Values, base: Baseline) -> Floats:
    """Apply the switch to leontief and the materiality floor; an explicit criticality always wins."""
    strict, explicit = _strictness(layout)
    floored = ~explicit & (base.weight < values.options[0])
    return np.where(strict, 1.0, np.where(floored, 0.0, values.criticality))


@once
def _strictness(layout: Layout) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell of each input whether its process is leontief, and whether its criticality is written out."""
    model = layout.document.model
    strict = [
        (model.production or layout.process_entry[p].production) == "leontief" for p, _, _ in layout.inputs
    ]
    explicit = ["criticality" in i.model_fields_set for _, _, i in layout.inputs]
    return np.array(strict, dtype=bool), np.array(explicit, dtype=bool)


def _storage(values: Values, base: Baseline) -> Floats:
    """Turn days of baseline output into an amount; of output at capacity where the baseline makes none."""
    output = np.where(base.starts > 0.0, base.starts, base.capacity) * values.yield_
    limited = np.isfinite(values.storage)
    return np.where(limited, output * np.where(limited, values.storage, 0.0), np.inf)


@once
def _overcapacity(layout: Layout) -> Ints:
    laws_ = [e.overcapacity.law if e.overcapacity else "none" for e in layout.process_entry]
    return np.array([OVERCAPACITY.index(name) for name in laws_], dtype=np.int64)


def _rank(layout: Layout, values: Values) -> Ints:
    """Order the processes of each facility by margin per start, dearest first (ties by id)."""
    cost = np.zeros(len(layout.processes))
    price_of = dict(zip(layout.process_material, values.price, strict=True))
    for (p, s, _), amount in zip(layout.inputs, values.amount, strict=True):
        price = price_of.get(layout.stock_material[s], 0.0)
        cost[p] += amount * (0.0 if np.isnan(price) else price)
    margin = np.nan_to_num(values.price) * values.yield_ - cost
    first: dict[str, int] = {}
    block = [first.setdefault(facility, p) for p, facility in enumerate(layout.process_facility)]
    return np.lexsort((-margin, np.array(block, dtype=np.int64))).astype(np.int64)


@once
def _demand(layout: Layout, field: str) -> Ints:
    values = [getattr(layout.document.demand[name], field) for name in layout.demands]
    return np.array([v == "backlog" if field == "unmet" else v for v in values], dtype=np.int64)


def _profiles(layout: Layout, values: Values) -> Ints:
    """Number the demands that vary in time; -1 for constant ones."""
    varies = [
        bool(entry.noise or entry.season or values.growth[d])
        for d, entry in enumerate(layout.document.demand[name] for name in layout.demands)
    ]
    rows = np.cumsum(varies) - 1
    return np.where(varies, rows, -1).astype(np.int64)


def _forecasts(layout: Layout, idle: np.ndarray) -> Ints:
    """Choose the forecast rule; stocks feeding an ario process order by its rule, idle ones average."""
    codes = [0 if entry.forecast[0] == "fixed" else 1 for entry in layout.stock_entry]
    rule = np.where(idle, 1, np.array(codes, dtype=np.int64))
    family = _codes(layout, "production", FAMILIES)
    for p, s, _ in layout.inputs:
        if family[p] == FAMILIES.index("ario"):
            rule[s] = FORECASTS.index("ario")
    return rule.astype(np.int64)


def _weights(values: Values, idle: np.ndarray) -> Floats:
    days = np.where(np.isnan(values.average), IDLE_AVERAGE_DAYS, values.average)
    return 1.0 / np.maximum(1.0, days)


def _lead_times(layout: Layout, values: Values) -> tuple[Ints, Ints, Floats]:
    """Return whole-day lead times, the row of each random one, and their tables."""
    lead = np.floor(values.lead + 0.5).astype(np.int64)
    rows = np.full(len(layout.links), -1, dtype=np.int64)
    tables: list[Floats] = []
    for index, law in random_leads(layout):
        rows[index] = len(tables)
        tables.append(laws.whole_days(law, values.lead[index] / laws.mean(law)))
    width = max((len(t) for t in tables), default=1)
    table = np.ones((max(1, len(tables)), width))
    for row, entries in enumerate(tables):
        table[row, : len(entries)] = entries
    return lead, rows, table


@once
def _licence_days(layout: Layout) -> Floats:
    """Return expected licence time for stocks that ask to hold it (`cover_licence`)."""
    regime = layout.document.regimes.get("individual")
    found = np.zeros(len(layout.stocks))
    for s, entry in enumerate(layout.stock_entry):
        if entry.cover_licence and regime is not None:
            material = layout.stock_material[s]
            review = regime.review.get(material, regime.review.get("other"))
            dispatch = regime.dispatch.get(material, regime.dispatch.get("other", 0.0))
            found[s] = (laws.mean(review) if review else 0.0) + dispatch
    return found
