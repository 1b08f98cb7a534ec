"""Tables as newcomers have them: the network that comes of each, or the message that says what to write."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from sim.errors import CurbsimError
from sim.importers import from_edges, from_graph, from_input_output
from tests.importers.test_assumptions import PAIR, flows, said, table

FIRMS = {"id": ["a", "b"], "country": "JP", "material": ["x", "y"]}


def refused(edges: Any, firms: Any = None, **options: Any) -> str:
    with pytest.raises(CurbsimError) as caught:
        from_edges(edges, firms, **options)
    return str(caught.value)


def test_a_column_of_codes_with_a_decimal_is_one_of_whole_numbers(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("supplier,buyer\n1001.0,1002.0\n")
    world = from_edges(tmp_path / "e.csv")
    assert flows(world) == {"goods/1001-1002": 1.0}
    assert "the column supplier ('1001.0' as '1001')" in said(world)["names"]
    firms = table(id=["1001", "1002"], country="JP", material=["x", "y"])
    assert flows(from_edges(tmp_path / "e.csv", firms)) == {"x/1001-1002": 1.0}


def test_firms_that_are_not_in_the_table_are_told_each_by_itself() -> None:
    edges = table(supplier=["1001", "1002.0", "a", "a"], buyer=["1002", "other", "spare", "third"])
    firms = table(id=["1001", "1002", "a"], country="JP", material=["x", "y", "z"])
    text = refused(edges, firms)
    assert "the firm '1002.0' is not in the table of firms; did you mean '1002'?" in text
    assert "the firm 'spare' is not in the table of firms" in text
    assert "supplies itself" not in text and "twice" not in text


@pytest.mark.parametrize("name", ["Total", "SUMME", "gesamt:", "Sum", "all"])
def test_rows_of_sums_are_no_firms(name: str) -> None:
    edges = table(supplier=["a", name], buyer=["b", "b"], amount_per_day=[1, 1])
    assert f"edges:2:supplier: '{name}' is the name of a row of sums" in refused(edges)
    firms = table(id=["a", "b", name], country="JP", material="x")
    assert f"firms:3:id: '{name}' is the name of a row of sums" in refused(
        table(supplier="a", buyer=["b"]), firms
    )
    named = from_edges(edges, table(id=["a", "b", name], country="JP", material=["x", "y", "z"]))
    assert said(named)["names"] == f"Taken for firms, as the table of firms says: {name}."


def test_a_material_that_is_the_sum_of_others_is_refused() -> None:
    edges = table(supplier="a", buyer="b", material=["ore", "TOTAL"], amount_per_day=[1, 1])
    assert "edges:2:material: 'TOTAL' stands beside other materials" in refused(edges)
    assert flows(from_edges(edges.iloc[1:])) == {"TOTAL/a-b": 1.0}


@pytest.mark.parametrize(
    ("edges", "firms", "remedy"),
    [
        (
            {"lead_time_weeks": [2]},
            {},
            "write lead_time_days, its numbers times 7, or --ignore lead_time_weeks",
        ),
        ({"Lead time [months]": [2]}, {}, "write lead_time_days, its numbers times 30.4"),
        ({"transit_hours": [48]}, {}, "write lead_time_days, its numbers over 24"),
        ({"lead_days": [2]}, {}, "did you mean 'lead_time_days'?"),
        ({"Lieferzeit (Wochen)": [2]}, {}, "write lead_time_days, its numbers times 7"),
        ({"amount_per_month": [2]}, {}, "write amount_per_day, its numbers over 30.4"),
        ({}, {"cover_weeks": 4}, "write cover_days, its numbers times 7"),
        ({}, {"stock (weeks)": 4}, "write cover_days, its numbers times 7"),
        ({}, {"capacity_per_year": 9}, "write capacity_per_day, its numbers over 365"),
    ],
)
def test_columns_in_weeks_are_refused(edges: Any, firms: Any, remedy: str) -> None:
    given = {"supplier": ["a"], "buyer": ["b"], **edges}
    assert remedy in refused(table(**given), table(**FIRMS, **firms))
    left = [*edges, *firms]
    assert flows(from_edges(table(**given), table(**FIRMS, **firms), ignore=left)) == {"x/a-b": 1.0}


def test_a_column_in_weeks_is_no_map_to_days() -> None:
    edges = table(**PAIR, weeks=[2])
    text = refused(edges, columns={"lead_time_days": "weeks"})
    assert "'weeks' is mapped to lead_time_days, another unit of time; write lead_time_days" in text


@pytest.mark.parametrize(
    ("unit", "meant"),
    [
        ("euros", "EUR"),
        ("Mio. EUR", "M.EUR"),
        ("€", "EUR"),
        ("US$", "USD"),
        ("million dollars", "M.USD"),
        ("k€", "k.EUR"),
        ("TEUR", "k.EUR"),
        ("EUR/t", "EUR"),
        ("EUR million", "M.EUR"),
        ("Mrd. Euro", "bn.EUR"),
        ("1000 USD", "k.USD"),
    ],
)
def test_units_that_mean_money_are_told(unit: str, meant: str) -> None:
    assert refused(table(**PAIR), unit=unit).endswith(f"did you mean {meant}?")
    assert from_edges(table(**PAIR), unit=meant).document.meta.currency == meant[-3:]


@pytest.mark.parametrize("unit", ["bbl", "TEU", "pcs", "t", "MWh", "1000 t"])
def test_units_of_three_letters_are_no_currencies(unit: str) -> None:
    assert "have no price" in said(from_edges(table(**PAIR), unit=unit))["prices"]


def test_rows_of_several_years_do_not_add_up() -> None:
    edges = table(supplier="a", buyer="b", amount_per_day=[1, 2], Year=[2018, 2019])
    text = refused(edges)
    assert (
        "the rows are of several times (2018, 2019): their flows do not add up; keep the rows of one year"
        in text
    )
    assert "keep the rows of one year" in refused(edges, ignore=["Year"])
    one = from_edges(edges.iloc[1:])
    assert flows(one) == {"goods/a-b": 2.0}
    assert said(one)["ignored"].endswith("edges: Year 2019 in all rows.")
    apart = edges.assign(buyer=["b", "c"])
    assert "--ignore Year" in refused(apart)
    assert flows(from_edges(apart, ignore=["Year"])) == {"goods/a-b": 1.0, "goods/a-c": 2.0}


def test_parallel_edges_of_several_years_do_not_add_up() -> None:
    graph = nx.MultiDiGraph()
    for year in (2018, 2019):
        graph.add_edge("a", "b", amount_per_day=1, year=year)
    with pytest.raises(CurbsimError, match="of several times"):
        from_graph(graph)


def test_sheets_are_named(tmp_path: Path) -> None:
    book = tmp_path / "b.xlsx"
    with pd.ExcelWriter(book) as writer:
        table(note=["made by me"]).to_excel(writer, sheet_name="Info", index=False)
        table(**PAIR).to_excel(writer, sheet_name="Daten", index=False)
    text = refused(book)
    assert "this is the sheet 'Info' (there are 'Info', 'Daten')" in text
    assert "that of firms 'firms', 'nodes' or 'facilities'" in text
    with pd.ExcelWriter(book) as writer:
        table(**PAIR).to_excel(writer, sheet_name="Links", index=False)
        table(id=["mine"], country="JP").to_excel(writer, sheet_name="Firmen", index=False)
    words = said(from_edges(book))["files"]
    assert "b.xlsx has no sheet of firms: call the sheet of links" in words
    assert "b.xlsx was read as sheet 'Links' (there are 'Links', 'Firmen')." in words


def test_amounts_that_are_all_0_are_told() -> None:
    edges = table(**PAIR, amount_per_day=[0])
    for firms in (None, table(id=["mine", "mill"], country="JP", material="x", final_demand_per_day=[0, 1])):
        text = refused(edges, firms)
        assert "all amounts are 0; write what flows" in text and "nobody" not in text


def test_repeated_rows_add_up_where_they_have_amounts() -> None:
    edges = table(supplier="a", buyer="b", amount_per_year=[365, 730], lead_time_days=3)
    world = from_edges(edges)
    assert flows(world) == {"goods/a-b": 3.0}
    assert said(world)["repeated_rows"] == (
        "edges: 2 rows repeat a supplier and buyer (a to b): their amounts are added up."
    )
    assert "rows of one supplier and buyer differ in lead_time_days" in refused(
        edges.assign(lead_time_days=[3, 4])
    )
    text = refused(table(supplier="a", buyer="b", share=[0.5, 0.5]))
    assert "there twice; write one row for them, with the sum of their shares" in text


@pytest.mark.parametrize("empty", [None, np.nan, pd.NA])
def test_suppliers_that_are_empty_are_told(empty: Any) -> None:
    edges = table(supplier=["a", empty], buyer=["b", "c"])
    for frame in (edges, edges.astype({"supplier": "string"})):
        assert "edges:2:supplier: the supplier is empty; write a name" in refused(frame)


@pytest.mark.parametrize("cell", [[1], {}, 10**400])
def test_cells_that_are_no_numbers_are_told(cell: Any) -> None:
    edges = table(supplier=["a", "b"], buyer=["b", "c"], amount_per_day=pd.Series([1, cell], dtype=object))
    assert "edges:2:amount_per_day" in refused(edges)
    graph = nx.from_pandas_edgelist(edges, "supplier", "buyer", True, nx.DiGraph)
    with pytest.raises(CurbsimError, match="edges:2:amount_per_day"):
        from_graph(graph)


def test_tables_of_pymrio_with_a_sector_twice_are_refused() -> None:
    pairs = pd.MultiIndex.from_tuples([("KR", "A"), ("KR", "B")])
    whole = {"Z": pd.DataFrame([[0, 1], [1, 0]], pairs, pairs), "Y": pd.DataFrame({"y": [1, 1]}, pairs)}
    unit = pd.DataFrame({"unit": ["EUR", "EUR"]}, pairs[[0, 0]])
    with pytest.raises(CurbsimError, match="KR A is there twice in unit; keep one of its rows"):
        from_input_output(SimpleNamespace(**whole, unit=unit))
    odd = whole | {"Z": pd.DataFrame([[0, 10**400], [10**400, 0]], pairs, pairs, dtype=object)}
    with pytest.raises(
        CurbsimError, match=r"from KR A to KR B is '1000\S+\.\.\.', no number or too large; write"
    ):
        from_input_output(SimpleNamespace(**odd))
