"""Networks: the Leontief fixed point, the steady state and the production families."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

from sim.network import compile_network
from sim.scenario.schema.document import Document
from tests.runs import prepare, run
from tests.worlds import Tree, event, facility, final, link, stock, tree

TARGET = json.loads((pathlib.Path(__file__).parent / "targets" / "input_output.json").read_text())
A, F, X = (np.array(TARGET[name]) for name in ("A", "f", "x"))
Z, HELD = np.array(TARGET["Z"]), np.array(TARGET["inventories_20d"])
SECTORS = (0, 1, 2)


def sectors(final_demand: np.ndarray, *, chosen: tuple[int, ...] = SECTORS, lead: int = 3) -> Tree:
    """Return the economy of the table, one facility for each sector, flows a year and stocks of 20 days."""
    facilities: Tree = {}
    links: Tree = {}
    demand: Tree = {}
    for j in chosen:
        inputs = {f"s{i}": {"per_unit": f"{float(A[i, j])!r} u"} for i in chosen if A[i, j] > 0.0}
        facilities[f"f{j}"] = facility(
            {f"s{j}": {"headroom": 0.2, "finished_cover": "2 days", "inputs": inputs}},
            {name: stock(20.0, adjustment="7 days") for name in inputs},
        )
        for i in chosen:
            if A[i, j] > 0.0:
                links[f"s{i}/f{i}-f{j}"] = link(f"f{i}", f"f{j}", f"s{i}", lead=lead)
        demand[f"s{j}"] = final(f"f{j}", f"s{j}", float(final_demand[j]) / 365.0)
    return tree(facilities, links, demand)


def yearly_output(document_tree: Tree) -> np.ndarray:
    """Return baseline output a year."""
    arrays = compile_network(Document.model_validate(document_tree)).arrays
    return np.asarray(arrays.base_starts * arrays.yield_ * 365.0)


def test_leontief_inverse__baseline_output_is_the_leontief_inverse_times_final_demand() -> None:
    """x = L f, and value added at base prices sums to final demand."""
    x = yearly_output(sectors(F))
    assert x == pytest.approx(X, rel=1e-9)
    assert x == pytest.approx(np.array(TARGET["L"]) @ F, rel=1e-9)
    assert float((1.0 - A.sum(axis=0)) @ x) == pytest.approx(TARGET["GDP"], rel=1e-9)


def test_leontief_inverse__the_columns_of_the_leontief_inverse_come_from_unit_final_demand() -> None:
    """L column by column, and v' L = 1'."""
    inverse = np.column_stack([yearly_output(sectors(np.eye(3)[j])) for j in SECTORS])
    assert inverse == pytest.approx(np.array(TARGET["L"]), rel=1e-9)
    assert np.array(TARGET["value_added_coeff"]) @ inverse == pytest.approx(np.ones(3), rel=1e-9)


def test_leontief_inverse__ten_less_displays_lowers_output_by_the_third_column() -> None:
    """dx for a fall of final demand for displays from 100 to 90, and dGDP = -10."""
    change = yearly_output(sectors(F - np.array([0.0, 0.0, 10.0]))) - yearly_output(sectors(F))
    assert change == pytest.approx(np.array(TARGET["dx"]), rel=1e-9)
    assert float((1.0 - A.sum(axis=0)) @ change) == pytest.approx(TARGET["dGDP"], rel=1e-9)


def test_leontief_inverse__taking_the_materials_sector_out_leaves_the_other_two() -> None:
    """Hypothetical extraction of sector 0."""
    x = yearly_output(sectors(F, chosen=(1, 2)))
    assert x == pytest.approx(np.array(TARGET["extraction_x"]), rel=1e-9)
    rest = X[1:].sum()
    assert 1.0 - x.sum() / rest == pytest.approx(TARGET["extraction_loss_share"], rel=1e-9)


@pytest.mark.parametrize("lead", [0, 1, 9])
def test_steady_state__without_shocks_every_flow_is_a_365th_of_the_table_on_every_day(lead: int) -> None:
    """Flows Z/365, orders equal use, and stocks of 20 days of use that do not move for two years."""
    path = run(sectors(F, lead=lead), 730)
    for j in SECTORS:
        assert path.output(f"f{j}/s{j}") == pytest.approx(np.full(730, X[j] / 365.0), rel=1e-9)
        assert path.served(f"s{j}") == pytest.approx(np.full(730, F[j] / 365.0), rel=1e-9)
        for i in SECTORS:
            if A[i, j] > 0.0:
                daily = np.full(730, Z[i, j] / 365.0)
                assert path.shipped(f"s{i}/f{i}-f{j}") == pytest.approx(daily, rel=1e-9)
                assert path.order(f"f{j}/s{i}") == pytest.approx(daily, rel=1e-9)
                assert path.stock(f"f{j}/s{i}") == pytest.approx(np.full(730, HELD[i, j]), rel=1e-9)


KINDS = {"c": "critical", "i": "important", "n": "non_critical"}


@pytest.mark.parametrize(
    ("held", "criticality", "starts"),
    [
        ((40, 500, 500), "cii", 40.0),
        ((500, 40, 500), "cin", 70.0),
        ((500, 500, 0), "cin", 110.0),
        ((500, 0, 500), "cin", 50.0),
        ((80, 40, 0), "cin", 70.0),
        ((500, 500, 500), "ccc", 110.0),
    ],
)
def test_partly_binding_inputs__decide_the_starts_of_a_plant(
    held: tuple[int, ...], criticality: str, starts: float
) -> None:
    """x0 = 100, capacity 120, demand 110; lead time 0, so nothing arrives before the starts."""
    inputs = {f"m{k}": {"per_unit": "2 u", "criticality": KINDS[c]} for k, c in enumerate(criticality)}
    stocks = {f"m{k}": stock(5.0, initial=f"{2 * h} u") for k, h in enumerate(held)}
    document = tree(
        {
            "source": facility({name: {"headroom": 0.5} for name in inputs}),
            "plant": facility({"x": {"headroom": 0.2, "inputs": inputs}}, stocks),
        },
        {f"{name}/source-plant": link("source", "plant", name) for name in inputs},
        {"x": final("plant", "x", 100.0)},
        events={"more": event("demand", 0, {"demand": "x"}, factor=1.1)},
    )
    assert prepare(document).run(1).starts("plant/x")[0] == pytest.approx(starts, rel=1e-9)


def test_partly_binding_inputs__leontief_turns_every_input_critical() -> None:
    """The same stocks under `leontief`: the scarcest input alone decides."""
    inputs = {f"m{k}": {"per_unit": "1 u", "criticality": "non_critical"} for k in range(2)}
    stocks = {"m0": stock(5.0, initial="80 u"), "m1": stock(5.0, initial="30 u")}
    document = tree(
        {
            "source": facility({name: {"headroom": 0.5} for name in inputs}),
            "plant": facility({"x": {"production": "leontief", "inputs": inputs, "headroom": 0.2}}, stocks),
        },
        {f"{name}/source-plant": link("source", "plant", name) for name in inputs},
        {"x": final("plant", "x", 100.0)},
    )
    assert prepare(document).run(1).starts("plant/x")[0] == pytest.approx(30.0, rel=1e-9)
