"""Draws: keyed by path alone, evenly spread, and central where nothing is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.network.distributions import central, quantile
from sim.reporting.premises import premises
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.draws import strata
from sim.scenario import Scenario, from_tree
from sim.scenario.schema.field_types import Distribution
from tests.worlds import COVER, HEADROOM, LEADS, RANGES, chain, event, ranged, uncertain_chain

WILD = "facilities.*.stocks.*.cover"
LONGER = "facilities.l*.stocks.acid.cover"
RANGE = ranged("15 days", "90 days", "30 days")


def drawn(scenario: Scenario, path: str = COVER) -> list[float]:
    compiled = CompiledScenario(scenario=scenario, baseline=scenario.baseline(), seed=3, replications=32)
    place = [factor.paths[0] for factor in compiled.factors].index(tuple(path.split(".")))
    return [float(x) for x in compiled.draws[:, place]]


def world(uncertain: dict[str, Any], **changes: Any) -> Scenario:
    cut = event("embargo", role="treatment", until="2019-11-01")
    return from_tree(chain(uncertain=uncertain, events={"cut": cut}, **changes))


@pytest.mark.parametrize(
    "scenario",
    [
        world({WILD: RANGE}),
        world({LONGER: RANGE}),
        world({COVER: RANGE, HEADROOM: RANGES[HEADROOM], LEADS: RANGES[LEADS]}),
        world({COVER: ranged("1 day", "2 days")}).with_({f"uncertain.{COVER}": RANGE}),
        world({COVER: RANGE}).with_({COVER: "40 days"}).with_({f"uncertain.{COVER}": RANGE}),
        world({COVER: RANGE}).with_({COVER: "40 days"}).with_({f"uncertain.{COVER}.fixed": False}),
        world({WILD: RANGE}).with_({COVER: "+5 days"}).with_({COVER: "-5 days"}),
    ],
)
def test_the_same_range_on_a_path_has_the_same_draws(scenario: Scenario) -> None:
    assert drawn(scenario) == pytest.approx(drawn(world({COVER: RANGE})), rel=1e-14)


def test_restored_values_differ_by_exactly_nothing() -> None:
    """Of a wildcard and of a named range, moved there and back, or replaced and written again."""
    first = world({WILD: RANGE, LEADS: RANGES[LEADS]})
    back = first.with_({COVER: "+5 days"}).with_({COVER: "-5 days"})
    again = first.with_({COVER: "50 days"}).with_({COVER: "30 days", f"uncertain.{COVER}": RANGE})
    comparison = sim.compare(first, back, again, replications=8, jobs=1)
    table = comparison.table()
    assert len(table) > 0
    assert (table["difference"] == 0.0).all()
    assert (table["first"] != 0.0).any()


def test_more_stock_never_loses_more_under_the_same_draws() -> None:
    """What stood on the first page of complaints: five days more, and the loss rose."""
    first = world({COVER: ranged("5 days", "90 days", "20 days")})
    results = [sim.run(s, replications=16, jobs=1) for s in (first, first.with_({COVER: "+5 days"}))]
    less, more = (r.values("process", "lost_days", "line/chip") for r in results)
    assert (more <= less + 1e-9).all()
    assert less.mean() - more.mean() > 1.0


def test_every_column_has_one_point_in_each_stratum() -> None:
    columns = strata(["a", "b"], 200, 7)
    assert (np.sort(np.floor(columns * 200), axis=1) == np.arange(200)).all()
    assert abs(np.corrcoef(columns)[0, 1]) < 0.2
    assert (strata(["b", "c", "a"], 200, 7)[[2, 0]] == columns).all()


def test_a_sensitivity_takes_a_shared_draw_as_one_factor() -> None:
    once = world({WILD: {**RANGE, "draw": "once"}, HEADROOM: RANGES[HEADROOM]})
    split = once.with_({COVER: "+5 days"})
    answer = sim.sensitivity(split, method="morris", points=2, jobs=1)
    assert sorted(answer.table()["factor"]) == sorted(["chance", HEADROOM, WILD])


# Central runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "median"),
    [
        (Distribution("triangular", (25.0, 30.0, 90.0)), 90.0 - np.sqrt(0.5 * 65.0 * 60.0)),
        (Distribution("uniform", (2.0, 6.0)), 4.0),
        (Distribution("lognormal", (100.0, 170.0)), 100.0),
        (Distribution("exponential", (10.0,)), 10.0 * np.log(2.0)),
        (Distribution("gamma", (10.0, 1.0)), 10.0 * np.log(2.0)),
        (Distribution("normal", (10.0, 0.1)), 10.0),
        (Distribution("discrete", (1.0, 2.0, 9.0, 0.2, 0.5, 0.3)), 2.0),
        (Distribution("fixed", (3.0,)), 3.0),
    ],
)
def test_a_central_value_is_the_median(law: Distribution, median: float) -> None:
    assert central(law) == pytest.approx(median)
    assert central(law) == quantile(law, 0.5)


def test_a_central_run_says_what_chance_decided() -> None:
    """Of an event with a probability, with which, and whether it took place: in words and on the page."""
    told = set()
    for seed in range(6):
        result = sim.run(
            uncertain_chain(probability=0.5), replications=1, seed=seed, jobs=1, uncertainty=False
        )
        (line,) = premises(result)
        happened = np.isfinite(result.values("event", "event_day")).any()
        which = "took place" if happened else "did not take place"
        assert line == (
            "Every uncertain value stands at the median of its range. "
            f"Decided by chance: cut (probability 50 %) {which}."
        )
        assert line in result.words().split("\n")
        told.add(happened)
    assert told == {True, False}
    assert premises(sim.run(uncertain_chain(probability=0.5), replications=16, jobs=1)) == []


def test_the_central_run_of_the_case_lies_inside_its_ensemble() -> None:
    """Lowest covers and lost days, within the middle 90 % of replications.

    Days of licences are drawn even so: by reviews they stay close to each other, by releases they do not.
    """
    curbs = sim.load("curbs_2019+review_2019")
    many = sim.run(curbs, replications=40)
    one = sim.run(curbs, replications=1, jobs=1, uncertainty=False)
    for table, measure in (
        ("stock", "minimum_cover"),
        ("process", "lost_days"),
        ("process", "lost_days_gross"),
    ):
        held = np.isfinite(many.values(table, measure)).all(axis=0)
        low, high = np.quantile(many.values(table, measure)[:, held], [0.05, 0.95], axis=0)
        middle = one.values(table, measure)[0, held]
        names = np.array(many.labels.stocks if table == "stock" else many.labels.processes)[held]
        rounding = 1e-6 * (1.0 + np.abs(middle))
        outside = (middle < low - rounding) | (middle > high + rounding)
        if table == "process":  # the others gain by the length of a shortage, which is no median of anything
            outside &= np.isin(names, many.labels.exposed)
        assert names[outside].tolist() == []


def test_the_central_run_with_releases_loses_what_its_ensemble_may() -> None:
    """What all users lose together; of single processes, days of licences that are still drawn decide."""
    curbs = sim.load("curbs_2019")
    lost = sim.run(curbs, replications=40).lost_by_users()
    one = sim.run(curbs, replications=1, jobs=1, uncertainty=False).lost_by_users()
    assert np.quantile(lost, 0.05) < one[0] < np.quantile(lost, 0.95)
