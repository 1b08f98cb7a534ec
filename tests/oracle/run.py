"""Run the oracle and keep its daily records."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.network.arrays import Network
from sim.scenario.schema.document import Document
from tests.oracle.clock import Days, Phase, Steps
from tests.oracle.draws import Draws
from tests.oracle.events import Agenda
from tests.oracle.licences import File, Ministry
from tests.oracle.log import Row as LogRow
from tests.oracle.opening import set_opening
from tests.oracle.plant import Plant, shipment
from tests.oracle.regimes import Hold, Office, Pool, apply_pools
from tests.oracle.replay import Replay
from tests.oracle.world import World, make_world

Row = dict[str, list[float]]


def run(
    document: Document,
    network: Network,
    *,
    seed: int,
    replication: int,
    days: int,
    log: list[LogRow] | None = None,
) -> dict[str, Any]:
    """Simulate one replication.

    Parameters
    ----------
    document : Document
        The scenario.
    network : Network
        Its compiled numbers.
    seed, replication : int
        Which random future.
    days : int
        Length of the run.
    log : list of Row, optional
        What events wrote in a run of the engine; it takes the place of the oracle's own events.

    Returns
    -------
    dict
        Arrays [day, id] `starts`, `output`, `finished`, `stock`, `order`, `expired` (since the start),
        `shipped`, `credit`, `served`, `unmet`, and the list `files` of licence files as
        (link, filed, decided, granted, credited, lapsed).
    """
    env = Days(document.run.start)
    world = make_world(document, network)
    draws = Draws(seed, replication)
    files: list[File] = []
    for link, day, amount in set_opening(world):
        link.stock.transit += amount
        env.process(shipment(env, link, amount, -1, day))
    if log is None:
        pools = _own_events(env, world, draws, days, files)
    else:
        pools = Replay(env, world, log).pools
    for name in sorted({*network.process_facility, *network.stock_facility}):
        env.process(Plant(env, world, draws, name).live())
    env.process(apply_pools(env, pools))
    rows: list[Row] = []
    env.process(_record(env, world, rows))
    env.run(until=2 * days)
    records: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    records["files"] = [_told(file) for file in files]
    return records


def _own_events(env: Days, world: World, draws: Draws, days: int, files: list[File]) -> list[Pool]:
    """Set the opening regimes and start the events of the scenario; return the pools they make."""
    office = Office(env, Ministry(env, world, draws, files))
    for name in sorted(world.document.links):
        office.put(world.links[name], Hold("", world.document.links[name].regime or "bulk", -math.inf), 0.0)
    Agenda(env, world, draws, office, days)
    return office.pools


def _record(env: Days, world: World, rows: list[Row]) -> Steps:
    """Write down the end of every day."""
    day = 0
    while True:
        yield env.phase(day, Phase.EVENING)
        rows.append(_row(world))
        day += 1


def _row(world: World) -> Row:
    processes, stocks = world.processes.values(), world.stocks.values()
    links, demands = world.links.values(), world.demands.values()
    return {
        "starts": [process.starts for process in processes],
        "output": [process.output for process in processes],
        "finished": [process.finished for process in processes],
        "stock": [stock.amount for stock in stocks],
        "order": [stock.order for stock in stocks],
        "expired": [stock.expired for stock in stocks],
        "shipped": [link.shipped for link in links],
        "credit": [link.credit if link.controlled else math.nan for link in links],
        "served": [demand.served for demand in demands],
        "unmet": [demand.unmet for demand in demands],
    }


def _told(file: File) -> tuple[str, float, float, bool, float, float]:
    return (file.link, file.filed, file.decided, file.granted, file.credited, file.lapsed)
