"""Worlds from graphs and input-output tables, made-up worlds, and the commands that write them."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import sim
from sim.cli.app import app
from sim.errors import CurbsimError
from sim.importers.generated import COUNTRIES, SUPPLIERS, make_tables
from sim.importers.input_output import read_input_output
from sim.network import compile_network
from sim.network.large.assumptions import read_tables
from sim.network.large.firm_tables import compile_tables, make_firm_tables

REGIONS = dict(zip((f"reg{i}" for i in range(1, 7)), COUNTRIES, strict=True))


def test_a_graph_carries_the_columns_as_attributes() -> None:
    graph = nx.DiGraph()
    graph.add_node("mine", country="JP", material="ore", colour="red")
    graph.add_node("maker", country="KR", material="chip", final_demand_per_day=4.0)
    graph.add_edge("mine", "maker", per_unit=0.5, lead_time_days=3, weight=9)
    network = compile_network(sim.importers.from_graph(graph).document)
    assert network.links == ("ore/mine-maker",) and network.arrays.lead.tolist() == [3]
    assert network.arrays.base_flow.tolist() == [2.0]


def test_the_flows_of_an_input_output_table_are_the_baseline() -> None:
    pymrio = pytest.importorskip("pymrio")
    table = pymrio.load_test()
    flows, final = table.Z.to_numpy(), table.Y.to_numpy().sum(axis=1)
    ids = [f"{r}_{s}" for r, s in table.Z.index]
    columns = make_firm_tables(*read_tables(*read_input_output(table, REGIONS)))
    network = compile_tables(sim.load("no_curbs").document, columns)
    place = {name: i for i, name in enumerate(columns.names)}
    net = (flows.sum(axis=1) + final - np.diag(flows)) / 365.0
    output = network.arrays.base_starts[[place[i] for i in ids]]
    np.testing.assert_allclose(output, net, rtol=1e-9)
    sums = pd.Series(network.arrays.base_flow).groupby(columns.supplier).sum()
    wanted = (flows.sum(axis=1) - np.diag(flows)) / 365.0
    np.testing.assert_allclose(sums.reindex([place[i] for i in ids]), wanted, rtol=1e-9)


def test_regions_without_a_country_are_named() -> None:
    pymrio = pytest.importorskip("pymrio")
    with pytest.raises(
        CurbsimError, match=r"regions that are no country codes: reg1, reg2.*--country reg1=KR"
    ):
        sim.importers.from_input_output(pymrio.load_test())


def test_a_made_up_network_has_what_was_asked_for() -> None:
    edges, firms = make_tables(20_000, 5.0, 5, 20, COUNTRIES, 3)
    assert len(edges) == 100_000 and not edges.duplicated(["supplier", "buyer"]).any()
    again = make_tables(20_000, 5.0, 5, 20, COUNTRIES, 3)
    assert again[0].equals(edges) and again[1].equals(firms)
    assert not make_tables(20_000, 5.0, 5, 20, COUNTRIES, 4)[0].equals(edges)
    columns = make_firm_tables(*read_tables(edges, firms))
    network = compile_tables(sim.load("no_curbs").document, columns)
    arrays = network.arrays
    assert (arrays.base_starts > 0.0).all() and np.isfinite(arrays.base_starts).all()
    bought = np.bincount(arrays.stock, weights=arrays.base_flow, minlength=len(arrays.need))
    np.testing.assert_allclose(bought, arrays.need, rtol=1e-12)
    degrees = np.sort(edges["buyer"].value_counts().to_numpy())[::-1]
    tail = degrees[: len(degrees) // 50].astype(float)  # Hill's estimate of the exponent, over the top 2 %
    hill = 1.0 / np.log(tail / tail[-1]).mean()
    assert abs(hill - SUPPLIERS) < 0.3
    assert degrees[0] > 20 * degrees.mean()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tiers": 1}, "tiers is 1; write 2 or more"),
        ({"firms": 3}, "there are 3 firms in 5 tiers"),
        ({"materials": 2}, "there are 2 materials in 5 tiers"),
        ({"links_per_firm": 900.0}, "links_per_firm is 900; write 0.5 to 12.5"),
        ({"countries": ()}, "there is no country"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(CurbsimError, match=words):
        sim.importers.generate(**{"firms": 100, **change})  # type: ignore[arg-type]


def test_a_large_network_needs_a_folder() -> None:
    with pytest.raises(CurbsimError, match="the network has 5,000 links.*write out="):
        sim.importers.generate(1_000)


def test_commands_write_a_world_and_run_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    made = runner.invoke(
        app, ["generate", "--out", "made", "--firms", "400", "--materials", "5", "--end", "2019-03-31"]
    )
    assert made.exit_code == 0, made.output
    (tmp_path / "curbed.yaml").write_text(
        "format: 1\nextends: made\nmeta: {name: curbed}\nevents:\n  cut: {kind: embargo, date: 2019-01-15, "
        "select: {from: JP, to: KR}, source: estimate}\n"
    )
    assert runner.invoke(app, ["check", "curbed.yaml"]).exit_code == 0
    result = sim.run(sim.load("curbed.yaml"), jobs=1)
    assert result.headline()["lost_days"].max() > 0.0
    assert {name.split("/")[0] for name in result.labels.exposed} == {"KR"}
    assert runner.invoke(app, ["generate", "--out", "made"]).exit_code == 1
    edges = tmp_path / "edges.csv"
    edges.write_text("supplier,buyer\nmine,maker\n")
    assert runner.invoke(app, ["import", "edges.csv", "--out", "small"]).exit_code == 0
    assert sorted(sim.load("small").document.facilities) == ["maker", "mine"]
    edges.write_text("supplier,byer\nmine,maker\n")
    assert runner.invoke(app, ["import", "edges.csv", "--out", "other"]).exit_code == 1
    assert not (tmp_path / "other").exists()
