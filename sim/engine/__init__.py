"""The engine: SimPy decides when things happen, a compiled day step moves what flows in between."""

from sim.engine.conductor import Run, run_once, simulate
from sim.engine.door import Door, OwnProcess
from sim.engine.pairs import run_pair
from sim.engine.plan import make_plan
from sim.engine.records import Records

__all__ = ["Door", "OwnProcess", "Records", "Run", "make_plan", "run_once", "run_pair", "simulate"]
