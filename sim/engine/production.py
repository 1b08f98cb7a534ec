"""Steps 4 and 5 of the day: starts, use of inputs, work in process (MODEL.md section 3). Compiled."""

from __future__ import annotations

import math

import numpy as np

from sim.engine.families import adaptive, in_turn, smooth
from sim.engine.parts import K_FIRST, K_LAST, P_FIRST, P_LAST, S_FIRST, S_LAST, Part
from sim.engine.rows import (
    ALPHA,
    AMOUNT,
    BASE_NEED,
    BASE_STARTS,
    CAPACITY,
    CYCLE,
    DEMAND,
    FACTOR,
    FAMILY,
    FINISHED,
    FINISHED_ADJUST,
    FINISHED_TARGET,
    IN_AMOUNT,
    IN_CRITICAL,
    IN_FIRST,
    IN_LAST,
    IN_PROCESS,
    IN_STOCK,
    LIMIT,
    OUTPUT,
    OVER_LAW,
    OVER_MAX,
    OVER_TIME,
    PIPELINE,
    STARTS,
    STEADY,
    STOCK,
    STORAGE,
    TAKEN,
    THRIFT_BELOW,
    THRIFT_SAVING,
    USE,
    USED,
    WANTED,
    YIELD_,
)
from sim.jit import step
from sim.types import Floats, Ints

BY_DEMAND, BY_CAPACITY = -1, -2
SLACK = 1e-9


@step
def stretch(processes: Floats, process_ints: Ints, part: Part) -> None:
    """Move the overcapacity of the scarcity law (E14)."""
    for p in range(part[P_FIRST], part[P_LAST]):
        demand = processes[DEMAND, p]
        if process_ints[OVER_LAW, p] == 1:
            gap = demand - processes[OUTPUT, p]
            short = gap > SLACK * processes[CAPACITY, p]
            alpha = processes[ALPHA, p]
            change = (processes[OVER_MAX, p] - alpha) * (gap / demand) if short else 1.0 - alpha
            processes[ALPHA, p] = alpha + change / processes[OVER_TIME, p]


@step
def wish(processes: Floats, process_ints: Ints, part: Part) -> None:
    """Set wanted starts (E3, E38, E4) and move the overcapacity of the exponential law (E15)."""
    for p in range(part[P_FIRST], part[P_LAST]):
        good = processes[YIELD_, p]
        pipeline = processes[PIPELINE, p]
        gap = processes[FINISHED_TARGET, p] + pipeline - processes[FINISHED, p]
        gap -= good * processes[IN_PROCESS, p]
        wanted = max(0.0, (processes[DEMAND, p] + gap / processes[FINISHED_ADJUST, p]) / good)
        if processes[STORAGE, p] < np.inf:
            room = processes[STORAGE, p] + pipeline + processes[DEMAND, p] - processes[FINISHED, p]
            room -= good * processes[IN_PROCESS, p]
            wanted = min(max(wanted, processes[STEADY, p]), max(0.0, room) / good)
        capacity = processes[CAPACITY, p] * processes[FACTOR, p] * processes[ALPHA, p]
        binds = wanted > capacity * (1.0 + SLACK)
        process_ints[LIMIT, p] = BY_CAPACITY if binds else BY_DEMAND
        processes[WANTED, p] = min(wanted, capacity)
        if process_ints[OVER_LAW, p] == 2:
            goal = processes[OVER_MAX, p] if binds and processes[FACTOR, p] > 0.0 else 1.0
            step = -math.expm1(-1.0 / processes[OVER_TIME, p])
            processes[ALPHA, p] += (goal - processes[ALPHA, p]) * step


@step
def save_inputs(inputs: Floats, input_ints: Ints, stocks: Floats, part: Part) -> None:
    """Set a'_k: the amount per start, less what thrift saves today."""
    for k in range(part[K_FIRST], part[K_LAST]):
        amount, s = inputs[IN_AMOUNT, k], input_ints[IN_STOCK, k]
        if stocks[THRIFT_SAVING, s] > 0.0:
            floor = stocks[THRIFT_BELOW, s] * stocks[BASE_NEED, s] * (1.0 - SLACK)
            if stocks[STOCK, s] < floor:
                amount *= 1.0 - stocks[THRIFT_SAVING, s]
        inputs[AMOUNT, k] = amount


@step
def add_use(
    processes: Floats,
    process_ints: Ints,
    inputs: Floats,
    input_ints: Ints,
    stocks: Floats,
    row: int,
    by: int,
    part: Part,
) -> None:
    """Sum in `row` of the stocks the use that `by` (wanted or actual starts) makes of each."""
    for s in range(part[S_FIRST], part[S_LAST]):
        stocks[row, s] = 0.0
    for p in range(part[P_FIRST], part[P_LAST]):
        starts = processes[by, p]
        for k in range(process_ints[IN_FIRST, p], process_ints[IN_LAST, p]):
            stocks[row, input_ints[IN_STOCK, k]] += inputs[AMOUNT, k] * starts


@step
def leontief(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, part: Part
) -> None:
    """Set starts of partially binding Leontief (E5), and remember which stock binds."""
    for p in range(part[P_FIRST], part[P_LAST]):
        w = processes[WANTED, p]
        y = w
        for k in range(process_ints[IN_FIRST, p], process_ints[IN_LAST, p]):
            s = input_ints[IN_STOCK, k]
            omega, use = inputs[IN_CRITICAL, k], stocks[USE, s]
            if omega == 0.0 or (omega == 1.0 and stocks[STOCK, s] >= use) or use <= 0.0:
                continue
            reach = w * (stocks[STOCK, s] / use)
            if omega < 1.0:
                reach = (1.0 - omega) * processes[BASE_STARTS, p] + omega * reach
            if reach < y:
                y = reach
                if y < w * (1.0 - SLACK):
                    process_ints[LIMIT, p] = s
        processes[STARTS, p] = y


@step
def other_families(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, part: Part
) -> None:
    """Set starts of the families that are not Leontief."""
    for p in range(part[P_FIRST], part[P_LAST]):
        if process_ints[FAMILY, p] == 3:
            adaptive(processes, process_ints, inputs, input_ints, stocks, p)
        elif process_ints[FAMILY, p] > 0:
            smooth(processes, process_ints, inputs, input_ints, stocks, p)


@step
def take_inputs(stocks: Floats, part: Part) -> None:
    """Take inputs from stock, no more than there is; the rest of the use was substituted."""
    for s in range(part[S_FIRST], part[S_LAST]):
        taken = min(stocks[TAKEN, s], stocks[STOCK, s])
        stocks[TAKEN, s] = taken
        stocks[STOCK, s] -= taken
        stocks[USED, s] += taken


@step
def start_production(
    processes: Floats,
    process_ints: Ints,
    inputs: Floats,
    input_ints: Ints,
    stocks: Floats,
    options: Floats,
    part: Part,
) -> None:
    """Decide starts of every process and take their inputs from stock."""
    stretch(processes, process_ints, part)
    wish(processes, process_ints, part)
    save_inputs(inputs, input_ints, stocks, part)
    add_use(processes, process_ints, inputs, input_ints, stocks, USE, WANTED, part)
    if options[2] == 1.0:
        in_turn(processes, process_ints, inputs, input_ints, stocks, part)
        return
    leontief(processes, process_ints, inputs, input_ints, stocks, part)
    other_families(processes, process_ints, inputs, input_ints, stocks, part)
    add_use(processes, process_ints, inputs, input_ints, stocks, TAKEN, STARTS, part)
    take_inputs(stocks, part)


@step
def complete(processes: Floats, process_ints: Ints, line: Floats, t: int, part: Part) -> None:
    """Move work in process: starts enter the line, what is due leaves it as good units."""
    length = line.shape[0]
    today = t % length
    for p in range(part[P_FIRST], part[P_LAST]):
        due = today + process_ints[CYCLE, p]
        line[due if due < length else due - length, p] += processes[STARTS, p]
    row, starts, in_process = line[today], processes[STARTS], processes[IN_PROCESS]
    finished, output, good = processes[FINISHED], processes[OUTPUT], processes[YIELD_]
    for p in range(part[P_FIRST], part[P_LAST]):
        done = row[p]
        row[p] = 0.0
        in_process[p] += starts[p] - done
        output[p] = good[p] * done
        finished[p] += output[p]
