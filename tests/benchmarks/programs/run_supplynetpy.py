"""Run SupplyNetPy on a network of base-stock nodes; executed by the interpreter of its own environment.

A node of SupplyNetPy holds one product and sends each order to one of its suppliers. So that every link is
used, a replenishment policy of our own, through its `InventoryReplenishment`, reviews the position half a day
after the demand of the day and sends equal parts to all suppliers. Goods shipped half-way through day t arrive
three quarters through day t + lead: after its review and before the demand of the next day.
"""

import logging
import time

import simpy
import SupplyNetPy.Components as scm
import timing
from SupplyNetPy.Components.core import InventoryReplenishment

logging.disable(logging.CRITICAL)


class SplitBaseStock(InventoryReplenishment):
    """Every day order what is missing to the level, in equal parts from all suppliers."""

    _param_keys = ("level",)

    def run(self):
        """Review half-way through every day."""
        yield self.env.timeout(0.5)
        while True:
            missing = self.params["level"] - self.node.position()
            for link in self.node.suppliers:
                self.env.process(self.node.process_order(link, missing / len(self.node.suppliers)))
            yield self.env.timeout(1.0)


def chain(work, replication):
    """Return a network of SupplyNetPy; everything is at hand at first."""
    env = simpy.Environment()
    nodes = [stated(node) for node in work["nodes"]]
    leads = {node["name"]: node["lead"] + 0.25 for node in work["nodes"]}
    links = [
        {"ID": f"{a}-{b}", "source": a, "sink": b, "cost": 1.0, "lead_time": leads[b]}
        for a, b in work["edges"]
    ]
    demands = [
        {
            "ID": f"demand_{name}",
            "name": name,
            "order_arrival_model": 1.0,
            "order_quantity_model": lambda series=series[replication]: series[int(env.now)],
            "demand_node": name,
            "consume_available": True,
        }
        for name, series in work["demand"].items()
    ]
    return scm.create_sc_net(nodes=nodes, links=links, demands=demands, env=env)


def stated(node):
    """Return a node as SupplyNetPy wants it."""
    if not node["buys"]:
        return {"ID": node["name"], "name": node["name"], "node_type": "infinite_supplier"}
    return {
        "ID": node["name"],
        "name": node["name"],
        "node_type": "distributor",
        "capacity": float("inf"),
        "initial_level": node["level"],
        "inventory_holding_cost": 1.0,
        "replenishment_policy": SplitBaseStock,
        "policy_param": {"level": node["level"]},
        "product_buy_price": 1.0,
        "product_sell_price": 2.0,
    }


def simulate(work, days, replication=0):
    """Return the network and the seconds it took."""
    made = chain(work, replication)
    begin = time.process_time()
    scm.simulate_sc_net(made, sim_time=days, logging=False)
    return made, time.process_time() - begin


def trajectory(work):
    """Return what every buyer holds after the demand and before the orders of every day."""
    made = chain(work, 0)
    env, levels = made["env"], {node["name"]: [] for node in work["nodes"] if node["buys"]}

    def watch():
        yield env.timeout(0.4)
        while True:
            for name, level in levels.items():
                level.append(made["nodes"][name].inventory.level)
            yield env.timeout(1.0)

    env.process(watch())
    scm.simulate_sc_net(made, sim_time=work["days"], logging=False)
    return {"nodes": {name: {"level": level} for name, level in levels.items()}}


timing.answer({"trajectory": trajectory}, simulate)
