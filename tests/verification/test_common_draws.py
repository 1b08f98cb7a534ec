"""Common random numbers: paired runs share their draws, so what holds on every path is tested there."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.test_qualification import embargoed, lost
from tests.runs import prepare, z_score
from tests.worlds import Tree, event, facility, final, link, stock, tree


def reviewed(examiners: int) -> Tree:
    """Return three plants that file one licence a day each, exponential reviews of 6 days: a load of 18."""
    names = ["a", "b", "c"]
    inputs = {"m": {"per_unit": "1 u"}}
    return tree(
        {"source": facility({"m": {"headroom": 5.0}}, country="JP")}
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
    pairs = [[lost(one.run(700, seed=1, replication=r)) for one in (short, long)] for r in range(300)]
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
