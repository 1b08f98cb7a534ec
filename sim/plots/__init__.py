"""Figures: functions that take a result and return matplotlib axes or figures."""

from sim.plots.covers import cover, stock_cover
from sim.plots.drawing import network
from sim.plots.outputs import output, process_output
from sim.plots.saving import figures, save, save_all
from sim.plots.trades import observed, trade

__all__ = [
    "cover",
    "figures",
    "network",
    "observed",
    "output",
    "process_output",
    "save",
    "save_all",
    "stock_cover",
    "trade",
]
