"""Loops of processes that take as much of their products as they make: then no baseline exists."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.types import Bools, Floats, Ints

ROUNDING_ERROR = 1e-9
STEPS = 20_000  # of the power iteration; bounds close much sooner unless a loop is next to two loops
LISTED = 6  # processes of a loop, in a message


class Loop(NamedTuple):
    """Processes that supply each other in a circle.

    Attributes
    ----------
    members : tuple of int
        In the order of the circle, from supplier to user, where there is one circle only.
    gain : float
        What it takes of its products for each unit that it makes: once round the circle, or the spectral
        radius of the coefficients where circles meet.
    is_circle : bool
        Whether there is one circle only.
    """

    members: tuple[int, ...]
    gain: float
    is_circle: bool


def hungry_loop(suppliers: Ints, users: Ints, entries: Floats, number: int) -> Loop | None:
    """Return the first loop that takes all it makes, or more; None where there is none.

    Parameters
    ----------
    suppliers, users, entries : array
        What a unit of each user takes of each supplier, of `number` processes.

    Examples
    --------
    >>> hungry_loop(np.array([0, 1]), np.array([1, 0]), np.array([2.0, 0.5]), 2)
    Loop(members=(0, 1), gain=1.0, is_circle=True)
    """
    inside = _in_circles(suppliers[entries > 0.0], users[entries > 0.0], number)
    kept = inside[suppliers] & inside[users] & (entries > 0.0)
    suppliers, users, entries = suppliers[kept], users[kept], entries[kept]
    label = _components(suppliers, users, np.flatnonzero(inside).tolist())
    parts = np.array([label.get(p, -1) for p in range(number)]) if label else np.full(number, -1)
    within = parts[suppliers] == parts[users]
    for part in np.unique(parts[suppliers[within]]).tolist():
        mine = within & (parts[suppliers] == part)
        loop = _loop(suppliers[mine], users[mine], entries[mine])
        if loop.gain >= 1.0 - ROUNDING_ERROR:
            return loop
    return None


def loop_fault(loop: Loop, names: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with a loop, and what to write.

    Examples
    --------
    >>> loop_fault(Loop((0, 1), 1.25, True), ["pit/ore", "mill/steel"])[0]
    'the loop pit/ore -> mill/steel -> pit/ore uses 1.25 per unit that it makes, so no baseline exists'
    """
    members = [names[p] for p in loop.members]
    more = f" and {len(members) - LISTED:,} others" if len(members) > LISTED else ""
    if loop.is_circle and not more:
        shown = " -> ".join([*members, members[0]])
    else:
        shown = f"of {', '.join(members[:LISTED])}{more}"
    wrong = f"the loop {shown} uses {loop.gain:.4g} per unit that it makes, so no baseline exists"
    return wrong, "write a smaller per_unit or share on it, so that it makes more than it takes"


def _in_circles(suppliers: Ints, users: Ints, number: int) -> Bools:
    """Leave out, again and again, what has no supplier or no user among the rest."""
    inside = np.ones(number, dtype=np.bool_)
    while True:
        kept = inside[suppliers] & inside[users]
        sells, buys = np.zeros(number, dtype=np.bool_), np.zeros(number, dtype=np.bool_)
        sells[suppliers[kept]], buys[users[kept]] = True, True
        narrower = inside & sells & buys
        if (narrower == inside).all():
            return inside
        inside = narrower


def _components(suppliers: Ints, users: Ints, nodes: Sequence[int]) -> dict[int, int]:
    """Number the strongly connected components (Tarjan 1972, without recursion)."""
    after: dict[int, list[int]] = {node: [] for node in nodes}
    for supplier, user in zip(suppliers.tolist(), users.tolist(), strict=True):
        after[supplier].append(user)
    label: dict[int, int] = {}
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    for first in nodes:
        work = [(first, iter(after[first]))] if first not in order else []
        while work:
            node, rest = work[-1]
            if node not in order:
                order[node] = low[node] = len(order)
                stack.append(node)
            following = next((n for n in rest if n not in order), None)
            if following is not None:
                work.append((following, iter(after[following])))
                continue
            low[node] = min([low[node], *(low[n] for n in after[node] if n not in label)])
            work.pop()
            if low[node] == order[node]:
                while node not in label:
                    label[stack.pop()] = node
    return label


def _loop(suppliers: Ints, users: Ints, entries: Floats) -> Loop:
    """Describe one component."""
    members, places = np.unique(np.concatenate((suppliers, users)), return_inverse=True)
    first, second = places[: len(suppliers)], places[len(suppliers) :]
    pairs = {(int(a), int(b)) for a, b in zip(first, second, strict=True)}
    if len(pairs) == len(members):
        users_of = dict(pairs)
        circle = list(itertools.accumulate(range(len(members) - 1), lambda p, _: users_of[p], initial=0))
        step = np.bincount(first, weights=entries, minlength=len(members))
        return Loop(tuple(members[circle].tolist()), float(np.prod(step[circle])), True)
    return Loop(tuple(members.tolist()), _radius(first, second, entries, len(members)), False)


def _radius(suppliers: Ints, users: Ints, entries: Floats, number: int) -> float:
    """Return the spectral radius between the bounds of Collatz and Wielandt; adding 1 stops oscillations."""
    x, lowest, highest = np.ones(number), 0.0, np.inf
    for _ in range(STEPS):
        taken = np.bincount(suppliers, weights=entries * x[users], minlength=number)
        ratio = taken / x
        lowest, highest = float(ratio.min()), float(ratio.max())
        if highest - lowest <= ROUNDING_ERROR * highest:
            break
        x = x + taken / highest
        x = np.maximum(x / x.max(), 1e-300)
    return (lowest + highest) / 2.0
