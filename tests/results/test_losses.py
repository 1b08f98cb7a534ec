"""Gross and net losses, by horizon; the three first days; daily capacity; order by money. Exact answers."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.plots.losses import losers
from sim.plots.time_series import shown_processes
from sim.reporting.loss_tables import findings
from sim.reporting.main_table import horizon_table, run_table, timing_table
from sim.results.measures import LOSS_MEASURES
from sim.results.restricted import treated
from sim.results.result import Result
from sim.scenario import Scenario, from_tree
from tests.reporting.test_same_numbers import world
from tests.worlds import chain, date, event, facility, final, link, one_plant, stock, tree, uncertain_chain

CUT = event("embargo", 20, {"material": "m", "from": "JP"}, until=date(60), role="treatment")
CYCLE, COVER, LEAD = 7, 10, 5
BITES = 20 + LEAD + COVER  # goods shipped before day 20 arrive until day 24; stock lasts ten days more


def plant(cover: float = COVER) -> Scenario:
    """Return a plant that makes one unit a day in a week, cut off for forty days, with headroom to catch up."""
    made = one_plant(
        cover=cover,
        lead=LEAD,
        supplier_headroom=4.0,
        headroom=1.0,
        demand_fields={"unmet": "backlog"},
        events={"cut": CUT},
        materials={"x": {"price": "3 USD/u"}},
    )
    made["facilities"]["plant"]["makes"]["x"]["cycle_time"] = f"{CYCLE} days"
    return from_tree(made)


@pytest.fixture(scope="module")
def result() -> Result:
    return sim.run(plant(), replications=1, jobs=1, horizons=[date(99), date(50)])


def row_of(frame: pd.DataFrame, who: str = "plant/x") -> pd.Series:
    return frame.set_index("who").loc[who]


def test_three_first_days_are_three(result: Result) -> None:
    """Starts end with the stock; output falls a cycle later."""
    row = row_of(result.first_days())
    assert row["held_back"] == row["stopped"] == date(BITES)
    assert row["lost"] == date(BITES + CYCLE)
    assert [row[f"{name}_share"] for name in ("held_back", "lost", "stopped")] == [1.0, 1.0, 1.0]
    headline = row_of(result.headline())
    names = ("first_day_short", "first_day_lost", "first_day_stopped")
    assert [headline[name] for name in names] == [date(BITES), date(BITES + CYCLE), date(BITES)]


def test_what_is_held_back_need_not_stop() -> None:
    """Half of the last day is covered: starts are held back a day before they stop."""
    row = row_of(sim.run(plant(COVER + 0.5), replications=1, jobs=1).first_days())
    assert (row["held_back"], row["stopped"]) == (date(BITES), date(BITES + 1))


def test_never_is_no_day() -> None:
    """Stock for half a year: nothing is held back, so that there is no day, and no share of one."""
    made = from_tree(one_plant(cover=180.0, events={"cut": CUT}))
    row = row_of(sim.run(made, replications=2, jobs=1).first_days())
    for name in ("held_back", "lost", "stopped"):
        assert (row[name], row[f"{name}_low"], row[f"{name}_share"], row[f"{name}_first"]) == (
            "",
            "",
            0.0,
            0.0,
        )


def with_days(result: Result, days: dict[str, list[float]], measure: str = "first_short_day") -> Result:
    """Return a result with known first days by process; never for all others."""
    array = result.arrays["process"].copy()
    place = result.labels.measures["process"].index(measure)
    array[:, place, :] = np.nan
    for name, values in days.items():
        array[:, place, result.labels.processes.index(name)] = values
    return dataclasses.replace(result, arrays=result.arrays | {"process": array})


@pytest.fixture(scope="module")
def two() -> Result:
    return sim.run(from_tree(world()), replications=4, jobs=1)


def test_who_is_first_is_told_by_replication(two: Result) -> None:
    """The later median may be first more often; ties are shared; never is never first."""
    never = np.nan
    made = with_days(two, {"line/chip": [9.0, 30.0, 31.0, 5.0], "line_2/chip": [9.0, 40.0, never, 3.0]})
    users = made.first_days().query("group == 'user'")
    assert users["who"].tolist() == ["line/chip", "line_2/chip"]
    assert users["held_back_first"].tolist() == [0.625, 0.375]
    assert users["held_back_share"].tolist() == [1.0, 0.75]
    stopped = with_days(two, {"line_2/chip": [200.0] * 4}, "first_stop_day")
    assert stopped.first_days("stopped")["who"].tolist()[0] == "line_2/chip"
    with pytest.raises(
        sim.CurbsimError, match="first_days by 'short'; write one of held_back, lost, stopped"
    ):
        two.first_days("short")


def test_gross_is_what_is_not_made_and_net_what_is_not_made_up(result: Result) -> None:
    """Thirty days of starts are lost, days 35 to 64; with headroom 1 all are made up by the end."""
    rows = result.horizons().query("who == 'plant/x'").set_index("horizon")
    by_day_50, by_day_99, end = (rows.loc[day] for day in (date(50), date(99), date(364)))
    until_50 = 50 - (BITES + CYCLE) + 1
    assert by_day_50["lost_days_gross"] == by_day_50["lost_days"] == pytest.approx(until_50)
    assert by_day_99["lost_days_gross"] == pytest.approx(30.0)
    assert by_day_99["lost_value_gross"] == pytest.approx(90.0)
    assert end["lost_days_gross"] >= 30.0 > by_day_99["lost_days"] > end["lost_days"]
    assert end["lost_days"] == pytest.approx(0.0, abs=1e-6)
    assert rows.index.tolist() == [date(50), date(99), date(364)]


def test_a_horizon_tells_what_a_run_that_ends_there_tells() -> None:
    """To the last bit, gross and net, over draws."""
    ends = ["2019-09-30", "2019-11-15"]
    scenario = uncertain_chain()
    whole = sim.run(scenario, replications=4, jobs=1, horizons=ends)
    assert whole.labels.horizons == tuple(ends)
    for place, end in enumerate(ends):
        alone = sim.run(scenario.with_({"run.end": end}), replications=4, jobs=1)
        for number, measure in enumerate(LOSS_MEASURES):
            told = whole.arrays["horizon"][:, place, number]
            assert np.array_equal(told, alone.values("process", measure), equal_nan=True), (end, measure)
        assert alone.horizon == end
        frame = whole.horizons().query("horizon == @end and who == 'line/chip'").iloc[0]
        summary = alone.summary().set_index(["metric", "scope"])
        for measure in ("lost_days_gross", "lost_days", "lost_value_gross", "lost_value"):
            row = summary.loc[(measure, "line/chip")]
            shown = [frame[f"{measure}{part}"] for part in ("", "_low", "_high", "_error")]
            assert shown == row[["estimate", "low", "high", "monte_carlo_error"]].tolist()


def test_horizons_survive_the_run_folder_and_stand_in_a_table(result: Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path, formats=("csv",))
    again = sim.read(folder)
    pd.testing.assert_frame_equal(again.horizons(), result.horizons())
    assert pd.read_csv(folder / "horizons.csv")["horizon"].tolist() == result.horizons()["horizon"].tolist()
    lines = horizon_table(result).lines()
    assert [row["until"] for row in lines if row["gross loss, days"]][:3] == [date(50), date(99), date(364)]
    assert "horizon" in again.arrays


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        (["2018-12-31"], "horizons: '2018-12-31' is outside of the run; write dates from 2019-01-01 to"),
        (["2020-01-01"], "is outside of the run"),
        (["end of 2019"], "horizons: 'end of 2019' is no date"),
        (["2019-02-30"], "is no date"),
    ],
)
def test_a_horizon_that_is_none_is_told(dates: list[str], message: str) -> None:
    with pytest.raises(sim.CurbsimError, match=message):
        sim.run(plant(), replications=1, jobs=1, horizons=dates)


def test_a_horizon_may_be_a_date_and_the_end_of_the_run_counts_once() -> None:
    days = [datetime.date(2019, 12, 31), datetime.date(2019, 6, 30), "2019-06-30"]
    assert sim.run(plant(), replications=1, jobs=1, horizons=days).labels.horizons == ("2019-06-30",)


def test_the_date_of_a_net_loss_stands_in_the_head_of_its_column(result: Result) -> None:
    heads = [head for head in run_table(result).lines()[0] if "loss" in head]
    assert heads[:2] == ["gross loss, days", "gross loss, million USD"]
    assert all(head.startswith("net loss to 2019-12-31") for head in heads[2:]) and len(heads) == 4
    for table in findings(result):
        shown = [column.heading for column in table.view]
        assert not [head for head in shown if head.startswith("net") and "to 2019-12-31" not in head]
        if table.name in ("losses", "chances", "countries"):
            assert any(head.startswith("net loss to 2019-12-31") for head in shown), table.name
    assert "net of what is made up by 2019-12-31" in result.words()
    assert list(timing_table(result).lines()[0])[2:5] == [
        "starts first held back",
        "output first lost",
        "first day stopped",
    ]


# daily capacity --------------------------------------------------------------------------------------


def test_starts_are_never_above_capacity_in_the_daily_table() -> None:
    """Capacities are drawn, and doubled by an event, in this case."""
    table = sim.run(sim.load("curbs_2019"), replications=1, jobs=1).table("production")
    assert (table["starts"] <= table["capacity"] * (1.0 + 1e-9)).all()
    own = table[(table["facility"] == "soulbrain_gongju") & (table["process"] == "hf_liquid")]
    before, after = (
        own[own["date"].astype(str) == day]["capacity"].iloc[0] for day in ("2020-01-01", "2020-01-02")
    )
    assert after > 1.9 * before


def test_daily_capacity_is_that_of_the_day() -> None:
    """An outage leaves a fifth; capacity comes back over four days; a drawn capacity is that of the draw."""
    fire = event("outage", 10, {"facility": "source"}, remaining=0.2, until=date(20), recovery="4 days")
    made = one_plant(supplier_headroom=0.5, events={"fire": fire})
    table = sim.run(from_tree(made), replications=1, jobs=1).table("production")
    capacity = table[table["facility"] == "source"]["capacity"].to_numpy()
    assert capacity[9:11] == pytest.approx([1.5, 0.3])
    assert capacity[19:25] == pytest.approx([0.3, 0.6, 0.9, 1.2, 1.5, 1.5])
    ranges = {"facilities.source.makes.m.headroom": {"low": 0.1, "high": 0.9, "source": "estimate"}}
    drawn = sim.run(from_tree(one_plant() | {"uncertain": ranges}), replications=1, jobs=1)
    column = drawn.table("production").query("facility == 'source'")["capacity"]
    assert column.unique() == pytest.approx([1.0 + drawn.arrays["draws"][0, 0]])


# who is exposed to an outage ------------------------------------------------------------------------


def exposed(**events: object) -> Result:
    return sim.run(from_tree(chain(events=dict(events))), replications=2, jobs=1)


def test_users_of_an_outage_use_what_the_plant_makes_directly_or_through_others() -> None:
    fire = event("outage", select={"facility": "pit"}, duration="90 days", role="treatment")
    result = exposed(fire=fire)
    assert set(result.labels.exposed) == {"plant/acid", "line/chip"}
    assert result.labels.suppliers == ("pit/raw",)
    assert result.headline()["group"].tolist() == ["user", "user", "supplier"]
    assert set(treated(result).stocks) == {"plant/raw", "line/acid"}
    assert "2 of 2 processes that use what hit plants make lose output on average" in result.words()
    assert "few orders" not in result.words() and "controlled" not in result.words()
    assert {"cover", "output", "exceedance"} <= set(sim.plots.figures(result, result.scenario))
    assert sim.plots.cover(result).axes[0].get_title("left").startswith("line\n")  # money first


def test_who_uses_nothing_of_a_hit_plant_is_no_user() -> None:
    fire = event("outage", select={"facility": "line"}, duration="30 days", role="treatment")
    result = exposed(fire=fire)
    assert result.labels.exposed == () and result.labels.suppliers == ("line/chip",)
    assert "No process uses what hit plants make, so that nobody is exposed" in result.words()
    background = exposed(fire=fire | {"role": "background"}, cut=event("embargo", role="treatment"))
    assert background.labels.exposed == ("line/chip",) and background.labels.suppliers == ("plant/acid",)


def test_users_of_a_curb_and_an_outage_together() -> None:
    """A curb on acid exposes the line; an outage of the pit exposes the plant as well."""
    fire = event("outage", select={"facility": "pit"}, duration="30 days", role="treatment")
    result = exposed(fire=fire, cut=event("embargo", role="treatment"))
    assert set(result.labels.exposed) == {"plant/acid", "line/chip"}
    assert "controlled goods or what hit plants make" in sim.report.title_of(result, "cover")


def test_a_change_of_demand_exposes_who_serves_it() -> None:
    slump = event("demand", select={"material": "chip"}, factor=0.5, role="treatment")
    result = exposed(slump=slump)
    assert result.labels.exposed == ("line/chip",) and result.labels.suppliers == ()
    assert set(treated(result).stocks) == {"line/acid"}
    assert "serves changed demand" in result.words()


def test_groups_of_a_world_in_tables_are_exposed_to_outages_and_demand(tmp_path: Path) -> None:
    firms = "id,country,material,final_demand_per_day\nmilk,NZ,milk,0\ncheese,KR,cheese,5\nbread,KR,bread,3\n"
    (tmp_path / "firms.csv").write_text(firms)
    (tmp_path / "edges.csv").write_text("supplier,buyer,share,per_unit\nmilk,cheese,1,1\n")
    (tmp_path / "made.yaml").write_text(
        "format: 1\nmeta: {name: made, sources: {estimate: {title: Estimate}}}\n"
        "run: {start: 2019-01-01, end: 2019-06-30, replications: 1}\n"
        "network: {edges: edges.csv, firms: firms.csv}\n"
        "events: {fire: {kind: outage, date: 2019-02-01, duration: 60 days, select: {facility: milk}, "
        "source: estimate}}\n"
        "variants:\n  less: {events: {fire: null, less: {kind: demand, date: 2019-02-01, factor: 0.5, "
        "select: {material: bread}, source: estimate}}}\n"
    )
    fire, less = (sim.run(sim.load(str(tmp_path / f"made.yaml{name}")), jobs=1) for name in ("", "+less"))
    assert (fire.labels.exposed, fire.labels.suppliers) == (("KR/cheese",), ("NZ/milk",))
    assert (less.labels.exposed, less.labels.suppliers) == (("KR/bread",), ())
    for result in (fire, less):
        table = result.table("production")
        assert (table["starts"] <= table["capacity"] * (1.0 + 1e-9)).all()


# order by money -------------------------------------------------------------------------------------


def two_goods() -> Scenario:
    """Return a plant of cheap goods that loses many days, and one of dear goods that loses few."""
    made = {"headroom": 0.0, "inputs": {"m": {"per_unit": "1 u"}}}
    document = tree(
        {
            "source": facility({"m": {"headroom": 0.0}}, country="JP"),
            "a_cheap": facility({"x": made}, {"m": stock(5.0)}),
            "dear": facility({"y": made}, {"m": stock(40.0)}),
        },
        {f"m/{name}": link("source", name, "m", lead=5, share=1.0) for name in ("a_cheap", "dear")},
        {"x": final("a_cheap", "x", 1.0), "y": final("dear", "y", 1.0)},
        events={"cut": CUT | {"until": date(70)}},
        materials={"x": {"price": "1 USD/u"}, "y": {"price": "1000 USD/u"}},
    )
    return from_tree(document)


def test_those_who_lose_most_money_stand_first_everywhere() -> None:
    result = sim.run(two_goods(), replications=2, jobs=1)
    days = result.values("process", "lost_days_gross").mean(axis=0)
    by_name = dict(zip(result.labels.processes, days, strict=True))
    assert by_name["a_cheap/x"] > by_name["dear/y"] > 0.0
    assert result.headline()["who"].tolist()[:2] == ["dear/y", "a_cheap/x"]
    assert result.horizons()["who"].tolist()[:3] == ["all", "dear/y", "a_cheap/x"]
    assert losers(result)[:2] == ["dear/y", "a_cheap/x"]
    assert shown_processes(result, treated(result)) == ["dear/y", "a_cheap/x"]
    assert sim.plots.cover(result).axes[0].get_title("left").startswith("dear")
    assert sim.plots.exceedance(result).axes[0].get_title("left").startswith("dear")
    for table in (run_table(result), timing_table(result), *findings(result)):
        if "process" in table.frame:
            assert table.frame["process"].tolist()[:2] == ["dear/y", "a_cheap/x"], table.name
    words = result.words()
    assert words.index("dear") < words.index("a_cheap")


# faults that no test saw ----------------------------------------------------------------------------


def with_covers(result: Result, covers: dict[str, float]) -> Result:
    """Return a result with known lowest covers by stock."""
    lows = result.arrays["stock"].copy()
    for name, days in covers.items():
        lows[:, 0, result.labels.stocks.index(name)] = days
    return dataclasses.replace(result, arrays=result.arrays | {"stock": lows})


def test_the_lowest_cover_is_the_lowest_of_the_own_stocks(two: Result) -> None:
    """Not that of a facility whose name begins alike, nor the highest of the lowest."""
    covers = {"line/acid": 7.0, "line/gas": 4.0, "line_2/acid": 2.0, "line_2/gas": 9.0}
    result = with_covers(two, covers)
    headline = result.headline().set_index("who")
    for who, days, material in (("line/chip", 4.0, "gas"), ("line_2/chip", 2.0, "acid")):
        assert headline.loc[who, ["minimum_cover", "minimum_cover_material"]].tolist() == [days, material]
    timing = next(table for table in findings(result) if table.name == "timing").frame.set_index("process")
    assert timing.loc["line/chip", ["lowest_cover", "cover_of"]].tolist() == [4.0, "Gas"]
    assert timing.loc["line_2/chip", ["lowest_cover", "cover_of"]].tolist() == [2.0, "Acid"]
    lines = {row["who"]: row for row in timing_table(result).lines()}
    assert lines["line/chip"]["lowest cover"] == "4 d gas"


def test_each_material_has_its_own_row_of_licences(two: Result) -> None:
    array = two.arrays["licence"].copy()
    names, materials = two.labels.measures["licence"], two.labels.materials
    for place, material in enumerate(("acid", "gas")):
        for number, _ in enumerate(names):
            array[:, number, materials.index(material)] = 10.0 * (place + 1) + number
    result = dataclasses.replace(two, arrays=two.arrays | {"licence": array})
    table = next(table for table in findings(result) if table.name == "licences").frame.set_index("material")
    columns = ["filed", "granted", "wait_days", "lapsed"]
    assert table.loc["acid", columns].tolist() == [10.0, 11.0, 13.0, 1400.0]
    assert table.loc["gas", columns].tolist() == [20.0, 21.0, 23.0, 2400.0]


def test_gross_and_net_are_not_taken_for_each_other(two: Result) -> None:
    array, names = two.arrays["process"].copy(), two.labels.measures["process"]
    for number, measure in enumerate(("lost_days_gross", "lost_days", "lost_value_gross", "lost_value")):
        array[:, names.index(measure), :] = 1e6 * (number + 1) if "value" in measure else number + 11.0
    result = dataclasses.replace(two, arrays=two.arrays | {"process": array})
    tables = {table.name: table.frame for table in findings(result)}
    columns = ["gross_days", "lost_days", "gross_value", "lost_value"]
    assert tables["losses"].loc[0, columns].tolist() == [11.0, 12.0, 3.0, 4.0]
    assert tables["chances"].loc[0, ["days_if_ever_short", "days_if_ends_short"]].tolist() == [11.0, 12.0]
    assert tables["countries"].loc[0, ["gross_value", "lost_value"]].tolist() == [6.0, 8.0]
    headline = result.headline().loc[0, ["lost_days_gross", "lost_days", "lost_value_gross", "lost_value"]]
    assert headline.tolist() == [11.0, 12.0, 3e6, 4e6]
    assert result.lost_by_users().tolist() == [6e6] * 4
    text = result.words()
    assert "loses 11 days (11 to 11) of output, about 3 million USD" in text
    assert "net of what is made up by 2020-06-30, 12 days (12 to 12), about 4 million USD" in text


def test_a_month_is_a_twelfth_of_a_year() -> None:
    """A thousand wafers a month are 32.88 a day, not 33.3 as in months of thirty days."""
    result = sim.run(from_tree(chain()), replications=1, jobs=1)
    output = result.table("production").query("facility == 'line'")["baseline_output"]
    assert output.to_numpy() == pytest.approx(12_000.0 / 365.0)
