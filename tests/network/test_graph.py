"""Graphs of the network, and the checks of what holds together in it."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from typing import Any

import pytest

from sim.errors import CurbsimError, Problem, ScenarioError
from sim.network import Network, compile_network
from sim.network.checks import check_network
from sim.network.graph import graph, reaching_demand
from sim.scenario import Scenario, from_tree, load, scenarios
from sim.scenario.paths import Layer
from tests import worlds


@pytest.fixture(scope="module")
def chain() -> Scenario:
    return from_tree(worlds.chain(alternative=True))


@pytest.fixture(scope="module")
def korea() -> tuple[Scenario, Network]:
    scenario = load("korea_2019")
    return scenario, compile_network(scenario.document)


def _problems(scenario: Scenario, network: Network | None = None) -> list[Problem]:
    place = Layer(scenario.tree, scenario.origins).place
    return check_network(scenario.document, network or compile_network(scenario.document), place)


def _with(network: Network, arrays: dict[str, Any] | None = None, **fields: Any) -> Network:
    return dataclasses.replace(network, arrays=network.arrays._replace(**(arrays or {})), **fields)


def test_chain_has_a_node_per_facility_and_an_edge_per_pair(chain: Scenario) -> None:
    made = graph(compile_network(chain.document), document=chain.document)
    assert set(made) == {"pit", "plant", "line", "spare"}
    assert set(made.edges) == {("pit", "plant"), ("plant", "line"), ("spare", "line")}
    assert [made.nodes[n]["tier"] for n in ("pit", "plant", "line", "spare")] == [2, 1, 0, 1]
    assert made.nodes["plant"]["country"] == "JP"
    assert made.nodes["plant"]["firm"] == "maker"


def test_edges_carry_baseline_flow_share_lead_and_value(chain: Scenario) -> None:
    made = graph(compile_network(chain.document), document=chain.document)
    acid = 1000 * 12 / 365 * 3 / 1000
    edge = made["plant"]["line"]
    assert edge["flow"]["acid"] == pytest.approx(acid)
    assert edge["value"] == pytest.approx(acid * 1450)
    assert edge["share"] == {"acid": 1.0}
    assert edge["lead"] == 7
    idle = made["spare"]["line"]
    assert idle["flow"] == {"acid": 0.0}
    assert idle["share"] == {"acid": 0.0}
    assert idle["lead"] == 3
    assert math.isnan(made["pit"]["plant"]["value"])


@pytest.mark.parametrize("by", ["process", "facility", "firm", "country"])
def test_flows_are_the_same_at_every_level(korea: tuple[Scenario, Network], by: Any) -> None:
    scenario, network = korea
    made = graph(network, by=by, document=scenario.document)
    expected: dict[str, float] = defaultdict(float)
    for link, flow in enumerate(network.arrays.base_flow):
        expected[network.stock_material[network.arrays.stock[link]]] += float(flow)
    flows: dict[str, float] = defaultdict(float)
    for *_, edge in made.edges(data=True):
        for material, amount in edge["flow"].items():
            flows[material] += amount
    assert flows == pytest.approx(expected, rel=1e-12)
    assert {link for *_, edge in made.edges(data=True) for link in edge["links"]} == set(network.links)


def test_shares_of_each_buyer_sum_to_one(korea: tuple[Scenario, Network]) -> None:
    scenario, network = korea
    made = graph(network, by="country", document=scenario.document)
    for buyer in made:
        total: dict[str, float] = defaultdict(float)
        for *_, edge in made.in_edges(buyer, data=True):
            for material, share in edge["share"].items():
                total[material] += share
        assert all(value == pytest.approx(1.0) or value == 0.0 for value in total.values())


def test_output_of_nodes_is_that_of_their_processes(korea: tuple[Scenario, Network]) -> None:
    scenario, network = korea
    made = graph(network, by="country", document=scenario.document)
    dram = [i for i, m in enumerate(network.process_material) if m == "dram"]
    expected = float((network.arrays.base_starts * network.arrays.yield_)[dram].sum())
    assert sum(n["flow"].get("dram", 0.0) for _, n in made.nodes(data=True)) == pytest.approx(expected)


def test_graph_by_country_needs_the_document(chain: Scenario) -> None:
    with pytest.raises(CurbsimError, match="add document=scenario.document"):
        graph(compile_network(chain.document), by="country")


def test_graph_refuses_an_unknown_level(chain: Scenario) -> None:
    with pytest.raises(CurbsimError, match="unknown level 'town'; write one of process, facility"):
        graph(compile_network(chain.document), by="town")  # type: ignore[arg-type]


def test_everything_in_the_chain_reaches_demand(chain: Scenario) -> None:
    network = compile_network(chain.document)
    assert reaching_demand(network) == list(range(len(network.processes)))


@pytest.mark.parametrize("name", [scenario.name for scenario in scenarios()])
def test_shipped_scenarios_have_no_problem(name: str) -> None:
    assert _problems(load(name)) == []


def test_chain_has_no_problem(chain: Scenario) -> None:
    assert _problems(chain) == []


def _only(problems: list[Problem], path: str) -> Problem:
    assert [problem.path for problem in problems] == [path]
    return problems[0]


def test_shares_that_do_not_sum_to_one(chain: Scenario) -> None:
    network = compile_network(chain.document)
    share = network.arrays.share.copy()
    share[network.links.index("raw/pit-plant")] = 0.9
    problem = _only(_problems(chain, _with(network, {"share": share})), "links.raw/pit-plant.share")
    assert problem.wrong == "the shares of raw at plant sum to 0.9, not 1 (raw/pit-plant 0.9)"
    assert problem.remedy == "write shares that sum to 1"


def test_input_without_qualified_supplier(chain: Scenario) -> None:
    network = compile_network(chain.document)
    bound = network.max_share.copy()
    bound[network.links.index("raw/pit-plant")] = 0.0
    problems = _problems(chain, _with(network, max_share=bound))
    wrong = [problem.wrong for problem in problems]
    assert "none of the links into plant/raw is qualified at the start (links.raw/pit-plant 1)" in wrong


def test_share_above_max_share() -> None:
    tree = worlds.chain()
    tree["links"]["acid/plant-line"]["max_share"] = 0.5
    problem = _only(_problems(from_tree(tree)), "links.acid/plant-line.max_share")
    assert "the share 1 of acid/plant-line is above its max_share 0.5" in str(problem)


def test_capacity_below_the_baseline() -> None:
    tree = worlds.chain()
    tree["facilities"]["plant"]["makes"]["acid"] = {
        "capacity": "2 t/month",
        "inputs": {"raw": {"per_unit": "1.1 t"}},
    }
    problem = _only(_problems(from_tree(tree)), "facilities.plant.makes.acid.capacity")
    assert problem.wrong == "the capacity of plant/acid is 2 t/month, its baseline needs 3 t/month"
    assert problem.remedy == "write capacity: 3.002 t/month or more"


def test_what_the_message_says_is_enough() -> None:
    tree = worlds.chain()
    makes = tree["facilities"]["plant"]["makes"]
    makes["acid"] = {"capacity": "3.002 t/month", "inputs": {"raw": {"per_unit": "1.1 t"}}}
    assert _problems(from_tree(tree)) == []


def test_idle_supplier_without_capacity() -> None:
    tree = worlds.chain(alternative=True)
    tree["facilities"]["spare"]["makes"]["acid"] = {"headroom": "20 %"}
    problem = _only(_problems(from_tree(tree)), "facilities.spare.makes.acid.capacity")
    assert "idle on the baseline and has no capacity of its own" in problem.wrong
    assert "for example capacity: 100 t/month" in problem.remedy


def test_process_that_reaches_no_demand() -> None:
    tree = worlds.chain()
    tree["facilities"]["pit"]["makes"]["chip"] = {"capacity": "5 wafer/month"}
    problem = _only(_problems(from_tree(tree)), "facilities.pit.makes.chip")
    assert problem.wrong == "nothing of what pit/chip makes reaches final demand"


def test_loop_that_uses_more_than_it_makes() -> None:
    tree = worlds.chain()
    makes = tree["facilities"]["pit"]["makes"]["raw"]
    makes["inputs"] = {"acid": {"per_unit": "2 t"}}
    tree["facilities"]["pit"]["stocks"] = {"acid": {"cover": "10 days"}}
    tree["links"]["acid/plant-pit"] = {**tree["links"]["acid/plant-line"], "to": "pit"}
    with pytest.raises(ScenarioError) as caught:
        from_tree(tree)
    (loop,) = caught.value.problems
    assert loop.path == "facilities.plant.makes.acid.inputs"
    assert "the loop plant/acid -> pit/raw -> plant/acid uses 2.2 per unit that it makes" in loop.wrong


def test_cover_not_below_shelf_life(chain: Scenario) -> None:
    network = compile_network(chain.document)
    cover = network.cover.copy()
    cover[network.stocks.index("line/acid")] = 120.0
    problem = _only(_problems(chain, _with(network, cover=cover)), "facilities.line.stocks.acid.cover")
    assert problem.wrong == "a cover of 120 days is not below the shelf life of acid, 120 days"


def test_problems_of_tables_name_the_row() -> None:
    changes = {"facilities.soulbrain_gongju.makes.hf_liquid.capacity": "10 t/month"}
    scenario = load("korea_2019", changes=changes)
    problem = _only(_problems(scenario), "facilities.soulbrain_gongju.makes.hf_liquid.capacity")
    assert "the capacity of soulbrain_gongju/hf_liquid is 10 t/month" in problem.wrong
    assert problem.file == "changes"
