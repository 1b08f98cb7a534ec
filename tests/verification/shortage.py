"""A lasting shortage of one input: the small world, and its exact answers without the engine.

All amounts are in days of baseline use, all losses in days of output. Curbed days are the days j = 1 to J on
which the input arrives short. On each, fill is what the input allows of the starts that are wanted.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

from sim.types import Floats
from tests.runs import run
from tests.worlds import Tree, date, event, facility, final, link, stock, tree

BASE = 10.0  # starts a day
WEIGHT = 0.25  # v of the curbed input
SLACK = 1e-9


@dataclass(frozen=True)
class Case:
    """A stock, a lead time, a curb and perhaps thrift."""

    cover: float = 12.0
    lead: int = 3
    days: int = 87  # of the run
    start: int = 4
    length: int | None = None  # of the curb; None: to the end of the run
    saving: float = 0.0
    below: float = 0.0  # at least 1 with a saving: thrift then begins before the stock runs out

    @property
    def curbed(self) -> int:
        """J: goods of the first curbed day are used after the lead time, or on the next day (E39)."""
        seen = self.days - self.start - max(1, self.lead)
        return seen if self.length is None else min(self.length, seen)

    @property
    def spare(self) -> float:
        """M: what is left on the last whole day after use; with lead 0 the evening's delivery is in c."""
        return self.cover - (self.lead == 0)


@dataclass(frozen=True)
class Family:
    """A way of production; `theta`, `omega` and `psi` are read where the name asks for them."""

    name: str
    theta: float = 0.5
    omega: float = 1.0
    psi: float = 0.8

    def loss(self, fill: float) -> float:
        """f: loss of a day at a fill of the curbed input (E42); E7 takes next to nothing for nothing."""
        fill = fill if fill >= SLACK else 0.0
        if self.name in {"pbl", "leontief"}:
            return (self.omega if self.name == "pbl" else 1.0) * (1.0 - fill)
        if self.name == "linear":
            return WEIGHT * (1.0 - fill)
        if self.theta == 1.0:
            return 1.0 - fill**WEIGHT
        if self.theta == 0.0 or (self.theta < 1.0 and fill == 0.0):
            return 1.0 - fill
        power = (self.theta - 1.0) / self.theta
        return 1.0 - (WEIGHT * fill**power + 1.0 - WEIGHT) ** (1.0 / power)

    def slope(self, fill: float) -> float:
        """Slope of f in the part of the input that is missing, of ces with theta not 0 or 1."""
        power = (self.theta - 1.0) / self.theta
        return WEIGHT * fill ** (power - 1.0) * (1.0 - self.loss(fill)) ** (1.0 - power)


def fills(case: Case, s: float) -> list[float]:
    """Return the fill of every curbed day, day by day as the model orders it (E40)."""
    left, found = case.spare, []
    for _ in range(case.curbed):
        at_hand = left + 1.0 - s
        amount = 1.0 - case.saving if at_hand < case.below * (1.0 - SLACK) else 1.0
        found.append(min(1.0, at_hand / amount))
        left = at_hand - min(at_hand, amount)
    return found


def exact_loss(case: Case, family: Family, s: float) -> float:
    """Return the loss in closed form (E41, E42): whole days, the day on which the stock runs out, the rest."""
    x, m, days = case.saving, case.spare, case.curbed
    full = math.floor((m + 1.0 - case.below) / s) if x else 0  # days before thrift begins
    if s <= x:
        return 0.0
    whole = full + math.floor((m - s * full) / (s - x))
    if whole >= days:
        return 0.0
    left = m - s * full - (s - x) * (whole - full)
    partly = family.loss((left + 1.0 - s) / (1.0 - x))
    return partly + (days - whole - 1) * family.loss((1.0 - s) / (1.0 - x))


def kink(case: Case) -> float:
    """Return the smallest shortage beyond which there is a loss, of every family but ario (E43)."""
    x, m, days = case.saving, case.spare, case.curbed
    if not x:
        return m / days
    reach = m + 1.0 - case.below  # thrift begins after floor(reach / s) days
    found = ((x + (m - x * full) / days, full) for full in range(int(reach * days)))
    return min(s for s, full in found if s > x and math.floor(reach / s) == full)


def adaptive_starts(case: Case, family: Family, s: float) -> list[float]:
    """Return starts of an ario process on every curbed day, day by day (E8)."""
    left, found = case.spare, []
    for _ in range(case.curbed):
        at_hand = left + 1.0 - s
        amount = 1.0 - case.saving if at_hand < case.below * (1.0 - SLACK) else 1.0
        found.append(min(1.0, at_hand / (family.psi * case.cover * amount)))
        left = at_hand - min(at_hand, amount * found[-1])
    return found


def adaptive_loss(case: Case, family: Family, s: float) -> float:
    """Return the loss of an ario process in closed form (E44), for psi c >= 1 and no thrift."""
    asked = family.psi * case.cover
    first = max(1, math.floor((case.spare + 1.0 - asked) / s) + 1)
    short = case.curbed - first + 1
    if short <= 0:
        return 0.0
    at_hand = case.spare + 1.0 - s * first
    return s * short - (at_hand - asked * (1.0 - s)) * (1.0 - (1.0 - 1.0 / asked) ** short)


def adaptive_run(case: Case, family: Family, s: float) -> list[float]:
    """Return starts of an ario process on every day of a run, its orders (E11) and the recovery included."""
    held, order = case.cover, 1.0
    transit = [1.0] * case.lead
    end = case.days if case.length is None else case.start + case.length
    found = []
    for day in range(case.days):
        shipped = min(order, 1.0 - s if case.start <= day < end else 1.0)
        at_hand = held + (transit.pop(0) if case.lead else 0.0)
        found.append(min(1.0, at_hand / (family.psi * case.cover)))
        held = at_hand - found[-1] + (0.0 if case.lead else shipped)
        transit += [shipped] if case.lead else []
        order = found[-1] + max(0.0, case.cover + case.lead - held - sum(transit))
    return found


def world(case: Case, family: Family, s: float, **changes: Any) -> Tree:
    """Return a plant with two inputs: `m`, which is curbed on both of its links, and plenty of `o`."""
    inputs = {"m": {"per_unit": "2 u", "criticality": family.omega}, "o": {"per_unit": "3 u"}}
    made = {"headroom": 0.0, "inputs": inputs, "production": family.name}
    made |= {"elasticity": family.theta, "psi": family.psi}
    facilities = {
        "one": facility({"m": {"headroom": 0.0}}, country="JP"),
        "two": facility({"m": {"headroom": 0.0}}, country="JP"),
        "other": facility({"o": {"headroom": "900 %"}}, country="US"),
        "plant": facility({"x": made | changes.pop("plant", {})}, {"m": stock(case.cover), "o": stock(20.0)}),
    }
    links = {
        "m/one-plant": link("one", "plant", "m", lead=case.lead, share=0.7),
        "m/two-plant": link("two", "plant", "m", lead=case.lead, share=0.3),
        "o/other-plant": link("other", "plant", "o", lead=1),
    }
    prices = {"m": {"price": "3 USD/u"}, "o": {"price": "6 USD/u"}}  # 6 of 24 USD a start
    demand = final("plant", "x", BASE, **changes.pop("demand", {}))
    sections = {"events": curb(case, s), "model": {"switching": 0.0}, "materials": prices}
    return tree(facilities, links, {"x": demand}, **sections) | changes


def curb(case: Case, s: float) -> Tree:
    """Return the quota, and thrift from the first day of the run."""
    select = {"material": "m", "to": {"facility": "plant"}}
    quota = event("quota", case.start, select, allow=f"{100.0 * (1.0 - s)!r} % of baseline")
    quota |= {"period": "day", "pool": "per_link"}
    if case.length is not None:
        quota["until"] = date(case.start + case.length)
    if not case.saving:
        return {"quota": quota}
    save = event("thrift", 0, {"material": "m"}, saving=case.saving, below=f"{case.below!r} days")
    return {"quota": quota, "save": save}


def losses(document: Tree, days: int) -> Floats:
    """Return days of output lost by the plant on every day of a run."""
    document["run"]["end"] = date(max(days, 364))
    return 1.0 - run(document, days).starts("plant/x") / BASE


@functools.cache
def engine_loss(case: Case, family: Family, s: float) -> float:
    """Return days of output lost in a run of the engine; kept, as several tests ask for the same run."""
    return float(losses(world(case, family, s), case.days).sum())
