"""What stays of a switch: experience with a material, shares that do not go back (MODEL.md section 9)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.engine.plan import Planned
from sim.engine.rows import SHARE
from sim.engine.world import ProcessGenerator, World

MEMORY = 28.0  # days; a share is what a supplier has delivered over about this time


@dataclass
class Course:
    """How far the use of one new supplier has come."""

    users: tuple[int, ...]  # processes that use what it supplies
    share: float = 0.0  # average part of the need that it ships
    reached: float = 0.0  # the most that this has been
    used: float = 0.0  # days of use shipped so far
    factor: float = 1.0  # on the yield of its users
    kept: float = -1.0  # of its share, for good; -1: not set yet


def settle(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Follow, every morning, what new suppliers have shipped; set yields and shares by it."""
    event = planned.event
    courses = {link: Course(users_of(world, link)) for link in targets}
    while True:
        yield world.until(math.floor(world.env.now) + 1.0)
        for link, course in courses.items():
            advance(world, link, course)
            if event.yield_loss > 0.0:
                lose_yield(world, planned, link, course)
            if event.keeps * course.reached > course.kept and event.keeps > 0.0:
                course.kept = event.keeps * course.reached
                keep_share(world, link, course.kept)


def users_of(world: World, link: int) -> tuple[int, ...]:
    """Return the processes that use the stock a link feeds."""
    arrays = world.network.arrays
    stock = arrays.stock[link]
    of = [
        arrays.in_stock[arrays.in_ptr[p] : arrays.in_ptr[p + 1]] for p in range(len(world.network.processes))
    ]
    return tuple(p for p, inputs in enumerate(of) if stock in inputs)


def advance(world: World, link: int, course: Course) -> None:
    """Count yesterday's shipment (E32)."""
    arrays, state = world.network.arrays, world.state
    stock = int(arrays.stock[link])
    need, first, last = float(arrays.need[stock]), arrays.link_ptr[stock], arrays.link_ptr[stock + 1]
    shipped, total = float(state.shipped[link]), float(state.shipped[first:last].sum())
    if need <= 0.0:
        return
    course.share += (shipped / max(need, total) - course.share) / MEMORY
    course.reached = max(course.reached, course.share)
    course.used += shipped / need


def lose_yield(world: World, planned: Planned, link: int, course: Course) -> None:
    """Lower the yield of every process that uses the new material, less so with experience (E33)."""
    event = planned.event
    factor = 1.0 - event.yield_loss * course.share * math.exp(-course.used / event.experience)
    if factor == course.factor:
        return
    course.factor = factor
    for process in course.users:
        world.set_factor("yield", process, f"{planned.name}/{world.network.links[link]}", factor)


def keep_share(world: World, link: int, kept: float) -> None:
    """Move baseline shares so that a new supplier has at least `kept`; the others shrink alike (E34)."""
    arrays, stock = world.network.arrays, int(world.network.arrays.stock[link])
    first, last = int(arrays.link_ptr[stock]), int(arrays.link_ptr[stock + 1])
    known = world.kept.setdefault(stock, {})
    known[link] = max(kept, float(arrays.share[link]))
    whole, before = sum(known.values()), sum(float(arrays.share[one]) for one in known)
    scale = (1.0 - whole) / (1.0 - before) if before < 1.0 and whole < 1.0 else 0.0
    for one in range(first, last):
        share = known[one] / max(1.0, whole) if one in known else float(arrays.share[one]) * scale
        world.state.links[SHARE, one] = share
