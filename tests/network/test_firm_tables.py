"""Worlds of tables: the same network, selections and records as an ordinary world of the same firms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cli.listing import listing
from sim.cli.run_actions import network_problems
from sim.engine import large, make_plan, simulate_one
from sim.errors import CurbsimError, ScenarioError
from sim.importers.edges import from_edges
from sim.importers.worlds import WorldOptions, head, write_world
from sim.network import Network, baseline, compile_network
from sim.network.large.assumptions import read_tables
from sim.network.large.firm_tables import FirmTables, compile_tables, make_firm_tables
from sim.runner import memory
from sim.scenario import from_tree
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Selection
from sim.scenario.selection import rows as selected_rows
from sim.scenario.selection import select
from sim.scenario.statements import curbs

FIRMS = 60
EVENTS = {
    "cut": {
        "kind": "embargo",
        "date": "2019-02-01",
        "until": "2019-03-10",
        "select": {"from": "JP", "to": "KR"},
    },
    "cap": {
        "kind": "quota",
        "date": "2019-03-15",
        "select": {"material": "m1", "except": {"to": "US"}},
        "allow": "40 % of baseline",
        "period": "month",
        "share_out": "first_come",
    },
    "quake": {"kind": "outage", "date": "2019-01-20", "duration": "20 days", "select": {"facility": "f-*1"}},
    "boom": {"kind": "demand", "date": "2019-02-10", "factor": 1.3, "select": {"country": "KR"}},
    "slow": {
        "kind": "licence",
        "date": "2019-04-01",
        "regime": "individual",
        "select": {"material": "m-3", "firm": "f1?", "from": {"country": ["US", "KR"]}},
    },
    "hoard": {"kind": "stock_target", "date": "2019-02-01", "target": "+9 days", "select": {"from": "JP"}},
}
ANSWERS = {
    "cut": {"kind": "embargo", "date": "2019-02-01", "select": {"from": "JP", "to": "KR"}},
    "screen": {"kind": "catch_all", "date": "2019-01-15", "screening": 0.5, "select": {"from": "US"}},
    "faster": {"kind": "expedite", "date": "2019-02-05", "factor": 0.5, "select": {"to": "KR"}},
    "abroad": {"kind": "diversion", "date": "2019-02-01", "share": 0.5, "select": {"country": "JP"}},
    "trial": {
        "kind": "qualification",
        "date": "2019-01-10",
        "stages": {"sample": {"after": "20 days", "max_share": 0.5}},
        "select": {"from": "KR", "material": "m2"},
    },
}
ENTRIES = ("facilities", "firms", "links", "demand")
TERMS = {"individual": {"review": {"other": "20 days"}, "dispatch": {"other": "2 days"}}}


def tables(amounts: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return links and firms whose names hold the sign that stands between them in ids."""
    rng = np.random.default_rng(3)
    ids = [f"f{i}" if i % 3 else f"f-{i}" for i in range(FIRMS)]
    firms = pd.DataFrame(
        {
            "id": ids,
            "country": rng.choice(["JP", "KR", "US"], FIRMS),
            "material": rng.choice(["m1", "m2", "m-3"], FIRMS),
            "final_demand_per_day": np.where(np.arange(FIRMS) > 40, 5.0 * rng.random(FIRMS), 0.0),
            "cover_days": rng.integers(5, 40, FIRMS),
            "cycle_time_days": rng.integers(0, 4, FIRMS),
            "finished_cover_days": 2.0,
        }
    )
    ends = [(ids[a], ids[b]) for b in range(5, FIRMS) for a in rng.choice(b, size=4, replace=False)]
    edges = pd.DataFrame(ends, columns=["supplier", "buyer"])
    unsold = ~firms["id"].isin(edges["supplier"]) & (firms["final_demand_per_day"] == 0.0)
    firms.loc[unsold, "final_demand_per_day"] = 0.5
    edges["lead_time_days"] = rng.integers(0, 9, len(edges))
    if amounts:
        edges["amount_per_day"] = 3.0 * rng.random(len(edges))
    return edges, firms


def both(
    amounts: bool = False, events: dict[str, Any] | None = None
) -> tuple[Document, Document, FirmTables]:
    """Return an ordinary world, the same world without its entries, and its tables of firms."""
    edges, firms = tables(amounts)
    made = make_firm_tables(*read_tables(edges, firms))
    world = from_edges(edges, firms)
    sourced = {name: {**event, "source": "estimate"} for name, event in (events or {}).items()}
    ordinary = from_tree({**world.tree, "events": sourced, "regimes": TERMS if events else {}}).document
    return ordinary, ordinary.model_copy(update=dict.fromkeys(ENTRIES, {})), made


def assert_same(network: Network, expected: Network) -> None:
    for name in expected.arrays._fields:
        mine, theirs = getattr(network.arrays, name), getattr(expected.arrays, name)
        assert mine.dtype == theirs.dtype, name
        assert mine.flags.c_contiguous and mine.flags.writeable, (
            name
        )  # else compiled code takes it for another
        assert np.array_equal(mine, theirs, equal_nan=mine.dtype == np.float64), name
    for name in ("processes", "stocks", "links", "demands", "stock_facility", "stock_material"):
        assert list(getattr(network, name)) == list(getattr(expected, name)), name
    for name in ("initial_stock", "initial_finished", "cover", "max_share", "horizon"):
        assert np.array_equal(getattr(network, name), getattr(expected, name)), name


@pytest.mark.parametrize("amounts", [False, True])
def test_tables_and_entries_make_the_same_network(amounts: bool) -> None:
    ordinary, _, firms = both(amounts)
    assert_same(compile_tables(ordinary, firms), compile_network(ordinary))


@pytest.mark.parametrize("what", ["links", "stocks", "processes", "demands"])
@pytest.mark.parametrize(
    "conditions",
    [
        {"material": "m1"},
        {"country": ["JP", "KR"], "except": {"material": "m-*"}},
        {"from": "JP", "to": "KR"},
        {"firm": "f1*", "except": {"firm": "f10"}},
        {"facility": "f-3", "from": {"firm": "f?"}},
        {"link": "m1/*"},
        {"to": {"facility": "f5?"}, "except": {"to": {"facility": "f55"}}},
        {},
    ],
)
def test_tables_and_entries_are_selected_alike(what: str, conditions: dict[str, Any]) -> None:
    ordinary, viewed, firms = both()
    selection = Selection.model_validate(conditions)
    network = compile_tables(viewed, firms)
    rows = selected_rows(network.selectable, what, selection)
    assert tuple(getattr(network, what).take(rows)) == select(ordinary, what, selection)


@pytest.mark.parametrize("events", [EVENTS, ANSWERS])
def test_every_kind_of_curb_gives_the_same_days_to_the_last_bit(events: dict[str, Any]) -> None:
    ordinary, viewed, firms = both(events=events)
    records = []
    for document, network in (
        (ordinary, compile_network(ordinary)),
        (viewed, compile_tables(viewed, firms)),
    ):
        run = simulate_one(document, network, make_plan(document, network), seed=1, replication=0, days=180)
        records.append(run.records)
        assert run.licences and {name for _, name, *_ in run.log} == set(events)
    for name in records[0]._fields:
        assert np.array_equal(*(getattr(r, name) for r in records), equal_nan=name == "credit"), name
    assert records[0].output.min() < records[0].output.max()


def world_of_tables(folder: Path, events: dict[str, Any]) -> sim.Scenario:
    """Write a world of tables with events and load it."""
    edges, firms = read_tables(*tables())
    tree = head(WorldOptions(name="made", end="2019-06-29"), sorted(firms["material"].unique()), {})
    sourced = {name: {**event, "source": "estimate"} for name, event in events.items()}
    write_world(folder, {**tree, "regimes": TERMS, "events": sourced}, (edges, firms))
    return sim.load(folder)


def test_a_run_of_tables_gives_the_sums_of_an_ordinary_run(tmp_path: Path) -> None:
    grouped = sim.run(world_of_tables(tmp_path / "made", EVENTS), jobs=1)
    _, _, tables = both(events=EVENTS)
    firms = sim.run(
        from_tree({**grouped.scenario.tree, "network": None, **sections()}), replications=1, jobs=1
    )
    group = [f"{tables.countries[c]}/{tables.materials[m]}" for c, m in zip(tables.country, tables.material)]
    for measure in ("lost_output_net", "lost_output_gross"):
        by_firm = pd.Series(firms.values("process", measure)[0], index=group).groupby(level=0).sum()
        assert list(by_firm.index) == list(grouped.labels.processes)
        if measure == "lost_output_net":
            np.testing.assert_allclose(grouped.values("process", measure)[0], by_firm, atol=1e-8)
        else:  # what one firm loses another may win on the same day
            assert (grouped.values("process", measure)[0] <= by_firm + 1e-8).all()
    trade = [
        result.table("trade").groupby(["month", "material", "origin", "destination"])["quantity"].sum()
        for result in (grouped, firms)
    ]
    pd.testing.assert_series_equal(*trade, rtol=1e-9)
    np.testing.assert_allclose(
        grouped.arrays["by_material"][0].sum(), firms.arrays["by_material"][0].sum(), rtol=1e-6
    )
    folder = grouped.save(tmp_path)
    assert sim.read(folder).summary().equals(grouped.summary())


def sections() -> dict[str, Any]:
    tree = from_edges(*tables()).tree
    return {name: tree[name] for name in ("firms", "facilities", "links", "demand")}


def test_rounds_of_demand_and_factors_give_the_same_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    ordinary, _, firms = both(amounts=True)
    exact = compile_tables(ordinary, firms).arrays.base_starts
    monkeypatch.setattr(baseline, "ROUNDS", 0)
    np.testing.assert_allclose(compile_tables(ordinary, firms).arrays.base_starts, exact, rtol=1e-12)


def test_a_network_that_takes_more_than_it_makes_is_refused() -> None:
    edges = pd.DataFrame({"supplier": ["a", "b"], "buyer": ["b", "a"], "per_unit": [1.0, 1.5]})
    firms = pd.DataFrame(
        {"id": ["a", "b"], "country": "KR", "material": ["x", "y"], "final_demand_per_day": 1.0}
    )
    made = make_firm_tables(*read_tables(edges, firms))
    with pytest.raises(CurbsimError, match="the loop a/x -> b/y -> a/x uses 1.5 per unit that it makes"):
        compile_tables(from_edges(edges, firms).document, made)


UNKNOWN = (
    "edges.csv:1:shre: unknown column 'shre'; did you mean 'share'? write --map share=shre "
    "(columns={'share': 'shre'} in Python), or --ignore shre (ignore=['shre'])"
)
COUNTRY = (
    "firms.csv:2:country: 'KOX' is not a country code; write a code of ISO 3166 (KR, KOR, 410), or its "
    "English name"
)


def test_all_mistakes_of_tables_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text(
        "supplier,buyer,lead_time_days,shre\na,b,3,1\na,b,x,1\nz,b,,1\nb,a,-1,1\n", encoding="utf-8"
    )
    (tmp_path / "firms.csv").write_text("id,country,material\na,KOX,x\nb,NA,\na,KR,x\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        from_edges(tmp_path / "edges.csv", tmp_path / "firms.csv", out=tmp_path / "world")
    text = str(error.value).replace(f"{tmp_path}/", "")
    for line in (
        UNKNOWN,
        "edges.csv:3:lead_time_days: 'x' is not a number; write a bare number",
        "edges.csv:4:lead_time_days: the cell is empty; write a number, or leave the column out",
        "edges.csv:5:lead_time_days: -1 is out of bounds; write 0 to 3650",
        COUNTRY,
        "firms.csv:3:material: the material is empty; write a name",
    ):
        assert line in text.splitlines(), text
    assert not (tmp_path / "world").exists()


def test_firms_that_are_read_off_the_links_bring_no_mistakes_of_their_own() -> None:
    edges = pd.DataFrame({"supplier": ["a", "b"], "buyer": ["b", ""]})
    with pytest.raises(ScenarioError) as error:
        read_tables(edges, None)
    assert str(error.value) == "edges:2:buyer: the buyer is empty; write a name"


def test_one_bad_row_among_many_is_found_and_mistakes_are_counted() -> None:
    number = 100_000
    edges = pd.DataFrame({"supplier": "a", "buyer": [f"b{i}" for i in range(number)], "share": 1.0})
    read_tables(edges, None)
    edges.loc[70_000, "share"] = -1.0
    with pytest.raises(ScenarioError, match=r"^edges:70001:share: -1.0 is out of bounds; write 0 to 1$"):
        read_tables(edges, None)
    edges["share"] = 2.0
    with pytest.raises(ScenarioError, match="the first 20 of 100,000 mistakes are listed"):
        read_tables(edges, None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"supplier": ["a", "a"], "buyer": ["b", "b"]}, "the supplier and the buyer 'b' are there twice"),
        ({"supplier": ["a", "c"], "buyer": ["b", "b"]}, "the firm 'c' is not in the table of firms"),
        ({"supplier": ["a", "b"], "buyer": ["b", "b"]}, "'b' supplies itself"),
        ({"supplier": ["a"], "buyer": ["b"], "share": [1.0], "amount_per_day": [1.0]}, "shares and amounts"),
        ({"supplier": ["a"]}, "the column 'buyer' is missing"),
        ({"supplier": [], "buyer": []}, "the table has no rows"),
        (
            {"supplier": ["a"], "buyer": ["b"], "share": [0.9]},
            r"edges:1:share: the shares of x at b sum to 0.9, not 1 \(x/a-b 0.9\)",
        ),
        (
            {"supplier": ["a", "c2"], "buyer": ["b", "b"], "per_unit": [1.0, 2.0]},
            "edges:1:per_unit: 1.0 here and something else",
        ),
    ],
)
def test_what_rows_say_together_is_checked(change: dict[str, Any], words: str) -> None:
    firms = pd.DataFrame({"id": ["a", "b", "c2"], "country": "KR", "material": "x"})
    with pytest.raises(ScenarioError, match=words):
        read_tables(pd.DataFrame(change), firms)


def test_files_that_are_no_tables_are_named(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"nothing")
    with pytest.raises(ScenarioError, match="this is not a table"):
        read_tables(tmp_path / "bad.parquet", None)
    with pytest.raises(ScenarioError, match="there is no such file"):
        read_tables(tmp_path / "none.csv", None)
    scenario = tmp_path / "s.yaml"
    scenario.write_text(
        "format: 1\nrun: {start: 2019-01-01, end: 2019-02-01}\nnetwork: {edges: e.csv, firms: f.csv}\n"
    )
    with pytest.raises(ScenarioError, match=r"network.edges: there is no file 'e.csv'"):
        sim.load(scenario)


def test_a_selection_of_nothing_is_told_before_the_run(tmp_path: Path) -> None:
    events = {"cut": {"kind": "embargo", "date": "2019-02-01", "select": {"from": "DE"}}}
    with pytest.raises(CurbsimError, match="events.cut: no links fit the selection"):
        sim.run(world_of_tables(tmp_path / "made", events), jobs=1)


def test_how_curbs_of_tables_meet_is_stated_without_reading_the_tables(tmp_path: Path) -> None:
    stop = {"kind": "embargo", "date": "2019-02-01", "until": "2019-03-01", "select": {"from": "JP"}}
    cap = stop | {"kind": "quota", "date": "2019-02-10", "until": "2019-04-01", "allow": "30 % of baseline"}
    (text,) = curbs(world_of_tables(tmp_path / "made", {"stop": stop, "cap": cap}).document)
    assert text.startswith(
        "stop and cap are both in force on the links that both select from 2019-02-10 until 2019-03-01"
    )
    with pytest.raises(ScenarioError, match=r"events\.cap\.lifts.*unknown event 'stopp'"):
        world_of_tables(tmp_path / "wrong", {"stop": stop, "cap": cap | {"lifts": "stopp"}})


def test_the_same_tables_elsewhere_are_the_same_scenario(tmp_path: Path) -> None:
    here, there = (world_of_tables(tmp_path / name, EVENTS) for name in ("here", "there"))
    assert here.hash == there.hash
    edges = pd.read_parquet(tmp_path / "there" / "edges.parquet")
    edges.assign(lead_time_days=1.0).to_parquet(tmp_path / "there" / "edges.parquet", index=False)
    assert sim.load(tmp_path / "there").hash != here.hash


def test_a_run_that_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1e8)
    with pytest.raises(CurbsimError, match=r"needs 0\.3 GB of memory and 0\.1 GB are free; close other"):
        sim.run(world_of_tables(tmp_path / "made", EVENTS), jobs=1)


def test_memory_that_runs_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: Any, **options: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(large, "simulate_one", full)
    with pytest.raises(CurbsimError, match=r"memory ran out: the run needs about 0\.3 GB"):
        sim.run(world_of_tables(tmp_path / "made", EVENTS), jobs=1)


def test_what_needs_entries_says_so(tmp_path: Path) -> None:
    world = world_of_tables(tmp_path / "made", EVENTS)
    with pytest.raises(CurbsimError, match="stand in tables"):
        compile_network(world.document)
    with pytest.raises(CurbsimError, match="list: links of .* stand in tables"):
        listing("links", str(tmp_path / "made"))
    assert network_problems(world) == []


def test_replications_in_processes_are_those_of_one_after_the_other(tmp_path: Path) -> None:
    world = world_of_tables(tmp_path / "made", EVENTS).with_({"events.cut.probability": 0.5})
    alone, shared = (sim.run(world, replications=4, jobs=jobs) for jobs in (1, 2))
    assert alone.summary().equals(shared.summary())
    assert len(set(alone.values("process", "lost_output_net").sum(axis=1))) > 1


def test_roles_of_events_are_told_apart_by_country_and_material(tmp_path: Path) -> None:
    events = {**EVENTS, "hoard": {**EVENTS["hoard"], "role": "response"}}
    table = sim.roles(world_of_tables(tmp_path / "made", events), replications=1, jobs=1)
    lost = table.set_index(["who", "arm"])["lost_days_gross"].unstack()
    assert (lost["neither"] == 0.0).all() and lost["curb alone"].max() > 0.0
    parts = lost["curb alone"] + lost["responses alone"] + lost["interaction"] - lost["neither"]
    np.testing.assert_allclose(parts, lost["both"])


def test_a_text_of_parquet_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    raw = arrow.array([b"M\xfcller"])
    broken = arrow.Array.from_buffers(arrow.string(), 1, raw.buffers())
    parquet.write_table(arrow.table({"supplier": broken, "buyer": ["maker"]}), tmp_path / "edges.parquet")
    with pytest.raises(ScenarioError, match="a text in its column 'supplier' is not UTF-8"):
        read_tables(tmp_path / "edges.parquet", None)


def test_a_headroom_of_a_table_that_is_a_percentage_is_told() -> None:
    edges = pd.DataFrame({"supplier": ["a"], "buyer": ["b"]})
    firms = pd.DataFrame({"id": ["a", "b"], "country": "KR", "material": ["x", "y"], "headroom": [0.1, 10.0]})
    with pytest.raises(ScenarioError, match="10.0 is out of bounds; write 0 to 9.99: 0.1 is 10 %"):
        read_tables(edges, firms)


def test_the_lowest_cover_of_a_group_is_that_of_what_its_firms_use(tmp_path: Path) -> None:
    """Dairies use milk, mills ore: an embargo on ore says nothing of cheese. More than 1,000 links."""
    number = 400
    firms = [
        row
        for i in range(number)
        for row in ((f"mine{i}", "JP", "ore", 0.0), (f"mill{i}", "KR", "steel", 1.0), (f"farm{i}", "KR", "milk", 0.0), (f"dairy{i}", "KR", "cheese", 1.0))
    ]  # fmt: skip
    edges = [
        row
        for i in range(number)
        for row in (
            (f"mine{i}", f"mill{i}"),
            (f"mine{i}", f"mill{(i + 1) % number}"),
            (f"farm{i}", f"dairy{i}"),
        )
    ]
    world = from_edges(
        pd.DataFrame(edges, columns=["supplier", "buyer"]),
        pd.DataFrame(firms, columns=["id", "country", "material", "final_demand_per_day"]),
        out=tmp_path / "cover",
        end="2019-06-30",
    )
    cut = {"kind": "embargo", "date": "2019-03-01", "select": {"material": "ore"}, "source": "estimate"}
    fire = {"kind": "outage", "date": "2019-03-01", "duration": "20 days", "select": {"material": "cheese"}}
    changed = world.with_({"events.a": cut, "events.b": {**fire, "source": "estimate"}})
    row = sim.run(changed, replications=1, jobs=1).headline().set_index("who").loc["KR/cheese"]
    assert (float(row["minimum_cover"]), row["minimum_cover_material"]) == (30.0, "milk")
    assert "equal shares" in world.document.meta.assumptions["shares"]


def test_names_of_tables_have_to_be_clean_or_imported(tmp_path: Path) -> None:
    for name, words in (
        ("a ", "has blanks at its ends"),
        ("u\u0308", "letters in two parts"),
        ("a->b", "holds '->'"),
    ):
        with pytest.raises(ScenarioError, match=words):
            read_tables(pd.DataFrame({"supplier": [name], "buyer": ["c"]}), None)


def test_a_run_of_tables_says_what_they_leave_open(tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text("supplier;buyer;amount_per_day\na;b;1,5\n", encoding="utf-8")
    (tmp_path / "firms.csv").write_text("id,country,material\na,JPN,x\nb,410,y\n", encoding="utf-8")
    (tmp_path / "w.yaml").write_text(
        "format: 1\nmeta: {assumptions: {firms: Two.}}\nrun: {start: 2019-01-01, end: 2019-02-01, "
        "replications: 1}\nnetwork: {edges: edges.csv, firms: firms.csv}\n",
        encoding="utf-8",
    )
    said = sim.run(sim.load(tmp_path / "w.yaml"), jobs=1).manifest["assumptions"]
    assert said["firms"] == "Two." and said["files"].endswith(
        "edges.csv was read as semicolon-separated, decimal comma."
    )
    assert "(b) sell as much as they buy" in said["final_demand"]
