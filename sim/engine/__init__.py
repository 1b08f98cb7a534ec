"""The engine: SimPy decides when things happen, a compiled day step moves what flows in between."""

from sim.engine.plan import make_plan
from sim.engine.simulation import Run, run_once, run_pair, simulate
from sim.engine.state import Records
from sim.engine.user_processes import Door, OwnProcess

__all__ = ["Door", "OwnProcess", "Records", "Run", "make_plan", "run_once", "run_pair", "simulate"]
