"""A scenario as tables, as a networkx graph, and as a file with its changes only."""

from __future__ import annotations

import io
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

import sim
from sim.errors import CurbsimError
from sim.network import compile_network
from tests.worlds import COVER, chain, event, uncertain_chain

SECTIONS = (
    "materials",
    "firms",
    "facilities",
    "processes",
    "stocks",
    "links",
    "demand",
    "events",
    "variants",
)


@pytest.fixture(scope="module")
def curbs() -> sim.Scenario:
    return sim.load("curbs_2019")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_a_table_by_id(curbs: sim.Scenario, section: str) -> None:
    frame, document = getattr(curbs, section), curbs.document
    assert frame.index.is_unique and len(frame)
    known = {
        "processes": {f"{f}/{p}" for f, x in document.facilities.items() for p in x.makes},
        "stocks": {f"{f}/{s}" for f, x in document.facilities.items() for s in x.stocks},
        "variants": set(curbs.tree["variants"]),
    }
    assert set(frame.index) == known.get(section) or set(frame.index) == set(getattr(document, section))
    assert frame.index.name and not frame.isin(["None", "nan"]).any(axis=None)
    frame.to_csv(io.StringIO())


def test_values_are_in_base_units() -> None:
    world = sim.scenario.from_tree(
        chain(
            alternative=True,
            events={
                "rush": event(
                    "emergency_purchase", 60, {"facility": "line"}, amount="300 kg", supplier="plant"
                ),
                "cut": event(
                    "quota", 90, {"material": "acid", "from": "JP"}, allow="30 t/month", until="2019-08-01"
                ),
            },
        )
    )
    assert world.stocks.loc["line/acid", "cover_days"] == 30.0
    assert world.stocks.loc["line/acid", ["facility", "material"]].tolist() == ["line", "acid"]
    assert world.materials.loc["acid", ["price", "price_unit", "shelf_life_days"]].tolist() == [
        1450.0,
        "USD/t",
        120.0,
    ]
    assert world.processes.loc["spare/acid", "capacity_per_day"] == pytest.approx(4.0 * 12 / 365)
    assert world.processes.loc["spare/acid", ["capacity_unit", "initial", "initial_unit"]].tolist() == [
        "t",
        1.0,
        "t",
    ]
    assert world.links.loc["acid/plant-line", ["from", "to", "share", "lead_time_days"]].tolist() == [
        "plant",
        "line",
        1.0,
        7.0,
    ]
    assert world.links.loc["acid/spare-line", "stages.first.after_days"] == 47.0
    events = world.events
    assert events.index.tolist() == ["rush", "cut"]
    assert events["date"].tolist() == [pd.Timestamp("2019-03-02"), pd.Timestamp("2019-04-01")]
    assert events.loc["cut", "until"] == pd.Timestamp("2019-08-01") and pd.isna(events.loc["rush", "until"])
    assert events.loc["rush", ["amount", "amount_unit"]].tolist() == [300.0, "kg"]
    assert events.loc["cut", "select.from.country"] == "JP"


def test_a_distribution_is_told_as_written(curbs: sim.Scenario) -> None:
    assert curbs.events.loc["power_cut", "duration"] == "low 14 days, mode 30 days, high 45 days"


def test_variants_say_what_to_write(curbs: sim.Scenario) -> None:
    name = curbs.variants.loc["strict", "name"]
    assert sim.load(name).name == name == "curbs_2019+strict"


def test_a_network_of_large_tables_says_where_its_entries_are(tmp_path: Path) -> None:
    world = sim.importers.generate(600, out=tmp_path / "many", name="many")
    with pytest.raises(CurbsimError, match="links of 'many' stand in tables: .*pandas.read_"):
        _ = world.links
    assert len(world.materials) and world.variants.empty


def test_the_graph_has_every_link_as_an_edge_of_its_own(curbs: sim.Scenario) -> None:
    graph = curbs.to_networkx()
    assert isinstance(graph, nx.MultiDiGraph)
    assert set(graph) == set(curbs.document.facilities)
    assert {key for *_, key in graph.edges(keys=True)} == set(curbs.document.links)
    bare = curbs.network().to_networkx()
    assert set(bare.edges(keys=True)) == set(graph.edges(keys=True))
    arrays = compile_network(curbs.document).arrays
    flows = sum(edge["flow"] for *_, edge in graph.edges(data=True))
    assert flows == pytest.approx(float(arrays.base_flow.sum()), rel=1e-12)
    first, last, link, edge = next(iter(graph.edges(keys=True, data=True)))
    written = curbs.document.links[link]
    assert (first, last, edge["material"], edge["share"]) == (
        written.from_,
        written.to,
        written.material,
        written.share,
    )
    nx.write_graphml(graph, io.BytesIO())


def test_two_links_between_the_same_facilities_stay_two() -> None:
    tree = chain()
    tree["links"]["acid/plant-line"]["share"] = 0.4
    tree["links"]["acid/second"] = tree["links"]["acid/plant-line"] | {"share": 0.6, "lead_time": "3 days"}
    graph = sim.scenario.from_tree(tree).to_networkx()
    flows = {key: edge["flow"] for key, edge in graph["plant"]["line"].items()}
    assert flows["acid/second"] == pytest.approx(1.5 * flows["acid/plant-line"])


def written(scenario: sim.Scenario, place: Path) -> sim.Scenario:
    """Return what is loaded from the changes of a scenario."""
    file = place / "changes.yaml"
    file.write_text(scenario.to_yaml(changes_only=True), encoding="utf-8")
    return sim.load(file)


CHANGED = {
    "a value": {"regimes.individual.release.standard.hf_liquid": "60 days"},
    "a value with a range": {"facilities.samsung_memory.stocks.hf_liquid.cover": "30 days"},
    "an event less": {"events.power_cut": None},
    "another kind": {
        "events.power_cut": {
            "kind": "capacity",
            "date": "2019-06-15",
            "factor": 0.5,
            "source": "estimate",
            "select": {"facility": "kioxia_yokkaichi"},
        }
    },
    "another form": {"events.power_cut.duration": {"median": "20 days", "p90": "40 days"}},
    "a number of a form": {
        "events.power_cut.duration": {"low": "14 days", "mode": "20 days", "high": "45 days"}
    },
    "a range": {
        "uncertain.links.*.lead_time": {"low": 0.9, "high": 1.2, "as": "factor", "source": "estimate"}
    },
    "the run": {"run.end": "2019-12-31", "run.seed": 3},
    "a value whose range multiplies it": {"links.hf_liquid/stella_osaka-samsung_memory.lead_time": "x 1.2"},
    "a wildcard": {"demand.*.rate": "-10 %"},
    "a variant and the title": {"variants.mine": {"events.power_cut": None}, "meta.title": "Mine"},
    "nothing": {},
}
MANY = {"a wildcard": 40}  # lines


@pytest.mark.parametrize("what", CHANGED)
def test_changes_alone_load_back_to_the_same_scenario(what: str, curbs: sim.Scenario, tmp_path: Path) -> None:
    changed = curbs.with_(CHANGED[what])
    again = written(changed, tmp_path)
    assert again.hash == changed.hash
    assert again.tree["variants"] == changed.tree["variants"]
    text = changed.to_yaml(changes_only=True)
    assert what == "nothing" or len(text.splitlines()) < MANY.get(what, 25)
    assert what == "nothing" or text.startswith("format: 1\nextends: curbs_2019\n")
    assert again.title == changed.title


@pytest.mark.parametrize("name", ["curbs_2019+strict", "embargo_hf", "korea_2019", "rollback_2019"])
def test_variants_and_files_as_they_are_load_back(name: str, tmp_path: Path) -> None:
    scenario = sim.load(name)
    assert written(scenario, tmp_path).hash == scenario.hash


def test_the_changes_of_a_file_elsewhere_lead_to_it(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(uncertain_chain().to_yaml(), encoding="utf-8")
    changed = sim.load(tmp_path / "mine.yaml").with_({COVER: "9 days"})
    (tmp_path / "deep").mkdir()
    assert written(changed, tmp_path / "deep").hash == changed.hash


def test_what_was_made_from_maps_has_nothing_to_extend() -> None:
    with pytest.raises(
        CurbsimError, match="was made from maps, so that there is no file to extend; write to_yaml"
    ):
        uncertain_chain().with_({COVER: "9 days"}).to_yaml(changes_only=True)


def test_figures_are_drawn_by_name_and_an_unknown_name_is_told() -> None:
    result = sim.run(uncertain_chain(), replications=3, jobs=1)
    for name in (None, "cover"):
        assert result.plot(name) is not None
    with pytest.raises(CurbsimError, match="the run has no figure 'covers'; did you mean 'cover'?"):
        result.plot("covers")


def test_columns_of_selections_are_paths_that_can_be_set() -> None:
    world = uncertain_chain()
    for name in (column for column in world.events.columns if column.startswith("select.")):
        value = world.events.loc["cut", name]
        assert world.with_({f"events.cut.{name}": value}).hash == world.hash
    both = ["JP", "KR"]
    other = world.with_({"events.cut.select.to.country": both})
    assert other.events.loc["cut", "select.to.country"] == "JP, KR"
    assert other.hash == world.with_({"events.cut.select.to": both}).hash != world.hash
    assert other.changes == {"events.cut.select.to.country": "JP, KR"}
    whole = world.with_({"events.cut.select.to": {"country": "KR"}})
    assert whole.with_({"events.*.select.to.country": both}).document == other.document


def test_a_part_beside_a_country_in_short_keeps_the_country() -> None:
    narrow = uncertain_chain().with_({"events.cut.select.from.firm": "maker"}).document.events["cut"].select
    assert (narrow.from_.country, narrow.from_.firm) == (("JP",), ("maker",))
