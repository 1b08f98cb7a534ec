"""What a check states though it is no mistake: curbs that meet, what reliefs lift, what nothing ends."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from sim.cli.listing import statements
from sim.engine import regimes
from sim.engine.simulation import Simulation
from sim.scenario import check, from_tree
from sim.scenario.scenario import examine
from sim.scenario.statements import assumed, curbs, stated
from sim.scenario.statements.standing import standing
from tests.runs import run
from tests.worlds import JP_TO_KR, Tree, chain, event

LINK = "1 link (acid/plant-line)"
CURB = event("licence", 40, JP_TO_KR, regime="individual")
STOP = event("embargo", 60, JP_TO_KR, until="2019-05-01")
CAP = event("quota", 70, JP_TO_KR, allow="30 % of baseline")


def words(**events: Tree) -> list[str]:
    return curbs(from_tree(chain(events=events)).document)


def relief(day: int, **fields: object) -> Tree:
    return event("licence", day, JP_TO_KR, regime="bulk", **fields)


def test_curbs_that_meet_are_stated_with_links_dates_and_rule() -> None:
    (text,) = words(curb=CURB, stop=STOP)
    assert text.startswith(
        f"stop and curb are both in force on {LINK} from 2019-03-02 until 2019-05-01: nothing"
    )
    assert "licences are filed, decided and lapse meanwhile" in text


@pytest.mark.parametrize(
    ("events", "rule"),
    [
        ({"a": STOP, "b": STOP}, "the links stay closed until the last of them ends"),
        ({"a": STOP, "b": CAP}, "and the quota binds from its end on"),
        ({"a": CAP, "b": CAP}, "goods move only as far as both allow"),
        ({"a": CAP, "b": CURB}, "goods move only as far as both the quota and the licences allow"),
        ({"a": CURB, "b": CURB}, "one licence meets both, and its files go on while either holds"),
    ],
)
def test_each_pair_of_kinds_has_its_rule(events: dict[str, Tree], rule: str) -> None:
    (text,) = words(**events)
    assert text.endswith(rule)


def test_curbs_one_after_the_other_are_not_stated() -> None:
    later = event("licence", 120, JP_TO_KR, regime="individual")  # 1 May, the first day without the embargo
    assert words(stop=STOP, later=later) == []


def test_curbs_on_other_links_are_not_stated() -> None:
    assert words(stop=STOP, other=CURB | {"select": {"material": "raw"}}) == []


def test_an_allowance_of_none_is_no_curb() -> None:
    assert words(stop=STOP, cap=CAP | {"allow": "none"}) == []
    (text,) = words(stop=STOP, cap=CAP | {"steps": {"2019-04-01": "none"}})
    assert "from 2019-03-12 until 2019-04-01" in text


def test_steps_change_what_meets() -> None:
    curb = CURB | {"steps": {"2019-04-01": "special_bulk"}}
    assert [text for text in words(stop=STOP, curb=curb) if "both" in text] == [
        text for text in words(stop=STOP, curb=CURB | {"until": "2019-04-01"}) if "both" in text
    ]


@pytest.mark.parametrize(
    "fields", [{"probability": 0.5}, {"date": None, "after": {"event": "curb", "lag": "20 days"}}]
)
def test_what_may_meet_is_stated_as_such(fields: Tree) -> None:
    stop = {key: value for key, value in (STOP | fields).items() if value is not None}
    (text,) = words(curb=CURB, stop=stop)
    assert "can both be in force" in text and "from 2019-03-02 at the earliest until 2019-05-01" in text


def test_a_relief_ends_what_it_lifts() -> None:
    (text,) = words(curb=CURB, stop=STOP, ease=relief(90, lifts=["curb", "stop"]))
    assert "until 2019-04-01" in text
    both, left = words(curb=CURB, stop=STOP, ease=relief(90))
    assert "until 2019-04-01" in both
    assert (
        left
        == f"ease lifts curb, and stop stays on {LINK}; write lifts: [curb, stop] if that is meant to end, too"
    )


def test_a_relief_that_names_nothing_and_lifts_several_is_told() -> None:
    *_, text = words(stop=STOP, cap=CAP, ease=relief(90))
    remedy = "write lifts: [cap, stop], or the one that is meant"
    assert text == f"ease names no curb and lifts cap and stop on {LINK}; {remedy}"
    assert words(curb=CURB, ease=relief(90)) == []


def test_a_relief_that_lifts_nothing_is_told() -> None:
    (text,) = words(ease=relief(90))
    assert text == "ease lifts nothing: no curb stands on its links when it begins, on 2019-04-01"
    tree = chain(events={"ease": relief(90)})
    tree["links"]["acid/plant-line"]["regime"] = "individual"
    assert curbs(from_tree(tree).document) == []


def test_measures_of_which_only_the_latest_holds_are_told() -> None:
    save = event("thrift", 30, {"material": "acid"}, saving="10 %", below="20 days")
    more = save | {"date": "2019-03-01", "until": "2019-05-01", "saving": "30 %"}
    (text,) = words(save=save, more=more)
    assert text == (
        "save and more act on the same stock (line/acid) from 2019-03-01 until 2019-05-01: "
        "only the one that begins later holds"
    )
    assert words(save=save | {"until": "2019-03-01"}, more=more) == []
    assert words(save=save, more=more | {"select": {"material": "raw"}}) == []


def test_a_target_that_sets_the_cover_takes_the_place_of_earlier_ones() -> None:
    more = event("stock_target", 30, {"material": "acid"}, target="+10 days")
    level = event("stock_target", 60, {"material": "acid"}, target="20 days")
    (text,) = words(more=more, level=level)
    assert text.startswith(
        "more and level act on the same stock (line/acid) from 2019-03-02 to the end of the run"
    )
    assert words(more=more, level=level | {"target": "+5 days"}) == []


def test_a_purchase_that_does_not_keep_is_stated() -> None:
    """Cover 30, shelf life 120."""
    buy = event("emergency_purchase", 30, {"material": "acid"}, supplier="plant", until="2019-09-01")
    text, _ = stated(from_tree(chain(events={"buy": buy | {"amount": "100 days"}})).document)
    assert text == "buy brings line/acid to 130 days, more than the 120 that it keeps: the rest expires"
    assert assumed(from_tree(chain(events={"buy": buy | {"amount": "90 days"}})).document) == []


def test_a_purchase_without_an_end_is_stated() -> None:
    buy = event("emergency_purchase", 30, {"material": "acid"}, amount="20 days", supplier="plant")
    texts = assumed(from_tree(chain(events={"buy": buy})).document)
    kept = "held above the usual cover to the end of the run, as far as it does not expire"
    assert texts == [f"the purchase buy has no until: what it brings is bought once and {kept}"]
    assert assumed(from_tree(chain(events={"buy": buy | {"until": "2019-09-01"}})).document) == []


def test_what_nothing_ends_and_what_happens_by_chance_is_stated() -> None:
    more = event("stock_target", 30, {"material": "acid"}, target="+10 days")
    save = event("thrift", 30, {"material": "acid"}, saving="10 %", below="20 days", probability=0.25)
    fade = more | {"half_life": "20 days"}
    lasting, chance, _ = stated(from_tree(chain(events={"more": more, "save": save, "fade": fade})).document)
    assert lasting.endswith("to the end of the run: stock target: more; thrift: save")
    assert chance == "save happens by chance, with probability 25 %"


def test_the_statement_is_what_the_engine_does() -> None:
    """What the rule says of each pair: the link ships nothing until the day that is stated, and then ships."""
    path = run(chain(events={"curb": CURB, "stop": STOP}, regimes={"individual": {"review": "20 days"}}), 200)
    shipped = path.shipped("acid/plant-line")
    assert shipped[60:120].sum() == 0.0 and shipped[120] > 0.0


def test_every_name_in_lifts_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text(
        "format: 1\nextends: korea_2019\nmeta: {title: T, question: Q?}\nevents:\n"
        "  a: {kind: embargo, date: 2019-07-04, select: {material: fpi, from: JP}, source: estimate}\n"
        "  b: {kind: licence, date: 2019-07-04, select: {material: resist_euv}, regime: bulk, lifts: [b, c, a, d], "
        "source: estimate}\n"
        "  d: {kind: licence, date: 2019-07-04, select: {material: resist_euv}, regime: bulk, source: estimate}\n",
        encoding="utf-8",
    )
    told = [str(problem) for problem in check([tmp_path / "world.yaml"])]
    parts = ("it lifts itself", "unknown event 'c'", "a acts on other links", "d is a relief")
    assert len(told) == len(parts)
    assert all(part in text for part, text in zip(parts, told, strict=True))


def test_a_check_states_what_a_scenario_assumes_and_how_curbs_meet_in_its_variants(tmp_path: Path) -> None:
    (tmp_path / "both.yaml").write_text(
        "format: 1\nextends: korea_2019\nmeta: {title: T, question: Q?}\nevents:\n"
        "  a: {kind: embargo, date: 2019-07-04, select: {material: fpi, from: JP}, source: estimate}\n"
        "variants:\n  more: {events: {b: {kind: embargo, date: 2019-08-01, select: {material: fpi, from: JP}, "
        "source: estimate}}}\n  later: {events.a.date: 2019-09-01}\n",
        encoding="utf-8",
    )
    path = tmp_path / "both.yaml"
    lasting, *_, meeting = statements(examine([path]))
    assert lasting == f"{path}: without until, and so in force to the end of the run: embargo: a"
    assert meeting.startswith(f"{path}+more: a and b are both in force on 1 link")


def test_a_curb_that_a_relief_lifts_or_a_step_ends_does_not_last() -> None:
    def told(**events: Tree) -> list[str]:
        return [text for text in stated(from_tree(chain(events=events)).document) if "without until" in text]

    lasts = ["without until, and so in force to the end of the run: licence regime: curb"]
    assert told(curb=CURB) == lasts
    assert told(curb=CURB, ease=relief(90)) == []
    assert told(curb=CURB | {"steps": {"2019-04-01": "bulk"}}) == []
    assert told(curb=CURB, ease=relief(90, until="2019-05-01")) == lasts
    assert told(curb=CURB, ease=relief(90, probability=0.5)) == lasts
    assert told(curb=CURB, ease=relief(90) | {"select": {"material": "raw"}}) == lasts


def test_a_quota_that_takes_the_place_of_an_embargo_does_not_meet_it() -> None:
    assert words(stop=STOP, cap=CAP | {"lifts": "stop"}) == []
    assert (
        words(stop=STOP, curb=CURB | {"date": "2019-03-10", "lifts": "stop", "steps": {"2019-04-01": "bulk"}})
        == []
    )


def test_a_relief_for_a_time_parts_what_meets() -> None:
    first, last = "2019-03-20", "2019-04-10"
    (text,) = words(curb=CURB, stop=STOP, ease=relief(0, lifts="curb") | {"date": first, "until": last})
    assert f"from 2019-03-02 until {first} and from {last} until 2019-05-01: nothing" in text


def test_a_step_to_a_relief_is_no_relief_of_others() -> None:
    (text,) = words(stop=STOP, curb=CURB | {"steps": {"2019-04-01": "special_bulk"}})
    assert "are both in force" in text


def test_a_relief_of_an_embargo_alone_is_told() -> None:
    (text,) = words(stop=STOP, ease=relief(90))
    assert text == f"ease names no curb and lifts stop on {LINK}; write lifts: [stop], or [] for none"
    assert words(stop=STOP, ease=relief(90, lifts="stop")) == []


def test_a_relief_leaves_an_embargo_of_its_day_and_says_so() -> None:
    (text,) = words(stop=STOP, ease=relief(60))
    remedy = "write lifts: [stop] if that is meant to end"
    assert text == f"ease lifts nothing on 2019-03-02: stop begins on that day, too, and stays; {remedy}"


def test_a_relief_without_effect_is_told() -> None:
    *_, text = words(stop=STOP, ease=relief(90, lifts=[]))
    assert text == "ease lifts nothing, for its lifts: is empty"
    *_, text = words(stop=STOP | {"until": "2019-03-20"}, ease=relief(90, lifts="stop"))
    assert text == "ease lifts nothing: what it names stands on none of its links on 2019-04-01"


def drawn_curbs(rng: np.random.Generator) -> Tree:
    """Return four dated curbs and reliefs of one link, with ends, steps and lifts, often of the same days."""
    days = [f"2019-{month:02}-{day:02}" for month in range(1, 7) for day in (1, 16)]
    kinds = ("individual", "bulk", "special_bulk", "embargo")
    found: Tree = {}
    for name in rng.permutation(list("abcd")).tolist():
        first, step, end = sorted(rng.choice(len(days), 3, replace=False).tolist())
        kind = str(rng.choice(["embargo", "licence", "licence", "quota"]))
        entry: Tree = {"kind": kind, "date": days[first], "select": JP_TO_KR, "source": "estimate"}
        if kind == "licence":
            entry |= {"regime": str(rng.choice(kinds))}
            entry |= {"steps": {days[step]: str(rng.choice(kinds))}} if rng.random() < 0.5 else {}
        if kind == "quota":
            allow = {
                "allow": "50 % of baseline",
                "period": "day",
                "pool": str(rng.choice(["shared", "per_link"])),
            }
            entry |= allow | ({"steps": {days[step]: "none"}} if rng.random() < 0.3 else {})
        entry |= {"until": days[end]} if rng.random() < 0.5 else {}
        names = [
            other
            for other, before in found.items()
            if before["date"] <= entry["date"]
            and not {before.get("regime"), *before.get("steps", {}).values()} <= {"bulk", "special_bulk"}
        ]
        entry |= {"lifts": names[: int(rng.integers(0, 3))]} if rng.random() < 0.3 else {}
        found[name] = entry
    return found


@pytest.mark.parametrize("seed", range(60))
def test_what_stands_by_the_file_is_what_stands_in_the_engine(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = chain(
        events=drawn_curbs(np.random.default_rng(seed)), regimes={"individual": {"review": "20 days"}}
    )
    stands: dict[int, set[str]] = {}

    def settle(simulation: Simulation, link: int) -> None:
        settled(simulation, link)
        holds = simulation.imposed[link]
        curbs = {h.regime.owner for h in holds if h.regime.bounds and not regimes.is_lifted(h, holds)}
        stands[int(simulation.now)] = curbs

    settled = regimes.settle
    monkeypatch.setattr(regimes, "settle", settle)
    document = from_tree(tree).document
    run(document, 200)
    here, now = standing(document)["acid/plant-line"].curbs, set[str]()
    for day in range(200):
        date = document.run.start + datetime.timedelta(days=day)
        now = stands.get(day, now)
        assert {span.event for span in here if span.first <= date < span.end} == now, date


def test_grants_that_condition_the_draws_are_stated_with_their_number_and_day() -> None:
    row = {"date": "2019-09-27", "material": "acid", "known_on": "2019-09-28", "source": "press"}
    rows = {"first": row, "later": row | {"known_on": "2019-10-01"}}
    terms = {"individual": {"release": {"standard": {"acid": "90 days"}}, "source": "estimate"}}
    tree = chain(regimes=terms, observed_licences=rows)
    assert assumed(from_tree(tree).document) == []
    tree["run"]["known_until"] = "2019-09-30"
    assert assumed(from_tree(tree).document) == [
        "days to first licences are drawn given 1 report of grants known by 2019-09-30 (observed_licences)"
    ]
