"""The engine: SimPy decides when things happen, a compiled day step moves what flows in between."""

from sim.engine.plan import make_plan
from sim.engine.replication import Trace, simulate_one, simulate_pair
from sim.engine.state import Records
from sim.engine.user_processes import OwnProcess, World

__all__ = [
    "OwnProcess",
    "Records",
    "Trace",
    "World",
    "make_plan",
    "simulate_one",
    "simulate_pair",
]
