"""Licences: the office, the files and the credit they become, against exact answers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.randomness import key, uniform
from tests.runs import Path, lost_days, prepare, run, z_score
from tests.worlds import Tree, event, facility, final, link, one_plant, stock, tree

LINK = "m/source-plant"


def curbed(review: object, cover: float, *, headroom: float = 0.0, **regime: object) -> Tree:
    """Return a world of individual licences from day 0, lead time 5 days."""
    terms = {"review": review, "lot": "order", "validity": "3000 days"} | regime
    return one_plant(
        rate=1.0,
        cover=cover,
        lead=5.0,
        adjustment=10.0,
        supplier_headroom=headroom,
        events={"curb": event("licence", 0, {"material": "m"}, regime="individual")},
        regimes={"individual": terms},
    )


def outage(path: Path) -> int:
    """Return how many days of output are lost; every lost day is lost whole."""
    output = path.output("plant/x")
    days = lost_days(output, 1.0)
    assert float((1.0 - output).sum()) == pytest.approx(len(days), rel=1e-9, abs=1e-9)
    return len(days)


def in_review(path: Path, day: int) -> int:
    """Count files handed in before `day` and decided after it."""
    return sum(1 for f in path.run.licences if f.filed < day and not f.decided <= day)


@pytest.mark.parametrize(
    ("review", "cover", "lost", "first", "open_files"),
    [
        (90, 30, 60, 35, 89),
        (90, 60, 30, 65, 89),
        (90, 100, 0, None, 89),
        (45, 30, 15, 35, 44),
        (30, 45, 0, None, 29),
        (0, 10, 0, None, 0),
    ],
)
def test_individual_licences__a_licence_for_every_order_costs_the_review_less_the_cover(
    review: int, cover: int, lost: int, first: int | None, open_files: int
) -> None:
    """Outage max(0, R - n), first lost day n + L, R - 1 files strictly in review, no credit left."""
    path = run(curbed(f"{review} days", cover), 365)
    assert outage(path) == lost == max(0, review - cover)
    assert (lost_days(path.output("plant/x"), 1.0) or [None])[0] == first
    assert in_review(path, 300) == open_files
    assert path.credit(LINK)[-1] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("headroom", [0.0, 9.0])
@pytest.mark.parametrize("lot", [1, 10, 30])
def test_individual_licences__the_size_of_the_lot_does_not_change_the_outage(
    lot: int, headroom: float
) -> None:
    """With R = 90 and n = 30 lots of 1, 10 and 30 days all lose 60 days."""
    path = run(curbed("90 days", 30, lot=f"{lot} days", headroom=headroom), 365)
    assert outage(path) == 60


@pytest.mark.parametrize(("denials", "lost"), [(0, 30), (1, 90), (2, 150)])
def test_individual_licences__every_denial_costs_one_more_review(denials: int, lost: int) -> None:
    """k denials, R = 60, n = 30: outage (k + 1) 60 - 30; replications chosen by their keyed draws."""
    stream = key(0, f"denial/{LINK}")
    decided = next(
        r
        for r in range(200)
        if all(uniform(stream, r, c) < 0.5 for c in range(denials)) and uniform(stream, r, denials) >= 0.5
    )
    one_file = curbed("60 days", 30, denial=0.5, lot="1000 days", reorder="1 day")
    path = run(one_file, 365, replication=decided)
    assert [f.denials for f in path.run.licences] == [denials]
    assert outage(path) == lost == (denials + 1) * 60 - 30


def test_individual_licences__bulk_licences_restored_on_day_50_end_the_outage_after_20_days() -> None:
    """R = 90, n = 30, bulk again from day 50: outage 50 - 30."""
    document = curbed("90 days", 30)
    document["events"]["eased"] = event("licence", 50, {"material": "m"}, regime="bulk")
    assert outage(run(document, 365)) == 20


@pytest.mark.parametrize(("examiners", "lost"), [(80, 90), (100, 60)])
def test_individual_licences__eighty_examiners_are_overloaded_and_a_hundred_are_not(
    examiners: int, lost: int
) -> None:
    """One file a day for 90 days each is a load of 90; in 365 days 80 examiners lose 30 days more."""
    assert outage(run(curbed("90 days", 30, examiners=examiners), 365)) == lost


def test_individual_licences__what_is_left_of_a_lot_lapses_at_the_end_of_its_validity() -> None:
    """I4 in numbers: a lot of 50 days, valid for 20, of which 20 are drawn, loses 30."""
    path = run(curbed("0 days", 30, lot="50 days", reorder="1 day", validity="20 days"), 30)
    assert path.credit(LINK)[19] == pytest.approx(30.0, rel=1e-9)
    assert path.run.licences[0].lapsed == pytest.approx(30.0, rel=1e-9)


MEANS, COVERS = (30.0, 60.0, 90.0), (30, 60, 90)
EXPONENTIAL = {
    (30, 30): (0.36787944117144233, 11.03638323514327),
    (30, 60): (0.1353352832366127, 4.060058497098381),
    (30, 90): (0.049787068367863944, 1.4936120510359183),
    (60, 30): (0.6065306597126334, 36.391839582758),
    (60, 60): (0.36787944117144233, 22.07276647028654),
    (60, 90): (0.22313016014842982, 13.387809608905789),
    (90, 30): (0.7165313105737893, 64.48781795164103),
    (90, 60): (0.513417119032592, 46.20754071293328),
    (90, 90): (0.36787944117144233, 33.10914970542981),
}
ERLANG = {30: 0.9196986029286058, 60: 0.6766764161830635, 90: 0.42319008112684353}
REPLICATIONS, HORIZON = 450, 1_000


def review_world() -> Tree:
    """Return one plant for each pair of a review law and a cover, each waiting for one file."""
    laws: Tree = {f"e{m:g}": {"mean": f"{m!r} days"} for m in MEANS}
    laws["g90"] = {"mean": "90 days", "cv": 1.0 / math.sqrt(3.0)}
    cases = [(name, cover) for name in laws for cover in COVERS]
    facilities: Tree = {"source": facility({f"m_{n}_{c}": {"headroom": 0.0} for n, c in cases}, country="JP")}
    links: Tree = {}
    demand: Tree = {}
    for name, cover in cases:
        plant, material = f"plant_{name}_{cover}", f"m_{name}_{cover}"
        made = {f"x_{name}_{cover}": {"headroom": 0.0, "inputs": {material: {"per_unit": "1 u"}}}}
        facilities[plant] = facility(made, {material: stock(cover)})
        links[f"{material}/source-{plant}"] = link("source", plant, material, lead=2)
        demand[f"x_{name}_{cover}"] = final(plant, f"x_{name}_{cover}", 1.0)
    review = {f"m_{name}_{cover}": laws[name] for name, cover in cases} | {"other": "1 day"}
    terms = {"review": review, "lot": "3000 days", "reorder": "1 day", "validity": "9000 days"}
    curb = event("licence", 0, {"from": "JP"}, regime="individual")
    return tree(facilities, links, demand, events={"curb": curb}, regimes={"individual": terms})


@pytest.fixture(scope="module")
def outages() -> dict[str, np.ndarray]:
    """Run the reviews once and return lost days by law and cover."""
    world = prepare(review_world())
    lost: dict[str, list[float]] = {}
    for replication in range(REPLICATIONS):
        path = world.run(HORIZON, replication=replication)
        for name in path.network.processes:
            if name.startswith("plant"):
                case = name.rpartition("/x_")[2]
                lost.setdefault(case, []).append(float((1.0 - path.output(name)).sum()))
                file = next(f for f in path.run.licences if f"m_{case}/" in path.network.links[f.link])
                decided = HORIZON if math.isnan(file.decided) else math.floor(file.decided + 0.5)
                expected = max(0, min(HORIZON, decided + 2) - int(case.rpartition("_")[2]) - 2)
                assert lost[case][-1] == pytest.approx(expected, abs=1e-9)
    return {case: np.array(days) for case, days in lost.items()}


@pytest.mark.parametrize(("mean", "cover"), sorted(EXPONENTIAL))
def test_random_review__an_exponential_review_outlasts_the_cover_with_its_exact_probability(
    outages: dict[str, np.ndarray], mean: int, cover: int
) -> None:
    """P = exp(-n/m) and E = m exp(-n/m), within 3 standard errors of 450 replications.

    A grant at time T acts in day floor(T + 1/2), so that the daily outage is max(0, floor(T + 1/2) - n):
    P' = exp(-(n + 1/2)/m), E' = exp(-(n + 1/2)/m) / (1 - exp(-1/m)), which differ from the continuous ones by
    at most 1.7 % and 0.005 %. Both are tested; the fixture has checked every single outage exactly. A run of
    1,000 days cuts off m exp(-1000/m), at most 0.0014 of a day of E.
    """
    lost = outages[f"e{mean}_{cover}"]
    probability, days = EXPONENTIAL[mean, cover]
    daily = math.exp(-(cover + 0.5) / mean)
    assert abs(z_score(lost > 0.5, probability)) < 3.0
    assert abs(z_score(lost > 0.5, daily)) < 3.0
    assert abs(z_score(lost, days)) < 3.0
    assert abs(z_score(lost, daily / -math.expm1(-1.0 / mean))) < 3.0


@pytest.mark.parametrize("cover", COVERS)
def test_random_review__an_erlang_review_of_three_stages_outlasts_the_cover(
    outages: dict[str, np.ndarray], cover: int
) -> None:
    """Gamma with cv = 1/sqrt(3) is Erlang-3; the daily probability is that of cover + 1/2."""
    lost = outages[f"g90_{cover}"] > 0.5
    rate = (cover + 0.5) / 30.0
    daily = math.exp(-rate) * (1.0 + rate + rate**2 / 2.0)
    assert abs(z_score(lost, ERLANG[cover])) < 3.0
    assert abs(z_score(lost, daily)) < 3.0


def test_random_review__reviews_are_paired_across_covers_and_across_means() -> None:
    """Keyed draws give one file the same fate in every world, stretched by the mean of the law."""
    for replication in range(40):
        reviews = {}
        for mean, cover in [(60, 30), (60, 60), (60, 90), (90, 30)]:
            document = curbed({"mean": f"{mean} days"}, cover, lot="3000 days", reorder="1 day")
            (file,) = run(document, 1_500, replication=replication).run.licences
            reviews[mean, cover] = file.decided
        assert reviews[60, 30] == reviews[60, 60] == reviews[60, 90]
        assert reviews[90, 30] == pytest.approx(1.5 * reviews[60, 30], rel=1e-12)
