"""Step 6 of the day: who gets what of a finished stock that is too small (MODEL.md section 5). Compiled.

A claim is a final demand or an order on a link; all rules conserve mass and give nobody more than asked.
"""

from __future__ import annotations

import numpy as np

from sim.engine import state_rows as rows
from sim.engine.partitions import D_FIRST, D_LAST, P_FIRST, P_LAST, Partition
from sim.jit import step
from sim.types import Floats, Ints

CLASSES = 10  # priorities are 0-9


@step
def add_demand(
    processes: Floats,
    process_ints: Ints,
    links: Floats,
    link_ints: Ints,
    demands: Floats,
    demand_ints: Ints,
    t: int,
    profile: Floats,
    part: Partition,
) -> None:
    """Sum final demand and the orders that can ship (E2)."""
    for p in range(part[P_FIRST], part[P_LAST]):
        total = 0.0
        for d in range(process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]):
            final = demands[rows.DEMAND_RATE, d] * demands[rows.DEMAND_FACTOR, d]
            if demand_ints[rows.DEMAND_PROFILE, d] >= 0:
                final *= profile[t, demand_ints[rows.DEMAND_PROFILE, d]]
            demands[rows.FINAL, d] = final
            total += final + demands[rows.BACKLOG, d]
        for i in range(process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]):
            total += links[rows.ORDERED, link_ints[rows.OUT_LINK, i]]
        processes[rows.DEMAND, p] = total


@step
def in_proportion(
    process_ints: Ints, links: Floats, link_ints: Ints, demands: Floats, p: int, ratio: float
) -> None:
    """Give every claim on process `p` the same share of what it asked."""
    for d in range(process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]):
        demands[rows.SERVED, d] *= ratio
    for i in range(process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]):
        links[rows.SHIPPED, link_ints[rows.OUT_LINK, i]] *= ratio


@step
def claims_on(
    process_ints: Ints,
    links: Floats,
    link_ints: Ints,
    demands: Floats,
    demand_ints: Ints,
    p: int,
    uniform: bool,
) -> tuple[Floats, Floats, Ints]:
    """Return the claims on process `p`, final demand first, and the base and the class of each.

    The base of a claim is 1 for the uniform rule, else its baseline, else itself.
    """
    first, last = process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]
    begin, end = process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]
    number = last - first + end - begin
    claims, bases, ranks = np.empty(number), np.empty(number), np.empty(number, dtype=np.int64)
    for i in range(number):
        if first + i < last:
            d = first + i
            claims[i], bases[i] = (
                demands[rows.FINAL, d] + demands[rows.BACKLOG, d],
                demands[rows.DEMAND_RATE, d],
            )
            ranks[i] = demand_ints[rows.DEMAND_PRIORITY, d]
        else:
            l = link_ints[rows.OUT_LINK, begin + i - (last - first)]
            claims[i], bases[i] = links[rows.ORDERED, l], links[rows.RATION_BASE, l]
            ranks[i] = link_ints[rows.PRIORITY, l]
        if uniform:
            bases[i] = 1.0
        elif bases[i] <= 0.0:
            bases[i] = claims[i]
    return claims, bases, ranks


@step
def by_priority(claims: Floats, ranks: Ints, left: float) -> Floats:
    """Serve classes in rising number; the class that does not fit shares proportionally."""
    granted = np.zeros(len(claims))
    for rank in range(CLASSES):
        asked = 0.0
        for i in range(len(claims)):
            if ranks[i] == rank:
                asked += claims[i]
        ratio = min(1.0, left / asked) if asked > 0.0 else 0.0
        for i in range(len(claims)):
            if ranks[i] == rank:
                granted[i] = claims[i] * ratio
        left = max(0.0, left - asked * ratio)
    return granted


@step
def by_level(claims: Floats, bases: Floats, left: float) -> Floats:
    """Raise one level for all: a claim gets min(claim, level x base) (Inoue-Todo; uniform)."""
    granted, level = np.full(len(claims), -1.0), 0.0
    while True:
        base = 0.0
        for i in range(len(claims)):
            if granted[i] < 0.0:
                base += bases[i]
        if base <= 0.0:
            break
        level, done = left / base, -1.0
        for i in range(len(claims)):
            if granted[i] < 0.0 and claims[i] <= level * bases[i]:
                granted[i] = claims[i]
                done = max(done, 0.0) + claims[i]
        if done < 0.0:
            break
        left = max(0.0, left - done)
    for i in range(len(claims)):
        if granted[i] < 0.0:
            granted[i] = level * bases[i]
    return granted


@step
def grant(
    process_ints: Ints, links: Floats, link_ints: Ints, demands: Floats, p: int, granted: Floats
) -> None:
    """Give the claims on process `p` what they are granted."""
    i = 0
    for d in range(process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]):
        demands[rows.SERVED, d] = granted[i]
        i += 1
    for k in range(process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]):
        links[rows.SHIPPED, link_ints[rows.OUT_LINK, k]] = granted[i]
        i += 1


@step
def ration(
    processes: Floats,
    process_ints: Ints,
    links: Floats,
    link_ints: Ints,
    demands: Floats,
    demand_ints: Ints,
    part: Partition,
) -> None:
    """Decide `served` and `shipped` for every process, and take them from finished stock."""
    for d in range(part[D_FIRST], part[D_LAST]):  # as orders on links: all, unless a rule says less
        demands[rows.SERVED, d] = demands[rows.FINAL, d] + demands[rows.BACKLOG, d]
    for p in range(part[P_FIRST], part[P_LAST]):
        asked = processes[rows.DEMAND, p]
        if asked <= processes[rows.FINISHED, p]:
            processes[rows.FINISHED, p] -= asked
            continue
        rule = process_ints[rows.RATIONING, p]
        if rule == 0:
            in_proportion(process_ints, links, link_ints, demands, p, processes[rows.FINISHED, p] / asked)
        else:
            claims, bases, ranks = claims_on(
                process_ints, links, link_ints, demands, demand_ints, p, rule == 3
            )
            left = processes[rows.FINISHED, p]
            granted = by_priority(claims, ranks, left) if rule == 1 else by_level(claims, bases, left)
            grant(process_ints, links, link_ints, demands, p, granted)
        processes[rows.FINISHED, p] = 0.0


@step
def settle_demand(demands: Floats, demand_ints: Ints, part: Partition) -> None:
    """Let unmet final demand wait where it may."""
    for d in range(part[D_FIRST], part[D_LAST]):
        if demand_ints[rows.DEMAND_BACKLOG, d] == 1:
            claim = demands[rows.FINAL, d] + demands[rows.BACKLOG, d]
            demands[rows.BACKLOG, d] = max(0.0, claim - demands[rows.SERVED, d])
