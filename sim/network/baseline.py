"""The baseline: flows that meet final demand when nothing happens (Leontief fixed point)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from sim.errors import CurbsimError
from sim.network import distributions
from sim.network.index import NetworkIndex, total
from sim.network.parameters import Parameters
from sim.scenario.validation.loops import hungry_loop, loop_fault
from sim.types import Bools, Floats, Ints

ROUNDS = 500  # of what final demand needs, what that needs, and so on
NEGLIGIBLE_ROUND = 1e-17  # of the output so far
NOISE = 1e-11  # of an output, by the order of sums


@dataclass(frozen=True, eq=False)
class Baseline:
    """Baseline flows a day and the finished goods that go with them."""

    starts: Floats  # [p]
    output: Floats  # [p] good units
    capacity: Floats  # [p] starts
    finished: Floats  # [p] finished stock aimed at, good units
    need: Floats  # [s]
    flow: Floats  # [l]
    lead_days: Floats  # [s] share-weighted mean lead time
    ration_base: Floats  # [l]
    weight: Floats  # [k] share of input cost


def solve(index: NetworkIndex, parameters: Parameters) -> Baseline:
    """Solve x = f + M x for good output x, then fill in what follows from it."""
    output = _output(index, parameters)
    starts = output / parameters.yield_
    need = total(parameters.amount * starts[index.in_process], index.in_stock, len(index.stocks))
    flow = parameters.share * need[index.stock]
    planned = np.where(np.isnan(parameters.headroom), 0.0, parameters.headroom)
    capacity = np.where(np.isnan(parameters.capacity), (1.0 + planned) * starts, parameters.capacity)
    lead_days = total(parameters.share * _mean_lead(index, parameters), index.stock, len(index.stocks))
    return Baseline(
        starts=starts,
        output=output,
        capacity=capacity,
        finished=_finished(parameters, output),
        need=need,
        flow=flow,
        lead_days=lead_days,
        ration_base=np.where(flow > 0.0, flow, _bound(index, parameters) * need[index.stock]),
        weight=_cost_shares(index, parameters),
    )


def _output(index: NetworkIndex, parameters: Parameters) -> Floats:
    final = total(parameters.rate, index.demand_process, len(index.processes))
    return output_for(final, *_coefficients(index, parameters), names=index.processes)


def output_for(final: Floats, rows: Ints, columns: Ints, entries: Floats, *, names: Sequence[str]) -> Floats:
    """Solve x = f + M x, where `rows` supply `columns` with `entries` for each unit of theirs.

    Raises
    ------
    CurbsimError
        When a loop takes all it makes, or more; `names` are those of processes in the message.
    """
    shape = (len(final), len(final))
    output = _in_rounds(final, sparse.csr_matrix((entries, (rows, columns)), shape=shape))
    if output is None:
        loop = hungry_loop(rows, columns, entries, len(final))
        if loop is not None:
            raise CurbsimError("; ".join(loop_fault(loop, names)))
        takes = sparse.csc_matrix((entries, (rows, columns)), shape=shape)
        solved = np.asarray(splu(sparse.identity(len(final), format="csc") - takes).solve(final))
        output = final + total(
            entries * solved[columns], rows, len(final)
        )  # without the noise of the factors
    output = np.where(_active(final, rows, columns, entries), output, 0.0)
    return _alike(output, final, rows, columns, entries)


def _alike(output: Floats, final: Floats, rows: Ints, columns: Ints, entries: Floats) -> Floats:
    """Give processes that stand alike the same output to the last bit, in whatever order they come.

    Alike are those with the same final demand that give the same to users that are alike: the coarsest such
    partition, found by splitting near equals until nothing splits (sums of hashes do not depend on order).
    """
    order = np.argsort(output)
    rising = output[order]
    label = np.empty(len(output), dtype=np.int64)
    label[order] = np.cumsum(np.diff(rising, prepend=rising[:1]) > NOISE * rising)
    words, number = entries.view(np.uint64), 0
    while number < (number := len(np.unique(label))) < len(output):
        own, given = _mixed(label.view(np.uint64)), final.view(np.uint64).copy()
        np.add.at(given, rows, _mixed(words + own[columns]))
        label = np.unique(_mixed(given) + own, return_inverse=True)[1]
    highest = np.zeros(number)
    np.maximum.at(highest, label, output)
    return highest[label]


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread 64-bit words evenly (the finalizer of splitmix64)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


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
            if not np.isfinite(round_).all():
                return None
            if (round_ <= NEGLIGIBLE_ROUND * output).all():
                return output
    return None


def _active(final: Floats, rows: Ints, columns: Ints, entries: Floats) -> Bools:
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


def _coefficients(index: NetworkIndex, parameters: Parameters) -> tuple[Ints, Ints, Floats]:
    """Return (supplier, user, good units of the supplier per good unit of the user), input by link."""
    number = np.diff(index.link_ptr)[index.in_stock]
    k = np.repeat(np.arange(len(index.in_stock)), number)
    first = np.repeat(index.link_ptr[index.in_stock], number)
    link = first + np.arange(len(k)) - np.repeat(np.cumsum(number) - number, number)
    user = index.in_process[k]
    return index.supplier[link], user, parameters.share[link] * parameters.amount[k] / parameters.yield_[user]


def _finished(parameters: Parameters, output: Floats) -> Floats:
    held = parameters.finished_cover * output
    return np.where(np.isnan(parameters.finished_initial), held, parameters.finished_initial)


def _mean_lead(index: NetworkIndex, parameters: Parameters) -> Floats:
    """Return mean lead times in whole days, as the day step will draw them."""
    lead = np.floor(parameters.lead + 0.5)
    for link, law in index.choices.random_leads:
        table = distributions.whole_days(law, parameters.lead[link] / distributions.mean(law))
        lead[link] = float(np.sum(1.0 - table))
    return lead


def _bound(index: NetworkIndex, parameters: Parameters) -> Floats:
    """Return the largest share of need a link may ever carry, at most 1."""
    return np.asarray(np.minimum(1.0, np.maximum(parameters.max_share, index.choices.last_stage)))


def _cost_shares(index: NetworkIndex, parameters: Parameters) -> Floats:
    """Return shares of input cost at base prices; equal shares where a price is missing."""
    process, price, number = index.in_process, index.choices.price, len(index.processes)
    missing = np.bincount(process, weights=np.isnan(price), minlength=number) > 0
    cost = np.where(missing[process], 1.0, parameters.amount * np.nan_to_num(price))
    paid = total(cost, process, number)[process]
    return np.asarray(cost / np.where(paid > 0, paid, 1.0))
