"""Step 6 of the day: who gets what of a finished stock that is too small (MODEL.md section 5). Compiled.

A claim is a final demand or an order on a link; all rules conserve mass and give nobody more than asked.
"""

from __future__ import annotations

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
def serve_all(demands: Floats, part: Partition) -> None:
    """Give final demand all that it asked; orders on links are shipped as split unless a rule says less."""
    for d in range(part[D_FIRST], part[D_LAST]):
        demands[rows.SERVED, d] = demands[rows.FINAL, d] + demands[rows.BACKLOG, d]


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
def by_priority(
    processes: Floats,
    process_ints: Ints,
    links: Floats,
    link_ints: Ints,
    demands: Floats,
    demand_ints: Ints,
    p: int,
) -> None:
    """Serve classes in rising number; the class that does not fit shares proportionally."""
    left = processes[rows.FINISHED, p]
    for rank in range(CLASSES):
        asked = 0.0
        for d in range(process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]):
            if demand_ints[rows.DEMAND_PRIORITY, d] == rank:
                asked += demands[rows.FINAL, d] + demands[rows.BACKLOG, d]
        for i in range(process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]):
            if link_ints[rows.PRIORITY, link_ints[rows.OUT_LINK, i]] == rank:
                asked += links[rows.ORDERED, link_ints[rows.OUT_LINK, i]]
        ratio = min(1.0, left / asked) if asked > 0.0 else 0.0
        for d in range(process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]):
            if demand_ints[rows.DEMAND_PRIORITY, d] == rank:
                demands[rows.SERVED, d] = (demands[rows.FINAL, d] + demands[rows.BACKLOG, d]) * ratio
        for i in range(process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]):
            l = link_ints[rows.OUT_LINK, i]
            if link_ints[rows.PRIORITY, l] == rank:
                links[rows.SHIPPED, l] = links[rows.ORDERED, l] * ratio
        left = max(0.0, left - asked * ratio)


@step
def base_of(claim: float, base: float, uniform: bool) -> float:
    """Return the reference of a claim: 1 for the uniform rule, else its baseline, else itself."""
    if uniform:
        return 1.0
    return base if base > 0.0 else claim


@step
def by_level(
    processes: Floats,
    process_ints: Ints,
    links: Floats,
    link_ints: Ints,
    demands: Floats,
    p: int,
    uniform: bool,
) -> None:
    """Raise one level for all: a claim gets min(claim, level x base) (Inoue-Todo; uniform)."""
    first, last = process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]
    begin, end = process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]
    for d in range(first, last):
        demands[rows.SERVED, d] = -1.0
    for i in range(begin, end):
        links[rows.SHIPPED, link_ints[rows.OUT_LINK, i]] = -1.0
    left = processes[rows.FINISHED, p]
    level = 0.0
    while True:
        base = 0.0
        for d in range(first, last):
            if demands[rows.SERVED, d] < 0.0:
                base += base_of(
                    demands[rows.FINAL, d] + demands[rows.BACKLOG, d], demands[rows.DEMAND_RATE, d], uniform
                )
        for i in range(begin, end):
            l = link_ints[rows.OUT_LINK, i]
            if links[rows.SHIPPED, l] < 0.0:
                base += base_of(links[rows.ORDERED, l], links[rows.RATION_BASE, l], uniform)
        if base <= 0.0:
            break
        level = left / base
        done = fill_below(process_ints, links, link_ints, demands, p, level, uniform)
        if done < 0.0:
            break
        left = max(0.0, left - done)
    fill_rest(process_ints, links, link_ints, demands, p, level, uniform)


@step
def fill_below(
    process_ints: Ints, links: Floats, link_ints: Ints, demands: Floats, p: int, level: float, uniform: bool
) -> float:
    """Serve in full every open claim that fits under the level; return the sum, -1 when none did."""
    done = -1.0
    for d in range(process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]):
        claim = demands[rows.FINAL, d] + demands[rows.BACKLOG, d]
        if demands[rows.SERVED, d] < 0.0 and claim <= level * base_of(
            claim, demands[rows.DEMAND_RATE, d], uniform
        ):
            demands[rows.SERVED, d] = claim
            done = max(done, 0.0) + claim
    for i in range(process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]):
        l = link_ints[rows.OUT_LINK, i]
        claim = links[rows.ORDERED, l]
        if links[rows.SHIPPED, l] < 0.0 and claim <= level * base_of(
            claim, links[rows.RATION_BASE, l], uniform
        ):
            links[rows.SHIPPED, l] = claim
            done = max(done, 0.0) + claim
    return done


@step
def fill_rest(
    process_ints: Ints, links: Floats, link_ints: Ints, demands: Floats, p: int, level: float, uniform: bool
) -> None:
    """Give every claim still open what the level allows."""
    for d in range(process_ints[rows.DEMAND_FIRST, p], process_ints[rows.DEMAND_LAST, p]):
        if demands[rows.SERVED, d] < 0.0:
            claim = demands[rows.FINAL, d] + demands[rows.BACKLOG, d]
            demands[rows.SERVED, d] = level * base_of(claim, demands[rows.DEMAND_RATE, d], uniform)
    for i in range(process_ints[rows.OUT_FIRST, p], process_ints[rows.OUT_LAST, p]):
        l = link_ints[rows.OUT_LINK, i]
        if links[rows.SHIPPED, l] < 0.0:
            links[rows.SHIPPED, l] = level * base_of(
                links[rows.ORDERED, l], links[rows.RATION_BASE, l], uniform
            )


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
    serve_all(demands, part)
    for p in range(part[P_FIRST], part[P_LAST]):
        asked = processes[rows.DEMAND, p]
        if asked <= processes[rows.FINISHED, p]:
            processes[rows.FINISHED, p] -= asked
            continue
        rule = process_ints[rows.RATIONING, p]
        if rule == 0:
            in_proportion(process_ints, links, link_ints, demands, p, processes[rows.FINISHED, p] / asked)
        elif rule == 1:
            by_priority(processes, process_ints, links, link_ints, demands, demand_ints, p)
        else:
            by_level(processes, process_ints, links, link_ints, demands, p, rule == 3)
        processes[rows.FINISHED, p] = 0.0


@step
def settle_demand(demands: Floats, demand_ints: Ints, part: Partition) -> None:
    """Let unmet final demand wait where it may."""
    for d in range(part[D_FIRST], part[D_LAST]):
        if demand_ints[rows.DEMAND_BACKLOG, d] == 1:
            demands[rows.BACKLOG, d] = max(
                0.0, demands[rows.FINAL, d] + demands[rows.BACKLOG, d] - demands[rows.SERVED, d]
            )
