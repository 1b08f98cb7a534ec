"""What a check states though it is no mistake: curbs that meet, what reliefs lift, what nothing ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli.listing import statements
from sim.scenario import check, from_tree
from sim.scenario.scenario import examine
from sim.scenario.statements import assumed, curbs, stated
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
