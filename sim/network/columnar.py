"""Compile a world of tables: the same arrays as `compile_network` makes, without a text or loop per row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.errors import CurbsimError
from sim.network.arrays import FAMILIES, FORECASTS, RATIONING, Arrays, Floats, Ints, Network, day_options
from sim.network.baseline import output_for
from sim.network.columns import Columns
from sim.network.ids import Ids
from sim.scenario.schema import Document, Process, Stock

PROCESS, STOCK = Process(), Stock.model_validate({"cover": "30 days"})  # the defaults of the format


def compile_columns(document: Document, columns: Columns) -> Network:
    """Return the network of a world of tables.

    Raises
    ------
    CurbsimError
        When no output meets final demand.
    """
    demand = columns.firms["final_demand_per_day"].to_numpy(dtype=np.float64)
    takes = columns.share * columns.per_unit[columns.stock]
    output = output_for(demand, columns.supplier, columns.stock_firm[columns.stock], takes)
    if not (np.isfinite(output) & (output >= 0.0)).all():
        raise CurbsimError(
            "the network takes more of its products than it makes, so that no output meets final demand; "
            "lower per_unit, or the amounts, on links that lead in a circle"
        )
    need = columns.per_unit * output[columns.stock_firm]
    flow = columns.share * need[columns.stock]
    parts = {
        **_processes(document, columns, output),
        **_stocks(document, columns, need, output),
        **_links(columns, flow, need),
    }
    model = document.model
    options = day_options(
        model.availability_exponent, model.availability_memory, model.sharing == "margin", model.inflation_max
    )
    arrays = Arrays(**parts, options=options)
    cover = columns.firms["cover_days"].to_numpy(dtype=np.float64)[columns.stock_firm]
    return Network(
        arrays=arrays,
        processes=columns.processes,
        stocks=columns.stocks,
        links=columns.links,
        demands=columns.demands,
        process_facility=Ids([(columns.names, np.arange(len(output)))], []),
        process_material=Ids([(columns.materials, columns.material)], []),
        stock_facility=Ids([(columns.names, columns.stock_firm)], []),
        stock_material=Ids([(columns.materials, columns.stock_material)], []),
        initial_stock=np.maximum(cover * need, 0.0),
        initial_finished=arrays.finished_target.copy(),
        cover=cover,
        max_share=np.full(len(flow), math.inf),
        horizon=int(arrays.lead.max(initial=0)) + 1,
        columns=columns,
    )


def _processes(document: Document, columns: Columns, output: Floats) -> dict[str, Any]:
    """Return what the day step knows of processes, inputs and final demand; yields are 1."""
    number, model, firms = len(output), document.model, columns.firms
    family = model.production or PROCESS.production
    finished = firms["finished_cover_days"].to_numpy(dtype=np.float64) * output
    critical = np.ones_like(columns.criticality) if family == "leontief" else columns.criticality
    inputs = np.bincount(columns.stock_firm, minlength=number)
    demand = firms["final_demand_per_day"].to_numpy(dtype=np.float64)[columns.demand_firm]
    places = np.arange(number)
    return {
        "in_ptr": _ends(inputs),
        "in_stock": np.arange(len(columns.stock_firm)),
        "in_amount": columns.per_unit,
        "in_critical": critical,
        "in_weight": _cost_shares(document, columns, number),
        "family": np.full(number, FAMILIES.index("pbl" if family == "leontief" else family)),
        "elasticity": np.full(number, PROCESS.elasticity),
        "psi": np.full(number, PROCESS.psi),
        "base_starts": output,
        "capacity": (1.0 + firms["headroom"].to_numpy(dtype=np.float64)) * output,
        "cycle": _whole(firms["cycle_time_days"]),
        "yield_": np.ones(number),
        "finished_target": finished,
        "finished_adjust": np.full(number, max(1.0, model.finished_adjustment)),
        "storage": np.full(number, math.inf),
        "steady": np.zeros(number),
        "over_law": np.zeros(number, dtype=np.int64),
        "over_max": np.ones(number),
        "over_time": np.ones(number),
        "rationing": np.full(number, RATIONING.index(model.rationing)),
        "rank": places,
        "out_ptr": _ends(np.bincount(columns.supplier, minlength=number)),
        "out_link": np.argsort(columns.supplier, kind="stable"),
        "demand_ptr": np.searchsorted(columns.demand_firm, np.arange(number + 1)),
        "demand_rate": demand,
        "demand_backlog": np.zeros(len(demand), dtype=np.int64),
        "demand_priority": np.ones(len(demand), dtype=np.int64),
        "demand_profile": np.full(len(demand), -1),
    }


def _cost_shares(document: Document, columns: Columns, number: int) -> Floats:
    """Return shares of input cost at base prices; equal shares where a price is missing."""
    prices = [getattr(document.materials.get(name), "price", None) for name in columns.materials]
    price = np.array([math.nan if p is None else p.value for p in prices])[columns.stock_material]
    missing = _total(columns.stock_firm, np.isnan(price).astype(np.float64), number) > 0
    cost = np.where(missing[columns.stock_firm], 1.0, columns.per_unit * np.nan_to_num(price))
    total = _total(columns.stock_firm, cost, number)[columns.stock_firm]
    return np.asarray(cost / np.where(total > 0.0, total, 1.0))


def _stocks(document: Document, columns: Columns, need: Floats, output: Floats) -> dict[str, Any]:
    number, model = len(need), document.model
    idle = need == 0.0
    family = model.production or PROCESS.production
    rule = FORECASTS.index("ario") if family == "ario" else 0
    return {
        "link_ptr": _ends(np.bincount(columns.stock, minlength=number)),
        "need": need,
        "adjust": np.full(number, STOCK.adjustment),
        "forecast": np.where(idle & (rule == 0), 1, rule),
        "forecast_weight": np.full(number, 1.0 / 14.0),
        "lead_days": _total(columns.stock, columns.share * np.floor(columns.lead + 0.5), number),
        "level": np.full(number, math.nan),
        "life": np.zeros(number, dtype=np.int64),
        "life_ptr": np.zeros(number + 1, dtype=np.int64),
        "switching": np.full(number, model.switching),
        "inflation": np.full(number, model.order_inflation),
    }


def _links(columns: Columns, flow: Floats, need: Floats) -> dict[str, Any]:
    number = len(flow)
    return {
        "supplier": columns.supplier,
        "stock": columns.stock,
        "share": columns.share,
        "lead": _whole(columns.lead),
        "lead_law": np.full(number, -1),
        "lead_cdf": np.ones((1, 1)),
        "age": np.zeros(number, dtype=np.int64),
        "priority": np.ones(number, dtype=np.int64),
        "base_flow": flow,
        "ration_base": np.where(flow > 0.0, flow, need[columns.stock]),
    }


def _total(rows: Ints, amounts: Floats, number: int) -> Floats:
    return np.asarray(np.bincount(rows, weights=amounts, minlength=number), dtype=np.float64)


def _ends(counts: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _whole(days: Any) -> Ints:
    return np.floor(np.asarray(days, dtype=np.float64) + 0.5).astype(np.int64)
