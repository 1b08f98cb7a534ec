"""What a check and an answer state of dates, sizes and selections that a slip would leave unseen."""

from __future__ import annotations

import pytest

from sim.errors import ScenarioError
from sim.network.binding import loose_quotas
from sim.scenario import from_tree
from sim.scenario.statements import assumed, stated
from tests.worlds import COVER, JP_TO_KR, Tree, chain, event, ranged

STOP = event("embargo", 60, JP_TO_KR, until="2019-05-01")


def told(named: str, **sections: Tree) -> list[str]:
    """Return what is assumed of an event `x` and of others, as far as it has some words."""
    return [text for text in assumed(from_tree(chain(**sections)).document) if named in text]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"date": "2109-07-04", "until": None}, "x (2109-07-04) never begins in this run, which ends on 2019-12-31"),
        ({"date": "2018-07-04"}, "x (2018-07-04) begins before this run and is in force from its first day"),
        ({"date": "2017-07-04", "until": "2018-07-04"}, "x (until 2018-07-04) is over before this run begins"),
        ({"until": "2022-01-01"}, "x (until 2022-01-01) ends after this run and is in force to its end, 2019-12-31"),
    ],
)  # fmt: skip
def test_dates_outside_the_run_are_stated(fields: Tree, words: str) -> None:
    made = {key: value for key, value in (STOP | fields).items() if value is not None}
    (text,) = told("this run", events={"x": made})
    assert text.startswith(words)


def test_dates_inside_the_run_are_not_stated_and_several_stand_in_one_line() -> None:
    assert told("run", events={"x": STOP | {"until": "2020-01-01"}}) == []
    late = STOP | {"date": "2021-01-01", "until": "2022-01-01"}
    (text,) = told("never begins", events={"x": late, "y": late})
    assert text.endswith("ends on 2019-12-31: x (2021-01-01), y (2021-01-01)")
    follower = {key: value for key, value in STOP.items() if key not in ("date", "until")}
    waits = follower | {"after": {"event": "x", "lag": "10 days"}}
    (text,) = told("never begins", events={"x": late, "y": waits})
    assert "y (2021-01-11)" in text


def test_a_step_after_the_run_is_stated() -> None:
    cap = event("quota", 60, JP_TO_KR, allow="30 % of baseline", steps={"2021-01-01": "none"})
    assert told("a step that never comes", events={"x": cap})


def test_a_scenario_that_is_its_own_baseline_is_stated() -> None:
    alone = {"x": STOP | {"role": "background"}}
    assert told("no treatment", events=alone)
    assert told("no treatment", events={**alone, "y": STOP}) == []
    assert told("no treatment") == []


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            event("quota", 60, JP_TO_KR, allow="130 % of baseline"),
            "x allows 130 % of baseline (allow): it never binds while orders stay below that",
        ),
        (event("demand", 60, {"demand": "chip/line"}, factor="10 %"), "demand falls to 10 % (events.x.factor)"),
        (event("capacity", 60, {"facility": "line"}, factor="30 %"), "capacity falls to 30 % (events.x.factor)"),
        (
            event("stock_target", 60, target="5 days"),
            "x lowers the cover from 30 to 5 days (line/acid); write '+5 days' to raise it",
        ),
        (
            event("stock_target", 60, target="+200 days"),
            "x aims at 230 days of line/acid, not below the 120 days that it keeps: what is older expires and is bought again",
        ),
        (
            event("expedite", 60, {"link": "acid/plant-line"}, saves="50 days"),
            "x saves 50 days of the 7 days that goods take at most (acid/plant-line): they arrive at once",
        ),
    ],
)  # fmt: skip
def test_what_numbers_come_to_is_stated(made: Tree, words: str) -> None:
    assert told("", events={"x": made}) == [words]


@pytest.mark.parametrize(
    "made",
    [
        event("quota", 60, JP_TO_KR, allow="30 % of baseline"),
        event("capacity", 60, {"facility": "line"}, factor=1.2),
        event("stock_target", 60, target="40 days"),
        event("stock_target", 60, target="+5 days"),
        event("expedite", 60, {"link": "acid/plant-line"}, saves="5 days"),
    ],
)
def test_usual_numbers_are_not_stated(made: Tree) -> None:
    assert told("", events={"x": made}) == []


def test_licences_that_lapse_before_dispatch_are_stated() -> None:
    curb = {"x": event("licence", 40, JP_TO_KR, regime="individual")}
    terms = {"review": "60 days", "dispatch": {"acid": "15 days", "other": "7 days"}}
    (text,) = told("licences for", events=curb, regimes={"individual": {**terms, "validity": "10 days"}})
    assert text.startswith(
        "licences for acid are valid for 10 days and goods leave after 15: every licence lapses"
    )
    assert told("licences for", events=curb, regimes={"individual": {**terms, "validity": "16 days"}}) == []


def test_a_check_states_the_usual_period_and_what_treatments_act_on() -> None:
    cap = event("quota", 60, allow="9 t")
    texts = stated(from_tree(chain(events={"x": cap, "y": STOP | {"role": "response"}})).document)
    assert "without period, and so an amount per month: x" in texts
    assert texts[-1] == "treatments act: x on 1 link (acid/plant-line)"
    weekly = stated(from_tree(chain(events={"x": cap | {"period": "week"}})).document)
    assert not [text for text in weekly if "without period" in text]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (event("stock_target", 60, target="-40 days"), "takes the cover of line/acid from 30 to -10 days"),
        (event("stock_target", 60, target="+5 days", steps={"2019-05-01": "-31 days"}), "from 30 to -1 days"),
        (event("quota", 60, allow="0.3 % of baseline"), "write '30 % of baseline', or '0.003 of baseline'"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_mistake(made: Tree, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        from_tree(chain(events={"x": made}))


def test_next_to_nothing_may_be_meant() -> None:
    assert from_tree(chain(events={"x": event("quota", 60, allow="0.003 of baseline")}))
    assert from_tree(chain(events={"x": event("stock_target", 60, target="-30 days")}))


@pytest.mark.parametrize(
    ("allow", "binds"), [("2 t/month", True), ("4 t/month", False), ("4 t", False), ("4000 kg", False)]
)
def test_an_amount_above_the_baseline_flow_is_stated(allow: str, *, binds: bool) -> None:
    """1000 wafers a month take 3 t."""
    texts = loose_quotas(from_tree(chain(events={"x": event("quota", 60, JP_TO_KR, allow=allow)})).document)
    words = "x allows 4 t/month (allow), not below the baseline flow of its links, 3 t/month: it never binds"
    assert [text.startswith(words) for text in texts] == [True] * (not binds)


@pytest.mark.parametrize(("low", "beside"), [("31 days", True), ("30 days", False), ("4 weeks", False)])
def test_a_value_outside_of_its_own_range_is_stated(low: str, *, beside: bool) -> None:
    """A cover of 30 days."""
    texts = stated(from_tree(chain(uncertain={COVER: ranged(low, "90 days")})).document)
    words = f"a written value lies outside of the range that replaces it in every draw: {COVER} ({low} to 90 days)"
    assert texts == [words] * beside


@pytest.mark.parametrize(("amount", "dear"), [("3 t", True), ("3 kg", False)])
def test_inputs_that_cost_more_than_the_product_are_stated(amount: str, *, dear: bool) -> None:
    """Acid at 1450 USD/t, a wafer at 4000 USD."""
    world = chain()
    world["facilities"]["line"]["makes"]["chip"]["inputs"]["acid"]["per_unit"] = amount
    words = "inputs cost more than what is made of them, at base prices: line/chip (4,350 for 4,000 USD)"
    assert stated(from_tree(world).document) == [words] * dear
