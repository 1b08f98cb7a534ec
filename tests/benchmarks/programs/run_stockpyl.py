"""Run stockpyl on a network of base-stock nodes; executed by the interpreter of its own environment.

Works name nodes with level, lead, order_lead, opening and flow, edges (supplier, buyer) and demand by node.
"""

import time
from importlib.metadata import version

import timing
from stockpyl.demand_source import DemandSource
from stockpyl.policy import Policy
from stockpyl.sim import initialize, step
from stockpyl.supply_chain_network import SupplyChainNetwork
from stockpyl.supply_chain_node import SupplyChainNode


def network(work, replication=0):
    """Return a network of stockpyl."""
    found, places = SupplyChainNetwork(), {}
    for i, node in enumerate(work["nodes"]):
        places[node["name"]] = i
        made = SupplyChainNode(i, name=node["name"])
        made.initial_inventory_level = node["opening"]
        made.initial_shipments = made.initial_orders = node["flow"]
        made.shipment_lead_time, made.order_lead_time = node["lead"], node["order_lead"]
        made.inventory_policy = Policy(type="BS", base_stock_level=node["level"], node=made)
        if not node["buys"]:
            made.supply_type = "U"
        if node["name"] in work["demand"]:
            series = work["demand"][node["name"]][replication]
            made.demand_source = DemandSource(type="D", demand_list=series)
        found.add_node(made)
    for supplier, buyer in work["edges"]:
        found.add_edge(places[supplier], places[buyer])
    return found


def simulate(work, days, replication=0):
    """Return the network after its days and the seconds they took."""
    made = network(work, replication)
    begin = time.process_time()
    initialize(made, days)
    for _ in range(days):
        step(made, consistency_checks="E")
    return made, time.process_time() - begin


def daily(made, days):
    """Return what every node holds (negative: owes), ships and orders, by day."""
    return {
        node.name: {
            "level": [next(iter(s.inventory_level.values())) for s in node.state_vars[:days]],
            "shipped": [total(s.outbound_shipment) for s in node.state_vars[:days]],
            "ordered": [total(s.order_quantity) for s in node.state_vars[:days]],
        }
        for node in made.nodes
    }


def total(nested):
    """Return the sum over neighbours and products."""
    return sum(sum(inner.values()) for inner in nested.values())


def trajectory(work):
    """Return the days of every node."""
    made, _ = simulate(work, work["days"])
    return {"version": version("stockpyl"), "nodes": daily(made, work["days"])}


timing.answer({"trajectory": trajectory}, simulate)
