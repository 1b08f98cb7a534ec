"""What an import makes up, adds up, mends or leaves out: the network that comes of it, and the words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import sim
from sim.engine import make_plan
from sim.engine.large import read_firms
from sim.errors import CurbsimError
from sim.importers import from_edges, from_graph
from sim.importers.graphs import read_graph
from sim.network import compile_network

PAIR: dict[str, Any] = {"supplier": ["mine"], "buyer": ["mill"]}
THREE = {"id": ["a", "b", "c"], "country": "JP", "material": ["x", "y", "z"]}


def flows(world: sim.Scenario) -> dict[str, float]:
    network = compile_network(world.document)
    return dict(zip(network.links, network.arrays.base_flow.tolist(), strict=True))


def output(world: sim.Scenario) -> dict[str, float]:
    network = compile_network(world.document)
    return dict(zip(network.process_facility, network.arrays.base_starts.tolist(), strict=True))


def said(world: sim.Scenario) -> dict[str, str]:
    return world.document.meta.assumptions


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_amounts_without_final_demand_keep_their_size() -> None:
    world = from_edges(
        table(supplier=["mine", "chips"], buyer=["chips", "phones"], amount_per_day=[50, 1663])
    )
    assert output(world) == {"mine": 50.0, "chips": 1663.0, "phones": 1663.0}
    assert said(world)["final_demand"].endswith("(phones) sell as much as they buy in all to final users.")
    assert said(world)["recipes"].endswith("(at most 1, of goods by phones).")


def test_a_large_use_that_amounts_imply_is_said() -> None:
    firms = table(**{**THREE, "final_demand_per_day": [0, 0, 1]})
    world = from_edges(table(supplier=["a", "b"], buyer=["b", "c"], amount_per_day=[1663, 1663]), firms)
    assert said(world)["recipes"].endswith("(at most 1,663, of y by c).")
    assert "final_demand" not in said(world)


def test_links_alone_are_made_a_world_in_so_many_words() -> None:
    assert set(said(from_edges(table(**PAIR)))) == {"firms", "final_demand", "recipes", "defaults", "prices"}
    full = table(**{**PAIR, "share": [1], "per_unit": [2], "lead_time_days": [0]})
    firms = table(
        id=["mine", "mill"], country="KR", material=["ore", "steel"], final_demand_per_day=[0, 1],
        cover_days=30, headroom=0.1,
    )  # fmt: skip
    assert said(from_edges(full, firms, unit="USD")) == {
        "prices": "Flows in USD are values at base prices: one is worth 1 USD."
    }


def test_parallel_edges_are_added_up(tmp_path: Path) -> None:
    graph = nx.MultiDiGraph()
    for amount in (60, "40", 1.5):
        graph.add_edge("a", "b", amount_per_day=amount, lead_time_days=3)
    world = from_graph(graph)
    assert flows(world) == {"goods/a-b": 101.5}
    assert said(world)["parallel_edges"] == "3 edges run parallel (a to b): their amount_per_day added up."
    assert flows(from_graph(nx.MultiDiGraph([("a", "b"), ("a", "b"), ("c", "b")]))) == {
        "goods/a-b": 0.5,
        "goods/c-b": 0.5,
    }
    graph.add_edge("a", "b", amount_per_day=1, lead_time_days=5)
    with pytest.raises(CurbsimError, match="parallel edges from a to b differ in lead_time_days"):
        from_graph(graph)
    graph = nx.MultiDiGraph([("a", "b", {"amount_per_day": 1}), ("a", "b", {"amount_per_day": "much"})])
    with pytest.raises(CurbsimError, match="parallel edges from a to b has no number amount_per_day"):
        from_graph(graph)


def test_a_graph_without_directions_is_refused(tmp_path: Path) -> None:
    nx.write_gml(nx.Graph([("a", "b")]), tmp_path / "g.gml")
    for graph in (nx.Graph([("a", "b")]), read_graph(tmp_path / "g.gml")):
        with pytest.raises(CurbsimError, match="have no direction.*directed 1 .GML"):
            from_graph(graph)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("g.graphml", nx.write_graphml),
        ("g.gml", nx.write_gml),
        ("g.gexf", nx.write_gexf),
        ("g.net", nx.write_pajek),
    ],
)
def test_files_of_graphs_give_the_network_of_their_nodes(name: str, write: Any, tmp_path: Path) -> None:
    write(nx.DiGraph([("Chile", "Peru"), ("Peru", "Cuba")]), tmp_path / name)
    assert flows(from_graph(read_graph(tmp_path / name))) == {"goods/Chile-Peru": 1.0, "goods/Peru-Cuba": 1.0}


def test_attributes_of_nodes_do_not_take_their_place() -> None:
    graph = nx.DiGraph([("n0", "n1", {"weight": 3.0, "supplier": "x"})])
    nx.set_node_attributes(graph, {"n0": "Mine", "n1": "Mill"}, "label")
    nx.set_node_attributes(graph, {"n0": "7", "n1": "8"}, "id")
    world = from_graph(graph)
    assert flows(world) == {"goods/n0-n1": 1.0}
    assert "If 'weight' is amount_per_day, write --map amount_per_day=weight." in said(world)["ignored"]
    named = from_graph(graph, columns={"id": "label", "amount_per_day": "weight"})
    assert flows(named) == {"goods/Mine-Mill": 3.0}


def test_what_some_nodes_and_edges_do_not_have_is_filled_and_said() -> None:
    graph = nx.DiGraph([("a", "b", {"Lead time (days)": 3}), ("b", "c", {})])
    graph.nodes["c"].update(country="JPN", final_demand_per_day=4.0, cover_days=9)
    world = from_graph(graph)
    assert compile_network(world.document).arrays.lead.tolist() == [3, 0]
    assert output(world) == {"a": 4.0, "b": 4.0, "c": 4.0}
    for words in (
        "The country of a, b is not given: it is XX.",
        "The final_demand_per_day of a, b is not given: it is 0.",
        "The cover_days of a, b is not given: it is 30.",
        "The lead_time_days of b to c is not given: it is 0.",
        "No node has a material: it is goods.",
    ):
        assert words in said(world)["nodes"]
    with pytest.raises(CurbsimError, match="the graph has no edges"):
        from_graph(nx.DiGraph())


def test_materials_on_edges_of_a_graph_are_products() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("fab", "phone", material="dram", amount_per_day=3)
    graph.add_edge("fab", "phone", material="nand", amount_per_day=1)
    graph.add_edge("fab", "phone", material="nand", amount_per_day=1)
    assert flows(from_graph(graph)) == {"dram/fab_dram-phone": 3.0, "nand/fab_nand-phone": 2.0}


def test_links_whose_names_have_dashes_are_told_apart(tmp_path: Path) -> None:
    """`a` to `b-c` and `a-b` to `c`: four links, and an embargo on one cuts one."""
    edges = table(supplier=["a", "a-b", "b-c", "c"], buyer=["b-c", "c", "z", "z"])
    world = from_edges(edges)
    assert set(flows(world)) == {"goods/a->b-c", "goods/a-b->c", "goods/b-c->z", "goods/c-z"}
    many = table(supplier=[f"s{i}" for i in range(1_000)], buyer="z")
    large = from_edges(pd.concat([edges, many]), out=tmp_path / "large")
    embargo = {
        "kind": "embargo",
        "date": "2019-02-01",
        "select": {"link": "goods/a->b-c"},
        "source": "estimate",
    }
    firms = read_firms(large.with_({"events.cut": embargo}))
    assert len(set(firms.network.links)) == len(firms.network.links) == 1_004
    assert [
        planned.names for planned in make_plan(large.with_({"events.cut": embargo}).document, firms.network)
    ] == [("goods/a->b-c",)]


def test_names_are_mended_and_select_themselves() -> None:
    names = ["pumps [all]", "pumps a", "mine ", "u\u0308ber", "x*", "24/7"]
    world = from_edges(table(supplier=[*names, "\u00fcber", "mine"], buyer=["St. Mark"] * 6 + ["b", "b"]))
    assert sorted(world.document.facilities) == sorted(
        ["pumps [all]", "pumps a", "mine", "\u00fcber", "x_", "24_7", "St. Mark", "b"]
    )
    assert "'24/7' as '24_7', 'mine ' as 'mine'" in said(world)["names"]
    embargo = {"kind": "embargo", "date": "2019-02-01", "source": "estimate"}
    for name in ("pumps [all]", "mine"):
        cut = world.with_(
            {
                "events.cut": {
                    **embargo,
                    "select": {"from": {"facility": name}, "to": {"facility": "St. Mark"}},
                }
            }
        )
        plan = make_plan(cut.document, compile_network(cut.document))
        assert plan[0].names == (f"goods/{name}-St. Mark",)
    changed = world.with_({"facilities.St. Mark.stocks.goods.cover": "5 days"})
    assert changed.document.facilities["St. Mark"].stocks["goods"].cover == 5.0
    with pytest.raises(CurbsimError, match="'a/b' and 'a_b' would both be written 'a_b'"):
        from_edges(table(supplier=["a/b", "a_b"], buyer=["c", "c"]))
    apart = from_edges(table(supplier=["Mine", "mine"], buyer=["c", "c"]))
    assert said(apart)["names"] == "Told apart by capital letters alone: 'Mine' and 'mine'."


def test_a_range_of_a_name_with_dots_is_settled_by_a_written_value() -> None:
    world = from_edges(table(supplier=["a"], buyer=["St. Mark"]))
    path = "facilities.St. Mark.stocks.goods.cover"
    uncertain = world.with_({f"uncertain.{path}": {"low": "1 day", "high": "9 days", "source": "estimate"}})
    assert len(sim.run(uncertain, replications=2, jobs=1).labels.factors) == 1
    assert uncertain.with_({path: "5 days"}).document.uncertain[path].fixed


def test_what_firms_supply_to_themselves_is_left_out() -> None:
    world = from_edges(table(supplier=["a", "b"], buyer=["b", "b"], amount_per_day=[5, 2]))
    assert flows(world) == {"goods/a-b": 5.0}
    assert said(world)["own_use"] == "edges: left out what b supply to themselves."


def test_products_on_links_make_a_facility_of_each() -> None:
    world = from_edges(
        table(supplier=["fab", "fab", "mine"], buyer=["phone", "car", "fab"], material=["dram", "nand", "ore"],
              amount_per_day=[3, 1, 8])
    )  # fmt: skip
    assert flows(world) == {
        "dram/fab_dram-phone": 3.0,
        "nand/fab_nand-car": 1.0,
        "ore/mine-fab_dram": 6.0,
        "ore/mine-fab_nand": 2.0,
    }
    assert {world.document.facilities[name].firm for name in ("fab_dram", "fab_nand")} == {"fab"}
    assert "fab (fab_dram, fab_nand); what they buy is divided by the amounts" in said(world)["products"]
    assert "called goods: phone, car." in said(world)["products"]


def test_backups_need_a_capacity_of_their_own() -> None:
    edges = table(supplier=["a", "b"], buyer=["c", "c"], share=[1, 0])
    same = {**THREE, "material": ["x", "x", "z"]}
    with pytest.raises(CurbsimError, match="firms:2:capacity_per_day: 'b' supplies nothing on the baseline"):
        from_edges(edges, table(**same))
    with pytest.raises(CurbsimError, match="the capacity of a/x is 0.5 a day, its baseline needs 1"):
        from_edges(edges, table(**same, capacity_per_day=[0.5, 5, None]))
    world = from_edges(edges, table(**same, capacity_per_day=[None, 5, None]))
    network = compile_network(world.document)
    assert network.arrays.capacity.tolist() == [1.1, 5.0, 1.1]
    assert sim.run(world, replications=1, jobs=1).headline().empty


def test_shares_that_were_rounded_are_scaled_and_others_refused() -> None:
    world = from_edges(table(supplier=["a", "b", "d"], buyer="c", share=[0.333, 0.333, 0.333]))
    np.testing.assert_allclose(list(flows(world).values()), 1 / 3, rtol=1e-15)
    assert said(world)["shares"] == "Scaled to sum to 1: shares of goods at c 0.999."
    assert flows(from_edges(table(supplier=["a", "b"], buyer="c", share=[0.333333, 0.666666])))
    with pytest.raises(CurbsimError, match=r"the shares of goods at c sum to 0.9, not 1"):
        from_edges(table(supplier=["a", "b", "d"], buyer="c", share=[0.3, 0.3, 0.3]))


def test_who_only_buys_stands_idle_and_what_it_buys_is_final_demand() -> None:
    firms = table(**THREE, final_demand_per_day=[0, 3, 0])
    world = from_edges(table(supplier=["a", "a"], buyer=["b", "c"], amount_per_day=[3, 2]), firms)
    assert output(world) == {"a": 5.0, "b": 3.0, "c": 0.0}
    assert "c buy 2 a day in all and sell nothing" in said(world)["buyers_only"]
    assert said(world)["idle"] == "Nothing of what they make reaches final demand, and so idle: c."
    shared = from_edges(table(supplier=["a", "a"], buyer=["b", "c"]), firms)
    assert output(shared) == {"a": 3.0, "b": 3.0, "c": 0.0}
    assert sim.run(shared, replications=1, jobs=1).headline().empty


def test_years_become_days_and_a_unit_of_money_is_its_price() -> None:
    world = from_edges(table(**PAIR, amount_per_year=[365]), unit="M.EUR")
    assert flows(world) == {"goods/mine-mill": 1.0}
    price = world.document.materials["goods"].price
    assert (price.value, price.currency, price.unit) == (1e6, "EUR", "M.EUR")


def test_a_map_of_columns_is_checked() -> None:
    with pytest.raises(CurbsimError) as error:
        from_edges(table(**PAIR), columns={"suplier": "mine", "share": "byer"}, ignore=["x"])
    assert str(error.value).splitlines() == [
        "--ignore: no table has a column 'x'; known are 'buyer', 'supplier'",
        "--map: no table has a column 'byer'; did you mean 'buyer'?",
        "--map: no table has a column 'mine'; known are 'buyer', 'supplier'",
        "--map: there is no column 'suplier' to map 'mine' to; did you mean 'supplier'?",
    ]
