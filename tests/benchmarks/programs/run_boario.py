"""Run BoARIO on an input-output table; executed by the interpreter of its own environment.

Works give regions, sectors, `flows` (row, column, value a day), `final` (row, region, value a day), days of
stock by sector, and the losses of capacity by industry; industries are numbered region by region.
"""

import logging
import time
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
import pymrio
import timing

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from boario.event import from_series  # noqa: E402
from boario.extended_models import ARIOPsiModel  # noqa: E402
from boario.simulation import Simulation  # noqa: E402

YEAR = 365


def table(work):
    """Return the input-output table of a year."""
    industries = pd.MultiIndex.from_product([work["regions"], work["sectors"]], names=["region", "sector"])
    flows, final = np.zeros((len(industries),) * 2), np.zeros((len(industries), len(work["regions"])))
    for matrix, entries in ((flows, work["flows"]), (final, work["final"])):
        for row, column, value in entries:
            matrix[int(row), int(column)] = value * YEAR
    users = pd.MultiIndex.from_product([work["regions"], ["final"]], names=["region", "category"])
    made = pymrio.IOSystem(
        Z=pd.DataFrame(flows, index=industries, columns=industries),
        Y=pd.DataFrame(final, index=industries, columns=users),
    )
    return made.calc_all()


def build(work, made, days, scale=1.0):
    """Return a simulation; the event holds for two steps longer than its duration in BoARIO 0.7.2."""
    model = ARIOPsiModel(
        made,
        order_type="noalt",
        alpha_base=1.0,
        alpha_max=work["alpha_max"],
        alpha_tau=work["alpha_tau"],
        psi_param=work["psi"],
        inventory_restoration_tau=work["restoration"],
        inventory_dict=dict(zip(work["sectors"], work["cover"])),
        monetary_factor=1,
        productive_capital_to_VA_dict={sector: 4 for sector in work["sectors"]},
    )
    simulation = Simulation(model, n_temporal_units_to_sim=days)
    begin = work["first"] - 1
    duration = min(work["last"] - work["first"] - 1, days - begin - 1)
    losses = pd.Series(scale * np.array(list(work["losses"].values())), index=places(work))
    simulation.add_event(
        from_series(
            losses,
            event_type="arbitrary",
            occurrence=begin,
            duration=duration,
            recovery_tau=1,
        )
    )
    return simulation


def places(work):
    """Return the industries that lose capacity."""
    wide = len(work["sectors"])
    pairs = [(work["regions"][int(i) // wide], work["sectors"][int(i) % wide]) for i in work["losses"]]
    return pd.MultiIndex.from_tuples(pairs, names=["region", "sector"])


def simulate(work, made, days, scale=1.0):
    """Return the simulation after its days and the seconds of its loop."""
    simulation = build(work, made, days, scale)
    begin = time.process_time()
    simulation.loop()
    return simulation, time.process_time() - begin


def trajectory(work):
    """Return production and unmet final demand of every industry, by day."""
    simulation, _ = simulate(work, table(work), work["days"])
    return {
        "version": version("boario"),
        "output": simulation.production_realised.to_numpy().tolist(),
        "unmet": simulation.final_demand_unmet.to_numpy().tolist(),
    }


def speed(work):
    """Return how long the days take."""
    made = table(work)
    return timing.days_within(lambda days: simulate(work, made, days)[1], work)


def ensemble(work):
    """Return how long replications take, each with losses of another size; BoARIO builds its model anew."""
    made = table(work)
    return timing.replications_within(
        lambda i: simulate(work, made, work["days"], 0.5 + 0.4 * i / work["replications"]),
        work,
    )


timing.answer({"trajectory": trajectory, "speed": speed, "ensemble": ensemble})
