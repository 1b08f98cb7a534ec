"""Step 4: overcapacity, wanted starts, and what the inputs allow (E2-E8, E14, E15)."""

from __future__ import annotations

import math

from tests.oracle.world import SLACK, Process, Stock, World


def ask(process: Process) -> None:
    """Add up shippable demand (E2)."""
    final = sum(demand.final + demand.backlog for demand in process.demands)
    process.asked = final + sum(link.ordered for link in process.out)


def want(process: Process) -> None:
    """Move overcapacity and set wanted starts (E3, E4)."""
    if process.over_law == "scarcity":
        _scarcity(process)
    target = process.finished_target + process.in_line
    coming = process.yield_ * sum(process.line.values())
    gap = (target - process.finished - coming) / process.finished_adjust
    unbound = max(0.0, process.asked + gap) / process.yield_
    if math.isfinite(process.storage):
        unbound = max(unbound, process.steady)
        full = process.finished + coming - process.asked
        place = process.storage + process.in_line
        unbound = min(unbound, max(0.0, place - full) / process.yield_)
    bound = process.capacity * process.factor() * process.alpha
    process.wanted = min(unbound, bound)
    if process.over_law == "exponential":
        binds = unbound > bound * (1.0 + SLACK) and process.factor() > 0.0
        goal = process.over_max if binds else 1.0
        process.alpha += (goal - process.alpha) * (1.0 - math.exp(-1.0 / process.over_time))


def _scarcity(process: Process) -> None:
    """Move overcapacity by the share of demand that yesterday's output left open (E14)."""
    gap = process.asked - process.output
    if gap > SLACK * process.capacity:
        process.alpha += (process.over_max - process.alpha) * (gap / process.asked) / process.over_time
    else:
        process.alpha += (1.0 - process.alpha) / process.over_time


def per_start(process: Process) -> dict[str, float]:
    """Return what one start uses of each stock now, thrift included."""
    used = {}
    for input_ in process.inputs:
        stock = input_.stock
        _, saving, below = stock.thrifts[-1] if stock.thrifts else ("", 0.0, 0.0)
        thrifty = stock.amount < below * stock.base_need * (1.0 - SLACK)
        used[stock.id] = input_.amount * (1.0 - saving) if thrifty else input_.amount
    return used


def start(world: World, processes: list[Process], stocks: list[Stock]) -> None:
    """Start production at one facility and take its inputs from stock."""
    rates = {process.id: per_start(process) for process in processes}
    for stock in stocks:
        stock.use = 0.0
        stock.wanted_use = sum(rates[p.id].get(stock.id, 0.0) * p.wanted for p in processes)
    if world.by_margin:
        for process in sorted(processes, key=lambda process: world.rank.index(process.id)):
            rate = rates[process.id]
            ratios = {name: _ratio(world.stocks[name].amount, rate[name] * process.wanted) for name in rate}
            process.starts = allowed(process, rate, ratios)
            _take(world, [process], rates)
        return
    ratios = {stock.id: _ratio(stock.amount, stock.wanted_use) for stock in stocks}
    for process in processes:
        process.starts = allowed(process, rates[process.id], ratios)
    _take(world, processes, rates)


def _take(world: World, processes: list[Process], rates: dict[str, dict[str, float]]) -> None:
    """Use inputs, never more than there is; what is missing was substituted."""
    for name in {name for process in processes for name in rates[process.id]}:
        stock = world.stocks[name]
        asked = sum(rates[process.id].get(name, 0.0) * process.starts for process in processes)
        use = min(stock.amount, asked)
        stock.amount -= use
        stock.use += use
        take_oldest(stock, use)


def take_oldest(stock: Stock, amount: float) -> None:
    """Take goods from the oldest lots of a stock with a shelf life."""
    for lot in stock.lots:
        part = min(lot.left, amount)
        lot.left -= part
        amount -= part
    stock.lots = [lot for lot in stock.lots if lot.left > 0.0]


def _ratio(stock: float, use: float) -> float:
    return stock / use if use > 0.0 else math.inf


def allowed(process: Process, rate: dict[str, float], ratios: dict[str, float]) -> float:
    """Return starts by the production family of a process."""
    if not process.inputs:
        return process.wanted
    if process.family == "pbl":
        return _partially_binding(process, ratios)
    if process.family == "linear":
        return process.wanted * sum(i.weight * min(1.0, ratios[i.stock.id]) for i in process.inputs)
    if process.family == "ces":
        return process.wanted * _ces(process, ratios)
    return _ario(process, rate)


def _partially_binding(process: Process, ratios: dict[str, float]) -> float:
    """Bound starts by critical inputs fully, by important ones partly, by others not (E5)."""
    starts = process.wanted
    for input_ in process.inputs:
        if input_.critical > 0.0 and process.wanted > 0.0:
            met = process.wanted * ratios[input_.stock.id]
            spared = (1.0 - input_.critical) * process.base_starts if input_.critical < 1.0 else 0.0
            starts = min(starts, spared + input_.critical * met)
    return starts


def _met(ratio: float) -> float:
    """Return the share of wanted use that a stock allows; next to nothing is nothing."""
    return 0.0 if ratio < SLACK else min(1.0, ratio)


def _ces(process: Process, ratios: dict[str, float]) -> float:
    """Return the share of wanted starts that a bundle of inputs allows (E7)."""
    parts = [(i.weight, _met(ratios[i.stock.id])) for i in process.inputs if i.weight > 0.0]
    theta = process.elasticity
    if theta == 0.0:
        return min(met for _, met in parts)
    if theta == 1.0:
        return float(math.prod([met**weight for weight, met in parts]))
    least = min(met for _, met in parts) if theta < 1.0 else 1.0  # taken out, so that no power overflows
    if least == 0.0:
        return 0.0
    power = (theta - 1.0) / theta
    return float(least * sum(weight * (met / least) ** power for weight, met in parts) ** (1.0 / power))


def _ario(process: Process, rate: dict[str, float]) -> float:
    """Bound starts by stock relative to the psi-th part of the stock aimed at (E8)."""
    share = 1.0
    for input_ in process.inputs:
        aim = process.psi * input_.stock.cover * rate[input_.stock.id] * process.wanted
        if aim > 0.0:
            share = min(share, input_.stock.amount / aim)
    return process.wanted * share
