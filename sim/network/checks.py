"""Checks of a compiled network: what cannot hold together although every single value is fine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sim.errors import Problem, in_order
from sim.network.arrays import Network
from sim.network.graph import reaching_demand
from sim.network.index import OUTSIDE
from sim.scenario.paths import Path, Position, join
from sim.scenario.schema.document import Document
from sim.scenario.validation.network import cover_fault, shares_fault, sums_to_one

ROUNDING_ERROR = 1e-9
MONTH = 365 / 12  # days

Fault = tuple[Path, str, str]  # where, what is wrong, what to write


@dataclass(frozen=True, eq=False)
class _World:
    """A document with its network, and the names that both share."""

    document: Document
    network: Network

    def process_path(self, p: int) -> Path:
        facility = self.network.process_facility[p]
        return ("facilities", facility, "makes", self.network.processes[p].removeprefix(f"{facility}/"))

    def stock_path(self, s: int) -> Path:
        return ("facilities", self.network.stock_facility[s], "stocks", self.network.stock_material[s])

    def links_into(self, s: int) -> list[int]:
        pointer = self.network.arrays.link_ptr
        return list(range(pointer[s], pointer[s + 1]))

    def unit(self, p: int) -> str:
        return self.document.materials[self.network.process_material[p]].unit

    def stands_idle(self, p: int) -> bool:
        """Tell whether a process stands idle on purpose: its capacity is written, and it is 0."""
        _, facility, _, key = self.process_path(p)
        capacity = self.document.facilities[facility].makes[key].capacity
        return capacity is not None and capacity.value == 0.0

    def inside(self) -> list[int]:
        """List processes that stand in the file: not the outside sources of emergency purchases."""
        return [p for p, name in enumerate(self.network.process_facility) if name != OUTSIDE]


def check_network(document: Document, network: Network, place: Callable[[Path], Position]) -> list[Problem]:
    """Return what keeps a compiled network from running on its baseline.

    Parameters
    ----------
    place : callable
        Gives the place of a path in the files, for example `Layer(scenario.tree, scenario.origins).place`.
    """
    world = _World(document, network)
    problems = []
    for check in (_flows, _shares, _suppliers, _bounds, _capacity, _idle, _ends, _cover):
        for path, wrong, remedy in check(world):
            at = place(path)
            problems.append(Problem(at.file, at.line, at.column, join(path), wrong, remedy))
    return list(in_order(problems))


def _flows(world: _World) -> Iterator[Fault]:
    starts = world.network.arrays.base_starts
    for p in world.inside():
        if not np.isfinite(starts[p]) or starts[p] < -ROUNDING_ERROR:
            wrong = f"the baseline of {world.network.processes[p]} is {starts[p]:g} starts a day"
            remedy = "check its inputs, yield and the shares of its customers: inputs must not exceed outputs"
            yield world.process_path(p), wrong, remedy


def _shares(world: _World) -> Iterator[Fault]:
    network = world.network
    share = network.arrays.share
    total = np.bincount(network.arrays.stock, weights=share, minlength=len(network.stocks))
    for s in np.flatnonzero(~sums_to_one(total) & (np.diff(network.arrays.link_ptr) > 0)).tolist():
        links = world.links_into(s)
        shares = {network.links[l]: float(share[l]) for l in links}
        fault = shares_fault(network.stock_material[s], network.stock_facility[s], shares)
        yield ("links", network.links[links[-1]], "share"), *fault


def _suppliers(world: _World) -> Iterator[Fault]:
    network = world.network
    for s, name in enumerate(network.stocks):
        links = world.links_into(s)  # none: the rules of a world refuse a stock that nothing feeds
        if links and not (network.max_share[links] > 0.0).any():
            rows = ", ".join(f"links.{network.links[l]} {network.arrays.share[l]:g}" for l in links)
            wrong = f"none of the links into {name} is qualified at the start ({rows})"
            path = ("links", network.links[links[0]], "max_share")
            yield path, wrong, "give one of them a share, or max_share: 1"


def _bounds(world: _World) -> Iterator[Fault]:
    network = world.network
    for l in np.flatnonzero(network.arrays.share > network.max_share + ROUNDING_ERROR).tolist():
        share, bound = network.arrays.share[l], network.max_share[l]
        wrong = f"the share {share:g} of {network.links[l]} is above its max_share {bound:g}"
        yield ("links", network.links[l], "max_share"), wrong, f"write max_share: {share:g} or more"


def _capacity(world: _World) -> Iterator[Fault]:
    arrays = world.network.arrays
    for p in world.inside():
        flow, most = arrays.base_starts[p] * MONTH, arrays.capacity[p] * MONTH
        if most < flow * (1.0 - ROUNDING_ERROR):
            unit = world.unit(p)
            wrong = (
                f"the capacity of {world.network.processes[p]} is {most:.6g} {unit}/month, "
                f"its baseline needs {flow:.6g} {unit}/month"
            )
            _, facility, _, key = world.process_path(p)
            entry = world.document.facilities[facility].makes[key]
            field = "headroom" if entry.headroom is not None else "capacity"
            # Rounded up, so that what the message says is enough.
            enough = float(f"{flow * 1.0005:.4g}")
            yield (*world.process_path(p), field), wrong, f"write capacity: {enough:g} {unit}/month or more"


def _idle(world: _World) -> Iterator[Fault]:
    arrays = world.network.arrays
    for p in world.inside():
        sells = arrays.out_ptr[p + 1] > arrays.out_ptr[p] and not world.stands_idle(p)
        if sells and arrays.base_starts[p] == 0.0 and arrays.capacity[p] == 0.0:
            wrong = f"{world.network.processes[p]} is idle on the baseline and has no capacity of its own"
            remedy = f"write an amount, for example capacity: 100 {world.unit(p)}/month, not headroom"
            yield (*world.process_path(p), "capacity"), wrong, remedy


def _ends(world: _World) -> Iterator[Fault]:
    for p in sorted(set(world.inside()).difference(reaching_demand(world.network))):
        if world.stands_idle(p):
            continue
        wrong = f"nothing of what {world.network.processes[p]} makes reaches final demand"
        material = world.network.process_material[p]
        remedy = f"add a link or demand for {material}, or remove the process"
        yield world.process_path(p), wrong, remedy


def _cover(world: _World) -> Iterator[Fault]:
    network = world.network
    life = network.arrays.life
    for s in np.flatnonzero(life > 0).tolist():
        fault = cover_fault(float(network.cover[s]), network.stock_material[s], float(life[s]))
        if fault is not None:
            yield (*world.stock_path(s), "cover"), *fault
