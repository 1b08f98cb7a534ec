"""Compile a document to a network: base units, the Leontief fixed point, opening stocks."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from sim.network import distributions
from sim.network.arrays import FAMILIES, FORECASTS, Arrays, Network, RowNames, day_options
from sim.network.baseline import Baseline, solve
from sim.network.entries import make_entries
from sim.network.index import NetworkIndex, total
from sim.network.parameters import Parameters, read_parameters
from sim.scenario.schema.document import Document
from sim.types import Bools, Floats, Ints

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
    return derive(entries.index, read_parameters(entries))


def derive(index: NetworkIndex, parameters: Parameters) -> Network:
    """Turn numbers into what the day step reads; cheap enough to repeat for every draw."""
    parameters = _normalised(index, parameters)
    base = solve(index, parameters)
    _, exponent, memory, _, _, most_inflation = parameters.options
    choices = index.choices
    arrays = Arrays(
        **_process_arrays(index, parameters, base),
        **_stock_arrays(index, parameters, base),
        **_link_arrays(index, parameters, base),
        options=day_options(exponent, memory, choices.by_margin, most_inflation),
    )
    return Network(
        **{name.name: getattr(index, name.name) for name in fields(RowNames)},
        arrays=arrays,
        initial_stock=_opening(parameters, base),
        initial_finished=base.finished.copy(),
        cover=parameters.cover,
        max_share=parameters.max_share,
        horizon=int(max(arrays.lead.max(initial=0), arrays.lead_cdf.shape[1] - 1)) + 1,
    )


def _opening(parameters: Parameters, base: Baseline) -> Floats:
    """Return opening stock: as written, else the order-up-to level less goods in transit, else the cover."""
    need, level = base.need, parameters.level
    stock = np.where(np.isnan(level), parameters.cover * need, level - need * base.lead_days)
    stock = np.where(np.isnan(parameters.initial_days), stock, parameters.initial_days * need)
    stock = np.where(np.isnan(parameters.initial_amount), stock, parameters.initial_amount)
    return np.maximum(stock, 0.0)


def _process_arrays(index: NetworkIndex, parameters: Parameters, base: Baseline) -> dict[str, Any]:
    """Return what the day step knows of processes, their inputs and final demand."""
    choices = index.choices
    return {
        "in_ptr": index.in_ptr,
        "in_stock": index.in_stock,
        "in_amount": parameters.amount,
        "in_critical": _criticality(index, parameters, base),
        "in_weight": base.weight,
        "family": choices.family,
        "elasticity": parameters.elasticity,
        "psi": parameters.psi,
        "base_starts": base.starts,
        "capacity": base.capacity,
        "cycle": _whole(parameters.cycle),
        "yield_": parameters.yield_,
        "finished_target": base.finished,
        "finished_adjust": np.maximum(1.0, parameters.finished_adjust),
        "storage": _storage(parameters, base),
        "steady": parameters.steady * base.starts,
        "over_law": choices.overcapacity,
        "over_max": parameters.over_max,
        "over_time": np.maximum(1.0, parameters.over_time),
        "rationing": choices.rationing,
        "rank": _rank(index, parameters),
        "out_ptr": index.out_ptr,
        "out_link": index.out_link,
        "demand_ptr": index.demand_ptr,
        "demand_rate": parameters.rate,
        "demand_backlog": choices.backlog,
        "demand_priority": choices.demand_priority,
        "demand_profile": _profiles(choices.varies | (parameters.growth != 0.0)),
    }


def _stock_arrays(index: NetworkIndex, parameters: Parameters, base: Baseline) -> dict[str, Any]:
    """Return what the day step knows of stocks."""
    idle = base.need == 0.0
    life = np.where(parameters.life > 0, np.maximum(1, _whole(parameters.life)), 0)
    return {
        "link_ptr": index.link_ptr,
        "need": base.need,
        "adjust": np.maximum(1.0, parameters.adjust),
        "forecast": _forecasts(index, idle),
        "forecast_weight": _weights(parameters, idle),
        "lead_days": base.lead_days + index.choices.licence_days,
        "level": parameters.level,
        "life": life,
        "life_ptr": np.concatenate(([0], np.cumsum(life))).astype(np.int64),
        "switching": np.where(np.isnan(parameters.switching), parameters.options[3], parameters.switching),
        "inflation": np.where(np.isnan(parameters.inflation), parameters.options[4], parameters.inflation),
    }


def _link_arrays(index: NetworkIndex, parameters: Parameters, base: Baseline) -> dict[str, Any]:
    """Return what the day step knows of links."""
    lead, law, table = _lead_times(index, parameters)
    return {
        "supplier": index.supplier,
        "stock": index.stock,
        "share": parameters.share,
        "lead": lead,
        "lead_law": law,
        "lead_cdf": table,
        "age": _whole(parameters.age),
        "priority": index.choices.priority,
        "base_flow": base.flow,
        "ration_base": base.ration_base,
    }


def _whole(days: Floats) -> Ints:
    """Round times to whole days, halves up."""
    return np.floor(days + 0.5).astype(np.int64)


def _normalised(index: NetworkIndex, parameters: Parameters) -> Parameters:
    """Scale shares to sum to 1 per stock, which drawn shares no longer do; where all are 0 they stay."""
    sums = total(parameters.share, index.stock, len(index.stocks))
    if np.all((np.abs(sums - 1.0) < 1e-12) | (sums == 0.0)):
        return parameters
    return replace(parameters, share=parameters.share / np.where(sums > 0, sums, 1.0)[index.stock])


def _criticality(index: NetworkIndex, parameters: Parameters, base: Baseline) -> Floats:
    """Apply the switch to leontief and the materiality floor; an explicit criticality always wins."""
    floored = ~index.choices.explicit & (base.weight < parameters.options[0])
    return np.where(index.choices.strict, 1.0, np.where(floored, 0.0, parameters.criticality))


def _storage(parameters: Parameters, base: Baseline) -> Floats:
    """Turn days of baseline output into an amount; of output at capacity where the baseline makes none."""
    output = np.where(base.starts > 0.0, base.starts, base.capacity) * parameters.yield_
    limited = np.isfinite(parameters.storage)
    return np.where(limited, output * np.where(limited, parameters.storage, 0.0), np.inf)


def _rank(index: NetworkIndex, parameters: Parameters) -> Ints:
    """Order the processes of each facility by margin per start, the largest first (ties by id)."""
    maker = index.choices.maker
    price = np.where(maker >= 0, np.nan_to_num(parameters.price)[maker], 0.0)
    cost = total(parameters.amount * price, index.in_process, len(index.processes))
    margin = np.nan_to_num(parameters.price) * parameters.yield_ - cost
    return np.lexsort((-margin, index.choices.block)).astype(np.int64)


def _profiles(varies: Bools) -> Ints:
    """Number the demands that vary in time; -1 for constant ones."""
    return np.where(varies, np.cumsum(varies) - 1, -1).astype(np.int64)


def _forecasts(index: NetworkIndex, idle: Bools) -> Ints:
    """Choose the forecast rule; stocks feeding an ario process order by its rule, idle ones average."""
    rule = np.where(idle | index.choices.average, 1, 0)
    ario = index.choices.family[index.in_process] == FAMILIES.index("ario")
    rule[index.in_stock[ario]] = FORECASTS.index("ario")
    return rule


def _weights(parameters: Parameters, idle: Bools) -> Floats:
    days = np.where(np.isnan(parameters.average), IDLE_AVERAGE_DAYS, parameters.average)
    return 1.0 / np.maximum(1.0, days)


def _lead_times(index: NetworkIndex, parameters: Parameters) -> tuple[Ints, Ints, Floats]:
    """Return whole-day lead times, the row of each random one, and their tables."""
    rows = np.full(len(index.links), -1, dtype=np.int64)
    tables: list[Floats] = []
    for link, law in index.choices.random_leads:
        rows[link] = len(tables)
        tables.append(distributions.whole_days(law, parameters.lead[link] / distributions.mean(law)))
    width = max((len(t) for t in tables), default=1)
    table = np.ones((max(1, len(tables)), width))
    for row, entries in enumerate(tables):
        table[row, : len(entries)] = entries
    return _whole(parameters.lead), rows, table
