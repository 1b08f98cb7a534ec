"""When events act: the order of one day, the edges of a run, and regimes that meet (MODEL.md section 9)."""

from __future__ import annotations

import numpy as np
import pytest

from tests.runs import Path, run
from tests.worlds import Tree, date, event, one_plant

LINK = "m/source-plant"
TERMS = {"review": "30 days", "lot": "20 days", "reorder": "1 day", "validity": "365 days"}


def world(events: Tree, terms: Tree | None = None) -> Tree:
    return one_plant(
        supplier_headroom=9.0, adjustment=10.0, events=events, regimes={"individual": TERMS | (terms or {})}
    )


def curb(kind: str, day: int, **fields: object) -> Tree:
    return event(kind, day, {"material": "m"}, **fields)


def same(one: Path, two: Path) -> bool:
    return np.array_equal(one.run.records.stock, two.run.records.stock)


def names(path: Path) -> list[str]:
    return [name for _, name, _, _ in path.run.log]


def test_two_events_of_one_day_act_by_kind_and_then_by_name() -> None:
    """Embargo before licence before quota, whatever the order of the file; all of them hold."""
    events = {
        "a": curb("quota", 10, allow="0.5 u/day", period="day", pool="per_link"),
        "c": curb("licence", 10, regime="bulk"),
        "b": curb("licence", 10, regime="individual"),
        "d": curb("embargo", 10, until=date(20)),
    }
    path = run(world(events), 40)
    assert names(path) == ["d", "b", "c", "a"]
    assert same(path, run(world(dict(reversed(events.items()))), 40))
    assert path.shipped(LINK)[10:20].max() == 0.0
    assert path.shipped(LINK)[20:30] == pytest.approx(0.5)


def test_an_ending_comes_before_a_start_of_the_same_day() -> None:
    """An embargo ends on day 20 and a quota starts then: the quota holds, not bulk."""
    events = {
        "cap": curb("quota", 20, allow="0.25 u/day", period="day"),
        "stop": curb("embargo", 10, until=date(20)),
    }
    assert run(world(events), 30).shipped(LINK)[20:].tolist() == [0.25] * 10


def test_what_another_event_triggers_comes_after_what_is_dated_that_day() -> None:
    """An embargo after a licence, without a lag: it would come first by kind, and comes last."""
    events = {
        "eased": curb("licence", 10, regime="bulk"),
        "stop": {
            "kind": "embargo",
            "after": {"event": "eased"},
            "select": {"material": "m"},
            "source": "estimate",
        },
        "x": curb("quota", 10, allow="9 u/day", period="day"),
    }
    path = run(world(events), 30)
    assert names(path) == ["eased", "x", "stop"]
    assert path.shipped(LINK)[10:].sum() == 0.0


def test_an_event_of_the_first_day_acts_from_the_first_day_on() -> None:
    assert run(world({"stop": curb("embargo", 0)}), 20).shipped(LINK).sum() == 0.0


def test_an_event_of_the_last_day_acts_on_it_and_one_of_the_day_after_never() -> None:
    free = run(world({}), 20)
    last = run(world({"stop": curb("embargo", 19)}), 20)
    after = run(world({"stop": curb("embargo", 20)}), 20)
    assert last.shipped(LINK)[:19].tolist() == free.shipped(LINK)[:19].tolist()
    assert last.shipped(LINK)[19] == 0.0
    assert names(last) == ["stop"]
    assert names(after) == []
    assert same(after, free)


def test_an_event_before_the_start_acts_on_the_first_day_and_its_lags_count_from_there() -> None:
    begun = {
        "stop": curb("embargo", -30),
        "more": {"kind": "stock_target", "target": "60 days", "source": "estimate"}
        | {"after": {"event": "stop", "lag": "5 days"}, "select": {"material": "m"}},
    }
    path = run(world(begun), 20)
    assert [time for time, _, _, _ in path.run.log] == [0.0, 5.0]
    now = begun | {"stop": curb("embargo", 0)}
    assert same(path, run(world(now), 20))


def test_an_event_that_was_over_before_the_start_never_acts() -> None:
    path = run(world({"stop": curb("embargo", -30, until=date(0))}), 20)
    assert names(path) == []
    assert same(path, run(world({}), 20))


@pytest.mark.parametrize(
    "trigger",
    [
        {"when": {"cover_below": "1 day", "select": {"material": "m"}}},
        {"after": {"event": "unlikely"}},
        {"after": {"event": "late", "lag": "3 days"}},
    ],
)
def test_a_trigger_that_never_fires_changes_nothing(trigger: Tree) -> None:
    events = {
        "unlikely": curb("embargo", 5, probability=0.0),
        "late": curb("embargo", 4000),
        "waiting": {"kind": "embargo", "select": {"material": "m"}, "source": "estimate"} | trigger,
    }
    path = run(world(events), 60)
    assert names(path) == []
    assert same(path, run(world({}), 60))


def test_a_licence_granted_after_the_curb_was_lifted_is_void() -> None:
    """Filed on day 10, due on day 40; the curb ends on day 25 and a new one starts on day 35."""
    first = {"curb": curb("licence", 10, regime="individual", until=date(25))}
    path = run(world(first), 80)
    assert [file.filed for file in path.run.licences] == [10.0]
    assert np.isnan(path.run.licences[0].usable)
    assert np.isnan(path.credit(LINK)[25:]).all()  # bulk: no credit is counted
    again = run(world(first | {"again": curb("licence", 35, regime="individual")}), 64)
    assert again.credit(LINK)[35:].tolist() == [0.0] * 29  # day 40 grants nothing to the second curb
    assert again.shipped(LINK)[35:].sum() == 0.0


def test_goods_that_have_shipped_arrive_when_the_validity_ends_on_the_way() -> None:
    """A lot of 20 usable from day 30 to day 33, lead time 5: what shipped arrives, the rest lapses."""
    path = run(
        world({"curb": curb("licence", 0, regime="individual")}, {"validity": "3 days", "reorder": "1 day"}),
        60,
    )
    lot = path.run.licences[0]
    shipped = path.shipped(LINK)[30:33].sum()
    assert shipped > 0.0
    assert lot.lapsed == pytest.approx(20.0 - shipped, rel=1e-9)
    stock, used = path.stock("plant/m"), path.starts("plant/x")
    received = np.diff(stock) + used[1:]
    assert received[34:37].sum() == pytest.approx(shipped, rel=1e-9)  # days 35, 36, 37


def test_every_kind_takes_a_probability_once_per_facility_and_per_link() -> None:
    """What happens to a target is decided by its own keyed draw."""
    for draw in ("once", "per_facility", "per_link"):
        seen = {
            bool(
                run(world({"stop": curb("embargo", 3, probability=0.5, draw=draw)}), 5, replication=r).run.log
            )
            for r in range(12)
        }
        assert seen == {True, False}


STEPPED: dict[str, tuple[Tree, list[object]]] = {
    "licence": ({"regime": "embargo"}, ["individual", "special_bulk"]),
    "catch_all": ({"screening": 1.0, "lot": "5 days"}, [0.5, 0.0]),
    "capacity": ({"factor": 0.2}, [0.6, 1.5]),
    "demand": ({"factor": 0.5}, [1.5, 0.8]),
    "stock_target": ({"target": "+20 days"}, ["-5 days", "4 days"]),
    "thrift": ({"saving": 0.1, "below": "90 days"}, [0.4, 0.0]),
}


def stepped_world(kind: str, *, written_out: bool) -> Tree:
    """An event from day 10 to 60 with steps on days 25 and 40, or three events one after the other."""
    fields, values = STEPPED[kind]
    main = {"licence": "regime", "catch_all": "screening", "stock_target": "target", "thrift": "saving"}
    field = main.get(kind, "factor")
    select: Tree = {"material": "x"} if kind in ("capacity", "demand") else {"material": "m"}
    if not written_out:
        steps = {date(25): values[0], date(40): values[1]}
        events = {"one": event(kind, 10, select, until=date(60), steps=steps, **fields)}
    else:
        spans = ((10, 25, fields[field]), (25, 40, values[0]), (40, 60, values[1]))
        events = {
            f"part_{start}": event(kind, start, select, until=date(end), **(fields | {field: value}))
            for start, end, value in spans
        }
    return world(events)


@pytest.mark.parametrize("kind", STEPPED)
def test_steps_are_events_one_after_the_other(kind: str) -> None:
    path = run(stepped_world(kind, written_out=False), 80)
    assert same(path, run(stepped_world(kind, written_out=True), 80))
    tree = stepped_world(kind, written_out=False)
    del tree["events"]["one"]["steps"]
    assert not same(path, run(tree, 80))


def test_a_ramp_goes_on_from_the_step_before() -> None:
    """Capacity 0.5 in one day, then over 10 days to 1.5: day 20 has 0.5 + 1.0 / 10 of capacity."""
    select = {"facility": "plant"}
    steps = {date(20): 1.5}
    path = run(world({"grow": event("capacity", 10, select, factor=0.5, ramp="10 days", steps=steps)}), 40)
    factors = path.run.simulation
    assert factors is not None
    halfway = run(world({"grow": event("capacity", 10, select, factor=0.5, ramp="10 days", steps=steps)}), 21)
    assert halfway.run.simulation is not None
    place = halfway.run.simulation.network.processes.index("plant/x")
    assert halfway.run.simulation.state.factor[place] == pytest.approx(0.6)
    assert factors.state.factor[place] == pytest.approx(1.5)


def test_an_event_that_starts_late_begins_with_the_latest_step() -> None:
    """A trigger on day 30 finds the step of day 25 taken."""
    steps = {date(25): 0.25, date(40): 0.5}
    waits = {
        "first": event("demand", 30, {"material": "x"}, factor=1.0),
        "second": {
            "kind": "demand",
            "after": {"event": "first"},
            "factor": 0.9,
            "steps": steps,
            "select": {"material": "x"},
            "source": "s",
        },
    }
    served = run(world(waits), 60).run.records.served[:, 0]
    assert served[29] == pytest.approx(served[0])
    assert served[31] == pytest.approx(0.25 * served[0]) and served[50] == pytest.approx(0.5 * served[0])
