"""Production of a day: families of production functions, starts, completions."""

from __future__ import annotations

import math

import numpy as np

from sim.engine import state_rows as rows
from sim.engine.partitions import K_FIRST, K_LAST, P_FIRST, P_LAST, S_FIRST, S_LAST, Partition
from sim.jit import step
from sim.types import RELATIVE_SLACK, Floats, Ints


@step
def smooth(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, p: int
) -> None:
    """Set starts of the linear and CES families (E6, E7); linear is infinite elasticity."""
    theta = np.inf if process_ints[rows.FAMILY, p] == 1 else processes[rows.ELASTICITY, p]
    worst, total = 1.0, 1.0 if theta == 1.0 else 0.0
    for k in range(process_ints[rows.IN_FIRST, p], process_ints[rows.IN_LAST, p]):
        s, v = input_ints[rows.IN_STOCK, k], inputs[rows.IN_WEIGHT, k]
        if v <= 0.0:
            continue
        rho = min(1.0, stocks[rows.STOCK, s] / stocks[rows.USE, s]) if stocks[rows.USE, s] > 0.0 else 1.0
        if rho < RELATIVE_SLACK and theta != np.inf:
            rho = 0.0  # next to nothing is nothing: a small power of it would not be small
        if rho < worst:
            worst = rho
            if rho < 1.0 - RELATIVE_SLACK:
                process_ints[rows.LIMIT, p] = s
        if theta == np.inf:
            total += v * rho
        elif theta == 1.0:
            total *= rho**v
        elif theta > 1.0 or (theta > 0.0 and worst > 0.0):
            total += v * rho ** ((theta - 1.0) / theta)
    share = total
    if worst == 1.0:
        share = 1.0
    elif theta == 0.0 or (theta < 1.0 and worst == 0.0):
        share = worst
    elif theta != np.inf and theta != 1.0:
        share = total ** (theta / (theta - 1.0))
    processes[rows.STARTS, p] = processes[rows.WANTED, p] * share


@step
def adaptive(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, p: int
) -> None:
    """Set starts of the ARIO family (E8)."""
    w = processes[rows.WANTED, p]
    y = w
    for k in range(process_ints[rows.IN_FIRST, p], process_ints[rows.IN_LAST, p]):
        s = input_ints[rows.IN_STOCK, k]
        asked = processes[rows.PSI, p] * stocks[rows.COVER, s] * inputs[rows.AMOUNT, k] * w
        if asked > 0.0:
            reach = w * min(1.0, stocks[rows.STOCK, s] / asked)
            if reach < y:
                y = reach
                if y < w * (1.0 - RELATIVE_SLACK):
                    process_ints[rows.LIMIT, p] = s
    processes[rows.STARTS, p] = y


@step
def in_turn(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, part: Partition
) -> None:
    """Let the processes of a facility take short stocks in order of margin (`sharing: margin`)."""
    first, last = part[S_FIRST], part[S_LAST]
    stocks[rows.TAKEN, first:last] = 0.0
    wanted = stocks[rows.USE, first:last].copy()
    for p in process_ints[rows.RANK, part[P_FIRST] : part[P_LAST]]:
        w = processes[rows.WANTED, p]
        y = w
        for k in range(process_ints[rows.IN_FIRST, p], process_ints[rows.IN_LAST, p]):
            stocks[rows.USE, input_ints[rows.IN_STOCK, k]] = inputs[rows.AMOUNT, k] * w
        if process_ints[rows.FAMILY, p] == 3:
            adaptive(processes, process_ints, inputs, input_ints, stocks, p)
        elif process_ints[rows.FAMILY, p] > 0:
            smooth(processes, process_ints, inputs, input_ints, stocks, p)
        else:
            for k in range(process_ints[rows.IN_FIRST, p], process_ints[rows.IN_LAST, p]):
                s, omega = input_ints[rows.IN_STOCK, k], inputs[rows.IN_CRITICAL, k]
                asked = inputs[rows.AMOUNT, k] * w
                if omega == 0.0 or asked <= 0.0:
                    continue
                reach = w * (stocks[rows.STOCK, s] / asked)
                if omega < 1.0:
                    reach = (1.0 - omega) * processes[rows.BASE_STARTS, p] + omega * reach
                if reach < y:
                    y = reach
                    if y < w * (1.0 - RELATIVE_SLACK):
                        process_ints[rows.LIMIT, p] = s
            processes[rows.STARTS, p] = y
        y = processes[rows.STARTS, p]
        for k in range(process_ints[rows.IN_FIRST, p], process_ints[rows.IN_LAST, p]):
            s = input_ints[rows.IN_STOCK, k]
            used = min(inputs[rows.AMOUNT, k] * y, stocks[rows.STOCK, s])
            stocks[rows.STOCK, s] -= used
            stocks[rows.USED, s] += used
            stocks[rows.TAKEN, s] += used
    stocks[rows.USE, first:last] = wanted  # R_s, which forecasts read


BY_DEMAND, BY_CAPACITY = -1, -2


@step
def stretch(processes: Floats, process_ints: Ints, part: Partition) -> None:
    """Move the overcapacity of the scarcity law (E14)."""
    for p in range(part[P_FIRST], part[P_LAST]):
        demand = processes[rows.DEMAND, p]
        if process_ints[rows.OVER_LAW, p] == 1:
            gap = demand - processes[rows.OUTPUT, p]
            short = gap > RELATIVE_SLACK * processes[rows.CAPACITY, p]
            alpha = processes[rows.ALPHA, p]
            change = (processes[rows.OVER_MAX, p] - alpha) * (gap / demand) if short else 1.0 - alpha
            processes[rows.ALPHA, p] = alpha + change / processes[rows.OVER_TIME, p]


@step
def wish(processes: Floats, process_ints: Ints, part: Partition) -> None:
    """Set wanted starts (E3, E38, E4) and move the overcapacity of the exponential law (E15)."""
    for p in range(part[P_FIRST], part[P_LAST]):
        good = processes[rows.YIELD_, p]
        pipeline = processes[rows.PIPELINE, p]
        gap = processes[rows.FINISHED_TARGET, p] + pipeline - processes[rows.FINISHED, p]
        gap -= good * processes[rows.IN_PROCESS, p]
        wanted = max(0.0, (processes[rows.DEMAND, p] + gap / processes[rows.FINISHED_ADJUST, p]) / good)
        if processes[rows.STORAGE, p] < np.inf:
            room = (
                processes[rows.STORAGE, p]
                + pipeline
                + processes[rows.DEMAND, p]
                - processes[rows.FINISHED, p]
            )
            room -= good * processes[rows.IN_PROCESS, p]
            wanted = min(max(wanted, processes[rows.STEADY, p]), max(0.0, room) / good)
        capacity = processes[rows.CAPACITY, p] * processes[rows.FACTOR, p] * processes[rows.ALPHA, p]
        binds = wanted > capacity * (1.0 + RELATIVE_SLACK)
        process_ints[rows.LIMIT, p] = BY_CAPACITY if binds else BY_DEMAND
        processes[rows.WANTED, p] = min(wanted, capacity)
        processes[rows.CEILING, p] = capacity
        if process_ints[rows.OVER_LAW, p] == 2:
            goal = processes[rows.OVER_MAX, p] if binds and processes[rows.FACTOR, p] > 0.0 else 1.0
            step = -math.expm1(-1.0 / processes[rows.OVER_TIME, p])
            processes[rows.ALPHA, p] += (goal - processes[rows.ALPHA, p]) * step


@step
def save_inputs(inputs: Floats, input_ints: Ints, stocks: Floats, part: Partition) -> None:
    """Set a'_k: the amount per start, less what thrift saves today."""
    for k in range(part[K_FIRST], part[K_LAST]):
        amount, s = inputs[rows.IN_AMOUNT, k], input_ints[rows.IN_STOCK, k]
        if stocks[rows.THRIFT_SAVING, s] > 0.0:
            floor = stocks[rows.THRIFT_BELOW, s] * stocks[rows.BASE_NEED, s] * (1.0 - RELATIVE_SLACK)
            if stocks[rows.STOCK, s] < floor:
                amount *= 1.0 - stocks[rows.THRIFT_SAVING, s]
        inputs[rows.AMOUNT, k] = amount


@step
def add_use(
    processes: Floats,
    process_ints: Ints,
    inputs: Floats,
    input_ints: Ints,
    stocks: Floats,
    row: int,
    by: int,
    part: Partition,
) -> None:
    """Sum in `row` of the stocks the use that `by` (wanted or actual starts) makes of each."""
    for s in range(part[S_FIRST], part[S_LAST]):
        stocks[row, s] = 0.0
    for p in range(part[P_FIRST], part[P_LAST]):
        starts = processes[by, p]
        for k in range(process_ints[rows.IN_FIRST, p], process_ints[rows.IN_LAST, p]):
            stocks[row, input_ints[rows.IN_STOCK, k]] += inputs[rows.AMOUNT, k] * starts


@step
def leontief(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, part: Partition
) -> None:
    """Set starts of partially binding Leontief (E5), and remember which stock binds."""
    for p in range(part[P_FIRST], part[P_LAST]):
        w = processes[rows.WANTED, p]
        y = w
        for k in range(process_ints[rows.IN_FIRST, p], process_ints[rows.IN_LAST, p]):
            s = input_ints[rows.IN_STOCK, k]
            omega, use = inputs[rows.IN_CRITICAL, k], stocks[rows.USE, s]
            if omega == 0.0 or (omega == 1.0 and stocks[rows.STOCK, s] >= use) or use <= 0.0:
                continue
            reach = w * (stocks[rows.STOCK, s] / use)
            if omega < 1.0:
                reach = (1.0 - omega) * processes[rows.BASE_STARTS, p] + omega * reach
            if reach < y:
                y = reach
                if y < w * (1.0 - RELATIVE_SLACK):
                    process_ints[rows.LIMIT, p] = s
        processes[rows.STARTS, p] = y


@step
def other_families(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, part: Partition
) -> None:
    """Set starts of the families that are not Leontief."""
    for p in range(part[P_FIRST], part[P_LAST]):
        if process_ints[rows.FAMILY, p] == 3:
            adaptive(processes, process_ints, inputs, input_ints, stocks, p)
        elif process_ints[rows.FAMILY, p] > 0:
            smooth(processes, process_ints, inputs, input_ints, stocks, p)


@step
def take_inputs(stocks: Floats, part: Partition) -> None:
    """Take inputs from stock, no more than there is; the rest of the use was substituted."""
    for s in range(part[S_FIRST], part[S_LAST]):
        taken = min(stocks[rows.TAKEN, s], stocks[rows.STOCK, s])
        stocks[rows.TAKEN, s] = taken
        stocks[rows.STOCK, s] -= taken
        stocks[rows.USED, s] += taken


@step
def start_production(
    processes: Floats,
    process_ints: Ints,
    inputs: Floats,
    input_ints: Ints,
    stocks: Floats,
    options: Floats,
    part: Partition,
) -> None:
    """Decide starts of every process and take their inputs from stock."""
    stretch(processes, process_ints, part)
    wish(processes, process_ints, part)
    save_inputs(inputs, input_ints, stocks, part)
    add_use(processes, process_ints, inputs, input_ints, stocks, rows.USE, rows.WANTED, part)
    if options[2] == 1.0:
        in_turn(processes, process_ints, inputs, input_ints, stocks, part)
        return
    leontief(processes, process_ints, inputs, input_ints, stocks, part)
    other_families(processes, process_ints, inputs, input_ints, stocks, part)
    add_use(processes, process_ints, inputs, input_ints, stocks, rows.TAKEN, rows.STARTS, part)
    take_inputs(stocks, part)


@step
def complete(processes: Floats, process_ints: Ints, line: Floats, t: int, part: Partition) -> None:
    """Move work in process: starts enter the line, what is due leaves it as good units."""
    length = line.shape[0]
    today = t % length
    for p in range(part[P_FIRST], part[P_LAST]):
        due = today + process_ints[rows.CYCLE, p]
        line[due if due < length else due - length, p] += processes[rows.STARTS, p]
    row, starts, in_process = line[today], processes[rows.STARTS], processes[rows.IN_PROCESS]
    finished, output, good = processes[rows.FINISHED], processes[rows.OUTPUT], processes[rows.YIELD_]
    for p in range(part[P_FIRST], part[P_LAST]):
        done = row[p]
        row[p] = 0.0
        in_process[p] += starts[p] - done
        output[p] = good[p] * done
        finished[p] += output[p]
