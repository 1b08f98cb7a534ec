"""Steps 7 to 9 of the day: what buyers believe and order, and whether a threshold is crossed. Compiled."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import L_FIRST, L_LAST, S_FIRST, S_LAST, Part
from sim.engine.production import SLACK
from sim.engine.rows import (
    ADJUST,
    ARM_COVER,
    ARM_CREDIT,
    AVAILABLE,
    BASE_NEED,
    BUYER,
    COVER,
    CREDIT,
    FORECAST,
    FORECAST_WEIGHT,
    LEAD_DAYS,
    LEVEL,
    NEED,
    ORDER,
    ORDERED,
    RATION_BASE,
    RESERVE,
    SHIPPED,
    STOCK,
    TAKEN,
    TRANSIT,
    TRUST,
    USE,
)
from sim.jit import step
from sim.types import Floats, Ints

DUST = 1e-6  # relative; an order below it teaches nothing about a supplier
PROBE = 0.01  # least trust: who asks for nothing never learns that a supplier is back


@step
def learn(stocks: Floats, links: Floats, link_ints: Ints, options: Floats, part: Part) -> None:
    """Move the belief in each supplier towards the share of the order it filled (step 7); set A^theta."""
    exponent, weight = options[0], options[1]
    if exponent == 0.0:
        return
    for l in range(part[L_FIRST], part[L_LAST]):
        s = link_ints[BUYER, l]
        if links[ORDERED, l] > DUST * max(stocks[BASE_NEED, s], stocks[ORDER, s]):
            filled = links[SHIPPED, l] / links[ORDERED, l]
            if filled != 1.0 or links[AVAILABLE, l] != 1.0:
                links[AVAILABLE, l] += (filled - links[AVAILABLE, l]) * weight
                trust = links[AVAILABLE, l]
                links[TRUST, l] = max(PROBE, trust if exponent == 1.0 else trust**exponent)


@step
def place_orders(stocks: Floats, stock_ints: Ints, part: Part) -> None:
    """Decide the orders that act tomorrow (step 8, E9-E11)."""
    for s in range(part[S_FIRST], part[S_LAST]):
        position = stocks[STOCK, s] + stocks[TRANSIT, s]
        rule = stock_ints[FORECAST, s]
        if rule == 2:
            gap = stocks[USE, s] * (stocks[COVER, s] + stocks[LEAD_DAYS, s]) - position
            stocks[ORDER, s] = stocks[TAKEN, s] + (gap if gap > 0.0 else 0.0) / stocks[ADJUST, s]
            continue
        if rule == 1:
            stocks[NEED, s] += (stocks[USE, s] - stocks[NEED, s]) * stocks[FORECAST_WEIGHT, s]
        target = stocks[LEVEL, s]
        if np.isnan(target):
            target = stocks[NEED, s] * (stocks[COVER, s] + stocks[LEAD_DAYS, s])
        order = stocks[NEED, s] + (target + stocks[RESERVE, s] - position) / stocks[ADJUST, s]
        stocks[ORDER, s] = order if order > 0.0 else 0.0


@step
def crossed(stocks: Floats, links: Floats, part: Part) -> bool:
    """Tell whether an armed threshold is crossed this evening (step 9)."""
    for l in range(part[L_FIRST], part[L_LAST]):
        if (
            links[ARM_CREDIT, l] > -np.inf
            and links[CREDIT, l] < links[ARM_CREDIT, l] - SLACK * links[RATION_BASE, l]
        ):
            return True
    for s in range(part[S_FIRST], part[S_LAST]):
        if stocks[ARM_COVER, s] > -np.inf and stocks[STOCK, s] < stocks[ARM_COVER, s] * stocks[
            BASE_NEED, s
        ] * (1.0 - SLACK):
            return True
    return False
