"""Production families other than Leontief, one process at a time (MODEL.md section 3, E6-E8). Compiled."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import P_FIRST, P_LAST, S_FIRST, S_LAST, Part
from sim.engine.rows import (
    AMOUNT,
    BASE_STARTS,
    COVER,
    ELASTICITY,
    FAMILY,
    IN_CRITICAL,
    IN_FIRST,
    IN_LAST,
    IN_STOCK,
    IN_WEIGHT,
    LIMIT,
    PSI,
    RANK,
    STARTS,
    STOCK,
    TAKEN,
    USE,
    USED,
    WANTED,
)
from sim.jit import step
from sim.types import Floats, Ints

SLACK = 1e-9


@step
def smooth(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, p: int
) -> None:
    """Set starts of the linear and CES families (E6, E7); linear is infinite elasticity."""
    theta = np.inf if process_ints[FAMILY, p] == 1 else processes[ELASTICITY, p]
    worst, total = 1.0, 1.0 if theta == 1.0 else 0.0
    for k in range(process_ints[IN_FIRST, p], process_ints[IN_LAST, p]):
        s, v = input_ints[IN_STOCK, k], inputs[IN_WEIGHT, k]
        if v <= 0.0:
            continue
        rho = min(1.0, stocks[STOCK, s] / stocks[USE, s]) if stocks[USE, s] > 0.0 else 1.0
        if rho < SLACK and theta != np.inf:
            rho = 0.0  # next to nothing is nothing: a small power of it would not be small
        if rho < worst:
            worst = rho
            if rho < 1.0 - SLACK:
                process_ints[LIMIT, p] = s
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
    processes[STARTS, p] = processes[WANTED, p] * share


@step
def adaptive(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, p: int
) -> None:
    """Set starts of the ARIO family (E8)."""
    w = processes[WANTED, p]
    y = w
    for k in range(process_ints[IN_FIRST, p], process_ints[IN_LAST, p]):
        s = input_ints[IN_STOCK, k]
        asked = processes[PSI, p] * stocks[COVER, s] * inputs[AMOUNT, k] * w
        if asked > 0.0:
            reach = w * min(1.0, stocks[STOCK, s] / asked)
            if reach < y:
                y = reach
                if y < w * (1.0 - SLACK):
                    process_ints[LIMIT, p] = s
    processes[STARTS, p] = y


@step
def in_turn(
    processes: Floats, process_ints: Ints, inputs: Floats, input_ints: Ints, stocks: Floats, part: Part
) -> None:
    """Let the processes of a facility take short stocks in order of margin (`sharing: margin`)."""
    first, last = part[S_FIRST], part[S_LAST]
    stocks[TAKEN, first:last] = 0.0
    wanted = stocks[USE, first:last].copy()
    for p in process_ints[RANK, part[P_FIRST] : part[P_LAST]]:
        w = processes[WANTED, p]
        y = w
        for k in range(process_ints[IN_FIRST, p], process_ints[IN_LAST, p]):
            stocks[USE, input_ints[IN_STOCK, k]] = inputs[AMOUNT, k] * w
        if process_ints[FAMILY, p] == 3:
            adaptive(processes, process_ints, inputs, input_ints, stocks, p)
        elif process_ints[FAMILY, p] > 0:
            smooth(processes, process_ints, inputs, input_ints, stocks, p)
        else:
            for k in range(process_ints[IN_FIRST, p], process_ints[IN_LAST, p]):
                s, omega = input_ints[IN_STOCK, k], inputs[IN_CRITICAL, k]
                asked = inputs[AMOUNT, k] * w
                if omega == 0.0 or asked <= 0.0:
                    continue
                reach = w * (stocks[STOCK, s] / asked)
                if omega < 1.0:
                    reach = (1.0 - omega) * processes[BASE_STARTS, p] + omega * reach
                if reach < y:
                    y = reach
                    if y < w * (1.0 - SLACK):
                        process_ints[LIMIT, p] = s
            processes[STARTS, p] = y
        y = processes[STARTS, p]
        for k in range(process_ints[IN_FIRST, p], process_ints[IN_LAST, p]):
            s = input_ints[IN_STOCK, k]
            used = min(inputs[AMOUNT, k] * y, stocks[STOCK, s])
            stocks[STOCK, s] -= used
            stocks[USED, s] += used
            stocks[TAKEN, s] += used
    stocks[USE, first:last] = wanted  # R_s, which forecasts read
