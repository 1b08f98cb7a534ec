"""Common random numbers: paired runs share their draws, so what holds on every path is tested there."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from sim.randomness import compiled_uniform, key, uniform, uniforms
from tests.runs import NAMES_OF, lost_output, prepare, z_score
from tests.worlds import Tree, embargoed, event, facility, final, link, one_plant, stock, tree


def reviewed(examiners: int) -> Tree:
    """Return three plants that file one licence a day each, exponential reviews of 6 days: a load of 18."""
    names = ["a", "b", "c"]
    inputs = {"m": {"per_unit": "1 u"}}
    return tree(
        {"source": facility({"m": {"headroom": "500 %"}}, country="JP")}
        | {n: facility({f"x{n}": {"headroom": 0.0, "inputs": inputs}}, {"m": stock(30.0)}) for n in names},
        {f"m/source-{n}": link("source", n, "m") for n in names},
        {f"x{n}": final(n, f"x{n}", 1.0) for n in names},
        events={"curb": event("licence", 0, {"material": "m"}, regime="individual")},
        regimes={
            "individual": {
                "review": {"mean": "6 days"},
                "lot": "order",
                "validity": "3000 days",
                "examiners": examiners,
            }
        },
    )


def test_paired_waits__more_examiners_never_lengthen_a_wait() -> None:
    """W(25) <= W(20) for every file of every replication (Kiefer and Wolfowitz), not only on average."""
    few, more = prepare(reviewed(20)), prepare(reviewed(25))
    gain = []
    for r in range(30):
        waits = []
        for prepared in (few, more):
            files = prepared.run(300, seed=3, replication=r).run.licences
            waits.append({(f.link, f.filed): f.decided - f.filed for f in files if f.decided < 300})
        shared = waits[0].keys() & waits[1].keys()
        assert len(shared) > 800
        assert all(waits[1][file] <= waits[0][file] + 1e-9 for file in shared)
        gain.append(np.mean([waits[0][file] - waits[1][file] for file in shared]))
    assert min(gain) > 0.0


def test_paired_covers__the_cover_of_a_plant_under_common_draws() -> None:
    """T lognormal (mean 90, cv 0.5), cover 60 against 90: 33.69779, 16.80435, difference 16.89344."""
    law = {"mean": "90 days", "cv": 0.5, "law": "lognormal"}
    short, long = (prepare(embargoed(d, process={"trial": {"time": law}})) for d in (60.0, 90.0))
    pairs = [[lost_output(one.run(700, seed=1, replication=r)) for one in (short, long)] for r in range(300)]
    sixty, ninety = np.array(pairs).T
    assert (ninety <= sixty + 1e-9).all() and (sixty - ninety <= 30.0 + 1e-9).all()
    assert abs(z_score(sixty, 33.6977946612191)) < 3.0
    assert abs(z_score(ninety, 16.80435388862101)) < 3.0
    assert abs(z_score(sixty - ninety, 16.89344077259809)) < 3.0
    ratio = (sixty.var(ddof=1) + ninety.var(ddof=1)) / (sixty - ninety).var(ddof=1)
    assert ratio == pytest.approx(16.425, rel=0.3)


def test_a_draw_of_one_candidate_is_not_moved_by_another() -> None:
    """A second candidate changes nothing of the first: draws are keyed by event, stage and link."""
    law = {"mean": "40 days", "cv": 0.5}
    work = {"trial": {"time": law, "success": 0.5}}
    alone, both = prepare(embargoed(5.0, process=work)), prepare(embargoed(5.0, spares=2, process=work))
    for r in range(30):
        first = [t for t, *_ in alone.run(900, replication=r).run.log]
        assert set(first) <= {t for t, *_ in both.run(900, replication=r).run.log}


# keyed draws --------------------------------------------------------------------------------------


def test_keyed_draws__draws_are_those_of_numpys_philox_under_the_named_key() -> None:
    """Word 4c of the stream with key (hash of seed and name, replication), python and compiled alike."""
    for name, replication in itertools.product(("review/a", "demand/x", "lead/m/a-b"), (0, 1, 77)):
        stream = key(20190704, name)
        generator = np.random.Philox(key=np.array([stream, replication], dtype=np.uint64))
        words = generator.random_raw(400)[::4]
        expected = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
        assert uniforms(stream, replication, 100).tolist() == expected.tolist()
        for count in (0, 1, 2, 50, 99):
            assert uniform(stream, replication, count) == expected[count]
            assert compiled_uniform(np.uint64(stream), replication, count) == expected[count]


def test_keyed_draws__names_seeds_replications_and_counts_give_different_draws() -> None:
    """no two things share a stream."""
    draws = {
        uniform(key(seed, name), replication, count)
        for seed, name, replication, count in itertools.product((0, 1), ("a", "b", "a/b"), (0, 1), (0, 1))
    }
    assert len(draws) == 24


def busy(extra: bool) -> Tree:
    """Return a world in which everything is drawn, with or without a facility that sorts first."""
    lead: Any = {"low": "2 days", "mode": "4 days", "high": "9 days"}
    events = {
        "curb": event("licence", 20, {"from": "JP"}, regime="individual"),
        "fire": event(
            "outage",
            40,
            {"country": "JP"},
            remaining=0.2,
            duration={"low": "5 days", "high": "30 days"},
            probability=0.6,
            draw="per_facility",
        ),
    }
    terms = {"review": {"mean": "20 days", "cv": 0.5}, "denial": 0.3, "lot": "15 days", "validity": "90 days"}
    document = one_plant(
        lead=lead,
        adjustment=7.0,
        headroom=0.2,
        supplier_headroom=0.2,
        events=events,
        regimes={"individual": terms},
        demand_fields={"noise": {"law": "gamma", "cv": 0.3}},
    )
    if extra:
        held = {"m": stock(10.0, adjustment="7 days")}
        made = {"aa": {"headroom": 0.2, "inputs": {"m": {"per_unit": "1 u"}}}}
        document["facilities"]["aaa"] = facility(made, held)
        document["facilities"]["aab"] = facility({"m": {"headroom": 0.2}}, country="JP")
        document["materials"]["aa"] = {"unit": "u"}
        document["links"]["m/aab-aaa"] = link("aab", "aaa", "m", lead=lead)
        document["demand"]["aa"] = final("aaa", "aa", 3.0, noise={"law": "gamma", "cv": 0.3})
    return document


@pytest.mark.parametrize("replication", range(5))
def test_keyed_draws__another_facility_changes_no_draw_and_no_number_of_the_others(replication: int) -> None:
    """Licences, outages, lead times and demand of the first world, to the last bit."""
    small = prepare(busy(extra=False)).run(300, seed=3, replication=replication)
    large = prepare(busy(extra=True)).run(300, seed=3, replication=replication)
    assert len(large.network.processes) == len(small.network.processes) + 2
    for record in ("starts", "stock", "order", "shipped", "served", "unmet"):
        for name in getattr(small.network, NAMES_OF[record]):
            assert np.array_equal(getattr(small, record)(name), getattr(large, record)(name)), (record, name)
    ours = [(f.filed, f.decided, f.usable, f.lapsed, f.denials) for f in small.run.licences]
    index = large.network.links.index("m/source-plant")
    theirs = [
        (f.filed, f.decided, f.usable, f.lapsed, f.denials) for f in large.run.licences if f.link == index
    ]
    assert len(ours) > 5
    assert np.array_equal(ours, theirs, equal_nan=True)
