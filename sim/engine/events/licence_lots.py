"""Lots that were granted: dispatch, credit on their link, and the end of their validity."""

from __future__ import annotations

from sim.engine.licence_terms import Holder
from sim.engine.regimes import record
from sim.engine.simulation import Licence, ProcessGenerator, Simulation


def use(simulation: Simulation, holder: Holder, file: Licence, dispatch: float) -> ProcessGenerator:
    """Take a lot that is granted now through dispatch and the end of its validity."""
    validity = holder.terms.validity
    file.decided = simulation.now
    if file.required:
        record(simulation, holder.link)
    yield simulation.until(file.decided + min(dispatch, validity))
    credit(simulation, holder, file)
    if validity > dispatch:
        yield simulation.until(file.decided + validity)
    lapse(simulation, holder, file)


def credit(simulation: Simulation, holder: Holder, file: Licence) -> None:
    """Add a granted lot to the credit of its link."""
    if not simulation.holds(holder):
        return
    file.usable = simulation.now
    holder.pending -= file.amount
    holder.credited += file.granted
    file.upto = holder.credited
    simulation.add_credit(holder.link, holder.files, file.granted)
    simulation.rearm(holder.link, holder.reorder_level - holder.pending)


def lapse(simulation: Simulation, holder: Holder, file: Licence) -> None:
    """Take back what is left of a lot, lots being drawn first in, first out."""
    if not simulation.holds(holder):
        return
    left = file.upto - float(simulation.state.drawn[holder.link]) - holder.lapsed
    file.lapsed = max(0.0, min(left, simulation.licensed(holder.link)))
    holder.lapsed += file.lapsed
    simulation.add_credit(holder.link, holder.files, -file.lapsed)
