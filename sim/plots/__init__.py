"""Figures: functions that take a result and return matplotlib axes or figures."""

from sim.plots.arms import roles
from sim.plots.contours import stop_contours
from sim.plots.covers import cover, stock_cover
from sim.plots.drawing import network
from sim.plots.exceedances import exceedance
from sim.plots.hindcasts import hindcast
from sim.plots.licences import licences
from sim.plots.losses import loss_by_material
from sim.plots.outputs import output, process_output
from sim.plots.saving import figures, save, save_all
from sim.plots.sensitivities import sensitivity
from sim.plots.shares import importance, structure
from sim.plots.spreads import spread
from sim.plots.sweeps import swept
from sim.plots.trades import observed, trade

__all__ = [
    "cover",
    "exceedance",
    "figures",
    "hindcast",
    "importance",
    "licences",
    "loss_by_material",
    "network",
    "observed",
    "output",
    "process_output",
    "roles",
    "save",
    "save_all",
    "sensitivity",
    "spread",
    "stock_cover",
    "stop_contours",
    "structure",
    "swept",
    "trade",
]
