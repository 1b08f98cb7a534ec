"""The loss curve of a lasting shortage, its kink, its shape and the order of families."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.runs import run
from tests.verification.shortage import (
    BASE,
    WEIGHT,
    Case,
    Family,
    adaptive_loss,
    adaptive_run,
    adaptive_starts,
    engine_loss,
    exact_loss,
    fills,
    kink,
    losses,
    world,
)

SHORTAGES = [0.15, 0.30, 0.45, 0.80]
PLAIN, SAME_DAY, BRIEF = Case(), Case(lead=0), Case(length=37)
THRIFTY, THRIFTY_SAME_DAY = Case(saving=0.2, below=5.0), Case(cover=7.3, lead=0, saving=0.1, below=3.0)
CASES = [PLAIN, SAME_DAY, BRIEF, THRIFTY, THRIFTY_SAME_DAY]
LEONTIEF, LINEAR, ARIO = Family("leontief"), Family("linear"), Family("ario")
CRITICAL, IMPORTANT, MINOR = Family("pbl"), Family("pbl", omega=0.5), Family("pbl", omega=0.0)
CES = [Family("ces", theta=theta) for theta in (0.0, 0.1, 0.5, 1.0, 2.0)]
SHARED_STOCK = [LEONTIEF, CRITICAL, IMPORTANT, MINOR, LINEAR, *CES]  # one path of stock for all of these


def label(value: object) -> str:
    """Name a family or a case by the fields that differ from the usual."""
    usual = Family("leontief") if isinstance(value, Family) else Case()
    if not isinstance(value, Family | Case):
        return str(value)
    changed = {k: v for k, v in vars(value).items() if k == "name" or v != vars(usual)[k]}
    return "-".join(f"{v}" if k == "name" else f"{k}{v:g}" for k, v in changed.items()) or "plain"


# The loss -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", SHORTAGES)
@pytest.mark.parametrize("family", SHARED_STOCK, ids=label)
@pytest.mark.parametrize("case", CASES, ids=label)
def test_loss_is_that_of_whole_days_a_part_and_the_rest(case: Case, family: Family, s: float) -> None:
    """E40 to E42: the engine, the recursion over days and the closed form agree."""
    loss = exact_loss(case, family, s)
    assert engine_loss(case, family, s) == pytest.approx(loss, abs=1e-9)
    assert sum(family.loss(fill) for fill in fills(case, s)) == pytest.approx(loss, abs=1e-9)


@pytest.mark.parametrize("s", SHORTAGES)
@pytest.mark.parametrize("case", [PLAIN, SAME_DAY, BRIEF], ids=label)
def test_leontief_loses_the_missing_goods_less_the_stock(case: Case, s: float) -> None:
    """E42 for Leontief: max(0, s J - M), of which an important input costs the part omega."""
    loss = max(0.0, s * case.curbed - case.spare)
    assert engine_loss(case, LEONTIEF, s) == pytest.approx(loss, abs=1e-9)
    assert engine_loss(case, IMPORTANT, s) == pytest.approx(0.5 * loss, abs=1e-9)
    assert engine_loss(case, LINEAR, s) == pytest.approx(WEIGHT * loss, abs=1e-9)


@pytest.mark.parametrize("s", SHORTAGES)
@pytest.mark.parametrize("family", [*CES[1:], LINEAR], ids=label)
def test_once_the_stock_is_gone_every_day_loses_the_same(family: Family, s: float) -> None:
    """Steady state of E6 and E7: (v (1 - s)^((theta-1)/theta) + 1 - v)^(theta/(theta-1)) is made."""
    if family.name == "linear":
        made = 1.0 - WEIGHT * s
    elif family.theta == 1.0:
        made = (1.0 - s) ** WEIGHT
    else:
        power = (family.theta - 1.0) / family.theta
        made = (WEIGHT * (1.0 - s) ** power + 1.0 - WEIGHT) ** (1.0 / power)
    case = replace(PLAIN, days=120)
    assert losses(world(case, family, s), case.days)[-15:] == pytest.approx(1.0 - made, abs=1e-9)


@pytest.mark.parametrize("s", SHORTAGES)
@pytest.mark.parametrize("case", CASES[:2] + CASES[3:], ids=label)
def test_ario_loses_as_its_own_rule_of_use_says(case: Case, s: float) -> None:
    """E44: day by day; in closed form without thrift; and (psi c - 1)(1 - s) more than Leontief in the end."""
    loss = sum(1.0 - starts for starts in adaptive_starts(case, ARIO, s))
    assert engine_loss(case, ARIO, s) == pytest.approx(loss, abs=1e-9)
    if not case.saving:
        assert loss == pytest.approx(adaptive_loss(case, ARIO, s), abs=1e-9)
        long = replace(case, days=400)
        more = (ARIO.psi * case.cover - 1.0) * (1.0 - s)
        assert adaptive_loss(long, ARIO, s) - exact_loss(long, LEONTIEF, s) == pytest.approx(more, abs=1e-9)


@pytest.mark.parametrize("s", SHORTAGES)
def test_ario_that_may_use_its_last_day_of_stock_is_leontief(s: float) -> None:
    """E8 with psi c = 1."""
    last = Family("ario", psi=1.0 / 12.0)
    assert engine_loss(PLAIN, last, s) == pytest.approx(exact_loss(PLAIN, LEONTIEF, s), abs=1e-9)


@pytest.mark.parametrize("s", SHORTAGES)
@pytest.mark.parametrize("lead", [0, 3, 15])
def test_ario_goes_on_losing_after_a_brief_shortage(lead: int, s: float) -> None:
    """E45: until its stock is back it loses all that is missing beyond M + 1 - psi c."""
    case = Case(lead=lead, length=37, days=500)
    path = losses(world(case, ARIO, s), case.days)
    assert path == pytest.approx(1.0 - np.array(adaptive_run(case, ARIO, s)), abs=1e-9)
    reach = case.spare + 1.0 - ARIO.psi * case.cover
    assert path.sum() == pytest.approx(max(0.0, s * 37 - reach), abs=1e-9)


@pytest.mark.parametrize("s", SHORTAGES)
def test_links_of_different_leads_bite_each_on_its_day(s: float) -> None:
    """E39: M = c - z and J = sum of w_l J_l, here 0.3 of the goods with lead 0 and 0.7 with lead 6."""
    document = world(PLAIN, LEONTIEF, s)
    for name, lead in (("m/one-plant", 6), ("m/two-plant", 0)):
        document["links"][name]["lead_time"] = f"{lead} days"
    seen = 0.7 * (87 - 4 - 6) + 0.3 * (87 - 4 - 1)
    assert losses(document, 87).sum() == pytest.approx(max(0.0, s * seen - (12.0 - 0.3)), abs=1e-9)


@pytest.mark.parametrize("s", SHORTAGES)
def test_a_cycle_hides_the_loss_of_the_last_starts(s: float) -> None:
    """E39: output follows starts after C days, here 9, so the run sees the loss of C days less."""
    document = world(PLAIN, LEONTIEF, s, plant={"cycle_time": "9 days"})
    lost = 1.0 - run(document, PLAIN.days).output("plant/x") / BASE
    assert lost.sum() == pytest.approx(max(0.0, s * (80 - 9) - 12.0), abs=1e-9)


@pytest.mark.parametrize("s", SHORTAGES)
def test_headroom_makes_up_what_waits_after_the_shortage_and_nothing_that_is_lost(s: float) -> None:
    """Leontief, headroom 0.25 at both ends: a quarter of a day is made up each day once the curb is over."""
    case = Case(length=60, days=107)
    room = {"plant": {"headroom": 0.25}}
    loss, after = s * 60 - 12.0, 107 - 4 - 3 - 60
    for unmet, left in (("lost", max(0.0, loss)), ("backlog", max(0.0, loss - 0.25 * after))):
        document = world(case, LEONTIEF, s, **room, demand={"unmet": unmet})
        for name in ("one", "two"):
            document["facilities"][name]["makes"]["m"]["headroom"] = 0.25
        assert losses(document, case.days).sum() == pytest.approx(left, abs=1e-9)


@pytest.mark.parametrize(("family", "whole"), [(LEONTIEF, 2.1), (LINEAR, 2.1 * WEIGHT), (CES[2], None)])
def test_a_weekly_quota_is_used_up_early_in_the_week(family: Family, whole: float | None) -> None:
    """Of 4.9 days a week 4 come whole, 0.9 on the fifth day, nothing on two: curvature costs more than daily."""
    document = world(Case(start=6, lead=1), family, 0.3)  # 7 January 2019 is a Monday
    document["events"]["quota"]["period"] = "week"
    week = losses(document, 120)[6 + 1 + 7 * 14 :][:7]
    parts = [0.0] * 4 + [family.loss(0.9), family.loss(0.0), family.loss(0.0)]
    assert week == pytest.approx(parts, abs=1e-9)
    assert week.sum() == pytest.approx(whole or 2.0 + family.loss(0.9), abs=1e-9)
    assert week.sum() > 7.0 * family.loss(0.7) - 1e-9


# The kink -----------------------------------------------------------------------------------------

MOVES = [
    (PLAIN, 12.0 / 80.0),
    (replace(PLAIN, cover=20.0), 20.0 / 80.0),
    (replace(PLAIN, days=127), 12.0 / 120.0),
    (replace(PLAIN, lead=13), 12.0 / 70.0),
    (SAME_DAY, 11.0 / 82.0),
    (BRIEF, 12.0 / 37.0),
    (THRIFTY, 0.2 + (12.0 - 0.2 * 28) / 80.0),
    (replace(THRIFTY, below=8.0), 0.2 + (12.0 - 0.2 * 16) / 80.0),
    (replace(THRIFTY, cover=20.0), None),
    (replace(THRIFTY, days=127), None),
    (replace(THRIFTY, saving=0.15), None),
]


@pytest.mark.parametrize(("case", "at"), MOVES, ids=label)
def test_loss_begins_at_the_kink_that_stock_thrift_and_horizon_set(case: Case, at: float | None) -> None:
    """E43: nothing is lost below s*, and just above it the last day loses at the slope f'(0) J / (1 - x)."""
    turn, step = kink(case), 1e-6
    assert at is None or turn == pytest.approx(at, rel=1e-12)
    for family in (LEONTIEF, LINEAR, *CES[1:4]):
        assert engine_loss(case, family, turn - step) == pytest.approx(0.0, abs=1e-9)
        slope = 1.0 if family is LEONTIEF else WEIGHT
        loss = engine_loss(case, family, turn + step)
        assert loss == pytest.approx(step * slope * case.curbed / (1.0 - case.saving), rel=0.01)


@pytest.mark.parametrize("case", [PLAIN, THRIFTY], ids=label)
def test_an_input_that_is_not_critical_has_no_kink(case: Case) -> None:
    """With omega = 0 nothing is lost at any s: what is missing was substituted."""
    assert [engine_loss(case, MINOR, s) for s in (0.1, *SHORTAGES, 1.0)] == pytest.approx([0.0] * 6, abs=1e-9)


@pytest.mark.parametrize("case", [PLAIN, SAME_DAY, replace(PLAIN, days=127)], ids=label)
@pytest.mark.parametrize("psi", [0.8, 0.5])
def test_ario_begins_to_lose_at_psi_of_its_cover(case: Case, psi: float) -> None:
    """E44: s* = (M + 1 - psi c) / J, less than for the others; the slope there is J / (psi c)."""
    family, step = Family("ario", psi=psi), 1e-6
    turn = (case.spare + 1.0 - psi * case.cover) / case.curbed
    assert turn < kink(case)
    assert engine_loss(case, family, turn - step) == pytest.approx(0.0, abs=1e-9)
    slope = case.curbed / (psi * case.cover)
    assert engine_loss(case, family, turn + step) == pytest.approx(step * slope, rel=1e-6)


@pytest.mark.parametrize("s", [0.05, 0.15, 0.2])
def test_a_saving_that_is_as_large_as_the_shortage_is_enough_for_ever(s: float) -> None:
    """With s <= x the stock climbs back to the threshold: never short, however long (b >= 1)."""
    case = replace(THRIFTY, days=400)
    assert engine_loss(case, LEONTIEF, s) == pytest.approx(0.0, abs=1e-9)
    assert engine_loss(replace(case, saving=0.0), LEONTIEF, s) > 1.0


# The shape ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [LEONTIEF, IMPORTANT, LINEAR, ARIO], ids=label)
def test_loss_is_convex_in_the_shortage(family: Family) -> None:
    """Leontief, pbl and linear are straight beyond the kink; of ario every day is convex in s."""
    curve = np.array([engine_loss(PLAIN, family, float(s)) for s in np.linspace(0.03, 0.99, 17)])
    assert np.diff(curve, 2).min() > -1e-9
    straight = np.diff(curve[3:], 2)
    assert (family is ARIO) == bool(straight.max() > 1e-6)


@pytest.mark.parametrize("family", CES[1:3], ids=label)
@pytest.mark.parametrize("day", [20, 40])
def test_ces_bends_back_where_one_more_day_is_whole(family: Family, day: int) -> None:
    """At s = M / j the slope falls by j (f'(s) - f'(0)): convex in the large, not from day to day."""
    at, step = PLAIN.spare / day, 1e-6
    below, here, above = (engine_loss(PLAIN, family, at + move) for move in (-step, 0.0, step))
    fall = (2.0 * here - below - above) / step
    assert fall == pytest.approx(day * (family.slope(1.0 - at) - WEIGHT), rel=1e-2)
    assert fall > 0.0


def test_a_larger_shortage_that_calls_for_thrift_a_day_earlier_loses_less() -> None:
    """E43: at s = (M + 1 - b) / k the loss falls by x / (1 - x) of a day: with thrift it is not monotone."""
    at, step = (12.0 + 1.0 - 5.0) / 28, 1e-6
    below, above = (engine_loss(THRIFTY, LEONTIEF, at + move) for move in (-step, step))
    assert below > 0.5
    assert below - above == pytest.approx(0.2 / 0.8, abs=1e-3)


# The order of families ----------------------------------------------------------------------------


@pytest.mark.parametrize("s", SHORTAGES)
@pytest.mark.parametrize("case", [PLAIN, SAME_DAY, THRIFTY], ids=label)
def test_families_lose_in_the_order_of_what_they_can_substitute(case: Case, s: float) -> None:
    """not critical <= linear <= ces by falling theta <= Leontief <= ario, strictly once the stock runs out."""
    order = [MINOR, LINEAR, *reversed(CES[1:]), LEONTIEF, ARIO]
    loss = [engine_loss(case, family, s) for family in order]
    assert np.diff(loss).min() > -1e-9
    assert loss[-2] < 1e-9 or np.diff(loss).min() > 1e-3
