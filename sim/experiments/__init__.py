"""Experiments: running scenarios, comparing them, sweeping values, drawing what is uncertain."""

from sim.experiments.calibration import Calibration, calibrate
from sim.experiments.comparison import Comparison, compare
from sim.experiments.grid import Sweep, sweep
from sim.experiments.hindcasting import Hindcast, hindcast
from sim.experiments.identification import Identification, identify
from sim.experiments.roles import roles_table
from sim.experiments.runs import run
from sim.experiments.sensitivities import Sensitivity, sensitivity
from sim.experiments.thresholds import stop_threshold

__all__ = [
    "Calibration",
    "Comparison",
    "Hindcast",
    "Identification",
    "Sensitivity",
    "Sweep",
    "calibrate",
    "compare",
    "hindcast",
    "identify",
    "roles_table",
    "run",
    "sensitivity",
    "stop_threshold",
    "sweep",
]
