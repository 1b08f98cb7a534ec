"""The baseline: flows that meet final demand when nothing happens (Leontief fixed point)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from sim.network import distributions
from sim.network.index import NetworkIndex
from sim.network.parameters import Parameters
from sim.types import Floats, Ints

ROUNDS, SMALL = 500, 1e-17


@dataclass(frozen=True, eq=False)
class Baseline:
    """Baseline flows a day and the stocks that go with them."""

    starts: Floats  # [p]
    output: Floats  # [p] good units
    capacity: Floats  # [p] starts
    finished: Floats  # [p] finished stock aimed at, good units
    need: Floats  # [s]
    flow: Floats  # [l]
    stock: Floats  # [s] opening stock
    lead_days: Floats  # [s] share-weighted mean lead time
    ration_base: Floats  # [l]
    weight: Floats  # [k] share of input cost


def solve(layout: NetworkIndex, values: Parameters) -> Baseline:
    """Solve x = f + M x for good output x, then fill in what follows from it."""
    output = _output(layout, values)
    starts = output / values.yield_
    need = _sum(layout.in_stock, values.amount * starts[layout.in_process], len(layout.stocks))
    flow = values.share * need[layout.stock]
    planned = np.where(np.isnan(values.headroom), 0.0, values.headroom)
    capacity = np.where(np.isnan(values.capacity), (1.0 + planned) * starts, values.capacity)
    lead_days = _sum(layout.stock, values.share * _mean_lead(layout, values), len(layout.stocks))
    return Baseline(
        starts=starts,
        output=output,
        capacity=capacity,
        finished=_finished(values, output),
        need=need,
        flow=flow,
        stock=_opening(values, need, lead_days),
        lead_days=lead_days,
        ration_base=np.where(flow > 0.0, flow, _bound(layout, values) * need[layout.stock]),
        weight=_cost_shares(layout, values),
    )


def _sum(rows: Ints, amounts: Floats, number: int) -> Floats:
    """Sum amounts by row."""
    return np.asarray(np.bincount(rows, weights=amounts, minlength=number), dtype=np.float64)


def _output(layout: NetworkIndex, values: Parameters) -> Floats:
    final = _sum(layout.demand_process, values.rate, len(layout.processes))
    return output_for(final, *_coefficients(layout, values))


def output_for(final: Floats, rows: Ints, columns: Ints, entries: Floats) -> Floats:
    """Solve x = f + M x, where `rows` supply `columns` with `entries` for each unit of theirs."""
    shape = (len(final), len(final))
    output = _in_rounds(final, sparse.csr_matrix((entries, (rows, columns)), shape=shape))
    if output is None:
        takes = sparse.csc_matrix((entries, (rows, columns)), shape=shape)
        output = np.asarray(splu(sparse.identity(len(final), format="csc") - takes).solve(final))
    return np.where(_active(final, rows, columns, entries), output, 0.0)


def _in_rounds(final: Floats, takes: sparse.csr_matrix) -> Floats | None:
    """Add up what final demand needs, what that needs, and so on; None when there is no end in sight.

    Down the tiers there are few rounds. Factors of a large system fill memory, and their last bits depend on
    the BLAS kernel that the processor gets, so that approved numbers would hold on some machines only.
    """
    output, round_ = np.zeros_like(final), final
    with np.errstate(over="ignore"):  # a network that takes more than it makes grows without an end
        for _ in range(ROUNDS):
            output += round_
            round_ = takes @ round_
            if (round_ <= SMALL * output).all():
                return output
    return None


def _active(final: Floats, rows: Ints, columns: Ints, entries: Floats) -> NDArray[np.bool_]:
    """Tell which processes final demand reaches; the others are idle, free of the noise of the solve."""
    active = final > 0.0
    carries = entries > 0.0
    suppliers, users = rows[carries], columns[carries]
    while True:
        wider = active.copy()
        wider[suppliers[active[users]]] = True
        if (wider == active).all():
            return active
        active = wider


def _coefficients(layout: NetworkIndex, values: Parameters) -> tuple[Ints, Ints, Floats]:
    """Return (supplier, user, good units of the supplier per good unit of the user), input by link."""
    number = np.diff(layout.link_ptr)[layout.in_stock]
    k = np.repeat(np.arange(len(layout.in_stock)), number)
    first = np.repeat(layout.link_ptr[layout.in_stock], number)
    link = first + np.arange(len(k)) - np.repeat(np.cumsum(number) - number, number)
    user = layout.in_process[k]
    return layout.supplier[link], user, values.share[link] * values.amount[k] / values.yield_[user]


def _finished(values: Parameters, output: Floats) -> Floats:
    held = values.finished_cover * output
    return np.where(np.isnan(values.finished_initial), held, values.finished_initial)


def _opening(values: Parameters, need: Floats, lead_days: Floats) -> Floats:
    """Return opening stock: as told, else the order-up-to level less goods in transit, else the cover."""
    stock = np.where(np.isnan(values.level), values.cover * need, values.level - need * lead_days)
    stock = np.where(np.isnan(values.initial_days), stock, values.initial_days * need)
    stock = np.where(np.isnan(values.initial_amount), stock, values.initial_amount)
    return np.maximum(stock, 0.0)


def _mean_lead(layout: NetworkIndex, values: Parameters) -> Floats:
    """Return mean lead times in whole days, as the day step will draw them."""
    lead = np.floor(values.lead + 0.5)
    for index, law in layout.choices.random_leads:
        table = distributions.whole_days(law, values.lead[index] / distributions.mean(law))
        lead[index] = float(np.sum(1.0 - table))
    return lead


def _bound(layout: NetworkIndex, values: Parameters) -> Floats:
    """Return the largest share of need a link may ever carry, at most 1."""
    return np.asarray(np.minimum(1.0, np.maximum(values.max_share, layout.choices.last_stage)))


def _cost_shares(layout: NetworkIndex, values: Parameters) -> Floats:
    """Return shares of input cost at base prices; equal shares where a price is missing."""
    process, price, number = layout.in_process, layout.choices.price, len(layout.processes)
    missing = np.bincount(process, weights=np.isnan(price), minlength=number) > 0
    cost = np.where(missing[process], 1.0, values.amount * np.nan_to_num(price))
    total = np.bincount(process, weights=cost, minlength=number)[process]
    return np.asarray(cost / np.where(total > 0, total, 1.0))
