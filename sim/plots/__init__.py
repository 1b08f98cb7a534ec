"""Figures: functions that take a result and return matplotlib axes or figures.

Every function takes `width`, in mm: 89 (one column) or 183 (two columns) of a journal; when left out, what
suits the figure. Those that fill one axes take `ax` to draw on an axes among others.
"""

from sim.plots.cases import hindcast, stop_contours
from sim.plots.experiments import roles, swept
from sim.plots.losses import exceedance, loss_by_material, lost_value, spread
from sim.plots.network import network
from sim.plots.saving import figures, save, save_all
from sim.plots.sensitivity import importance, sensitivity, structure
from sim.plots.time_series import cover, output, process_output, stock_cover
from sim.plots.trade import licences, observed, trade

__all__ = [
    "cover",
    "exceedance",
    "figures",
    "hindcast",
    "importance",
    "licences",
    "loss_by_material",
    "lost_value",
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


def __dir__() -> list[str]:
    return sorted(__all__)
