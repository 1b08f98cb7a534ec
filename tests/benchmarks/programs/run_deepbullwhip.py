"""Run deepbullwhip on a network of base-stock nodes; executed by the interpreter of its own environment.

Every node orders up to a fixed level: a policy of our own through its `OrderingPolicy`, because its built-in
one moves the level with a forecast. Supply is unlimited in deepbullwhip: nobody waits for a supplier.
"""

import time

import numpy as np
import timing
from deepbullwhip.chain.config import EchelonConfig
from deepbullwhip.chain.graph import EdgeConfig, SupplyChainGraph
from deepbullwhip.chain.network_sim import NetworkSupplyChain
from deepbullwhip.chain.vectorized import VectorizedSupplyChain
from deepbullwhip.policy.base import OrderingPolicy


class FixedLevel(OrderingPolicy):
    """Order up to a level that does not move."""

    def __init__(self, level):
        self.level = level

    def compute_order(self, inventory_position, forecast_mean, forecast_std):
        """Return what is missing."""
        return max(0.0, self.level - inventory_position)


def chain(work):
    """Return a supply chain of deepbullwhip; everything is at hand at first."""
    nodes = {
        node["name"]: EchelonConfig(node["name"], node["lead"], 1.0, 1.0, initial_inventory=node["level"])
        for node in work["nodes"]
    }
    edges = {(a, b): EdgeConfig(lead_time=nodes[b].lead_time) for a, b in work["edges"]}
    levels = {node["name"]: FixedLevel(node["level"]) for node in work["nodes"]}
    return NetworkSupplyChain(SupplyChainGraph(nodes=nodes, edges=edges), policies=levels)


def simulate(work, days, replication=0):
    """Return the result and the seconds it took."""
    made = chain(work)
    demand = {name: np.array(series[replication][:days]) for name, series in work["demand"].items()}
    even = {name: np.ones(days) for name in demand}
    begin = time.process_time()
    found = made.simulate(demand, even, even)
    return found, time.process_time() - begin


def trajectory(work):
    """Return what every node holds and orders, by day."""
    found, _ = simulate(work, work["days"])
    nodes = {
        name: {"level": list(node.inventory_levels), "ordered": list(node.orders)}
        for name, node in found.node_results.items()
    }
    return {"nodes": nodes}


def vectorised(work):
    """Return how long all replications of a serial chain take at once; levels follow a forecast here."""
    (series,) = work["demand"].values()
    stages = [
        EchelonConfig(node["name"], node["lead"] or 1, 1.0, 1.0, initial_inventory=node["level"])
        for node in reversed(work["nodes"])
    ]
    demand = np.array(series)
    begin = time.process_time()
    VectorizedSupplyChain(stages).simulate(demand, np.full_like(demand, 10.0), np.full_like(demand, 3.0))
    return {"seconds": time.process_time() - begin}


timing.answer({"trajectory": trajectory, "vectorised": vectorised}, simulate)
