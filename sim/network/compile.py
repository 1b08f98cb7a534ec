"""Compile a document to a network: base units, the Leontief fixed point, opening stocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.network import distributions
from sim.network.arrays import FAMILIES, FORECASTS, Arrays, Network, day_options
from sim.network.baseline import Baseline, solve
from sim.network.entries import make_entries
from sim.network.index import NetworkIndex
from sim.network.parameters import Parameters, read_values
from sim.scenario.schema.document import Document
from sim.types import Floats, Ints

IDLE_AVERAGE_DAYS = 14.0


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
    entries = make_entries(document)
    return derive(entries.layout, read_values(entries))


def derive(layout: NetworkIndex, values: Parameters) -> Network:
    """Turn numbers into what the day step reads; cheap enough to repeat for every draw."""
    values = _normalised(layout, values)
    base = solve(layout, values)
    _, exponent, memory, _, _, most_inflation = values.options
    choices = layout.choices
    arrays = Arrays(
        **_process_arrays(layout, values, base),
        **_stock_arrays(layout, values, base),
        **_link_arrays(layout, values, base),
        options=day_options(exponent, memory, choices.by_margin, most_inflation),
    )
    return Network(
        arrays=arrays,
        processes=layout.processes,
        stocks=layout.stocks,
        links=layout.links,
        demands=layout.demands,
        process_facility=layout.process_facility,
        process_material=layout.process_material,
        process_country=layout.process_country,
        stock_facility=layout.stock_facility,
        stock_material=layout.stock_material,
        stock_country=layout.stock_country,
        initial_stock=base.stock,
        initial_finished=base.finished.copy(),
        cover=values.cover,
        max_share=values.max_share,
        selectable=layout.selectable,
        opening=layout.opening,
        horizon=int(max(arrays.lead.max(initial=0), arrays.lead_cdf.shape[1] - 1)) + 1,
    )


def _process_arrays(layout: NetworkIndex, values: Parameters, base: Baseline) -> dict[str, Any]:
    """Return what the day step knows of processes, their inputs and final demand."""
    choices = layout.choices
    return {
        "in_ptr": layout.in_ptr,
        "in_stock": layout.in_stock,
        "in_amount": values.amount,
        "in_critical": _criticality(layout, values, base),
        "in_weight": base.weight,
        "family": choices.family,
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
        "over_law": choices.overcapacity,
        "over_max": values.over_max,
        "over_time": np.maximum(1.0, values.over_time),
        "rationing": choices.rationing,
        "rank": _rank(layout, values),
        "out_ptr": layout.out_ptr,
        "out_link": layout.out_link,
        "demand_ptr": layout.demand_ptr,
        "demand_rate": values.rate,
        "demand_backlog": choices.backlog,
        "demand_priority": choices.demand_priority,
        "demand_profile": _profiles(choices.varies | (values.growth != 0.0)),
    }


def _stock_arrays(layout: NetworkIndex, values: Parameters, base: Baseline) -> dict[str, Any]:
    """Return what the day step knows of stocks."""
    idle = base.need == 0.0
    life = np.where(values.life > 0, np.maximum(1, _whole(values.life)), 0)
    return {
        "link_ptr": layout.link_ptr,
        "need": base.need,
        "adjust": np.maximum(1.0, values.adjust),
        "forecast": _forecasts(layout, idle),
        "forecast_weight": _weights(values, idle),
        "lead_days": base.lead_days + layout.choices.licence_days,
        "level": values.level,
        "life": life,
        "life_ptr": np.concatenate(([0], np.cumsum(life))).astype(np.int64),
        "switching": np.where(np.isnan(values.switching), values.options[3], values.switching),
        "inflation": np.where(np.isnan(values.inflation), values.options[4], values.inflation),
    }


def _link_arrays(layout: NetworkIndex, values: Parameters, base: Baseline) -> dict[str, Any]:
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
        "priority": layout.choices.priority,
        "base_flow": base.flow,
        "ration_base": base.ration_base,
    }


def _whole(days: Floats) -> Ints:
    """Round times to whole days, halves up."""
    return np.floor(days + 0.5).astype(np.int64)


def _normalised(layout: NetworkIndex, values: Parameters) -> Parameters:
    """Scale shares to sum to 1 per stock, which drawn shares no longer do; where all are 0 they stay."""
    sums = np.bincount(layout.stock, weights=values.share, minlength=len(layout.stocks))
    if np.all((np.abs(sums - 1.0) < 1e-12) | (sums == 0.0)):
        return values
    changed = Parameters(**vars(values))
    changed.share = values.share / np.where(sums > 0, sums, 1.0)[layout.stock]
    return changed


def _criticality(layout: NetworkIndex, values: Parameters, base: Baseline) -> Floats:
    """Apply the switch to leontief and the materiality floor; an explicit criticality always wins."""
    floored = ~layout.choices.explicit & (base.weight < values.options[0])
    return np.where(layout.choices.strict, 1.0, np.where(floored, 0.0, values.criticality))


def _storage(values: Parameters, base: Baseline) -> Floats:
    """Turn days of baseline output into an amount; of output at capacity where the baseline makes none."""
    output = np.where(base.starts > 0.0, base.starts, base.capacity) * values.yield_
    limited = np.isfinite(values.storage)
    return np.where(limited, output * np.where(limited, values.storage, 0.0), np.inf)


def _rank(layout: NetworkIndex, values: Parameters) -> Ints:
    """Order the processes of each facility by margin per start, dearest first (ties by id)."""
    maker = layout.choices.maker
    price = np.where(maker >= 0, np.nan_to_num(values.price)[maker], 0.0)
    cost = np.bincount(layout.in_process, weights=values.amount * price, minlength=len(layout.processes))
    margin = np.nan_to_num(values.price) * values.yield_ - cost
    return np.lexsort((-margin, layout.choices.block)).astype(np.int64)


def _profiles(varies: NDArray[np.bool_]) -> Ints:
    """Number the demands that vary in time; -1 for constant ones."""
    return np.where(varies, np.cumsum(varies) - 1, -1).astype(np.int64)


def _forecasts(layout: NetworkIndex, idle: NDArray[np.bool_]) -> Ints:
    """Choose the forecast rule; stocks feeding an ario process order by its rule, idle ones average."""
    rule = np.where(idle | layout.choices.average, 1, 0)
    ario = layout.choices.family[layout.in_process] == FAMILIES.index("ario")
    rule[layout.in_stock[ario]] = FORECASTS.index("ario")
    return rule


def _weights(values: Parameters, idle: NDArray[np.bool_]) -> Floats:
    days = np.where(np.isnan(values.average), IDLE_AVERAGE_DAYS, values.average)
    return 1.0 / np.maximum(1.0, days)


def _lead_times(layout: NetworkIndex, values: Parameters) -> tuple[Ints, Ints, Floats]:
    """Return whole-day lead times, the row of each random one, and their tables."""
    lead = np.floor(values.lead + 0.5).astype(np.int64)
    rows = np.full(len(layout.links), -1, dtype=np.int64)
    tables: list[Floats] = []
    for index, law in layout.choices.random_leads:
        rows[index] = len(tables)
        tables.append(distributions.whole_days(law, values.lead[index] / distributions.mean(law)))
    width = max((len(t) for t in tables), default=1)
    table = np.ones((max(1, len(tables)), width))
    for row, entries in enumerate(tables):
        table[row, : len(entries)] = entries
    return lead, rows, table
