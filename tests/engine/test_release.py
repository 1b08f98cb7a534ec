"""An office that releases: first grants, pace, lots, and how they meet what holds beside them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special

from sim.engine.replication import Replication, Trace
from sim.engine.simulation import Licence
from sim.engine.state_rows import SHARE
from sim.randomness import compiled_uniform, stream
from tests.runs import Prepared, prepare, z_score
from tests.worlds import Tree, add_supplier, date, event, one_plant

LINK, DAYS, START = "m/source-plant", 300, 10
SLOW = {"full": 0, "low": 0.4, "high": 0.4}
FROM_JP = {"from": "JP"}


def uniform(name: str, count: int = 0, replication: int = 0) -> float:
    return compiled_uniform(stream(0, f"release/{name}"), replication, count)


def world(
    release: Tree | None = None, events: Tree | None = None, *, plant: Tree | None = None, **regime: Any
) -> Prepared:
    """Return a plant whose supplier comes under the office on day 10."""
    section = {"standard": "20 days"} | (release or {})
    curb = {"curb": event("licence", START, FROM_JP, regime="individual")}
    terms = {"individual": {"release": section, "dispatch": "2 days"} | regime}
    return prepare(one_plant(events=curb | (events or {}), regimes=terms, **(plant or {})))


def granted(run: Trace, link: int = 0) -> list[Licence]:
    return [file for file in run.licences if file.link == link and not math.isnan(file.decided)]


def decided(run: Trace) -> list[float]:
    return [file.decided for file in granted(run)]


# first grants and pace -------------------------------------------------------------------------------


def test_the_first_grant_comes_when_the_file_is_through_and_ships_after_dispatch() -> None:
    path = world().run(DAYS)
    first = granted(path.run)[0]
    assert (first.filed, first.decided, first.usable, first.amount) == (10.0, 30.0, 32.0, 30.0)
    assert (first.stop_days, first.review_days, first.part) == (0.0, 20.0, 1.0)
    shipped = path.shipped(LINK)
    assert (shipped[START:32] == 0.0).all() and shipped[32] > 0.0


def test_papers_returns_spread_and_gap_add_up() -> None:
    release = {
        "spread": 0.6,
        "papers": "9 days",
        "returns": {"rounds": {"values": [0, 2], "weights": [0.0, 1.0]}, "time": "14 days"},
        "pair_gap": {"at_once": 0, "other": {"low": "5 days", "high": "120 days", "law": "loguniform"}},
    }
    prepared = world(release)
    for replication in range(20):
        first = granted(prepared.run(1000, replication=replication).run)[0]
        clock = 20.0 * math.exp(0.6 * special.ndtri(uniform("file/m/firm_JP", 0, replication)))
        mean = 5.0 * 24.0 ** uniform("mean_gap/m", 0, replication)
        gap = -mean * math.log1p(-uniform(f"gap/{LINK}", 0, replication))
        assert first.decided == pytest.approx(START + 37.0 + clock + gap)
        assert first.stop_days == 37.0 and first.review_days == pytest.approx(clock + gap)


def test_later_grants_follow_thresholds_of_their_own_and_wait_for_room() -> None:
    path = world({"lot": "20 days", "pace": SLOW}).run(1500)
    files, credit = granted(path.run), path.credit(LINK)
    assert len(files) > 20
    waited = 0
    for before, file in zip(files, files[1:], strict=False):
        turn = before.decided - math.log1p(-uniform(f"next/{LINK}", file.number)) * 20.0 / 0.4
        assert file.filed == before.decided and file.decided >= turn * (1.0 - 1e-12)
        if file.decided > turn * (1.0 + 1e-12):  # on the first morning on which less than half a lot is left
            day = round(file.decided)
            assert file.decided == day and credit[day - 1] < 10.0
            assert credit[day - 2] >= 10.0 or day - 1 < turn
            waited += 1
    assert 0 < waited < len(files) - 1


@pytest.mark.parametrize("full", [0.0, 0.3, 1.0])
def test_pace_is_full_with_its_chance_else_uniform(full: float) -> None:
    prepared = world({"pace": {"full": full, "low": 0.03, "high": 0.5}})
    paces = []
    for replication in range(200):
        office = prepared.run(12, replication=replication).run.simulation.release  # type: ignore[union-attr]
        assert office is not None
        paces.append(office.paces["m"])
    ones = np.array(paces) == 1.0
    if 0.0 < full < 1.0:
        assert abs(z_score(ones, full)) < 3.5
    assert ones.all() if full == 1.0 else (np.array(paces)[~ones] <= 0.5).all()
    if full < 1.0:
        assert abs(z_score(np.array(paces)[~ones], 0.265)) < 3.5


def test_need_speeds_the_hazard_while_the_buyer_is_short() -> None:
    """The hazard added up from grant to grant, day by day from the recorded cover, is the threshold."""
    need = {"values": [5], "cover_below": "12 days"}
    path = world(
        {"lot": "10 days", "pace": SLOW, "need": need}, plant={"cover": 20.0, "supplier_headroom": 2.0}
    ).run(800)
    stock, files = path.stock("plant/m"), granted(path.run)
    assert len(files) > 10
    exact = 0
    for before, file in zip(files, files[1:], strict=False):
        threshold = -math.log1p(-uniform(f"next/{LINK}", file.number))
        cuts = [before.decided, *range(math.floor(before.decided) + 1, math.ceil(file.decided)), file.decided]
        total = sum(
            (b - a) * 0.04 * (6.0 if stock[math.floor(a + 0.5) - 1] < 12.0 else 1.0)
            for a, b in zip(cuts, cuts[1:], strict=False)
        )
        assert total >= threshold * (1.0 - 1e-9)
        exact += total == pytest.approx(threshold)
    assert exact > 5
    assert (stock[50:] < 12.0).any() and (stock[50:] > 12.0).any()


def test_without_need_nothing_wakes_day_by_day() -> None:
    prepared = world({"pace": {"full": 0, "low": 0.05, "high": 0.05}})
    run = Replication(prepared.document, prepared.network, prepared.plan, seed=0, replication=0, days=DAYS)
    stops, day = 0, 0
    while day < DAYS:
        stops, day = stops + 1, run.flow(day, run.morning(day))
        run.wake(day)
    assert stops < 5 * len(run.trace.licences) + 5


def test_blocks_of_days_change_nothing() -> None:
    release = {"spread": 0.5, "pace": SLOW, "need": {"values": [5], "cover_below": "25 days"}}
    prepared = world(release, denial=0.2, resubmit="5 days", validity="40 days")
    blocks, daily = prepared.run(DAYS).run, prepared.run(DAYS, daily=True).run
    assert blocks.licences == daily.licences
    assert all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(blocks.records, daily.records, strict=True)
    )


# lots ------------------------------------------------------------------------------------------------


def test_lots_follow_the_shares_in_force_or_those_of_the_start() -> None:
    keep = event("qualification", 0, {"link": "m/spare-plant"}, keeps=1)
    curb = event("licence", START, FROM_JP, regime="individual")
    amounts = {}
    for contracts in ("start", "current"):
        release = {"standard": "90 days", "contracts": contracts}
        tree = one_plant(
            cover=5.0, events={"curb": curb, "keep": keep}, regimes={"individual": {"release": release}}
        )
        stages = {"first": {"after": "20 days", "max_share": 0.6}}
        add_supplier(tree, "spare", capacity=3.0, country="DE", lead=1, stages=stages)
        path = prepare(tree).run(101)
        link, simulation = path.network.links.index(LINK), path.run.simulation
        assert simulation is not None
        share = float(simulation.state.links[SHARE, link])  # at rest by the first grant
        amounts[contracts] = granted(path.run, link)[0].amount / share
    assert 0.3 < share < 0.7
    assert amounts == {"start": pytest.approx(30.0 / share), "current": pytest.approx(30.0, rel=0.01)}


def test_a_lot_lapses_and_credit_adds_up() -> None:
    path = world({"lot": "60 days"}, validity="25 days").run(DAYS)
    files, simulation = granted(path.run), path.run.simulation
    assert simulation is not None
    lapsed = [file for file in files if file.lapsed > 0.0]
    assert lapsed and lapsed[0].usable == lapsed[0].decided + 2.0
    usable = [file for file in files if not math.isnan(file.usable)]
    left = sum(f.amount - f.lapsed for f in usable) - float(simulation.state.drawn[0])
    assert simulation.licensed(0) == pytest.approx(left)


def test_denials_delay_each_grant_and_may_deny_all() -> None:
    assert decided(world(denial=1, resubmit="20 days").run(DAYS).run) == []
    prepared = world(denial=0.4, resubmit="7 days")
    for replication in range(30):
        first = granted(prepared.run(DAYS, replication=replication).run)[0]
        assert first.decided == 30.0 + 7.0 * first.denials and first.stop_days == 7.0 * first.denials
    denials = [granted(prepared.run(DAYS, replication=r).run)[0].denials for r in range(300)]
    assert abs(z_score(denials, 0.4 / 0.6)) < 3.5


# beside other curbs ------------------------------------------------------------------------------------


def test_files_go_on_under_an_embargo_and_their_credit_is_left_at_its_end() -> None:
    ban = {"ban": event("embargo", 0, FROM_JP, until=date(80))}
    path = world({}, ban).run(DAYS)
    assert decided(path.run)[0] == 30.0
    shipped = path.shipped(LINK)
    assert (shipped[:80] == 0.0).all() and shipped[80] > 0.0


def test_a_relief_makes_files_void_and_a_regime_that_comes_back_begins_afresh() -> None:
    relief = {"relief": event("licence", 20, FROM_JP, regime="special_bulk", until=date(100))}
    run = world({}, relief).run(DAYS).run
    assert run.licences[0].closed == 20.0 and math.isnan(run.licences[0].decided)
    assert granted(run)[0].filed == 100.0 and granted(run)[0].decided == 120.0


def test_special_bulk_for_those_with_a_record_comes_with_the_first_grant() -> None:
    eased = {"eased": event("licence", 15, FROM_JP, regime="special_bulk", record="needed")}
    path = world({}, eased).run(DAYS)
    assert decided(path.run) == [30.0]
    assert (path.shipped(LINK)[15:30] == 0.0).all() and path.shipped(LINK)[30] > 0.0


def test_catch_all_screening_reviews_its_lots_while_others_are_released() -> None:
    tree = one_plant(
        events={
            "curb": event("licence", START, {"link": LINK}, regime="individual"),
            "screen": event(
                "catch_all", START, {"material": "n"}, screening=1, lot="10 days", reorder="10 days"
            ),
        },
        regimes={"individual": {"review": {"n": "5 days"}, "release": {"standard": {"m": "20 days"}}}},
    )
    tree["materials"]["n"] = {"unit": "u"}
    tree["facilities"]["source"]["makes"]["n"] = {"headroom": 0.5}
    tree["facilities"]["plant"]["stocks"]["n"] = {"cover": "30 days"}
    tree["facilities"]["plant"]["makes"]["x"]["inputs"]["n"] = {"per_unit": "1 u"}
    tree["links"]["n/source-plant"] = tree["links"][LINK] | {"material": "n"}
    path = prepare(tree).run(60)
    names = path.network.links
    assert granted(path.run, names.index(LINK))[0].decided == 30.0
    assert granted(path.run, names.index("n/source-plant"))[0].decided == 15.0


# monotone, paired ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ({"standard": "30 days"}, {"standard": "20 days"}),
        ({"pace": {"full": 0.1, "low": 0.1, "high": 0.5}}, {"pace": {"full": 0.4, "low": 0.2, "high": 0.9}}),
        ({"lot": "30 days"}, {"lot": "20 days"}),
    ],
    ids=["standard", "pace", "lot"],
)
def test_a_shorter_standard_a_higher_pace_a_smaller_lot_bring_no_grant_later(
    usual: Tree, other: Tree
) -> None:
    base = {"spread": 0.6, "pace": SLOW}
    slow, fast = world(base | usual), world(base | other)
    for replication in range(30):
        late = decided(slow.run(DAYS, replication=replication).run)
        early = decided(fast.run(DAYS, replication=replication).run)
        assert len(early) >= len(late)
        assert all(a <= b + 1e-9 for a, b in zip(early, late, strict=False))


def test_terms_of_later_grants_move_no_first_grant() -> None:
    base = {"spread": 0.6, "pair_gap": {"other": "30 days"}}
    other = base | {"pace": SLOW, "lot": "7 days", "need": {"values": [0, 5]}, "contracts": "current"}
    usual, changed = world(base), world(other, denial=0, validity="30 days")
    for replication in range(10):
        firsts = [granted(w.run(1000, replication=replication).run)[0].decided for w in (usual, changed)]
        assert firsts[0] == firsts[1]


# grants as data -----------------------------------------------------------------------------------------


def told(day: int, **fields: Any) -> Tree:
    return {"date": date(day), "known_on": date(day), "material": "m", "source": "estimate"} | fields


def test_grants_known_by_a_day_condition_the_run_and_later_ones_do_not() -> None:
    tree = one_plant(
        events={"curb": event("licence", START, FROM_JP, regime="individual")},
        regimes={"individual": {"release": {"standard": "90 days", "spread": 0.6}}},
    )
    tree["observed_licences"] = {"first": told(77, exporter="firm_JP", buyer="plant")}
    free = prepare(tree).run(DAYS)
    for until, conditioned in ((date(76), False), (date(77), True)):
        tree["run"]["known_until"] = until
        found = decided(prepare(tree).run(DAYS).run)
        assert (found[0] == pytest.approx(77.0)) is conditioned
        if not conditioned:
            assert found == decided(free.run)


# a budget -----------------------------------------------------------------------------------------------


def test_a_budget_without_spread_is_a_pace_and_its_log_varies_as_written() -> None:
    even = decided(world({"budget": {"level": 0.4, "spread": 0}, "lot": "20 days"}).run(DAYS).run)
    number = 0
    assert even[0] == pytest.approx(START - math.log1p(-uniform(f"next/{LINK}", number)) * 20.0 / 0.4)
    varied = world({"budget": {"level": 0.5, "spread": 0.8, "memory": "40 days"}})
    logs = []
    for replication in range(60):
        office = varied.run(200, replication=replication).run.simulation.release  # type: ignore[union-attr]
        assert office is not None
        logs.append(np.log(np.diff(office.paces["m"]) / 0.5) / 0.8)
    values = np.array(logs)
    assert abs(z_score(values[:, 0], 0.0)) < 3.5 and abs(z_score(values[:, 150] ** 2, 1.0)) < 3.5
    assert abs(z_score(values[:, 100] * values[:, 140], math.exp(-1.0))) < 3.5
